//! Counts, sizes and distances by class.

use crate::analysis::Analysis;
use crate::graph::BitSet;
use crate::ids::{ClassIx, to_u32};
use crate::pass::classes::Classes;

/// The totals of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aggregate {
    pub(crate) class: ClassIx,
    pub(crate) count: u64,
    pub(crate) shallow: u64,
    pub(crate) retained: u64,
    pub(crate) distance: i32,
    /// The first node counted, which gives the order of equal rows.
    pub(crate) first: u32,
}

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
    let mut slots = vec![NONE; analysis.classes.len()];
    let mut rows = count(analysis, &analysis.classes, passing, &mut slots);
    let classes = &analysis.classes;
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
    rows
}

/// As [`by_class`] for another classification, without retained sizes.
pub(crate) fn by_class_of(
    analysis: &Analysis,
    classes: &Classes,
    passing: Option<&BitSet>,
) -> Vec<Aggregate> {
    count(analysis, classes, passing, &mut vec![NONE; classes.len()])
}

fn count(
    analysis: &Analysis,
    classes: &Classes,
    passing: Option<&BitSet>,
    slots: &mut [u32],
) -> Vec<Aggregate> {
    let mut rows: Vec<Aggregate> = Vec::new();
    let counts =
        |node: usize| !analysis.shallow.is_zero(node) && passing.is_none_or(|p| p.contains(node));
    for node in 0..analysis.graph.node_count() {
        if !counts(node) {
            continue;
        }
        let class = classes.at(node);
        let slot = &mut slots[class as usize];
        if *slot == NONE {
            *slot = to_u32(rows.len());
            rows.push(Aggregate {
                class: ClassIx(class),
                count: 0,
                shallow: 0,
                retained: 0,
                distance: i32::MAX,
                first: to_u32(node),
            });
        }
        let row = &mut rows[*slot as usize];
        row.count += 1;
        row.shallow += analysis.shallow.get(node);
        row.distance = row.distance.min(analysis.distances.get(node).raw());
    }
    rows
}
