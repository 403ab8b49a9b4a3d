//! The part of a long list that a window shows, in order.
//!
//! Comparing items means to look at them again and again, wherever they are in
//! memory. Here each item is looked at once for a key of eight bytes; only those
//! whose keys are equal, and that may be shown, are looked at for the next key.

use std::cmp::Ordering;
use std::ops::Range;

use super::Window;
use super::parts::{by_parts, filled, joined};
use crate::text::Text;

/// What orders items whose keys are equal.
#[derive(Clone, Copy)]
pub(super) enum Next {
    /// The keys of that level.
    Level(u32),
    /// The items themselves.
    Place,
    /// A comparison.
    Comparison,
}

/// An order of items by keys of ever finer levels.
pub(super) trait Order: Sync {
    /// What is ordered: positions, whose own order decides last.
    type Item: Copy + Ord + Sync;
    /// What a thread keeps while it makes keys.
    type Scratch: Default;

    /// The first level.
    fn first(&self) -> u32 {
        0
    }

    /// The key of an item; ascending.
    fn key(&self, item: Self::Item, level: u32, scratch: &mut Self::Scratch) -> u64;

    /// What comes after a key.
    fn next(&self, level: u32, key: u64) -> Next;

    /// Compares items after [`Next::Comparison`]. Equal ones are in the order of
    /// the items.
    fn compare(&self, a: Self::Item, b: Self::Item) -> Ordering;
}

impl Window {
    /// Returns the items that the window shows, in order.
    ///
    /// # Complexity
    /// O(n) keys a level, and 12 bytes an item; O(k log k) for k items shown.
    pub(super) fn choose<O: Order>(self, items: Vec<O::Item>, order: &O) -> Vec<O::Item> {
        let mut shown = Vec::new();
        let range = self.range(items.len());
        choose(items, range, order.first(), order, &mut shown);
        shown
    }

    /// The positions that the window shows of `len`.
    pub(super) fn range(self, len: usize) -> Range<usize> {
        let end = self.offset.saturating_add(self.limit).min(len);
        self.offset.min(end)..end
    }
}

/// The part of `range` in a group of `len` items from `start` on, relative to it.
fn within(range: &Range<usize>, start: usize, len: usize) -> Range<usize> {
    let at = |place: usize| place.saturating_sub(start).min(len);
    at(range.start)..at(range.end)
}

fn choose<O: Order>(
    items: Vec<O::Item>,
    range: Range<usize>,
    level: u32,
    order: &O,
    shown: &mut Vec<O::Item>,
) {
    if range.is_empty() {
        return;
    }
    if items.len() == 1 {
        shown.extend(items);
        return;
    }
    let keys = filled(items.len(), |from, keys| {
        let mut scratch = O::Scratch::default();
        for (key, &item) in keys.iter_mut().zip(&items[from..]) {
            *key = order.key(item, level, &mut scratch);
        }
    });
    let Bounds { low, high } = Bounds::find(&keys, &range);
    // Those with the key of the first and of the last that is shown may not be shown.
    let (mut before, mut first, mut middle, mut last) = (0, Vec::new(), Vec::new(), Vec::new());
    for (key, item) in keys.into_iter().zip(items) {
        match (low.map(|low| key.cmp(&low)), high.map(|high| key.cmp(&high))) {
            (Some(Ordering::Less), _) => before += 1,
            (Some(Ordering::Equal), _) => first.push(item),
            (_, Some(Ordering::Greater)) => {}
            (_, Some(Ordering::Equal)) => last.push(item),
            _ => middle.push((key, item)),
        }
    }
    let mut end = before;
    let mut finish = |group: Vec<O::Item>, key: u64| {
        let start = end;
        end += group.len();
        let range = within(&range, start, group.len());
        match order.next(level, key) {
            _ if range.is_empty() => {}
            Next::Level(level) => choose(group, range, level, order, shown),
            Next::Place => shown.extend(sorted(group, range, &|a, b| a.cmp(&b))),
            Next::Comparison => {
                shown.extend(sorted(group, range, &|a, b| order.compare(a, b).then(a.cmp(&b))));
            }
        }
    };
    if let Some(low) = low {
        finish(first, low);
    }
    middle.sort_unstable();
    for run in middle.chunk_by(|a, b| a.0 == b.0) {
        finish(run.iter().map(|&(_, item)| item).collect(), run[0].0);
    }
    if let Some(high) = high {
        finish(last, high);
    }
}

fn sorted<I: Copy>(
    mut items: Vec<I>,
    range: Range<usize>,
    compare: &dyn Fn(I, I) -> Ordering,
) -> Vec<I> {
    let window = Window { offset: range.start, limit: range.len() };
    window.sort(&mut items, |&a, &b| compare(a, b));
    items
}

/// The keys at the ends of a range, where more items are beyond it.
struct Bounds {
    low: Option<u64>,
    high: Option<u64>,
}

impl Bounds {
    fn find(keys: &[u64], range: &Range<usize>) -> Self {
        Self {
            low: (range.start > 0).then(|| nth(keys, range.start)),
            high: (range.end < keys.len()).then(|| nth(keys, range.end - 1)),
        }
    }
}

/// Keys of which a sample is taken.
const SAMPLE: usize = 1 << 12;

/// Keys of the sample on either side of the one that is sought. Half as many would
/// do nearly always.
const MARGIN: usize = 1 << 7;

/// Returns the key that would be at `place` if they were sorted. They stay where
/// they are: in the order in which the items are in memory.
///
/// A sample tells between which keys it must be, and few are.
fn nth(keys: &[u64], place: usize) -> u64 {
    let mut sample: Vec<u64> = keys.iter().copied().step_by(keys.len() / SAMPLE + 1).collect();
    sample.sort_unstable();
    let about = place * sample.len() / keys.len();
    let low = about.checked_sub(MARGIN).map_or(0, |at| sample[at]);
    let high = sample.get(about + MARGIN).copied().unwrap_or(u64::MAX);
    let parts = by_parts(keys.len(), |part| {
        let (mut below, mut lowest, mut between) = (0, 0, Vec::new());
        for &key in &keys[part] {
            below += usize::from(key < low);
            lowest += usize::from(key == low);
            if low < key && key < high {
                between.push(key);
            }
        }
        (below, lowest, between)
    });
    let below = parts.iter().map(|part| part.0).sum::<usize>();
    let lowest = parts.iter().map(|part| part.1).sum::<usize>();
    let mut between = joined(parts.into_iter().map(|part| part.2).collect());
    match place.checked_sub(below) {
        Some(at) if at < lowest => low,
        Some(at) if at - lowest < between.len() => *between.select_nth_unstable(at - lowest).1,
        // All that are left may be equal to the last one.
        Some(at) if high == u64::MAX || at - lowest - between.len() < count(keys, high) => high,
        // The sample was misleading.
        _ => *keys.to_vec().select_nth_unstable(place).1,
    }
}

fn count(keys: &[u64], wanted: u64) -> usize {
    keys.iter().filter(|&&key| key == wanted).count()
}

/// The key of a number that may be negative.
pub(super) fn signed(number: i32) -> u64 {
    i64::from(number).cast_unsigned() ^ (1 << 63)
}

/// Bytes of a text in a key.
const CHUNK: usize = 7;

/// Chunks of a text that are made keys. Texts that begin alike for longer are compared.
const MOST_CHUNKS: u32 = 64;

/// Below it the order of bytes is that of code units.
const SURROGATES: u8 = 0xED;

/// The key of a chunk of a text: its bytes and how many there are. `CHUNK + 1`: it
/// reaches to where bytes do not tell the order.
pub(super) fn chunk(text: Text<'_>, at: u32) -> u64 {
    let bytes = text.as_bytes();
    let rest = bytes.get(at as usize * CHUNK..).unwrap_or_default();
    let mut key = [0u8; 8];
    let mut len = 0;
    for (to, &byte) in key[..CHUNK].iter_mut().zip(rest) {
        *to = byte.min(SURROGATES);
        len += 1;
        if byte >= SURROGATES {
            len = 8;
            break;
        }
    }
    key[CHUNK] = len;
    u64::from_be_bytes(key)
}

/// What orders texts whose chunks are equal: the next chunk, or `end` where they are
/// equal to their ends. Chunk `n` has the level `base + n`.
pub(super) fn after_chunk(key: u64, level: u32, base: u32, end: Next) -> Next {
    match key.to_be_bytes()[CHUNK] {
        0..7 => end,
        7 if level - base < MOST_CHUNKS => Next::Level(level + 1),
        _ => Next::Comparison,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBuf;

    /// Texts, ties in descending order of the items.
    struct Texts(Vec<TextBuf>);

    impl Order for Texts {
        type Item = u32;
        type Scratch = ();

        fn key(&self, item: u32, level: u32, (): &mut ()) -> u64 {
            match level {
                u32::MAX => u64::from(u32::MAX - item),
                level => chunk(self.0[item as usize].as_text(), level),
            }
        }

        fn next(&self, level: u32, key: u64) -> Next {
            match level {
                u32::MAX => Next::Place,
                level => after_chunk(key, level, 0, Next::Level(u32::MAX)),
            }
        }

        fn compare(&self, a: u32, b: u32) -> Ordering {
            self.0[a as usize].cmp(&self.0[b as usize]).then(b.cmp(&a))
        }
    }

    #[test]
    fn the_nth_key_is_that_of_the_sorted_ones() {
        let mut state = 5u64;
        let mut random = |below: u64| {
            state = state * 48_271 % 0x7FFF_FFFF;
            state % below
        };
        for below in [1, 2, 3, 1000, 0x7FFF_FFFF] {
            let mut keys: Vec<u64> = (0..100_000).map(|_| random(below)).collect();
            // Most of these are the greatest number, and in the order of their places.
            keys.extend((0..50_000).map(|at| if at % 3 == 0 { at } else { u64::MAX }));
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            for place in (0..keys.len()).step_by(7_919).chain([keys.len() - 1]) {
                assert_eq!(nth(&keys, place), sorted[place], "{place} of numbers below {below}");
            }
        }
        // A sample that sees only ones.
        let step = 150_000 / SAMPLE + 1;
        let keys: Vec<u64> = (0..150_000).map(|at| u64::from(at % step == 0)).collect();
        assert_eq!([nth(&keys, 0), nth(&keys, 75_000), nth(&keys, 149_999)], [0, 0, 1]);
    }

    #[test]
    fn any_window_shows_what_it_would_of_everything_sorted() {
        let long = "x".repeat(1000);
        let samples = [
            "",
            "\0",
            "a",
            "a\0",
            "a\0\0\0\0\0\0\0",
            "abcdefg",
            "abcdefg\0",
            "abcdefgh",
            "é",
            "퟿x",
            "\u{e000}",
            "😀",
            "😀b",
            "abcdef😀",
            "abcdef\u{e000}",
            "abcdefg😀",
            "zz",
            &long,
        ];
        // A generator of Lehmer's: the same in every run.
        let mut state = 7u64;
        let mut random = || {
            state = state * 48_271 % 0x7FFF_FFFF;
            usize::try_from(state).unwrap_or_default()
        };
        let texts: Vec<TextBuf> = (0..400)
            .map(|_| {
                let mut text = TextBuf::from(samples[random() % samples.len()]);
                text.push_str(samples[random() % samples.len()]);
                text
            })
            .collect();
        let order = Texts(texts);
        let items: Vec<u32> = (0..400).collect();
        let mut all = items.clone();
        all.sort_by(|&a, &b| order.compare(a, b));
        for (offset, limit) in [(0, 400), (0, 1), (0, 17), (399, 1), (390, 100), (500, 5), (3, 0)] {
            let window = Window { offset, limit };
            assert_eq!(window.choose(items.clone(), &order), all[window.range(400)], "{window:?}");
        }
        for offset in (0..400).step_by(7) {
            let window = Window { offset, limit: 23 };
            assert_eq!(window.choose(items.clone(), &order), all[window.range(400)], "{window:?}");
        }
    }
}
