//! Redacts the contents of strings in a stream of chunks.
//!
//! A snapshot contains the uses of a string before the string itself: nodes and edges refer to the
//! table of strings by number, and the table comes last. The redactor records these numbers, and
//! rewrites the strings that are contents only. A string that is also the name of a property, a
//! constructor, a function or a piece of code stays. Redacted text never reaches the disk.
//!
//! One kind of name consists of contents: the edge of a `WeakMap` contains key and value. It is
//! always rewritten. Numbers are stored as strings of their own.
//!
//! `redact: 'strict'` also replaces names that are data: see `names` for the replacements, and
//! `uses` for how keys of dictionaries are distinguished from other names.
//!
//! Memory: 1 byte per string of the table. With `'strict'`, 5 bytes per string and 7 per node,
//! about a twentieth of what V8 itself takes. A snapshot in an unknown format is refused: the
//! redactor writes nothing rather than unredacted text.

mod columns;
mod names;
mod text;
mod uses;

use heapsnapshot::Layout;

use crate::error::{Code, Error};
use columns::Columns;
pub use names::Names;
use text::{cut_at, escaped, length_of, unescaped, weak_pair};
use uses::{NAME, Uses};

/// Marks the end of a text that was cut.
const CUT: &[u8] = b"\\u2026";

/// The conventions of the readers of a redacted snapshot.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// Replaces a content.
    pub redacted: &'static str,
    /// Returns whether readers look for this name, so that it must stay.
    pub is_known: fn(&str) -> bool,
    /// Maximum number of properties of a record. Objects with more are tables.
    pub max_record: u64,
}

/// What to redact.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The conventions of the readers.
    pub vocabulary: Vocabulary,
    /// Maximum number of characters of a text; longer ones are cut.
    pub max_length: Option<usize>,
    /// A text is replaced if one of these rules matches.
    pub rules: Vec<Rule>,
    /// Replaces names that are data. `None` keeps all names.
    pub names: Option<Names>,
}

/// Matches texts for which all given conditions hold. Texts are in the form of the file: ASCII,
/// with everything else escaped.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// The beginning of the text.
    pub starts_with: Option<Vec<u8>>,
    /// A part of the text.
    pub contains: Option<Vec<u8>>,
    /// The text has more characters than this.
    pub longer_than: Option<usize>,
}

impl Rule {
    fn matches(&self, text: &[u8]) -> bool {
        self.starts_with.as_ref().is_none_or(|start| text.starts_with(start))
            && self.contains.as_ref().is_none_or(|part| memchr::memmem::find(text, part).is_some())
            && self.longer_than.is_none_or(|length| length_of(text) > length)
    }
}

/// The format of the snapshot is unknown, so its contents cannot be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownForm;

impl From<UnknownForm> for Error {
    fn from(_: UnknownForm) -> Self {
        Self::new(Code::Unsupported, "the snapshot has an unknown format and cannot be redacted")
    }
}

/// Redacts one snapshot.
///
/// # Examples
/// ```
/// use capture::{Policy, Redactor, Rule, Vocabulary};
///
/// let vocabulary =
///     Vocabulary { redacted: "(redacted)", is_known: |_| false, max_record: 24 };
/// // A rule without conditions matches every text.
/// let rules = vec![Rule::default()];
/// let policy = Policy { vocabulary, max_length: None, rules, names: None };
/// let mut redactor = Redactor::new(policy);
/// let text = br#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["string"]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["property"]]},"node_count":1,"edge_count":0},"nodes":[0,0,1,8,0],"edges":[],"strings":["password"]}"#;
/// let redacted = redactor.apply(text)?;
/// assert!(redactor.is_complete());
/// assert!(redacted.ends_with(br#""strings":["(redacted)"]}"#));
/// # Ok::<(), capture::UnknownForm>(())
/// ```
pub struct Redactor {
    policy: Policy,
    section: Section,
    /// The start of the header, or of the name of a section.
    pending: Vec<u8>,
    columns: Columns,
    /// Position in the row of the next number, and its digits so far.
    column: usize,
    number: Option<u64>,
    /// The kind in the current row.
    kind: u64,
    name: u64,
    link: u64,
    /// The uses of each string, by its index.
    uses: Uses,
    /// The index of the next string, and that of `Object` once it has been seen.
    index: usize,
    object: Option<usize>,
    /// The start of the current string.
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
    /// Returns a redactor for one snapshot.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            uses: Uses::new(policy.names.is_some().then_some(policy.vocabulary.max_record)),
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

    /// Redacts the next chunk, and returns the bytes to write for it. O(n) time in its length.
    ///
    /// # Errors
    ///
    /// If the format of the snapshot is unknown. The rest of it must not be written then.
    pub fn apply(&mut self, chunk: &[u8]) -> Result<Vec<u8>, UnknownForm> {
        let mut out = Vec::with_capacity(chunk.len());
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            rest = match self.section {
                Section::Header => {
                    self.seek(rest, Layout::NODES_START, Section::Nodes, &mut out)?
                }
                Section::BeforeEdges => {
                    self.seek(rest, Layout::EDGES_START, Section::Edges, &mut out)?
                }
                Section::BeforeStrings => {
                    self.seek(rest, Layout::STRINGS_START, Section::Strings, &mut out)?
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

    /// Returns whether the whole table of strings has been seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.section == Section::End
    }

    /// Passes everything up to and including `mark`, which can be split over chunks.
    fn seek<'a>(
        &mut self,
        chunk: &'a [u8],
        mark: &[u8],
        then: Section,
        out: &mut Vec<u8>,
    ) -> Result<&'a [u8], UnknownForm> {
        let before = self.pending.len();
        self.pending.extend_from_slice(chunk);
        let Some(start) = memchr::memmem::find(&self.pending, mark) else {
            out.extend_from_slice(chunk);
            if self.section == Section::Header {
                return if self.pending.len() > Layout::MAX_HEADER_BYTES {
                    Err(UnknownForm)
                } else {
                    Ok(&[])
                };
            }
            // A part of the mark can be at the end.
            let excess = self.pending.len().saturating_sub(mark.len());
            self.pending.drain(..excess);
            return Ok(&[]);
        };
        if self.section == Section::Header {
            let header = &self.pending[..start];
            self.columns = Columns::parse(header).ok_or(UnknownForm)?;
        }
        self.section = then;
        self.pending.clear();
        let used = start + mark.len() - before;
        out.extend_from_slice(&chunk[..used]);
        Ok(&chunk[used..])
    }

    /// Reads numbers up to the end of their array or of the chunk. Returns how many bytes.
    fn numbers(&mut self, chunk: &[u8]) -> Result<usize, UnknownForm> {
        for (at, &byte) in chunk.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    let digit = u64::from(byte - b'0');
                    let number = self.number.unwrap_or(0).wrapping_mul(10);
                    self.number = Some(number.wrapping_add(digit));
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
                _ => return Err(UnknownForm),
            }
        }
        Ok(chunk.len())
    }

    fn end_number(&mut self) -> Result<(), UnknownForm> {
        let value = self.number.take().ok_or(UnknownForm)?;
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
            let name = columns.string(self.name).ok_or(UnknownForm)?;
            self.uses.node(columns.node_role(self.kind), name, self.link);
            return Ok(());
        }
        let target = usize::try_from(self.link).map_err(|_| UnknownForm)? / columns.nodes.width;
        self.uses.edge(columns.edge_role(self.kind), columns.string(self.name), target)
    }

    /// Reads a part of a string, and writes the string when it is complete.
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
        let redacted = self.policy.vocabulary.redacted.as_bytes();
        let uses = self.uses.get(self.index);
        if text == b"Object" {
            self.object.get_or_insert(self.index);
        }
        // A string without uses can be anything.
        let is_content = uses & NAME == 0;
        if let (false, Some(name)) = (is_content, weak_pair(text, redacted)) {
            out.extend_from_slice(&name);
        } else if let (false, Some(name)) = (is_content, self.name_for(text, uses)) {
            out.extend_from_slice(&escaped(&name));
        } else if is_content && self.policy.rules.iter().any(|rule| rule.matches(text)) {
            out.extend_from_slice(redacted);
        } else if let (true, Some(end)) =
            (is_content, self.policy.max_length.and_then(|length| cut_at(text, length)))
        {
            out.extend_from_slice(&text[..end]);
            out.extend_from_slice(CUT);
        } else {
            out.extend_from_slice(text);
        }
    }

    /// Returns the replacement of a name; `None` if it stays.
    fn name_for(&self, text: &[u8], uses: u8) -> Option<String> {
        let Policy { names, vocabulary, .. } = &self.policy;
        let names = names.as_ref()?;
        let of_plain_objects = || self.uses.is_of_plain_objects(self.index, self.object);
        let name = unescaped(text);
        if (vocabulary.is_known)(&name) {
            return None;
        }
        names.replacement(&name, uses, of_plain_objects)
    }
}

#[cfg(test)]
mod tests;
