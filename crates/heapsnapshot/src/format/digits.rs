//! Decodes integers from decimal digits, many at once.
//!
//! The loop finds the starts and ends of all numbers in 64 bytes at once. It
//! loads each number as a word of eight bytes, without a branch on its length.
//! It then decodes the words, four at once.
//!
//! On x86-64, the loop is compiled twice. Nearly every processor of today has
//! instructions for the lowest set bit and for shifts by a variable. They save
//! a tenth of the time, but the baseline x86-64 instruction set lacks them.
#![allow(clippy::inline_always, reason = "what is inlined is compiled for its caller's processor")]

use wide::bytemuck::cast;
use wide::{i16x8, i32x8, u8x16};

/// A batch of decoded integers, of limited length.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The integers, and room for those of one block beyond the limit.
    slots: Vec<u64>,
    /// Number of integers.
    len: usize,
    /// Maximum number of integers.
    limit: usize,
}

impl Numbers {
    /// Returns an empty batch for up to `limit` integers.
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { slots: vec![0; limit + BLOCK / 2], len: 0, limit }
    }

    /// Empties the batch and changes its limit.
    pub(super) fn restart(&mut self, limit: usize) {
        if self.slots.len() < limit + BLOCK / 2 {
            // Allocates a new zeroed batch instead of growing the old one: the system
            // provides zeroed memory page by page, at the first write.
            *self = Self::with_limit(limit);
        }
        self.limit = limit;
        self.len = 0;
    }

    /// Empties the batch.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Returns the integers.
    pub(super) fn as_slice(&self) -> &[u64] {
        &self.slots[..self.len]
    }

    /// Returns whether the batch has as many integers as it may have.
    pub(super) fn is_full(&self) -> bool {
        self.len >= self.limit
    }

    /// Appends an integer. The batch must not be full.
    pub(super) fn push(&mut self, value: u64) {
        self.slots[self.len] = value;
        self.len += 1;
    }
}

/// Returns a word with `byte` in each of its eight bytes.
const fn spread(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Loads eight bytes at `at`, little-endian.
#[inline]
fn load(bytes: &[u8], at: usize) -> Option<u64> {
    let window = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*window))
}

/// The classes of 64 bytes, one bit per byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Marks {
    digits: u64,
    zeros: u64,
    commas: u64,
    line_feeds: u64,
}

impl Marks {
    /// Classifies the bytes of a block.
    #[inline(always)]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        let (quarters, _) = block.as_chunks::<16>();
        for (nth, quarter) in quarters.iter().enumerate() {
            let bytes = u8x16::new(*quarter);
            // Digits become 0 to 9.
            let values = bytes ^ u8x16::splat(b'0');
            let bits = |mask: u8x16| u64::from(mask.to_bitmask()) << (16 * nth);
            let equal = |byte| bits(bytes.simd_eq(u8x16::splat(byte)));
            marks.digits |= bits(values.min(u8x16::splat(9)).simd_eq(values));
            marks.zeros |= equal(b'0');
            marks.commas |= equal(b',');
            marks.line_feeds |= equal(b'\n');
        }
        marks
    }
}

/// The numbers of a block that are easy to decode: up to fifteen digits, a
/// comma, and possibly a line feed before the comma, which V8 writes. The block
/// must start with a number.
struct Tokens {
    /// The first digit of each number; possibly also of one number more.
    starts: u64,
    /// The byte after each number.
    ends: u64,
    /// The comma after each number.
    commas: u64,
}

impl Tokens {
    /// Finds the easy numbers before the first byte that is not easy.
    #[inline(always)]
    fn of(marks: Marks) -> Self {
        let Marks { digits, zeros, commas, line_feeds } = marks;
        let starts = digits & !(digits << 1);
        let after_number = digits << 1;
        // Sixteen digits in a row, by doubling.
        let two = digits & (digits >> 1);
        let four = two & (two >> 2);
        let eight = four & (four >> 4);
        let too_long = eight & (eight >> 8);
        let leading_zeros = starts & zeros & (digits >> 1);
        let odd_feeds = line_feeds & !(after_number & (commas >> 1));
        let odd_commas = commas & !(after_number | (line_feeds << 1));
        let others = !(digits | commas | line_feeds);
        let hard = too_long | leading_zeros | odd_feeds | odd_commas | others;
        // All bytes before the first one that is not easy.
        let easy = !hard & hard.wrapping_sub(1);
        let commas = commas & easy;
        let ends = (commas & after_number) | (line_feeds & (commas >> 1));
        Self { starts, ends, commas }
    }
}

/// Returns the number of leading digit bytes of a little-endian word.
#[inline]
fn digit_count(word: u64) -> u32 {
    // A byte is a digit iff (byte ^ '0') <= 9, i.e. adding 0x76 does not reach
    // 0x80. Bytes with the high bit set are caught by the `| flipped`. A carry
    // can only leave a byte that is itself a non-digit, so the lowest mark is
    // exact and later ones do not matter.
    let flipped = word ^ spread(b'0');
    let marks = (flipped.wrapping_add(spread(0x76)) | flipped) & spread(0x80);
    marks.trailing_zeros() / 8
}

/// Returns the first `count` (1..=8) digits of `word` as a number in each byte,
/// with leading zeros.
#[inline(always)]
fn digits(word: u64, count: u32) -> u64 {
    // Shift the digits to the high end; the vacated low bytes are leading zeros.
    (word ^ spread(b'0')) << (64 - 8 * count)
}

/// Returns the value of the first `count` (1..=8) digit bytes of `word`.
#[inline(always)]
fn digits_value(word: u64, count: u32) -> u64 {
    let digits = digits(word, count);
    // Combine neighbours pairwise: 8 digits, 4 pairs, 2 quads, 1 number.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let quads = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    quads.wrapping_mul(10_000).wrapping_add(quads >> 32) & 0xFFFF_FFFF
}

/// Decodes numbers followed by a comma, from `at` on, and appends them to
/// `out`.
///
/// Stops before the first number that is not easy to decode, at the end of
/// `bytes`, or when `out` is full. Returns the position of the next number.
/// Never fails: [`IntArray`](super::scan::IntArray) handles the rest.
pub(super) fn run(bytes: &[u8], at: usize, out: &mut Numbers) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
    {
        #[allow(unsafe_code, reason = "the compiler cannot know the processor")]
        // SAFETY: the processor has every feature in `target_feature` of the function.
        return unsafe { run_on_recent(bytes, at, out) };
    }
    run_on_any(bytes, at, out)
}

/// Decodes as [`run`] does, with the instructions of processors since about
/// 2013.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn run_on_recent(bytes: &[u8], at: usize, out: &mut Numbers) -> usize {
    run_on_any(bytes, at, out)
}

/// Decodes as [`run`] does, with the instructions that the caller is compiled
/// for.
#[inline(always)]
fn run_on_any(bytes: &[u8], mut at: usize, out: &mut Numbers) -> usize {
    loop {
        at = run_blocks(bytes, at, out);
        // `run_blocks` also stops near the end of `bytes`.
        if out.is_full() {
            return at;
        }
        let Some((value, next)) = one(bytes, at) else { return at };
        out.push(value);
        at = next;
    }
}

/// Bytes whose numbers are found at once.
const BLOCK: usize = 64;

/// Bytes of a block and of the loads that start in it.
const WINDOW: usize = BLOCK + 16;

/// Words that are decoded at once.
const GROUP: usize = 64;

/// Decodes whole blocks. Numbers first become words of digits; groups of words
/// are then decoded at once.
#[inline(always)]
fn run_blocks(bytes: &[u8], mut at: usize, out: &mut Numbers) -> usize {
    // The first slot with a word of digits that is not decoded yet.
    let mut words = out.len;
    // Slots and values of numbers that do not fit into one word of digits.
    let mut long: Vec<(usize, u64)> = Vec::new();
    // A block has at most one number for two bytes.
    while out.len + BLOCK / 2 <= out.limit {
        let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WINDOW>()) else {
            break;
        };
        let marks = window.first_chunk::<BLOCK>().map_or_else(Marks::default, Marks::of);
        let Tokens { mut starts, mut ends, commas } = Tokens::of(marks);
        let slots = out.slots[out.len..].first_chunk_mut::<{ BLOCK / 2 }>();
        let Some(slots) = slots.filter(|_| commas != 0) else { break };
        let mut count = 0;
        while ends != 0 {
            let start = starts.trailing_zeros();
            let length = ends.trailing_zeros() - start;
            // `%` changes nothing, but lets the compiler omit bounds checks.
            let first = start as usize % BLOCK;
            let word = window[first..].first_chunk::<8>().map_or(0, |w| u64::from_le_bytes(*w));
            if length <= 8 {
                slots[count % (BLOCK / 2)] = digits(word, length);
            } else {
                let rest = window[first + 8..].first_chunk::<8>();
                let rest = digits_value(rest.map_or(0, |w| u64::from_le_bytes(*w)), length - 8);
                let value = digits_value(word, 8) * POWERS[length as usize % POWERS.len()] + rest;
                long.push((out.len + count, value));
            }
            count += 1;
            starts &= starts - 1;
            ends &= ends - 1;
        }
        out.len += count;
        at += BLOCK - commas.leading_zeros() as usize;
        if out.len - words >= GROUP
            && let Some(group) = out.slots[words..].first_chunk_mut::<GROUP>()
        {
            decode(group);
            words += GROUP;
        }
    }
    // There is room beyond the limit to complete the last four.
    let end = words + (out.len - words).next_multiple_of(4);
    decode(&mut out.slots[words..end]);
    for (nth, value) in long {
        out.slots[nth] = value;
    }
    at
}

/// Converts words of digits to numbers, four at once.
#[inline(always)]
fn decode(words: &mut [u64]) {
    // The order of the lanes in a vector must be that of the bytes.
    const { assert!(cfg!(target_endian = "little")) };
    let (groups, _) = words.as_chunks_mut::<4>();
    for group in groups {
        let quads = |low: u64, high: u64| {
            let digits: i16x8 = cast([low, high]);
            let pairs: i16x8 = (digits & i16x8::splat(0xFF)) * i16x8::splat(10) + (digits >> 8u32);
            pairs.dot(i16x8::new([100, 1, 100, 1, 100, 1, 100, 1]))
        };
        let [a, b, c, d] = *group;
        let quads: i32x8 = cast([quads(a, b), quads(c, d)]);
        let quads = i16x8::from_i32x8_saturate(quads);
        let numbers = quads.dot(i16x8::new([10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1]));
        *group = numbers.to_array().map(|number| u64::from(number.cast_unsigned()));
    }
}

/// By length of a number: ten to the power of the digits beyond the eighth.
const POWERS: [u64; 16] = {
    let mut powers = [1; 16];
    let mut length = 9;
    while length < 16 {
        powers[length] = powers[length - 1] * 10;
        length += 1;
    }
    powers
};

/// Decodes one number of up to fifteen digits and its comma. Returns its value
/// and the position of the next number; `None` if it is not easy.
fn one(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let word = load(bytes, at)?;
    let mut count = digit_count(word);
    let leading_zero = word & 0xFF == u64::from(b'0');
    if count == 0 || (leading_zero && count > 1) {
        return None;
    }
    let mut value = digits_value(word, count);
    if count == 8 {
        let next = load(bytes, at + 8)?;
        let more = digit_count(next);
        if more == 8 {
            return None;
        }
        if more > 0 {
            value = value * 10u64.pow(more) + digits_value(next, more);
        }
        count += more;
    }
    let end = at + count as usize;
    match bytes.get(end..)? {
        [b',', ..] => Some((value, end + 1)),
        [b'\n', b',', ..] => Some((value, end + 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_reads_the_same() {
        let mut state = 1u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..2000 {
            let mut text = String::new();
            for _ in 0..random(200) {
                let digits = random(17) + 1;
                text.extend((0..digits).filter_map(|_| char::from_digit(random(10), 10)));
                text += ["\n,", ",,", " ,", "]", "\n", ","][random(200).min(5) as usize];
            }
            let read = |run: fn(&[u8], usize, &mut Numbers) -> usize| {
                let mut out = Numbers::with_limit(150);
                (run(text.as_bytes(), 0, &mut out), out.as_slice().to_vec())
            };
            assert_eq!(read(run), read(run_on_any), "{text:?}");
        }
    }

    #[test]
    fn marks_are_right_for_every_byte_and_place() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK {
                for around in [b'5', b',', 0, 255] {
                    let mut block = [around; BLOCK];
                    block[at] = byte;
                    let bits = |wanted: fn(&u8) -> bool| {
                        (0..BLOCK).filter(|&i| wanted(&block[i])).fold(0, |bits, i| bits | 1 << i)
                    };
                    let expected = Marks {
                        digits: bits(u8::is_ascii_digit),
                        zeros: bits(|&byte| byte == b'0'),
                        commas: bits(|&byte| byte == b','),
                        line_feeds: bits(|&byte| byte == b'\n'),
                    };
                    assert_eq!(Marks::of(&block), expected, "{byte} at {at}");
                }
            }
        }
    }
}
