//! Counts, shallow sizes and distances by class.
//!
//! Inputs: classes, shallow sizes, distances, optionally a set of nodes to
//! count. Output: one row per class, in the order of the first counted node.

use crate::graph::{BitSet, Column, Graph};
use crate::ids::{ClassIx, NodeIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::classes::Classes;
use crate::pass::distances::Distances;

/// The totals of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aggregate {
    pub(crate) class: ClassIx,
    /// Number of nodes.
    pub(crate) count: u64,
    /// Sum of their shallow sizes in bytes.
    pub(crate) shallow: u64,
    /// Bytes that they retain together. 0 until the Summary computes it.
    pub(crate) retained: u64,
    /// Their smallest distance, as [`Distance::raw`](crate::Distance::raw)
    /// numbers it: -5 if one of them is unreachable.
    pub(crate) distance: i32,
    /// The first counted node. Rows that are equal in the sorted column are in
    /// the order of these.
    pub(crate) first: NodeIx,
}

/// Stands for a class without a row.
const NONE: u32 = u32::MAX;

/// Sums up the nodes of `passing` (all if `None`) whose shallow size is not 0.
/// Retained sizes stay 0.
///
/// Nodes of size 0 do not count, as in DevTools: they are helpers whose size
/// moved to their owner.
///
/// # Complexity
/// O(N) time. Needs 4 bytes per class.
pub(crate) fn count(
    graph: &Graph,
    shallow: &Column,
    distances: &Distances,
    classes: &Classes,
    passing: Option<&BitSet>,
) -> Vec<Aggregate> {
    let mut slots = IndexVec::from_elem(NONE, classes.len());
    let mut rows: Vec<Aggregate> = Vec::new();
    let counts = |node: NodeIx| !shallow.is_zero(node) && passing.is_none_or(|p| p.contains(node));
    for node in graph.nodes() {
        if !counts(node) {
            continue;
        }
        let class = classes.of(node);
        let slot = &mut slots[class];
        if *slot == NONE {
            *slot = to_u32(rows.len());
            rows.push(Aggregate {
                class,
                count: 0,
                shallow: 0,
                retained: 0,
                distance: i32::MAX,
                first: node,
            });
        }
        let row = &mut rows[*slot as usize];
        row.count += 1;
        row.shallow += shallow.get(node);
        row.distance = row.distance.min(distances.get(node).raw());
    }
    rows
}
