//! Columns of integers that are nearly always small.

use crate::ids::to_u32;

/// A column of `u64` stored as `u32`, the few larger values aside.
///
/// 4 bytes a row, plus 12 bytes for each value from 2^32 - 1 up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    low: Vec<u32>,
    /// `(row, value)` in row order, for the rows whose `low` is the escape.
    large: Vec<(u32, u64)>,
}

impl Column {
    const ESCAPE: u32 = u32::MAX;

    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { low: Vec::with_capacity(rows), large: Vec::new() }
    }

    pub(crate) fn zeroed(rows: usize) -> Self {
        Self { low: vec![0; rows], large: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: u64) {
        match u32::try_from(value) {
            Ok(small) if small != Self::ESCAPE => self.low.push(small),
            _ => {
                self.large.push((to_u32(self.low.len()), value));
                self.low.push(Self::ESCAPE);
            }
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> u64 {
        let low = self.low[row];
        if low == Self::ESCAPE { self.get_large(row) } else { u64::from(low) }
    }

    #[cold]
    fn get_large(&self, row: usize) -> u64 {
        match self.large.binary_search_by_key(&to_u32(row), |&(at, _)| at) {
            Ok(at) => self.large[at].1,
            Err(_) => u64::from(Self::ESCAPE),
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: u64) {
        match u32::try_from(value) {
            Ok(small) if small != Self::ESCAPE => self.low[row] = small,
            _ => self.set_large(row, value),
        }
    }

    #[cold]
    fn set_large(&mut self, row: usize, value: u64) {
        self.low[row] = Self::ESCAPE;
        let entry = (to_u32(row), value);
        match self.large.binary_search_by_key(&entry.0, |&(at, _)| at) {
            Ok(at) => self.large[at] = entry,
            Err(at) => self.large.insert(at, entry),
        }
    }

    #[inline]
    pub(crate) fn is_zero(&self, row: usize) -> bool {
        self.low[row] == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.low.len()
    }

    pub(crate) fn shrink(&mut self) {
        self.low.shrink_to_fit();
        self.large.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.low.capacity() * 4 + self.large.capacity() * 16
    }
}

/// A set of positions, one bit each.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitSet(Vec<u64>);

impl BitSet {
    pub(crate) fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    #[inline]
    pub(crate) fn contains(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 != 0
    }

    /// Adds `at`; returns whether it was missing.
    #[inline]
    pub(crate) fn insert(&mut self, at: usize) -> bool {
        let word = &mut self.0[at / 64];
        let before = *word;
        *word |= 1 << (at % 64);
        *word != before
    }

    /// Adds or removes `at`; returns whether it is in the set now.
    pub(crate) fn toggle(&mut self, at: usize) -> bool {
        let word = &mut self.0[at / 64];
        *word ^= 1 << (at % 64);
        *word >> (at % 64) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_32_bits_survive() {
        let values = [0, 1, u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 32, 1 << 53];
        let mut pushed = Column::with_capacity(0);
        let mut set = Column::zeroed(values.len());
        for (row, &value) in values.iter().enumerate().rev() {
            set.set(row, value);
        }
        for &value in &values {
            pushed.push(value);
        }
        for (row, &value) in values.iter().enumerate() {
            assert_eq!(pushed.get(row), value);
            assert_eq!(set.get(row), value);
        }
        set.set(5, 7);
        assert_eq!(set.get(5), 7);
        set.set(5, 1 << 40);
        assert_eq!(set.get(5), 1 << 40);
    }
}
