//! The integer scanner: JSON arrays of integers, any chunking. Only lines and
//! columns of code can be below zero.
//!
//! Almost all bytes of a snapshot pass through [`run`]. It finds the separators
//! of 64 bytes at once and then decodes the numbers between them, each from one
//! 8-byte load and without a branch on its length, so that the decoding of one
//! number does not wait for that of the one before.

/// Largest integer accepted: what JSON numbers can carry exactly in JavaScript.
pub(crate) const MAX_INTEGER: u64 = 1 << 53;

/// Stands for all integers below zero.
pub(crate) const NEGATIVE: u64 = u64::MAX;

const fn spread(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Loads eight bytes at `at`, little-endian.
#[inline]
fn load(bytes: &[u8], at: usize) -> Option<u64> {
    let window = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*window))
}

/// Returns a bit for each of 64 bytes that is not a digit.
#[inline]
fn separators(block: &[u8; 64]) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    let mut marks = 0u64;
    for (nth, word) in words.iter().enumerate() {
        let flipped = u64::from_le_bytes(*word) ^ spread(b'0');
        // No carry leaves a byte: the upper bits are looked at apart.
        let low = (flipped & spread(0x7F)).wrapping_add(spread(0x76));
        let high_bits = (low | flipped) & spread(0x80);
        // Gathers the upper bit of each byte into one byte.
        let byte = (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        marks |= byte << (8 * nth);
    }
    marks
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

/// Returns the value of the first `count` (1..=8) digit bytes of `word`.
#[inline]
fn digits_value(word: u64, count: u32) -> u64 {
    // Shift the digits to the high end; the vacated low bytes are leading zeros.
    let digits = (word ^ spread(b'0')) << (64 - 8 * count);
    // Combine neighbours pairwise: 8 digits, 4 pairs, 2 quads, 1 number.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let quads = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    quads.wrapping_mul(10_000).wrapping_add(quads >> 32) & 0xFFFF_FFFF
}

/// Decodes `digits,` tokens from `at` on, appending to `out`, while that is
/// easy and `out` has less than `limit` values. Returns where it stopped:
/// always the start of a token, never an error. Line feeds before a comma,
/// which V8 writes, count as easy.
pub(crate) fn run(bytes: &[u8], mut at: usize, out: &mut Vec<u64>, limit: usize) -> usize {
    loop {
        at = run_blocks(bytes, at, out, limit);
        // What stopped it may be a long number, or the end being near.
        if out.len() >= limit {
            return at;
        }
        let Some((value, next)) = one(bytes, at) else { return at };
        out.push(value);
        at = next;
    }
}

/// Bytes whose separators are found at once.
const BLOCK: usize = 64;
/// A block with the bytes after it that a number in it may be loaded with.
const WINDOW: usize = BLOCK + 8;

/// Decodes tokens of up to eight digits, a block at a time.
fn run_blocks(bytes: &[u8], mut at: usize, out: &mut Vec<u64>, limit: usize) -> usize {
    // A number and its separator take two bytes.
    let mut numbers = [0u64; BLOCK / 2];
    while out.len() + numbers.len() <= limit {
        let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WINDOW>()) else {
            break;
        };
        let mut marks = window.first_chunk::<BLOCK>().map_or(0, separators);
        let mut count = 0;
        let mut start = 0u32;
        let mut easy = true;
        while marks != 0 {
            let end = marks.trailing_zeros();
            let length = end - start;
            // The masks change nothing; they spare bounds checks.
            let first = (start as usize) % BLOCK;
            let last = (end as usize) % BLOCK;
            let word = window[first..].first_chunk::<8>().map_or(0, |w| u64::from_le_bytes(*w));
            let line_feed = window[last] == b'\n' && window[last + 1] == b',';
            // A leading zero is malformed unless it is the whole number.
            let malformed = word & 0xFF == u64::from(b'0') && length > 1;
            if length.wrapping_sub(1) > 7 || malformed || !(line_feed || window[last] == b',') {
                easy = false;
                break;
            }
            numbers[count % (BLOCK / 2)] = digits_value(word, length);
            count += 1;
            marks &= marks - 1;
            start = end + 1;
            if line_feed {
                // The comma's mark too, unless it is in the next block.
                marks &= marks.wrapping_sub(1);
                start = end + 2;
            }
        }
        out.extend_from_slice(&numbers[..count.min(BLOCK / 2)]);
        at += start as usize;
        if !easy || start == 0 {
            break;
        }
    }
    at
}

/// Decodes one token of up to fifteen digits; returns its value and where the
/// next token starts.
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

/// What the array scanner expects next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expect {
    /// Just after `[`: a number or `]`.
    First,
    /// Just after a comma.
    Number,
    /// Just after a minus.
    Magnitude,
    /// Inside the digits of a number.
    Digits,
    /// After a number: a comma or `]`.
    Separator,
}

/// State of scanning one array across chunks.
#[derive(Clone, Debug)]
pub(crate) struct IntArray {
    expect: Expect,
    /// Whether numbers below zero are welcome. They become [`NEGATIVE`].
    signed: bool,
    negative: bool,
    value: u64,
    leading_zero: bool,
    /// Where the number being read started, relative to the current chunk;
    /// negative when it started in an earlier one.
    start: i64,
}

/// Why [`IntArray::scan`] returned.
pub(crate) enum Step {
    /// The chunk is used up.
    More,
    /// The batch is full.
    Full,
    /// The closing bracket was consumed.
    End,
    /// The byte at the returned position does not belong there.
    Bad(&'static str),
    /// The number starting there is beyond [`MAX_INTEGER`].
    TooLarge(i64),
}

impl IntArray {
    pub(crate) fn new(signed: bool) -> Self {
        let expect = Expect::First;
        Self { expect, signed, negative: false, value: 0, leading_zero: false, start: 0 }
    }

    /// Returns whether the next byte starts a token after a comma, the state
    /// that [`run`] assumes.
    pub(crate) fn at_number(&self) -> bool {
        self.expect == Expect::Number
    }

    /// Returns where the number started that is not complete yet, relative to
    /// the current chunk.
    pub(crate) fn pending(&self) -> Option<i64> {
        (self.expect == Expect::Digits).then_some(self.start)
    }

    /// Tells the scanner that a new chunk begins `len` bytes after the old one.
    pub(crate) fn next_chunk(&mut self, len: usize) {
        self.start = self.start.saturating_sub(i64::try_from(len).unwrap_or(i64::MAX));
    }

    /// Returns the number that has ended.
    fn take(&mut self) -> u64 {
        if std::mem::take(&mut self.negative) { NEGATIVE } else { self.value }
    }

    /// Scans from `at`, appending values to `out` until the batch has `limit`.
    /// Returns the position after the last byte consumed and why it stopped.
    pub(crate) fn scan(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        out: &mut Vec<u64>,
        limit: usize,
    ) -> (usize, Step) {
        loop {
            if self.expect == Expect::Number {
                at = run(bytes, at, out, limit);
            }
            if out.len() >= limit {
                return (at, Step::Full);
            }
            let Some(&byte) = bytes.get(at) else { return (at, Step::More) };
            match (self.expect, byte) {
                (Expect::First | Expect::Number, b'-') if self.signed => {
                    self.negative = true;
                    self.expect = Expect::Magnitude;
                }
                (Expect::First | Expect::Number | Expect::Magnitude, b'0'..=b'9') => {
                    self.expect = Expect::Digits;
                    self.value = u64::from(byte - b'0');
                    self.leading_zero = byte == b'0';
                    self.start = i64::try_from(at).unwrap_or(i64::MAX);
                }
                (Expect::Digits, b'0'..=b'9') => {
                    if self.leading_zero {
                        return (at, Step::Bad("no digit after a leading zero"));
                    }
                    self.value = self.value * 10 + u64::from(byte - b'0');
                    if self.value > MAX_INTEGER {
                        return (at, Step::TooLarge(self.start));
                    }
                }
                (Expect::Digits, b',') => {
                    out.push(self.take());
                    self.expect = Expect::Number;
                }
                (Expect::Digits, b']') => {
                    out.push(self.take());
                    return (at + 1, Step::End);
                }
                (Expect::Digits, b' ' | b'\n' | b'\r' | b'\t') => {
                    out.push(self.take());
                    self.expect = Expect::Separator;
                }
                (Expect::Separator, b',') => self.expect = Expect::Number,
                (Expect::First | Expect::Separator, b']') => return (at + 1, Step::End),
                (Expect::Magnitude, _) => return (at, Step::Bad("digits after a minus")),
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
                (Expect::First | Expect::Number, _) if self.signed => {
                    return (at, Step::Bad("an integer"));
                }
                (Expect::First | Expect::Number, _) => {
                    return (at, Step::Bad("a non-negative integer"));
                }
                (Expect::Digits | Expect::Separator, _) => {
                    return (at, Step::Bad("',' or ']' after an integer"));
                }
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan_chunked(text: &str, chunk: usize) -> Result<Vec<u64>, usize> {
        scan_with(IntArray::new(false), text, chunk)
    }

    fn scan_with(mut array: IntArray, text: &str, chunk: usize) -> Result<Vec<u64>, usize> {
        let mut all = Vec::new();
        let mut before = 0;
        for part in text.as_bytes().chunks(chunk) {
            let mut at = 0;
            loop {
                let mut out = Vec::new();
                let (next, step) = array.scan(part, at, &mut out, 5);
                all.append(&mut out);
                at = next;
                match step {
                    Step::More => break,
                    Step::Full => {}
                    Step::End => return Ok(all),
                    Step::Bad(_) | Step::TooLarge(_) => return Err(before + at),
                }
            }
            array.next_chunk(part.len());
            before += part.len();
        }
        Err(before)
    }

    #[test]
    fn numbers_of_every_length_in_chunks_of_every_size() {
        let numbers: Vec<u64> =
            (0..=15).flat_map(|d| [10u64.pow(d), 10u64.pow(d) - 1, 10u64.pow(d) * 7 + 3]).collect();
        for separator in [",", "\n,", " , ", ",\r\n"] {
            let text = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(separator) + "]";
            for chunk in 1..=64 {
                assert_eq!(scan_chunked(&text, chunk).as_ref(), Ok(&numbers), "{separator:?}");
            }
        }
    }

    #[test]
    fn numbers_below_zero_are_all_one_where_they_are_welcome() {
        let expected = Ok(vec![NEGATIVE, 17, NEGATIVE, 123_456_789, NEGATIVE, 5, NEGATIVE]);
        for text in ["-3,17,-120,123456789,-0,5,-1]", "-3 ,17,\n-120\n,123456789,-0,5,-1 ]"] {
            for chunk in 1..=64 {
                assert_eq!(scan_with(IntArray::new(true), text, chunk), expected, "{text:?}");
            }
        }
        for (text, at) in [("1,-,2]", 3), ("--1]", 1), ("- 1]", 1), ("-]", 1), ("1,-02]", 4)] {
            for chunk in 1..=32 {
                assert_eq!(scan_with(IntArray::new(true), text, chunk), Err(at), "{text:?}");
            }
        }
    }

    #[test]
    fn separators_are_all_bytes_but_digits() {
        for byte in 0..=255u8 {
            for at in [0, 7, 8, 15, 16, 40, 63] {
                let mut block = [b'5'; 64];
                block[at] = byte;
                let expected = if byte.is_ascii_digit() { 0 } else { 1 << at };
                assert_eq!(separators(&block), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn malformed_numbers_are_rejected_where_they_are() {
        for (text, at) in [
            ("-1]", 0),
            ("1,-2]", 2),
            ("1.5]", 1),
            ("12,1e3,4]", 4),
            ("1,02,3]", 3),
            ("1,,2]", 2),
            ("1,]", 2),
            (",1]", 0),
            ("1 2]", 2),
            ("1,\"x\"]", 2),
            ("1,null]", 2),
            ("1,[2]]", 2),
        ] {
            let text = format!("{text}                 ");
            for chunk in 1..=32 {
                assert_eq!(scan_chunked(&text, chunk), Err(at), "{text:?} by {chunk}");
            }
        }
        assert!(scan_chunked("9007199254740993]                ", 64).is_err());
        assert!(scan_chunked("99999999999999999999999999]                ", 64).is_err());
    }
}
