//! The position of the first edge of each node.
#![allow(clippy::cast_possible_truncation, reason = "the sum was checked")]

use std::ops::Range;

use crate::ids::{EdgeIx, Idx, NodeIx, to_u32};
use crate::index_vec::IndexVec;

/// Ascending positions of edges, one more than there are nodes. Takes 2.25
/// bytes per node.
///
/// Stores the position of every [`SPAN`]th node, and for each node the
/// difference to that. Differences that do not fit in 16 bits are in `far`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts {
    /// By span: the position of its first node.
    first: Vec<u32>,
    /// By node: the difference to its span, or [`FAR`].
    beyond: IndexVec<NodeIx, u16>,
    /// `(node, position)` in node order.
    far: Vec<(NodeIx, u32)>,
    /// The position of the next node to be appended.
    end: u32,
}

/// Nodes per span.
const SPAN: usize = 16;

/// Marks a position that is in `far`.
const FAR: u16 = u16::MAX;

impl Starts {
    /// Returns no positions, with room for `nodes` nodes.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        let first = Vec::with_capacity(nodes / SPAN + 1);
        Self { first, beyond: IndexVec::with_capacity(nodes + 1), far: Vec::new(), end: 0 }
    }

    /// Appends nodes with these numbers of edges. The caller makes sure that
    /// the sum of all fits in 32 bits.
    pub(crate) fn extend(&mut self, counts: impl Iterator<Item = u64>) {
        let Self { first, beyond, far, end } = self;
        let mut start = first.last().copied().unwrap_or_default();
        let nodes = beyond.len();
        beyond.extend(counts.enumerate().map(|(nth, count)| {
            if (nodes + nth).is_multiple_of(SPAN) {
                start = *end;
                first.push(start);
            }
            let here = std::mem::replace(end, *end + count as u32);
            u16::try_from(here - start).ok().filter(|&beyond| beyond != FAR).unwrap_or_else(|| {
                far.push((NodeIx::at(nodes + nth), here));
                FAR
            })
        }));
    }

    /// Appends the end of the last node's edges. Called once, after all nodes.
    pub(crate) fn finish(&mut self) {
        self.extend(std::iter::once(0));
    }

    /// Returns the positions of the edges of `node`.
    #[inline]
    pub(crate) fn range(&self, node: NodeIx) -> Range<u32> {
        let range = self.get(node)..self.get(NodeIx(node.0 + 1));
        debug_assert!(range.start <= range.end, "starts ascend");
        range
    }

    /// Returns the position of the first edge of `node`. O(1) time; O(log F)
    /// for F positions in `far`.
    #[inline]
    fn get(&self, node: NodeIx) -> u32 {
        match self.beyond[node] {
            FAR => self.get_far(node),
            beyond => self.first[node.index() / SPAN] + u32::from(beyond),
        }
    }

    #[cold]
    fn get_far(&self, node: NodeIx) -> u32 {
        match self.far.binary_search_by_key(&node, |&(at, _)| at) {
            Ok(at) => self.far[at].1,
            Err(_) => 0,
        }
    }

    /// Returns the source of `edge`. O(log N) time.
    pub(crate) fn node_of(&self, edge: EdgeIx) -> NodeIx {
        // Nodes without edges share a position; the last of them has the edge.
        let (mut low, mut high) = (0, to_u32(self.beyond.len()));
        while low < high {
            let middle = low.midpoint(high);
            if self.get(NodeIx(middle)) <= edge.0 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        NodeIx(low.saturating_sub(1))
    }

    /// Returns the heap memory that the positions use, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.first.capacity() * 4 + self.beyond.capacity() * 2 + self.far.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_the_sums_of_what_was_before() {
        let mut starts = Starts::with_capacity(0);
        let mut expected = vec![0];
        let mut sum = 0;
        for node in 0..1000u64 {
            let count = match node {
                3 | 500 => 70_000,
                501 => 65_535,
                900 => 200_000,
                _ => node % 7,
            };
            starts.extend(std::iter::once(count));
            sum += usize::try_from(count).unwrap();
            expected.push(sum);
        }
        starts.finish();
        for (node, &start) in expected.iter().enumerate() {
            assert_eq!(starts.get(NodeIx::at(node)) as usize, start, "{node}");
        }
        for position in 0..sum {
            let node = starts.node_of(EdgeIx::at(position)).index();
            assert!((expected[node]..expected[node + 1]).contains(&position), "{position}");
        }
    }
}
