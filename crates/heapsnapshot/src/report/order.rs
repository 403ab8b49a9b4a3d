//! Returns the window of a sorted list without sorting the whole list.
//!
//! A comparison sort looks at each item several times, wherever it is in
//! memory. Here, each item is looked at once, to compute a key of eight bytes.
//! The next key is computed only for items with equal keys that can be in the
//! window.

use std::cmp::Ordering;
use std::ops::Range;

use super::Window;
use super::parts::{by_parts, filled, joined};
use crate::text::Text;

/// How items with equal keys are ordered.
#[derive(Clone, Copy)]
pub(super) enum Next {
    /// By the keys of this level.
    Level(u32),
    /// By themselves: they are positions.
    Place,
    /// By [`Order::compare`].
    Comparison,
}

/// An order of items by several keys: the first level decides, then the next
/// one, and so on.
pub(super) trait Order: Sync {
    /// The items: positions, whose own order is the last tie-break.
    type Item: Copy + Ord + Sync;

    /// Memory that a thread reuses between keys.
    type Scratch: Default;

    /// Returns the first level.
    fn first(&self) -> u32 {
        0
    }

    /// Returns the key of an item. Smaller keys come first.
    fn key(&self, item: Self::Item, level: u32, scratch: &mut Self::Scratch) -> u64;

    /// Returns how items with this key are ordered.
    fn next(&self, level: u32, key: u64) -> Next;

    /// Compares items after [`Next::Comparison`]. Equal items are ordered by
    /// themselves.
    fn compare(&self, a: Self::Item, b: Self::Item) -> Ordering;
}

impl Window {
    /// Returns the items in the window, sorted.
    ///
    /// # Complexity
    /// O(n) keys per level, and O(k log k) time for k items in the window.
    /// Needs 12 bytes per item.
    pub(super) fn choose<O: Order>(self, items: Vec<O::Item>, order: &O) -> Vec<O::Item> {
        let mut shown = Vec::new();
        let range = self.range(items.len());
        choose(items, range, order.first(), order, &mut shown);
        shown
    }

    /// Returns the positions in the window of a list of `len` items.
    pub(super) fn range(self, len: usize) -> Range<usize> {
        let end = self.offset.saturating_add(self.limit).min(len);
        self.offset.min(end)..end
    }
}

/// Returns the part of `range` that is in a group of `len` items from `start`
/// on, relative to the group.
fn within(range: &Range<usize>, start: usize, len: usize) -> Range<usize> {
    let at = |place: usize| place.saturating_sub(start).min(len);
    at(range.start)..at(range.end)
}

/// Appends the items of `range` to `shown`, in order. `items` have equal keys
/// at all levels before `level`.
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
    // Items with the same key as the first or the last one in the range can be
    // outside of the range.
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

/// Returns the items of `range` by a comparison.
fn sorted<I: Copy>(
    mut items: Vec<I>,
    range: Range<usize>,
    compare: &dyn Fn(I, I) -> Ordering,
) -> Vec<I> {
    let window = Window { offset: range.start, limit: range.len() };
    window.sort(&mut items, |&a, &b| compare(a, b));
    items
}

/// The keys at the ends of a range, where there are items beyond it.
struct Bounds {
    /// The key of the first item in the range.
    low: Option<u64>,
    /// The key of the last item in the range.
    high: Option<u64>,
}

impl Bounds {
    /// Finds the keys at the ends of `range`.
    fn find(keys: &[u64], range: &Range<usize>) -> Self {
        Self {
            low: (range.start > 0).then(|| nth(keys, range.start)),
            high: (range.end < keys.len()).then(|| nth(keys, range.end - 1)),
        }
    }
}

/// Number of keys in a sample.
const SAMPLE: usize = 1 << 12;

/// Number of keys in the sample on each side of the estimate. Half as many
/// would suffice nearly always.
const MARGIN: usize = 1 << 7;

/// Returns the key that would be at `place` if the keys were sorted. Does not
/// move them: they are in the order of the items in memory.
///
/// Sorts a sample, which gives two keys that the result is nearly always
/// between. Then selects among the few keys between these.
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
        // All remaining ones can be equal to the upper bound.
        Some(at) if high == u64::MAX || at - lowest - between.len() < count(keys, high) => high,
        // The sample was not representative.
        _ => *keys.to_vec().select_nth_unstable(place).1,
    }
}

/// Returns how many keys equal `wanted`.
fn count(keys: &[u64], wanted: u64) -> usize {
    keys.iter().filter(|&&key| key == wanted).count()
}

/// Returns the key of a number that can be negative.
pub(super) fn signed(number: i32) -> u64 {
    i64::from(number).cast_unsigned() ^ (1 << 63)
}

/// Bytes of a text per key.
const CHUNK: usize = 7;

/// Maximum number of keys of a text. Texts with a longer common start are
/// compared.
const MAX_CHUNKS: u32 = 64;

/// The first byte of the encoded characters from U+D000 up, among them
/// surrogates. For bytes below it, the order of bytes is the order of UTF-16
/// units.
const SURROGATES: u8 = 0xED;

/// Returns the key of part `at` of a text: its bytes and their number. The
/// number is `CHUNK + 1` if bytes from there on do not decide the order.
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

/// Returns how texts with equal parts are ordered: by the next part, or by
/// `end` if the texts are equal. Part `n` has the level `base + n`.
pub(super) fn after_chunk(key: u64, level: u32, base: u32, end: Next) -> Next {
    match key.to_be_bytes()[CHUNK] {
        0..7 => end,
        7 if level - base < MAX_CHUNKS => Next::Level(level + 1),
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
