//! The integer scanner: JSON arrays of integers, any chunking. Only lines and
//! columns of code can be below zero.
//!
//! Almost all bytes of a snapshot pass through [`run`]; what is left are the
//! ends of chunks and arrays, and what is odd.

use super::digits::{Numbers, run};

/// Largest integer accepted: what JSON numbers can carry exactly in JavaScript.
pub(crate) const MAX_INTEGER: u64 = 1 << 53;

/// Stands for all integers below zero.
pub(crate) const NEGATIVE: u64 = u64::MAX;

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

    /// Scans from `at`, appending values to `out` until that is full. Returns the
    /// position after the last byte consumed and why it stopped.
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
