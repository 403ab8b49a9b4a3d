//! Where the edges of each node start.

use super::Column;
use crate::ids::to_u32;

/// Ascending positions, one more than there are nodes: 2.25 bytes each.
///
/// Each [`SPAN`] of nodes has its first position; the others are what is to add
/// to that, and kept aside where it does not fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts {
    first: Vec<u32>,
    beyond: Vec<u16>,
    /// `(node, position)` in node order.
    far: Vec<(u32, u32)>,
}

const SPAN: usize = 16;
const FAR: u16 = u16::MAX;

impl Starts {
    /// Adds up how many edges each node has.
    pub(crate) fn new(mut counts: Column) -> Self {
        let rows = counts.len();
        let mut first = Vec::with_capacity(rows / SPAN + 1);
        let mut far = Vec::new();
        let mut next = 0u32;
        counts.push(0);
        let beyond = counts.rewrite(|node, count| {
            if node % SPAN == 0 {
                first.push(next);
            }
            let beyond = next - first[node / SPAN];
            let here = next;
            // The sum was checked against the number of edges.
            next += u32::try_from(count).unwrap_or(0);
            u16::try_from(beyond).ok().filter(|&beyond| beyond != FAR).unwrap_or_else(|| {
                far.push((to_u32(node), here));
                FAR
            })
        });
        Self { first, beyond, far }
    }

    #[inline]
    pub(crate) fn get(&self, node: usize) -> usize {
        match self.beyond[node] {
            FAR => self.get_far(node),
            beyond => self.first[node / SPAN] as usize + usize::from(beyond),
        }
    }

    #[cold]
    fn get_far(&self, node: usize) -> usize {
        match self.far.binary_search_by_key(&to_u32(node), |&(at, _)| at) {
            Ok(at) => self.far[at].1 as usize,
            Err(_) => 0,
        }
    }

    /// Returns the node whose edges `position` is among.
    pub(crate) fn node_of(&self, position: usize) -> usize {
        // Nodes without edges share a position; the last of them has the edge.
        let (mut low, mut high) = (0, self.beyond.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle) <= position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.saturating_sub(1)
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
        let mut counts = Column::with_capacity(0);
        let mut expected = vec![0];
        let mut sum = 0;
        for node in 0..1000u64 {
            let count = match node {
                3 | 500 => 70_000,
                501 => 65_535,
                900 => 200_000,
                _ => node % 7,
            };
            counts.push(count);
            sum += usize::try_from(count).unwrap();
            expected.push(sum);
        }
        let starts = Starts::new(counts);
        for (node, &start) in expected.iter().enumerate() {
            assert_eq!(starts.get(node), start, "{node}");
        }
        for position in 0..sum {
            let node = starts.node_of(position);
            assert!((expected[node]..expected[node + 1]).contains(&position), "{position}");
        }
    }
}
