//! Where the edges of each node start.
#![allow(clippy::cast_possible_truncation, reason = "the sum was checked")]

use std::ops::Range;

use crate::ids::{EdgeIx, Idx, NodeIx, to_u32};
use crate::index_vec::IndexVec;

/// Ascending positions, one more than there are nodes: 2.25 bytes each.
///
/// Each [`SPAN`] of nodes has its first position; the others are what is to add
/// to that, and kept aside where it does not fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts {
    first: Vec<u32>,
    beyond: IndexVec<NodeIx, u16>,
    /// `(node, position)` in node order.
    far: Vec<(NodeIx, u32)>,
    /// Where the next node starts.
    end: u32,
}

const SPAN: usize = 16;
const FAR: u16 = u16::MAX;

impl Starts {
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        let first = Vec::with_capacity(nodes / SPAN + 1);
        Self { first, beyond: IndexVec::with_capacity(nodes + 1), far: Vec::new(), end: 0 }
    }

    /// Appends nodes with so many edges each; the sum of all fits in 32 bits.
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

    /// Ends the last node.
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

    /// Returns the node that `edge` starts at.
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
