//! Retained sizes: the bytes that would be freed with a node.
//!
//! Inputs: dominator tree, shallow sizes. Output: one size per node.

use std::collections::HashMap;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{Column, ColumnMut};
use crate::ids::to_u32;
use crate::pass::dominators::{Number, NumberedTree, Tree};

/// Sums shallow sizes over the dominator tree: the retained size of a node is
/// its shallow size plus the retained sizes of the nodes that it dominates
/// directly.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N) time. Needs 4 bytes per node while it runs.
pub(crate) fn compute(tree: &Tree, shallow: &Column, control: &Control) -> Result<Column, Error> {
    control.enter(Stage::RetainedSizes)?;
    match tree {
        Tree::Short(tree) => sum_up(tree, shallow, control),
        Tree::Long(tree) => sum_up(tree, shallow, control),
    }
}

/// Sums over a tree with numbers of the width of `N`.
fn sum_up<N: Number>(
    tree: &NumberedTree<N>,
    shallow: &Column,
    control: &Control,
) -> Result<Column, Error> {
    let mut ticker = control.ticker();
    let len = tree.nodes().len();
    let mut sums = Sums::new(len);
    for (number, node) in tree.nodes().enumerate() {
        sums.set(number, shallow.get(node));
    }
    // A dominator has a smaller number than the nodes that it dominates, so each
    // sum is complete before it is added to its parent's.
    for number in (1..len).rev() {
        ticker.tick()?;
        let parent = tree.dominator(number);
        sums.set(parent, sums.get(parent).saturating_add(sums.get(number)));
    }
    debug_assert_eq!(
        sums.get(0),
        tree.nodes().fold(0, |sum: u64, node| sum.saturating_add(shallow.get(node))),
        "the root retains everything"
    );
    let mut retained = ColumnMut::zeroed(len);
    for (number, node) in tree.nodes().enumerate() {
        retained.set(node, sums.get(number));
    }
    Ok(retained.finish())
}

/// Sums by depth-first number, in 32 bits where possible.
///
/// The 16 bits of a [`Column`] are too few here. Larger values cost a look-up
/// in a hash map, and the sums near the root are both the largest and those
/// that change most often.
struct Sums {
    /// The sum, or `u32::MAX` if it is in `large`.
    low: Vec<u32>,
    /// Sums from `u32::MAX` up.
    large: HashMap<u32, u64>,
}

impl Sums {
    /// Returns `len` sums of 0.
    fn new(len: usize) -> Self {
        Self { low: vec![0; len], large: HashMap::new() }
    }

    /// Returns the sum at a number.
    #[inline]
    fn get(&self, at: usize) -> u64 {
        match self.low[at] {
            u32::MAX => self.large.get(&to_u32(at)).copied().unwrap_or_default(),
            sum => u64::from(sum),
        }
    }

    /// Sets a sum. Sums must not get smaller, because entries of `large` are
    /// never removed.
    #[inline]
    fn set(&mut self, at: usize, sum: u64) {
        self.low[at] = u32::try_from(sum).unwrap_or(u32::MAX);
        if self.low[at] == u32::MAX {
            self.large.insert(to_u32(at), sum);
        }
    }
}
