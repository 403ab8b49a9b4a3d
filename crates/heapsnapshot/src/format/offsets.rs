//! The offsets of numbers in the input, for error messages only. To save memory
//! and time, it stores only the offsets of a record that is not complete at the
//! end of a batch, and finds other offsets by reading the batch again.

use super::{Section, Sink};
use crate::error::Error;

/// A batch of numbers, and the bytes that it was decoded from.
pub(super) struct Decoded<'a> {
    /// The current chunk.
    pub(super) bytes: &'a [u8],
    /// Offset of `bytes` in the input.
    pub(super) base: u64,
    /// Start of the numbers in `bytes`.
    pub(super) from: usize,
    /// End of the numbers in `bytes`.
    pub(super) end: usize,
    /// Number of the numbers.
    pub(super) len: usize,
    /// Offset of the first number, if it starts before `bytes`.
    pub(super) first: Option<u64>,
}

impl Decoded<'_> {
    /// Returns the offset in the input of a position in `bytes`.
    fn offset(&self, at: usize) -> u64 {
        self.base + at as u64
    }

    /// Returns the offset of the `nth` number.
    fn start_of(&self, nth: usize) -> u64 {
        let mut at = self.from;
        let mut left = nth;
        if let Some(first) = self.first {
            if nth == 0 {
                return first;
            }
            // Skips its remaining digits in `bytes`; there may be none.
            at += self.digits(at);
            left -= 1;
        }
        loop {
            at += self.bytes[at..].iter().take_while(|byte| !byte.is_ascii_digit()).count();
            if left == 0 || at == self.bytes.len() {
                return self.offset(at);
            }
            at += self.digits(at);
            left -= 1;
        }
    }

    /// Returns how many digits are at a position.
    fn digits(&self, at: usize) -> usize {
        self.bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Returns the offsets of the last `count` numbers, the last one first.
    fn last_starts(&self, count: usize) -> impl Iterator<Item = u64> {
        let mut at = self.end;
        (1..=count).map(move |nth_last| {
            let before = &self.bytes[self.from..at];
            at -= before.iter().rev().take_while(|byte| !byte.is_ascii_digit()).count();
            let before = &self.bytes[self.from..at];
            at -= before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            self.first.filter(|_| nth_last == self.len).unwrap_or(self.offset(at))
        })
    }
}

/// The offsets of the open record of a section, whose records have equally many
/// numbers.
#[derive(Debug)]
pub(super) struct RecordOffsets {
    /// Numbers per record.
    width: usize,
    /// Offsets of the numbers of the record that is not complete.
    open: Vec<u64>,
}

impl RecordOffsets {
    /// Returns the offsets at the start of a section.
    pub(super) fn new(width: usize) -> Self {
        Self { width, open: Vec::new() }
    }

    /// Returns the offset of the `nth` number of the current batch. A negative
    /// `nth` is a number of the open record in an earlier batch.
    pub(super) fn of(&self, batch: &Decoded<'_>, nth: isize) -> u64 {
        if let Ok(nth) = usize::try_from(nth) {
            return batch.start_of(nth);
        }
        let at = self.open.len().checked_add_signed(nth);
        at.and_then(|at| self.open.get(at)).copied().unwrap_or(batch.base)
    }

    /// Stores the offsets of the open record at the end of an accepted batch.
    pub(super) fn pass(&mut self, batch: &Decoded<'_>) {
        let count = self.open.len() + batch.len;
        let fresh = if count < self.width {
            batch.len
        } else {
            self.open.clear();
            count % self.width
        };
        let first_new = self.open.len();
        self.open.extend(batch.last_starts(fresh));
        self.open[first_new..].reverse();
    }
}

/// Sends integers to `sink`. If it refuses one, adds the offset of that number
/// to the error.
pub(super) fn hand_over(
    sink: &mut impl Sink,
    section: Section,
    values: &[u64],
    batch: &Decoded<'_>,
    offsets: &mut RecordOffsets,
) -> Result<(), Error> {
    sink.numbers(section, values).map_err(|bad| {
        let offset = offsets.of(batch, bad.at);
        bad.error.in_section(section.name()).at_index(bad.index).at_offset(offset)
    })?;
    offsets.pass(batch);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found_in_every_division_into_batches() {
        let text = b"12\n,345,6 , 7\n,890,1,22,333,4,55\n,666,7,";
        let mut starts = Vec::new();
        for (at, byte) in text.iter().enumerate() {
            if byte.is_ascii_digit() && (at == 0 || !text[at - 1].is_ascii_digit()) {
                starts.push(at as u64);
            }
        }
        for width in 1..=6 {
            for chunk in 1..=text.len() {
                let mut offsets = RecordOffsets::new(width);
                let mut seen = 0;
                let mut pending: Option<u64> = None;
                for (nth, bytes) in text.chunks(chunk).enumerate() {
                    let base = (nth * chunk) as u64;
                    // A number is complete once its separator was seen.
                    let last = bytes.iter().rposition(|byte| !byte.is_ascii_digit());
                    let end = last.map_or(0, |at| at + 1);
                    let done = base + end as u64;
                    let len = starts[seen..].iter().take_while(|&&start| start < done).count();
                    let batch = Decoded { bytes, base, from: 0, end, len, first: pending };
                    let first_of_record = seen - seen % width;
                    let known = &starts[first_of_record..seen + len];
                    for (&start, at) in known.iter().zip(first_of_record..) {
                        let relative = at.cast_signed() - seen.cast_signed();
                        assert_eq!(offsets.of(&batch, relative), start, "{width} {chunk}");
                    }
                    if len > 0 {
                        offsets.pass(&batch);
                    }
                    seen += len;
                    let next = starts.get(seen).copied();
                    pending = next.filter(|&start| start < base + bytes.len() as u64);
                }
                assert_eq!(seen, starts.len());
            }
        }
    }
}
