//! The integer scanner: JSON arrays of non-negative integers, any chunking.
//!
//! Almost all bytes of a snapshot pass through [`run`], so it decodes up to
//! seven digits from one 8-byte load without a branch on the number's length.

/// Largest integer accepted: what JSON numbers can carry exactly in JavaScript.
pub(crate) const MAX_INTEGER: u64 = 1 << 53;

const fn spread(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Loads eight bytes at `at`, little-endian.
#[inline]
fn load(bytes: &[u8], at: usize) -> Option<u64> {
    let window = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*window))
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
/// easy and `out` stays within `limit` values. Returns where it stopped: always the start of a token, never an
/// error. Line feeds before a comma, which V8 writes, count as easy.
pub(crate) fn run(bytes: &[u8], mut at: usize, out: &mut Vec<u64>, limit: usize) -> usize {
    while out.len() < limit {
        let Some(word) = load(bytes, at) else { break };
        let digits = digit_count(word);
        let mut count = digits as usize;
        let value;
        if count == 0 {
            break;
        } else if count < 8 {
            // A leading zero is malformed unless it is the whole number.
            if count > 1 && word & 0xFF == u64::from(b'0') {
                break;
            }
            value = digits_value(word, digits);
        } else {
            if word & 0xFF == u64::from(b'0') {
                break;
            }
            // Sizes and positions of large heaps: up to eight more digits.
            let Some(next) = load(bytes, at + 8) else { break };
            let more = digit_count(next);
            if more == 8 {
                break;
            }
            let low = if more == 0 { 0 } else { digits_value(next, more) };
            value = digits_value(word, 8) * 10u64.pow(more) + low;
            if value > MAX_INTEGER {
                break;
            }
            count += more as usize;
        }
        match bytes.get(at + count..) {
            Some([b',', ..]) => at += count + 1,
            Some([b'\n', b',', ..]) => at += count + 2,
            _ => break,
        }
        out.push(value);
    }
    at
}

/// What the array scanner expects next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expect {
    /// Just after `[`: a number or `]`.
    First,
    /// Just after a comma.
    Number,
    /// Inside the digits of a number.
    Digits,
    /// After a number: a comma or `]`.
    Separator,
}

/// State of scanning one array across chunks.
#[derive(Clone, Debug)]
pub(crate) struct IntArray {
    expect: Expect,
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
    pub(crate) fn new() -> Self {
        Self { expect: Expect::First, value: 0, leading_zero: false, start: 0 }
    }

    /// Returns whether the next byte starts a token after a comma, the state
    /// that [`run`] assumes.
    pub(crate) fn at_number(&self) -> bool {
        self.expect == Expect::Number
    }

    /// Tells the scanner that a new chunk begins `len` bytes after the old one.
    pub(crate) fn next_chunk(&mut self, len: usize) {
        self.start = self.start.saturating_sub(i64::try_from(len).unwrap_or(i64::MAX));
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
                (Expect::First | Expect::Number, b'0'..=b'9') => {
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
                    out.push(self.value);
                    self.expect = Expect::Number;
                }
                (Expect::Digits, b']') => {
                    out.push(self.value);
                    return (at + 1, Step::End);
                }
                (Expect::Digits, b' ' | b'\n' | b'\r' | b'\t') => {
                    out.push(self.value);
                    self.expect = Expect::Separator;
                }
                (Expect::Separator, b',') => self.expect = Expect::Number,
                (Expect::First | Expect::Separator, b']') => return (at + 1, Step::End),
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
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
        let mut array = IntArray::new();
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
