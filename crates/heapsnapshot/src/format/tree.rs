//! Nested records of integers, in chunks of any size: V8's tree of allocation
//! stacks.
//!
//! A record is some integers and an array of records below it:
//! `[1,0,0,0,[2,1,5,96,[],3,2,1,24,[]]]`. Only the depth is counted, so deep
//! input needs neither stack nor memory.

use super::key::Key;
use super::scan::MAX_INTEGER;
use super::{Sink, is_space, parse_error, too_large};
use crate::error::Error;

/// The next expected item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expect {
    /// Just after `[`: a record or `]`.
    First,
    /// After a comma: an integer, or `[` if all integers of the record are there.
    Item,
    /// Inside the digits of an integer.
    Digits,
    /// After an integer: a comma.
    Separator,
    /// After a record: a comma or `]`.
    End,
}

/// The state inside a tree, between two chunks.
#[derive(Debug)]
pub(super) struct Tree {
    /// The next expected item.
    expect: Expect,
    /// Number of integers of a record.
    width: usize,
    /// Number of open records.
    depth: u64,
    /// Number of records so far.
    count: u64,
    /// The integers of the record being read.
    record: Vec<u64>,
    /// Their offsets in the input.
    starts: Vec<u64>,
    /// The integer being read.
    value: u64,
}

/// Why [`Tree::scan`] returned.
enum TreeStep {
    /// The chunk ended.
    More,
    /// A record is complete; those below it follow.
    Node,
    /// A record has no more records below it.
    NodeEnd,
    /// The closing bracket was consumed.
    End,
    /// The byte at the returned position is not allowed there. Contains what
    /// was expected.
    Bad(&'static str),
    /// The integer that starts at this offset is larger than [`MAX_INTEGER`].
    TooLarge(u64),
}

impl Tree {
    /// Returns the state after the opening bracket of a tree whose records have
    /// `width` integers.
    pub(super) fn new(width: usize) -> Self {
        let (record, starts) = (Vec::new(), Vec::new());
        Self { expect: Expect::First, width, depth: 0, count: 0, record, starts, value: 0 }
    }

    /// Sends the records in the bytes from `at` on; `bytes` start at `base` of
    /// the input. Returns the position after the last byte, and whether the
    /// tree ended there.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        base: u64,
        sink: &mut impl Sink,
    ) -> Result<(usize, bool), Error> {
        let name = Key::TraceTree.name();
        loop {
            let (next, step) = self.scan(bytes, at, base);
            at = next;
            match step {
                TreeStep::More => return Ok((at, false)),
                TreeStep::NodeEnd => sink.trace_node_end(),
                TreeStep::Node => sink.trace_node(&self.record).map_err(|bad| {
                    let offset = self.start_of(bad.at.unsigned_abs());
                    bad.error.in_section(name).at_index(self.count - 1).at_offset(offset)
                })?,
                TreeStep::End => {
                    sink.section_end(name).map_err(|e| e.in_section(name))?;
                    return Ok((at, true));
                }
                TreeStep::Bad(expected) => {
                    let found = bytes.get(at).copied().unwrap_or_default();
                    return Err(parse_error(expected, found, base + at as u64).in_section(name));
                }
                TreeStep::TooLarge(offset) => return Err(too_large(name, offset)),
            }
        }
    }

    /// Returns the offset of an integer of the current record.
    fn start_of(&self, column: usize) -> u64 {
        self.starts.get(column).copied().unwrap_or_default()
    }

    /// Decodes bytes from `at` on; `bytes` start at `base` of the input.
    /// Returns the position after the last byte, and why it stopped.
    fn scan(&mut self, bytes: &[u8], mut at: usize, base: u64) -> (usize, TreeStep) {
        while let Some(&byte) = bytes.get(at) {
            let is_complete = self.record.len() == self.width;
            match (self.expect, byte) {
                (Expect::Digits, b'0'..=b'9') => {
                    if self.value == 0 {
                        return (at, TreeStep::Bad("no digit after a leading zero"));
                    }
                    self.value = self.value * 10 + u64::from(byte - b'0');
                    if self.value > MAX_INTEGER {
                        return (at, TreeStep::TooLarge(self.start_of(self.record.len())));
                    }
                }
                (Expect::Digits, b',') => self.end_number(Expect::Item),
                (Expect::Separator, b',') => self.expect = Expect::Item,
                (Expect::First, b'0'..=b'9') => self.begin_record(byte, base + at as u64),
                (Expect::Item, b'0'..=b'9') if !is_complete => {
                    self.begin_number(byte, base + at as u64);
                }
                (Expect::Item, b'[') if is_complete => {
                    self.expect = Expect::First;
                    self.depth += 1;
                    self.count += 1;
                    return (at + 1, TreeStep::Node);
                }
                (Expect::First | Expect::End, b']') => {
                    if self.depth == 0 {
                        return (at + 1, TreeStep::End);
                    }
                    self.depth -= 1;
                    self.expect = Expect::End;
                    return (at + 1, TreeStep::NodeEnd);
                }
                (Expect::End, b',') => {
                    self.record.clear();
                    self.starts.clear();
                    self.expect = Expect::Item;
                }
                (Expect::Digits, _) if is_space(byte) => self.end_number(Expect::Separator),
                (_, _) if is_space(byte) => {}
                (expect, _) => return (at, TreeStep::Bad(expected(expect, is_complete))),
            }
            at += 1;
        }
        (at, TreeStep::More)
    }

    /// Starts a record with the first digit of its first integer.
    fn begin_record(&mut self, digit: u8, offset: u64) {
        self.record.clear();
        self.starts.clear();
        self.begin_number(digit, offset);
    }

    /// Starts an integer with its first digit.
    fn begin_number(&mut self, digit: u8, offset: u64) {
        self.starts.push(offset);
        self.value = u64::from(digit - b'0');
        self.expect = Expect::Digits;
    }

    /// Ends an integer.
    fn end_number(&mut self, next: Expect) {
        self.record.push(self.value);
        self.expect = next;
    }
}

/// Returns what is allowed in a state, for an error message.
fn expected(expect: Expect, is_complete: bool) -> &'static str {
    match expect {
        Expect::First => "a non-negative integer or ']'",
        Expect::Item if is_complete => "'['",
        Expect::Item => "a non-negative integer",
        Expect::Digits | Expect::Separator => "',' after an integer",
        Expect::End => "',' or ']' after a record",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the records and the ends of a tree with two integers a record, as
    /// text; or the position of the error.
    fn scan(text: &str, chunk: usize) -> Result<String, u64> {
        let mut tree = Tree::new(2);
        let mut found = String::new();
        let mut base = 0;
        for part in text.as_bytes().chunks(chunk) {
            let mut at = 0;
            loop {
                let (next, step) = tree.scan(part, at, base);
                at = next;
                match step {
                    TreeStep::More => break,
                    TreeStep::Node => found.extend([format!("{:?}", tree.record).as_str(), "("]),
                    TreeStep::NodeEnd => found.push(')'),
                    TreeStep::End => return Ok(found),
                    TreeStep::Bad(_) => return Err(base + at as u64),
                    TreeStep::TooLarge(offset) => return Err(offset),
                }
            }
            base += part.len() as u64;
        }
        Err(base)
    }

    #[test]
    fn trees_are_read_in_chunks_of_every_size() {
        for (text, expected) in [
            ("]", ""),
            (" ]", ""),
            ("1,0,[]]", "[1, 0]()"),
            ("1,0,[2,10,[],3,20,[4,0,[]]]]", "[1, 0]([2, 10]()[3, 20]([4, 0]()))"),
            (
                " 1 , 0 , [ 2 ,\n10 , [ ] ] , 5,9007199254740992,[] ]",
                "[1, 0]([2, 10]())[5, 9007199254740992]()",
            ),
        ] {
            for chunk in 1..=text.len() {
                assert_eq!(scan(text, chunk).as_deref(), Ok(expected), "{text} by {chunk}");
            }
        }
    }

    #[test]
    fn malformed_trees_are_rejected_where_they_are() {
        for (text, at) in [
            ("1,0]", 3),
            ("1,[]]", 2),
            ("1,0,2,[]]", 4),
            ("1,0,[],]", 7),
            ("1,0,[] 2", 7),
            ("1,0,[}", 5),
            ("1,-1,[]]", 2),
            ("1,01,[]]", 3),
            ("1 0,[]]", 2),
            ("1,\"a\",[]]", 2),
            ("[1,0,[]]]", 0),
            ("1,9007199254740993,[]]", 2),
            ("1,99999999999999999999999,[]]", 2),
            ("1,0,[2,0,[]", 11),
        ] {
            for chunk in 1..=text.len() {
                assert_eq!(scan(text, chunk), Err(at), "{text} by {chunk}");
            }
        }
    }

    #[test]
    fn depth_costs_no_memory() {
        let depth = 100_000;
        let text = "1,0,[".repeat(depth) + &"]".repeat(depth + 1);
        let found = scan(&text, 1000).unwrap_or_default();
        assert_eq!(found.matches(')').count(), depth);
    }
}
