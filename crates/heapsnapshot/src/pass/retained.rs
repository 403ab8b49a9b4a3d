//! Retained sizes: what would go away with a node.
//!
//! Inputs: dominator tree, shallow sizes. Output: one size a node.

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{Column, ColumnMut};
use crate::pass::dominators::Tree;

/// Adds up shallow sizes over the dominator tree.
///
/// # Complexity
/// O(N) time, 8 bytes a node while it runs.
pub(crate) fn compute(tree: &Tree, shallow: &Column, control: &Control) -> Result<Column, Error> {
    control.enter(Stage::RetainedSizes)?;
    let mut ticker = control.ticker();
    let mut sums: Vec<u64> = tree.order.iter().map(|&node| shallow.get(node as usize)).collect();
    // A dominator has a smaller number than what it dominates.
    for number in (1..sums.len()).rev() {
        ticker.tick()?;
        let sum = sums[number];
        let parent = &mut sums[tree.parents[number] as usize];
        *parent = parent.saturating_add(sum);
    }
    let mut retained = ColumnMut::zeroed(sums.len());
    for (&node, &sum) in tree.order.iter().zip(&sums) {
        retained.set(node as usize, sum);
    }
    Ok(retained.finish())
}
