//! Columns of integers that are nearly always small.

use std::collections::HashMap;

use crate::ids::to_u32;

/// A column of `u64` stored as `u16`, the few larger values aside.
///
/// 2 bytes a row, plus 16 for each value from 65 535 up. In real heaps fewer
/// than one object in a hundred is that large or retains that much.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    low: Vec<u16>,
    /// `(row, value)` in row order, for the rows whose `low` is the escape.
    large: Vec<(u32, u64)>,
}

const ESCAPE: u16 = u16::MAX;

fn small(value: u64) -> Option<u16> {
    u16::try_from(value).ok().filter(|&value| value != ESCAPE)
}

impl Column {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { low: Vec::with_capacity(rows), large: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: u64) {
        if let Some(value) = small(value) {
            self.low.push(value);
        } else {
            self.large.push((to_u32(self.low.len()), value));
            self.low.push(ESCAPE);
        }
    }

    pub(crate) fn extend(&mut self, values: impl Iterator<Item = u64> + Clone) {
        let before = self.low.len();
        let escape = u64::from(ESCAPE);
        let mut largest = 0;
        self.low.extend(values.clone().map(|value| {
            largest = largest.max(value);
            small(value).unwrap_or(ESCAPE)
        }));
        if largest >= escape {
            let rows = values.enumerate().filter(|&(_, value)| value >= escape);
            self.large.extend(rows.map(|(nth, value)| (to_u32(before + nth), value)));
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> u64 {
        let low = self.low[row];
        if low == ESCAPE { self.get_large(row) } else { u64::from(low) }
    }

    #[cold]
    fn get_large(&self, row: usize) -> u64 {
        match self.large.binary_search_by_key(&to_u32(row), |&(at, _)| at) {
            Ok(at) => self.large[at].1,
            Err(_) => u64::from(ESCAPE),
        }
    }

    #[inline]
    pub(crate) fn is_zero(&self, row: usize) -> bool {
        self.low[row] == 0
    }

    pub(crate) fn shrink(&mut self) {
        self.low.shrink_to_fit();
        self.large.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.low.capacity() * 2 + self.large.capacity() * size_of::<(u32, u64)>()
    }
}

/// A [`Column`] that is being changed in any order.
#[derive(Debug)]
pub(crate) struct ColumnMut {
    low: Vec<u16>,
    large: HashMap<u32, u64>,
}

impl ColumnMut {
    pub(crate) fn zeroed(rows: usize) -> Self {
        Self { low: vec![0; rows], large: HashMap::new() }
    }

    pub(crate) fn copy(column: &Column) -> Self {
        Self { low: column.low.clone(), large: column.large.iter().copied().collect() }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> u64 {
        let low = self.low[row];
        if low == ESCAPE {
            self.large.get(&to_u32(row)).copied().unwrap_or_default()
        } else {
            u64::from(low)
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: u64) {
        if let Some(value) = small(value) {
            // A stale entry in `large` is dropped at the end.
            self.low[row] = value;
        } else {
            self.low[row] = ESCAPE;
            self.large.insert(to_u32(row), value);
        }
    }

    pub(crate) fn finish(self) -> Column {
        let Self { low, large } = self;
        let mut large: Vec<(u32, u64)> =
            large.into_iter().filter(|&(row, _)| low[row as usize] == ESCAPE).collect();
        large.sort_unstable();
        Column { low, large }
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

    /// Adds all of `other`, which has as many places.
    pub(crate) fn unite(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(crate) fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
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
    fn values_of_every_size_survive() {
        let values = [0, 1, 65_534, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, 1 << 53];
        let mut pushed = Column::with_capacity(0);
        let mut set = ColumnMut::zeroed(values.len());
        for (row, &value) in values.iter().enumerate().rev() {
            set.set(row, 1 << 40);
            set.set(row, value);
            assert_eq!(set.get(row), value);
        }
        for &value in &values {
            pushed.push(value);
        }
        let set = set.finish();
        for (row, &value) in values.iter().enumerate() {
            assert_eq!(pushed.get(row), value);
            assert_eq!(set.get(row), value);
            assert_eq!(set.is_zero(row), value == 0);
        }
        assert_eq!(set.large, pushed.large);
    }
}
