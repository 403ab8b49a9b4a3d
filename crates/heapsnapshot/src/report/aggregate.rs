//! Totals by class, retained sizes included.

use crate::analysis::Analysis;
use crate::graph::BitSet;
use crate::ids::to_u32;
use crate::pass::classes::Classes;
use crate::pass::totals::{Aggregate, count};

const NONE: u32 = u32::MAX;

/// Adds up the nodes that pass and whose shallow size is not zero, by class,
/// in order of first appearance.
///
/// # Semantics
/// The retained size of a class counts only nodes that no other counted node
/// of the class dominates, so nothing counts twice.
///
/// # Complexity
/// O(N) time; 4 bytes a class and a level of the dominator tree.
pub(crate) fn by_class(analysis: &Analysis, passing: Option<&BitSet>) -> Vec<Aggregate> {
    let Analysis { graph, shallow, distances, classes, .. } = analysis;
    let mut rows = match passing {
        None => analysis.counts.clone(),
        passing => count(graph, shallow, distances, classes, passing),
    };
    add_retained(analysis, classes, passing, &mut rows);
    rows
}

/// Adds the retained sizes to rows that are counted by `classes`.
pub(crate) fn add_retained(
    analysis: &Analysis,
    classes: &Classes,
    passing: Option<&BitSet>,
    rows: &mut [Aggregate],
) {
    let mut slots = vec![NONE; classes.len()];
    for (at, row) in rows.iter().enumerate() {
        slots[row.class.index()] = to_u32(at);
    }
    let counts =
        |node: usize| !analysis.shallow.is_zero(node) && passing.is_none_or(|p| p.contains(node));
    // Walks the dominator tree; `open` counts the nodes of each class on the
    // way from the root to here.
    let mut open = vec![0u32; rows.len()];
    let mut path: Vec<u32> = Vec::new();
    for &node in &analysis.order {
        let at = node as usize;
        let dominator = analysis.dominators[at];
        while let Some(&top) = path.last() {
            if top == dominator {
                break;
            }
            path.pop();
            if counts(top as usize) {
                open[slots[classes.at(top as usize) as usize] as usize] -= 1;
            }
        }
        path.push(node);
        if counts(at) {
            let slot = slots[classes.at(at) as usize] as usize;
            if open[slot] == 0 {
                rows[slot].retained += analysis.retained.get(at);
            }
            open[slot] += 1;
        }
    }
}
