//! The counted objects of a snapshot by class key, and the difference of two
//! lists of objects.

use crate::analysis::Analysis;
use crate::ids::{ClassIx, NodeIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::classes::Classes;
use crate::pass::totals::{Aggregate, count};
use crate::report::summary::replace_equal_keys;
use crate::text::TextBuf;

/// The counted nodes of one snapshot, by class key.
pub(super) struct Grouped {
    /// Key and class, in the order of the first node.
    pub(super) keys: Vec<(TextBuf, ClassIx)>,
    /// By key: the end of its part of `nodes`.
    ends: Vec<u32>,
    /// The nodes by key, each sorted by id.
    nodes: Vec<NodeIx>,
    /// Keys of classes that another class replaced.
    pub(super) lost: Vec<TextBuf>,
}

impl Grouped {
    /// Groups the nodes by `classes`. O(N) time, because V8 writes objects
    /// nearly in the order of their ids.
    pub(super) fn new(analysis: &Analysis, classes: &Classes) -> Self {
        let Analysis { graph, shallow, distances, .. } = analysis;
        let rows = count(graph, shallow, distances, classes, None);
        let (shown, lost) = replace_equal_keys(analysis, classes, rows);
        let mut slots = IndexVec::from_elem(u32::MAX, classes.len());
        let mut ends: Vec<u32> = Vec::with_capacity(shown.len());
        let mut start = 0;
        for (at, (_, Aggregate { class, count, .. })) in shown.iter().enumerate() {
            slots[*class] = to_u32(at);
            ends.push(start);
            start += u32::try_from(*count).unwrap_or(u32::MAX);
        }
        let mut nodes = vec![NodeIx::NONE; start as usize];
        for node in analysis.graph.nodes() {
            let slot = slots[classes.of(node)];
            if slot != u32::MAX && !analysis.shallow.is_zero(node) {
                let end = &mut ends[slot as usize];
                nodes[*end as usize] = node;
                *end += 1;
            }
        }
        let mut grouped = Self {
            keys: shown.into_iter().map(|(key, row)| (key, row.class)).collect(),
            ends,
            nodes,
            lost: lost.into_iter().map(|(key, _)| key).collect(),
        };
        for at in 0..grouped.ends.len() {
            let range = grouped.range(at);
            // Nearly sorted: V8 writes objects in the order of their ids.
            grouped.nodes[range].sort_by_key(|&node| analysis.graph.ids[node]);
        }
        grouped
    }

    /// Returns the part of `nodes` of the key at a position.
    fn range(&self, at: usize) -> std::ops::Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        start as usize..self.ends[at] as usize
    }

    /// Returns the nodes of the key at a position, sorted by id.
    pub(super) fn nodes(&self, at: usize) -> &[NodeIx] {
        &self.nodes[self.range(at)]
    }
}

/// Compares two lists of nodes sorted by id. Calls `removed` and `added` with
/// the nodes that only one list has.
pub(super) fn merge(
    (base, base_nodes): (&Analysis, &[NodeIx]),
    (current, current_nodes): (&Analysis, &[NodeIx]),
    mut removed: impl FnMut(NodeIx),
    mut added: impl FnMut(NodeIx),
) {
    let (mut i, mut j) = (0, 0);
    let id = |analysis: &Analysis, node: NodeIx| analysis.graph.ids[node];
    while let (Some(&a), Some(&b)) = (base_nodes.get(i), current_nodes.get(j)) {
        match id(base, a).cmp(&id(current, b)) {
            std::cmp::Ordering::Less => {
                removed(a);
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                added(b);
                j += 1;
            }
            // The same object, even if its size changed.
            std::cmp::Ordering::Equal => {
                i += 1;
                j += 1;
            }
        }
    }
    base_nodes[i..].iter().for_each(|&node| removed(node));
    current_nodes[j..].iter().for_each(|&node| added(node));
}
