//! The push parser: accepts the input in chunks of any size, and sends [`Sink`]
//! events.
//!
//! It reads each byte once, and needs constant memory in addition to the header
//! and one batch of integers. A state machine instead of recursion allows a
//! chunk to end anywhere.

use super::digits::Numbers;
use super::header::HeaderText;
use super::key::Key;
use super::offsets::{Decoded, RecordOffsets, hand_over};
use super::scan::{IntArray, Step};
use super::skip::{Skip, SkipStep};
use super::speculation::Speculation;
use super::state::{State, StringsExpect};
use super::strings::StringBody;
use super::tree::Tree;
use super::{Section, Sink, is_space, parse_error, too_large};
use crate::error::{Error, ErrorKind};

/// Integers per batch: 32 KiB, so that a batch stays in the first-level cache
/// between parser and graph.
const BATCH: usize = 4096;

/// Maximum length of a key in bytes. The parser knows no longer one.
const MAX_KEY: usize = 32;

/// Parses one snapshot.
#[derive(Debug)]
pub(crate) struct Parser {
    state: State,
    /// Length of the chunks before the current one, in bytes.
    base: u64,
    /// The key being read, truncated to one byte more than [`MAX_KEY`].
    key: Vec<u8>,
    /// The keys that occurred, as [`Key::bit`].
    seen: u32,
    /// The integers decoded last.
    batch: Numbers,
    /// By [`Section`]: the number of columns of a record.
    widths: [usize; Section::ALL.len()],
    /// Number of integers of a node of the tree of allocation stacks, if the
    /// header describes it.
    tree_width: Option<usize>,
    /// Finds the offset of a number for an error message.
    offsets: RecordOffsets,
    /// Offset of the current string in the input.
    string_start: u64,
    /// Position of the current string in the table.
    string_index: u64,
}

impl Parser {
    /// Returns a parser at the start of the input.
    pub(crate) fn new() -> Self {
        Self {
            state: State::Start,
            base: 0,
            key: Vec::new(),
            seen: 0,
            batch: Numbers::with_limit(BATCH),
            widths: [1; Section::ALL.len()],
            tree_width: None,
            offsets: RecordOffsets::new(1),
            string_start: 0,
            string_index: 0,
        }
    }

    /// Returns the number of bytes pushed so far.
    pub(crate) fn offset(&self) -> u64 {
        self.base
    }

    /// Parses the next bytes of the input.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`], `Unsupported`, `Inconsistent` or `Limit`, with
    /// section and offset; or the error of `sink`. The parser must not be used
    /// afterwards.
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), Error> {
        self.advance(bytes, 0, sink)
    }

    /// Like [`Self::push`], with the integers at the start of `bytes` already
    /// decoded by another thread. Ignores them if the parser is not where
    /// `guess` assumes.
    pub(crate) fn push_speculated(
        &mut self,
        bytes: &[u8],
        guess: &Speculation,
        sink: &mut impl Sink,
    ) -> Result<(), Error> {
        let mut at = 0;
        if let State::Ints(section, array) = &self.state
            && array.at_number()
        {
            at = guess.consumed();
            let values = guess.values();
            let len = values.len();
            let batch = Decoded { bytes, base: self.base, from: 0, end: at, len, first: None };
            hand_over(sink, *section, values, &batch, &mut self.offsets)?;
        }
        self.advance(bytes, at, sink)
    }

    /// Ends the input.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if the snapshot is not complete,
    /// [`ErrorKind::Inconsistent`] if a required section is missing.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        let section = match &self.state {
            State::Done => None,
            State::Start if self.base == 0 => {
                return Err(Error::new(ErrorKind::Truncated, "the input is empty").at_offset(0));
            }
            State::Header(_) => Some("snapshot"),
            State::Ints(section, _) => Some(section.name()),
            State::Strings(_) | State::StringBody(_) => Some("strings"),
            State::Tree(_) => Some(Key::TraceTree.name()),
            _ => Some("top level"),
        };
        if let Some(section) = section {
            let error = Error::new(ErrorKind::Truncated, "the input ends inside the snapshot");
            return Err(error.in_section(section).at_offset(self.base));
        }
        if let Some(key) = Key::all().find(|key| key.is_required() && !self.has_seen(*key)) {
            let message = format!("required section \"{}\" is missing", key.name());
            return Err(Error::new(ErrorKind::Inconsistent, message).at_offset(self.base));
        }
        Ok(())
    }

    /// Returns whether a key occurred.
    fn has_seen(&self, key: Key) -> bool {
        self.seen & key.bit() != 0
    }

    /// Parses `bytes` from `at` on.
    fn advance(&mut self, bytes: &[u8], mut at: usize, sink: &mut impl Sink) -> Result<(), Error> {
        while let Some(&byte) = bytes.get(at) {
            let offset = self.base + at as u64;
            at = match &mut self.state {
                State::Ints(..) => self.ints(bytes, at, sink)?,
                State::StringBody(_) => self.string_body(bytes, at, sink)?,
                State::Tree(tree) => {
                    let (next, has_ended) = tree.push(bytes, at, self.base, sink)?;
                    if has_ended {
                        self.state = State::AfterValue;
                    }
                    next
                }
                State::Header(_) => self.header_bytes(bytes, at, sink)?,
                State::Skip(skip) => {
                    let (next, step) = skip.scan(bytes, at);
                    match step {
                        SkipStep::More => {}
                        SkipStep::End => self.state = State::AfterValue,
                        SkipStep::Bad(expected) => {
                            let found = bytes.get(next).copied().unwrap_or_default();
                            return Err(parse_error(expected, found, self.base + next as u64));
                        }
                    }
                    next
                }
                State::KeyText(_) => self.key_text(bytes, at),
                State::Value if !is_space(byte) => self.value(byte, at, offset)?,
                _ => {
                    if !is_space(byte) {
                        self.punctuation(byte, offset, sink)?;
                    }
                    at + 1
                }
            };
        }
        if let State::Ints(_, array) = &mut self.state {
            array.next_chunk(bytes.len());
        }
        self.base += bytes.len() as u64;
        Ok(())
    }

    /// Handles a byte, other than white space, outside of keys and values.
    fn punctuation(&mut self, byte: u8, offset: u64, sink: &mut impl Sink) -> Result<(), Error> {
        self.state = match (&self.state, byte) {
            (State::Start, b'{') => State::Key { required: false },
            (State::Start, _) => {
                return Err(parse_error("a heap snapshot, starting with '{'", byte, offset));
            }
            (State::Key { .. }, b'"') => {
                self.key.clear();
                State::KeyText(StringBody::default())
            }
            (State::Key { required: false } | State::AfterValue, b'}') => State::Done,
            (State::Key { .. }, _) => return Err(parse_error("a key", byte, offset)),
            (State::Colon, b':') => State::Value,
            (State::Colon, _) => return Err(parse_error("':' after a key", byte, offset)),
            (State::AfterValue, b',') => State::Key { required: true },
            (State::AfterValue, _) => {
                return Err(parse_error("',' or '}' after a value", byte, offset));
            }
            (State::Strings(StringsExpect::First | StringsExpect::String), b'"') => {
                self.string_start = offset;
                State::StringBody(StringBody::default())
            }
            (State::Strings(StringsExpect::First | StringsExpect::Separator), b']') => {
                sink.section_end("strings").map_err(|e| e.in_section("strings"))?;
                State::AfterValue
            }
            (State::Strings(StringsExpect::Separator), b',') => {
                State::Strings(StringsExpect::String)
            }
            (State::Strings(_), _) => {
                return Err(parse_error("a string", byte, offset)
                    .in_section("strings")
                    .at_index(self.string_index));
            }
            _ => return Err(parse_error("the end of the input", byte, offset)),
        };
        Ok(())
    }

    /// Reads a part of a key. Returns the position after it.
    fn key_text(&mut self, bytes: &[u8], at: usize) -> usize {
        let State::KeyText(body) = &mut self.state else { return at };
        let (end, done) = body.scan(bytes, at);
        // Keeps one byte more than the longest known key has, so that a longer key
        // does not equal a known one.
        let room = (MAX_KEY + 1).saturating_sub(self.key.len());
        self.key.extend(bytes[at..end].iter().take(room));
        let Some(done) = done else { return end };
        if done.has_escapes {
            // The name of a known section contains no escape.
            self.key.clear();
        }
        self.state = State::Colon;
        end + 1
    }

    /// Starts the value of the current key. Returns the position after its
    /// first byte, or that byte's position if the next state reads it.
    fn value(&mut self, byte: u8, at: usize, offset: u64) -> Result<usize, Error> {
        let Some(key) = Key::all().find(|key| key.name().as_bytes() == self.key) else {
            self.state = State::Skip(Skip::default());
            return Ok(at);
        };
        let name = key.name();
        if self.has_seen(key) {
            return Err(Error::new(ErrorKind::Inconsistent, "the section occurs twice")
                .in_section(name)
                .at_offset(offset));
        }
        if matches!(key, Key::Header) {
            if byte != b'{' {
                return Err(parse_error("'{'", byte, offset).in_section(name));
            }
            self.seen |= key.bit();
            self.state = State::Header(HeaderText::new(offset));
            return Ok(at);
        }
        if byte != b'[' {
            return Err(parse_error("'['", byte, offset).in_section(name));
        }
        if !matches!(key, Key::Strings) && !self.has_seen(Key::Header) {
            let message = "the section comes before \"snapshot\", which describes it";
            return Err(Error::new(ErrorKind::Inconsistent, message)
                .in_section(name)
                .at_offset(offset));
        }
        self.seen |= key.bit();
        self.state = match (key, self.tree_width) {
            (Key::Ints(section), _) => {
                self.offsets = RecordOffsets::new(self.widths[section as usize]);
                State::Ints(section, IntArray::new(section.may_be_negative()))
            }
            (Key::TraceTree, Some(width)) => State::Tree(Tree::new(width)),
            (Key::TraceTree, None) => {
                self.state = State::Skip(Skip::default());
                return Ok(at);
            }
            (Key::Strings | Key::Header, _) => State::Strings(StringsExpect::First),
        };
        Ok(at + 1)
    }

    /// Collects a part of the header, and sends it when it is complete. Returns
    /// the position after the part.
    fn header_bytes(
        &mut self,
        bytes: &[u8],
        at: usize,
        sink: &mut impl Sink,
    ) -> Result<usize, Error> {
        let State::Header(text) = &mut self.state else { return Ok(at) };
        let (next, header) = text.push(bytes, at, self.base)?;
        let Some(header) = header else { return Ok(next) };
        let start = text.start();
        self.widths = Section::ALL.map(|section| header.width(section));
        self.tree_width = header.trace_nodes.as_ref().map(|fields| fields.len);
        sink.header(header).map_err(|e| e.at_offset(start))?;
        self.state = State::AfterValue;
        Ok(next)
    }

    /// Decodes a batch of integers, and sends it. Returns the position after
    /// it.
    fn ints(&mut self, bytes: &[u8], at: usize, sink: &mut impl Sink) -> Result<usize, Error> {
        let State::Ints(section, array) = &mut self.state else { return Ok(at) };
        let section = *section;
        self.batch.clear();
        let (from, base) = (at, self.base);
        let first = array.pending().map(|start| base.saturating_add_signed(start));
        let (next, step) = array.scan(bytes, at, &mut self.batch);
        let values = self.batch.as_slice();
        if !values.is_empty() {
            let pending = array.pending().filter(|_| matches!(step, Step::More));
            let end = pending.and_then(|start| usize::try_from(start).ok()).unwrap_or(next);
            let batch = Decoded { bytes, base, from, end, len: values.len(), first };
            hand_over(sink, section, values, &batch, &mut self.offsets)?;
        }
        match step {
            Step::More | Step::Full => {}
            Step::End => {
                sink.section_end(section.name())
                    .map_err(|e| e.in_section(section.name()).at_offset(self.base + next as u64))?;
                self.state = State::AfterValue;
            }
            Step::Bad(expected) => {
                let found = bytes.get(next).copied().unwrap_or_default();
                return Err(parse_error(expected, found, self.base + next as u64)
                    .in_section(section.name()));
            }
            Step::TooLarge(start) => {
                return Err(too_large(section.name(), self.base.saturating_add_signed(start)));
            }
        }
        Ok(next)
    }

    /// Sends parts of strings, up to the end of the chunk or a separator that
    /// V8 does not write. Returns the position after them.
    fn string_body(
        &mut self,
        bytes: &[u8],
        at: usize,
        sink: &mut impl Sink,
    ) -> Result<usize, Error> {
        /// V8's text between two strings.
        const NEXT: &[u8] = b"\",\n\"";
        let State::StringBody(body) = &mut self.state else { return Ok(at) };
        let mut at = at;
        loop {
            let (end, done) = body.scan(bytes, at);
            sink.string_piece(&bytes[at..end]);
            let Some(done) = done else { return Ok(end) };
            sink.string_end(done).map_err(|e| {
                e.in_section("strings").at_index(self.string_index).at_offset(self.string_start)
            })?;
            self.string_index += 1;
            if !bytes[end..].starts_with(NEXT) {
                self.state = State::Strings(StringsExpect::Separator);
                return Ok(end + 1);
            }
            at = end + NEXT.len();
            self.string_start = self.base + at as u64 - 1;
        }
    }
}
