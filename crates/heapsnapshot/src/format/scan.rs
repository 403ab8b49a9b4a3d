//! JSON arrays of integers, in chunks of any size.
//!
//! [`run`] decodes nearly all bytes of a snapshot. This module handles the
//! rest: the ends of chunks and of arrays, and numbers that V8 does not write
//! in this form. Only positions in scripts can be negative.

use super::digits::{Numbers, run};

/// The largest integer that is accepted: 2^53, the limit of exact integers in
/// JavaScript.
pub(crate) const MAX_INTEGER: u64 = 1 << 53;

/// Stands for every negative integer.
pub(crate) const NEGATIVE: u64 = u64::MAX;

/// The next expected item.
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

/// The state inside an array, between two chunks.
#[derive(Clone, Debug)]
pub(crate) struct IntArray {
    /// The next expected item.
    expect: Expect,
    /// Whether negative numbers are allowed. They become [`NEGATIVE`].
    signed: bool,
    /// Whether the number being read is negative.
    negative: bool,
    /// The digits of the number being read.
    value: u64,
    /// Whether its first digit is 0, which no further digit may follow.
    leading_zero: bool,
    /// Position of its first digit in the current chunk. Negative if it is in
    /// an earlier one.
    start: i64,
}

/// Why [`IntArray::scan`] returned.
pub(crate) enum Step {
    /// The chunk ended.
    More,
    /// The batch is full.
    Full,
    /// The closing bracket was consumed.
    End,
    /// The byte at the returned position is not allowed there. Contains what
    /// was expected.
    Bad(&'static str),
    /// The number that starts at this position is larger than [`MAX_INTEGER`].
    TooLarge(i64),
}

impl IntArray {
    /// Returns the state after the opening bracket. `signed`: negative numbers
    /// are allowed.
    pub(crate) fn new(signed: bool) -> Self {
        let expect = Expect::First;
        Self { expect, signed, negative: false, value: 0, leading_zero: false, start: 0 }
    }

    /// Returns whether the scanner is just after a comma. [`run`] assumes that.
    pub(crate) fn at_number(&self) -> bool {
        self.expect == Expect::Number
    }

    /// Returns the position of the number that is not complete yet, if any, in
    /// the current chunk.
    pub(crate) fn pending(&self) -> Option<i64> {
        (self.expect == Expect::Digits).then_some(self.start)
    }

    /// Ends a chunk of `len` bytes.
    pub(crate) fn next_chunk(&mut self, len: usize) {
        self.start = self.start.saturating_sub(i64::try_from(len).unwrap_or(i64::MAX));
    }

    /// Returns the number that ended.
    fn take(&mut self) -> u64 {
        if std::mem::take(&mut self.negative) { NEGATIVE } else { self.value }
    }

    /// Decodes integers from `at` on and appends them to `out`, until it is
    /// full. Returns the position after the last byte, and why it stopped.
    pub(crate) fn scan(&mut self, bytes: &[u8], mut at: usize, out: &mut Numbers) -> (usize, Step) {
        loop {
            if self.expect == Expect::Number {
                at = run(bytes, at, out);
            }
            if out.is_full() {
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

    fn scan_with(array: IntArray, text: &str, chunk: usize) -> Result<Vec<u64>, usize> {
        let few = scan_batches(array.clone(), text, chunk, 5);
        // Only batches with room for a block are decoded by the block.
        assert_eq!(scan_batches(array, text, chunk, 100), few, "{text:?} by {chunk}");
        few
    }

    fn scan_batches(
        mut array: IntArray,
        text: &str,
        chunk: usize,
        limit: usize,
    ) -> Result<Vec<u64>, usize> {
        let mut all = Vec::new();
        let mut before = 0;
        for part in text.as_bytes().chunks(chunk) {
            let mut at = 0;
            loop {
                let mut out = Numbers::with_limit(limit);
                let (next, step) = array.scan(part, at, &mut out);
                all.extend_from_slice(out.as_slice());
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
