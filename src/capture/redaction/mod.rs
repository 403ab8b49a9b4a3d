//! Takes contents of strings out of a snapshot while it goes by.
//!
//! A snapshot tells what a string is used for before it tells the string: nodes
//! and edges refer to the table of strings by number, and the table comes last.
//! So the numbers are noted as they pass, and the texts that are contents of
//! strings, and nothing else, are rewritten when they come. What is also the name
//! of a property, a constructor, a function or a piece of code stays. The text
//! never touches the disk.
//!
//! One name is made of contents: that of an edge of a `WeakMap`, which spells
//! key and value. It is rewritten always. Numbers are spelt by strings of their own.
//!
//! `redact: 'strict'` also replaces names that are data: see `names` for what takes their place
//! and `uses` for how the keys of dictionaries are told from other names.
//!
//! Memory: a byte for each string of the table; with names 5, and 7 for each node, of which V8
//! itself takes some twenty times as much. A snapshot in a form that is not
//! known is refused: nothing is written rather than something unredacted.

mod columns;
mod names;
mod uses;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::header;
use columns::Columns;
pub(super) use names::Names;
use uses::{NAME, Uses};

/// What takes the place of a text.
const REDACTED: &[u8] = findings::REDACTED.as_bytes();

/// What follows a text that was cut.
const CUT: &[u8] = b"\\u2026";

/// What is taken out.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    /// Longer texts are cut to so many characters.
    pub(super) max_length: Option<usize>,
    /// Texts that one of them matches are replaced.
    pub(super) rules: Vec<Rule>,
    /// Replaces names that are data, if that is wanted.
    pub(super) names: Option<Names>,
}

/// Matches texts for which all of this holds. The texts are in the form of the file: ASCII, the
/// rest escaped.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) starts_with: Option<Vec<u8>>,
    pub(super) contains: Option<Vec<u8>>,
    /// In characters.
    pub(super) longer_than: Option<usize>,
}

impl Rule {
    fn matches(&self, text: &[u8]) -> bool {
        self.starts_with.as_ref().is_none_or(|start| text.starts_with(start))
            && self.contains.as_ref().is_none_or(|part| memchr::memmem::find(text, part).is_some())
            && self.longer_than.is_none_or(|length| length_of(text) > length)
    }
}

/// The form of the snapshot is not known: there is no telling what its texts are.
#[derive(Debug)]
pub(super) struct Unknown;

/// Rewrites one snapshot.
pub(super) struct Redactor {
    policy: Policy,
    section: Section,
    /// What has come of the header, or of the name of a section.
    pending: Vec<u8>,
    columns: Columns,
    /// Position in the row of the next number; its digits so far.
    column: usize,
    number: Option<u64>,
    /// Of the row that comes.
    kind: u64,
    name: u64,
    link: u64,
    /// How each string is used, by its number.
    uses: Uses,
    /// The number of the string that comes, and that of `Object` once it has come.
    index: usize,
    object: Option<usize>,
    /// What has come of it.
    text: Vec<u8>,
    is_escaped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Header,
    Nodes,
    /// Up to `"edges":[`.
    BeforeEdges,
    Edges,
    /// Up to `"strings":[`.
    BeforeStrings,
    /// Between two strings.
    Strings,
    Text,
    End,
}

impl Redactor {
    /// A redactor of one snapshot.
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            uses: Uses::new(policy.names.is_some()),
            policy,
            section: Section::Header,
            pending: Vec::new(),
            columns: Columns::default(),
            column: 0,
            number: None,
            kind: 0,
            name: 0,
            link: 0,
            index: 0,
            object: None,
            text: Vec::new(),
            is_escaped: false,
        }
    }

    /// Takes the next chunk; gives what is to be written of it.
    pub(super) fn apply(&mut self, chunk: &[u8]) -> Result<Vec<u8>, Unknown> {
        let mut out = Vec::with_capacity(chunk.len());
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            rest = match self.section {
                Section::Header => self.seek(rest, header::NODES, Section::Nodes, &mut out)?,
                Section::BeforeEdges => {
                    self.seek(rest, b"\"edges\":[", Section::Edges, &mut out)?
                }
                Section::BeforeStrings => {
                    self.seek(rest, b"\"strings\":[", Section::Strings, &mut out)?
                }
                Section::Nodes | Section::Edges => {
                    let used = self.numbers(rest)?;
                    out.extend_from_slice(&rest[..used]);
                    &rest[used..]
                }
                Section::Strings => {
                    out.push(byte);
                    match byte {
                        b'"' => self.section = Section::Text,
                        b']' => self.section = Section::End,
                        _ => {}
                    }
                    &rest[1..]
                }
                Section::Text => self.take_text(rest, &mut out),
                Section::End => {
                    out.extend_from_slice(rest);
                    &[]
                }
            };
        }
        Ok(out)
    }

    /// Whether the whole table of strings has been seen.
    pub(super) fn is_complete(&self) -> bool {
        self.section == Section::End
    }

    /// Passes everything up to and with `mark`, which may come in pieces.
    fn seek<'a>(
        &mut self,
        chunk: &'a [u8],
        mark: &[u8],
        then: Section,
        out: &mut Vec<u8>,
    ) -> Result<&'a [u8], Unknown> {
        let before = self.pending.len();
        self.pending.extend_from_slice(chunk);
        let Some(start) = memchr::memmem::find(&self.pending, mark) else {
            out.extend_from_slice(chunk);
            if self.section == Section::Header {
                return if self.pending.len() > header::LIMIT { Err(Unknown) } else { Ok(&[]) };
            }
            // Only the beginning of the mark may be needed again.
            let excess = self.pending.len().saturating_sub(mark.len());
            self.pending.drain(..excess);
            return Ok(&[]);
        };
        if self.section == Section::Header {
            let header = &self.pending[..start];
            self.columns = Columns::parse(header).ok_or(Unknown)?;
        }
        self.section = then;
        self.pending.clear();
        let used = start + mark.len() - before;
        out.extend_from_slice(&chunk[..used]);
        Ok(&chunk[used..])
    }

    /// Reads numbers up to the end of their array or of the chunk; gives how far.
    fn numbers(&mut self, chunk: &[u8]) -> Result<usize, Unknown> {
        for (at, &byte) in chunk.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    let digit = u64::from(byte - b'0');
                    self.number = Some(self.number.unwrap_or(0).wrapping_mul(10) + digit);
                }
                b',' => self.end_number()?,
                b']' => {
                    if self.number.is_some() {
                        self.end_number()?;
                    }
                    self.section = if self.section == Section::Nodes {
                        Section::BeforeEdges
                    } else {
                        self.uses.end_edges();
                        Section::BeforeStrings
                    };
                    return Ok(at + 1);
                }
                byte if byte.is_ascii_whitespace() => {}
                _ => return Err(Unknown),
            }
        }
        Ok(chunk.len())
    }

    fn end_number(&mut self) -> Result<(), Unknown> {
        let value = self.number.take().ok_or(Unknown)?;
        let columns = &self.columns;
        let is_node = self.section == Section::Nodes;
        let row = if is_node { columns.nodes } else { columns.edges };
        if self.column == row.kind {
            self.kind = value;
        }
        if self.column == row.name {
            self.name = value;
        }
        if self.column == row.link {
            self.link = value;
        }
        self.column += 1;
        if self.column < row.width {
            return Ok(());
        }
        self.column = 0;
        if is_node {
            let name = u32::try_from(self.name).map_err(|_| Unknown)?;
            self.uses.node(columns.node_role(self.kind), name, self.link);
            return Ok(());
        }
        let target = usize::try_from(self.link).map_err(|_| Unknown)? / columns.nodes.width;
        self.uses.edge(columns.edge_role(self.kind), self.name, target)
    }

    /// Takes a piece of a string; writes it when it is whole.
    fn take_text<'a>(&mut self, chunk: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        for (at, &byte) in chunk.iter().enumerate() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => {
                    self.text.extend_from_slice(&chunk[..at]);
                    self.write_text(out);
                    out.push(b'"');
                    self.text.clear();
                    self.index += 1;
                    self.section = Section::Strings;
                    return &chunk[at + 1..];
                }
                _ => {}
            }
        }
        self.text.extend_from_slice(chunk);
        &[]
    }

    fn write_text(&mut self, out: &mut Vec<u8>) {
        let text = &self.text[..];
        let uses = self.uses.get(self.index);
        if text == b"Object" {
            self.object.get_or_insert(self.index);
        }
        // A string to which nothing refers may be anything.
        let is_content = uses & NAME == 0;
        if let (false, Some(name)) = (is_content, weak_pair(text)) {
            out.extend_from_slice(&name);
        } else if let (false, Some(name)) = (is_content, self.name_for(text, uses)) {
            out.extend_from_slice(&escaped(&name));
        } else if is_content && self.policy.rules.iter().any(|rule| rule.matches(text)) {
            out.extend_from_slice(REDACTED);
        } else if let (true, Some(end)) =
            (is_content, self.policy.max_length.and_then(|length| cut_at(text, length)))
        {
            out.extend_from_slice(&text[..end]);
            out.extend_from_slice(CUT);
        } else {
            out.extend_from_slice(text);
        }
    }

    /// What takes the place of a name; `None` if it stays.
    fn name_for(&self, text: &[u8], uses: u8) -> Option<String> {
        let names = self.policy.names.as_ref()?;
        let of_plain_objects = || self.uses.is_of_plain_objects(self.index, self.object);
        names.replacement(&unescaped(text), uses, of_plain_objects)
    }
}

/// A text of the file as it is in the heap.
fn unescaped(text: &[u8]) -> Cow<'_, str> {
    if !text.contains(&b'\\') {
        return String::from_utf8_lossy(text);
    }
    let quoted = [b"\"", text, b"\""].concat();
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => Cow::Owned(text),
        // A surrogate without its other half.
        Err(_) => String::from_utf8_lossy(text),
    }
}

/// A text as V8 writes it into the file.
fn escaped(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b'"' | b'\\')) => out.extend(['\\', char::from(byte)]),
            Ok(byte @ b' '..=b'~') => out.push(char::from(byte)),
            _ => drop(write!(out, "\\u{unit:04X}")),
        }
    }
    out.into_bytes()
}

/// `7 / part of key (K @1) -> value (V @2) pair in WeakMap (table @3)` without K and V.
fn weak_pair(text: &[u8]) -> Option<Vec<u8>> {
    const KEY: &[u8] = b" / part of key (";
    const VALUE: &[u8] = b") -> value (";
    let start = memchr::memmem::find(text, KEY)? + KEY.len();
    let tail = memchr::memmem::rfind(text, b") pair in WeakMap (table @")?;
    let middle = start + memchr::memmem::rfind(text.get(start..tail)?, VALUE)?;
    let id = |part: &[u8]| Some(part[memchr::memmem::rfind(part, b" @")?..].to_owned());
    let (key, value) = (id(&text[start..middle])?, id(text.get(middle + VALUE.len()..tail)?)?);
    Some([&text[..start], REDACTED, &key, VALUE, REDACTED, &value, &text[tail..]].concat())
}

/// Characters of an escaped text.
fn length_of(text: &[u8]) -> usize {
    characters(text).count()
}

/// Where an escaped text has to be cut to have `length` characters; `None` if it is not longer.
fn cut_at(text: &[u8], length: usize) -> Option<usize> {
    characters(text).nth(length)
}

/// Where the characters of an escaped text begin.
fn characters(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let at = next;
        next += match (text.get(at)?, text.get(at + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
        Some(at)
    })
}
