//! Totals by class, including retained sizes.

use super::parts::by_parts;
use crate::analysis::Analysis;
use crate::graph::BitSet;
use crate::ids::{NodeIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::classes::Classes;
use crate::pass::totals::{Aggregate, count};

/// Stands for a class without a row.
const NONE: u32 = u32::MAX;

/// Sums up the nodes of `passing` (all if `None`) whose shallow size is not 0,
/// by class. Rows are in the order of the first node.
///
/// # Semantics
/// The retained size of a class is the sum over its counted nodes that no other
/// counted node of the class dominates. No byte counts twice.
///
/// # Complexity
/// O(N) time on several threads. Needs 4 bytes per class, and per level of the
/// dominator tree.
pub(crate) fn by_class(analysis: &Analysis, passing: Option<&BitSet>) -> Vec<Aggregate> {
    let Analysis { graph, shallow, distances, classes, .. } = analysis;
    let mut rows = match passing {
        None => analysis.counts.clone(),
        passing => count(graph, shallow, distances, classes, passing),
    };
    add_retained(analysis, classes, passing, &mut rows);
    rows
}

/// Adds the retained sizes to `rows`, which are counted by `classes` and
/// `passing`.
pub(crate) fn add_retained(
    analysis: &Analysis,
    classes: &Classes,
    passing: Option<&BitSet>,
    rows: &mut [Aggregate],
) {
    let mut slots = IndexVec::from_elem(NONE, classes.len());
    for (at, row) in rows.iter().enumerate() {
        slots[row.class] = to_u32(at);
    }
    let count = rows.len();
    let sums = retained_by(analysis, count, |node| {
        let counts =
            !analysis.shallow.is_zero(node) && passing.is_none_or(|passing| passing.contains(node));
        counts.then(|| slots[classes.of(node)] as usize)
    });
    for (row, sum) in rows.iter_mut().zip(sums) {
        row.retained += sum;
    }
}

/// Returns, by row, the sum of the retained sizes of those nodes of the row that
/// no other node of the row dominates. `row_of` returns the row of a node, below
/// `rows`.
///
/// # Complexity
/// O(N) time on several threads. Needs 12 bytes per row and thread.
pub(super) fn retained_by(
    analysis: &Analysis,
    rows: usize,
    row_of: impl Fn(NodeIx) -> Option<usize> + Sync,
) -> Vec<u64> {
    let walk = Walk { analysis, row_of, rows };
    let mut sums = vec![0u64; rows];
    for part in by_parts(analysis.order.len(), |part| walk.sums(&analysis.order[part])) {
        for (sum, more) in sums.iter_mut().zip(part) {
            *sum += more;
        }
    }
    sums
}

/// The inputs of a walk over the dominator tree.
struct Walk<'a, F> {
    analysis: &'a Analysis,
    /// Returns the row of a node.
    row_of: F,
    /// Number of rows.
    rows: usize,
}

impl<F: Fn(NodeIx) -> Option<usize>> Walk<'_, F> {
    /// Returns, by row, the sum of the retained sizes of those nodes of `part`
    /// that no other node of their row dominates. `part` is a piece of the
    /// dominator tree in preorder.
    fn sums(&self, part: &[NodeIx]) -> Vec<u64> {
        let dominators = &self.analysis.dominators;
        let mut sums = vec![0u64; self.rows];
        // By row: its nodes on the path from the root to the current node.
        let mut open = vec![0u32; self.rows];
        let mut path: Vec<NodeIx> = Vec::new();
        // The path to the start of the piece. Only the root dominates itself.
        let mut above = part.first().copied().unwrap_or_default();
        while dominators[above] != above {
            above = dominators[above];
            path.push(above);
        }
        path.reverse();
        for row in path.iter().filter_map(|&node| (self.row_of)(node)) {
            open[row] += 1;
        }
        for &node in part {
            let dominator = dominators[node];
            while let Some(&top) = path.last()
                && top != dominator
            {
                path.pop();
                if let Some(row) = (self.row_of)(top) {
                    open[row] -= 1;
                }
            }
            path.push(node);
            if let Some(row) = (self.row_of)(node) {
                if open[row] == 0 {
                    sums[row] += self.analysis.retained.get(node);
                }
                open[row] += 1;
            }
        }
        sums
    }
}
