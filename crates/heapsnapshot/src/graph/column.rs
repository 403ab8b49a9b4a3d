//! Columns of integers that are nearly always small, and sets of positions.

use std::collections::HashMap;
use std::marker::PhantomData;

use crate::ids::{Idx, NodeIx};
use crate::index_vec::IndexVec;

/// A `u64` per node, in 2 bytes if it is below 65 535.
///
/// Larger values take 16 bytes more. In real heaps, fewer than one object in a
/// hundred is that large or retains that much.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    /// The value, or [`ESCAPE`] if it is in `large`.
    low: IndexVec<NodeIx, u16>,
    /// `(node, value)` in node order, for the nodes whose `low` is the escape.
    large: Vec<(NodeIx, u64)>,
}

/// Marks a value that is stored elsewhere.
const ESCAPE: u16 = u16::MAX;

/// Returns the value in 16 bits, if it fits and is not [`ESCAPE`].
fn small(value: u64) -> Option<u16> {
    u16::try_from(value).ok().filter(|&value| value != ESCAPE)
}

impl Column {
    /// Returns an empty column with room for `nodes` values.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        Self { low: IndexVec::with_capacity(nodes), large: Vec::new() }
    }

    /// Appends the value of the next node.
    #[inline]
    pub(crate) fn push(&mut self, value: u64) {
        if let Some(value) = small(value) {
            self.low.push(value);
        } else {
            self.large.push((NodeIx::at(self.low.len()), value));
            self.low.push(ESCAPE);
        }
    }

    /// Appends the values of the next nodes. Faster than one `push` per value:
    /// the loop over small values has no branches.
    pub(crate) fn extend(&mut self, values: impl Iterator<Item = u64> + Clone) {
        let before = self.low.len();
        let escape = u64::from(ESCAPE);
        let mut largest = 0;
        self.low.extend(values.clone().map(|value| {
            largest = largest.max(value);
            small(value).unwrap_or(ESCAPE)
        }));
        if largest >= escape {
            let large = values.enumerate().filter(|&(_, value)| value >= escape);
            self.large.extend(large.map(|(nth, value)| (NodeIx::at(before + nth), value)));
        }
    }

    /// Returns the value of `node`. O(1) time; O(log N) if it is large.
    #[inline]
    pub(crate) fn get(&self, node: NodeIx) -> u64 {
        let low = self.low[node];
        if low == ESCAPE { self.get_large(node) } else { u64::from(low) }
    }

    #[cold]
    fn get_large(&self, node: NodeIx) -> u64 {
        match self.large.binary_search_by_key(&node, |&(at, _)| at) {
            Ok(at) => self.large[at].1,
            Err(_) => u64::from(ESCAPE),
        }
    }

    /// Returns whether the value of `node` is 0. Never needs a search.
    #[inline]
    pub(crate) fn is_zero(&self, node: NodeIx) -> bool {
        self.low[node] == 0
    }

    /// Frees unused capacity.
    pub(crate) fn shrink(&mut self) {
        self.low.shrink_to_fit();
        self.large.shrink_to_fit();
    }

    /// Returns the heap memory that the column uses, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.low.capacity() * 2 + self.large.capacity() * size_of::<(NodeIx, u64)>()
    }
}

/// A [`Column`] whose values can be set in any order.
#[derive(Debug)]
pub(crate) struct ColumnMut {
    /// As in [`Column`].
    low: IndexVec<NodeIx, u16>,
    /// By node: the value. Also has entries of nodes whose value is small
    /// again.
    large: HashMap<NodeIx, u64>,
}

impl ColumnMut {
    /// Returns a column of zeros.
    pub(crate) fn zeroed(nodes: usize) -> Self {
        Self { low: IndexVec::from_elem(0, nodes), large: HashMap::new() }
    }

    /// Copies a column.
    pub(crate) fn copy(column: &Column) -> Self {
        Self { low: column.low.clone(), large: column.large.iter().copied().collect() }
    }

    /// Returns the value of `node`. O(1) time.
    #[inline]
    pub(crate) fn get(&self, node: NodeIx) -> u64 {
        let low = self.low[node];
        if low == ESCAPE {
            self.large.get(&node).copied().unwrap_or_default()
        } else {
            u64::from(low)
        }
    }

    /// Sets the value of `node`. O(1) time.
    #[inline]
    pub(crate) fn set(&mut self, node: NodeIx, value: u64) {
        if let Some(value) = small(value) {
            // `finish` removes the entry that `large` may have.
            self.low[node] = value;
        } else {
            self.low[node] = ESCAPE;
            self.large.insert(node, value);
        }
    }

    /// Returns the column, read-only. O(L log L) time for L large values.
    pub(crate) fn finish(self) -> Column {
        let Self { low, large } = self;
        let mut large: Vec<(NodeIx, u64)> =
            large.into_iter().filter(|&(node, _)| low[node] == ESCAPE).collect();
        large.sort_unstable();
        Column { low, large }
    }
}

/// A set of positions of one type. Takes one bit per possible position.
///
/// Positions must be below the length given to [`Self::new`].
#[derive(Clone, Debug)]
pub(crate) struct BitSet<I = NodeIx> {
    words: Vec<u64>,
    index: PhantomData<fn(I)>,
}

impl<I> Default for BitSet<I> {
    fn default() -> Self {
        Self { words: Vec::new(), index: PhantomData }
    }
}

impl<I: Idx> BitSet<I> {
    /// Returns an empty set of positions below `len`.
    pub(crate) fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], index: PhantomData }
    }

    /// Returns whether `at` is in the set.
    #[inline]
    pub(crate) fn contains(&self, at: I) -> bool {
        let at = at.position();
        self.words[at / 64] >> (at % 64) & 1 != 0
    }

    /// Adds `at`. Returns whether it was not in the set before.
    #[inline]
    pub(crate) fn insert(&mut self, at: I) -> bool {
        let at = at.position();
        let word = &mut self.words[at / 64];
        let before = *word;
        *word |= 1 << (at % 64);
        *word != before
    }

    /// Adds all positions of `other`, a set of the same length.
    pub(crate) fn unite(&mut self, other: &Self) {
        debug_assert_eq!(self.words.len(), other.words.len(), "sets of different columns");
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Returns whether the sets have a position in common.
    pub(crate) fn intersects(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(word, other)| word & other != 0)
    }

    /// Adds `at`, or removes it if it is in the set. Returns whether it is in
    /// the set now.
    pub(crate) fn toggle(&mut self, at: I) -> bool {
        let at = at.position();
        let word = &mut self.words[at / 64];
        *word ^= 1 << (at % 64);
        *word >> (at % 64) & 1 != 0
    }
}

impl<I: Idx> Extend<I> for BitSet<I> {
    fn extend<V: IntoIterator<Item = I>>(&mut self, positions: V) {
        for at in positions {
            self.insert(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_size_survive() {
        let values = [0, 1, 65_534, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, 1 << 53];
        let mut pushed = Column::with_capacity(0);
        let mut set = ColumnMut::zeroed(values.len());
        for (row, &value) in values.iter().enumerate().rev() {
            let row = NodeIx::at(row);
            set.set(row, 1 << 40);
            set.set(row, value);
            assert_eq!(set.get(row), value);
        }
        for &value in &values {
            pushed.push(value);
        }
        let set = set.finish();
        for (row, &value) in values.iter().enumerate() {
            let row = NodeIx::at(row);
            assert_eq!(pushed.get(row), value);
            assert_eq!(set.get(row), value);
            assert_eq!(set.is_zero(row), value == 0);
        }
        assert_eq!(set.large, pushed.large);
    }
}
