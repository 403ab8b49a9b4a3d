//! Counts, shallow sizes and distances by class.
//!
//! Inputs: classes, shallow sizes, distances, optionally which nodes count.
//! Output: one row a class, in order of first appearance.

use crate::graph::{BitSet, Column, Graph};
use crate::ids::{ClassIx, NodeIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::classes::Classes;
use crate::pass::distances::Distances;

/// The totals of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aggregate {
    pub(crate) class: ClassIx,
    pub(crate) count: u64,
    pub(crate) shallow: u64,
    pub(crate) retained: u64,
    pub(crate) distance: i32,
    /// The first node counted, which gives the order of equal rows.
    pub(crate) first: NodeIx,
}

const NONE: u32 = u32::MAX;

/// Adds up the nodes that pass and whose shallow size is not zero. Retained
/// sizes stay zero.
///
/// # Complexity
/// O(N) time, 4 bytes a class.
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
