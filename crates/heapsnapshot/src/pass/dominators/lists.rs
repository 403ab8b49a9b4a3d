//! Lists of numbers in one allocation. Their lengths are counted first; then the
//! items are added in any order.

use std::collections::HashMap;

use super::number::Number;

/// The length of each list.
///
/// One byte per list: the lists are counted in random order, and fewer bytes
/// cause fewer cache misses.
#[derive(Debug, Default)]
pub(super) struct Counts {
    low: Vec<u8>,
    /// By list, if it has 256 items or more: its length rounded down to a multiple
    /// of 256. `low` has the remainder.
    high: HashMap<u32, u32>,
}

impl Counts {
    /// Returns `lists` lengths of 0.
    pub(super) fn new(lists: usize) -> Self {
        Self { low: vec![0; lists], high: HashMap::new() }
    }

    /// Adds 1 to the length of a list.
    #[inline]
    pub(super) fn add(&mut self, list: u32) {
        let low = &mut self.low[list as usize];
        *low = low.wrapping_add(1);
        if *low == 0 {
            *self.high.entry(list).or_default() += 1 << u8::BITS;
        }
    }
}

/// Lists of numbers, one after the other.
///
/// List `n` consists of `items[ends[n - 1]..ends[n]]` once all items were added.
#[derive(Debug)]
pub(super) struct Lists<N> {
    /// By list: the position of its next item in `items`. Once all items were added,
    /// this is the end of the list.
    pub(super) ends: Vec<u32>,
    /// The items of all lists.
    pub(super) items: Vec<N>,
}

impl<N: Number> Lists<N> {
    /// Returns the first `len` lists of `counts`, each with room for its items.
    pub(super) fn new(counts: Counts, len: usize) -> Self {
        let Counts { low, high } = counts;
        let mut high: Vec<(u32, u32)> = high.into_iter().collect();
        high.sort_unstable();
        let mut high = high.into_iter().peekable();
        let mut next = 0u32;
        let ends = low[..len].iter().enumerate().map(|(list, &low)| {
            let start = next;
            next += u32::from(low);
            next += high.next_if(|&(at, _)| at as usize == list).map_or(0, |(_, count)| count);
            start
        });
        let ends = ends.collect();
        Self { ends, items: vec![N::of(0); next as usize] }
    }

    /// Appends `item` to a list.
    #[inline]
    pub(super) fn push(&mut self, list: u32, item: N) {
        let end = &mut self.ends[list as usize];
        self.items[*end as usize] = item;
        *end += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_what_was_added() {
        let lengths = |list: u32| match list {
            3 => 70_000,
            4 | 5 => 256,
            17 => 65_535,
            18 => 65_534,
            _ => list % 4,
        };
        let mut counts = Counts::new(100);
        let all = || (0..90).flat_map(|list| (0..lengths(list)).map(move |nth| (list, nth)));
        all().for_each(|(list, _)| counts.add(list));
        let mut lists = Lists::<u32>::new(counts, 90);
        // Adds the items of all lists interleaved, not list by list.
        let mut mixed: Vec<_> = all().collect();
        mixed.sort_by_key(|&(_, nth)| nth);
        for (list, nth) in mixed {
            lists.push(list, nth);
        }
        let mut start = 0;
        for list in 0..90 {
            let end = lists.ends[list as usize] as usize;
            let expected: Vec<u32> = (0..lengths(list)).collect();
            assert_eq!(lists.items[start..end], expected, "{list}");
            start = end;
        }
        assert_eq!(start, lists.items.len());
    }
}
