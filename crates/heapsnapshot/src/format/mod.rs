//! The file format: from bytes to events. Knows JSON and V8's `meta`, but no
//! graph.
//!
//! A heap snapshot is one JSON object:
//!
//! ```text
//! {"snapshot": {"meta": {...}, "node_count": N, "edge_count": E, ...},
//!  "nodes": [N records of node_fields integers],
//!  "edges": [E records of edge_fields integers, grouped by source node],
//!  "trace_function_infos": [...], "trace_tree": [...], "samples": [...],
//!  "locations": [...],
//!  "strings": ["...", ...]}
//! ```
//!
//! `snapshot` must precede the sections that it describes. The other sections
//! can be in any order, each at most once. Unknown ones are skipped.

mod digits;
mod header;
mod key;
mod layout;
mod meta;
mod offsets;
mod parser;
mod scan;
mod skip;
mod speculation;
mod state;
mod strings;
mod tree;

pub use layout::{Layout, RowLayout};
pub(crate) use meta::{Header, TraceNodeFields};
pub(crate) use parser::Parser;
pub(crate) use scan::{MAX_INTEGER, NEGATIVE};
pub(crate) use speculation::Speculation;
pub(crate) use strings::{StringEnd, unescape_tail};

use crate::error::{Error, ErrorKind};

/// A top-level array of integers that this crate reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    /// The nodes. Required.
    Nodes,
    /// The edges, grouped by source node. Required.
    Edges,
    /// Positions where constructors and functions are defined.
    Locations,
    /// Points of an allocation timeline.
    Samples,
    /// The functions that allocation stacks name.
    TraceFunctions,
}

impl Section {
    /// All sections, in the order of the variants.
    pub(crate) const ALL: [Self; 5] =
        [Self::Nodes, Self::Edges, Self::Locations, Self::Samples, Self::TraceFunctions];

    /// Returns the key in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Locations => "locations",
            Self::Samples => "samples",
            Self::TraceFunctions => "trace_function_infos",
        }
    }

    /// Returns whether a snapshot without the section is refused.
    pub(crate) fn is_required(self) -> bool {
        matches!(self, Self::Nodes | Self::Edges)
    }

    /// Returns whether integers of the section can be negative. V8 writes
    /// positions before the first character for scripts with an offset, which
    /// test runners create for the code that they wrap.
    pub(crate) fn may_be_negative(self) -> bool {
        self == Self::Locations
    }
}

/// A number that a [`Sink`] refuses.
pub(crate) struct BadNumber {
    /// Position in the current batch. A negative position is in an earlier
    /// batch, in the record that continues in the current one.
    pub(crate) at: isize,
    /// Position of the record in its section.
    pub(crate) index: u64,
    /// The reason.
    pub(crate) error: Error,
}

/// Receives the contents of a snapshot in the order of the file. An error of a
/// method ends the reading.
pub(crate) trait Sink {
    /// Receives the header, before any number.
    fn header(&mut self, header: Header) -> Result<(), Error>;

    /// Receives the next integers of `section`, in order and without gaps. A
    /// batch can end inside a record.
    fn numbers(&mut self, section: Section, values: &[u64]) -> Result<(), BadNumber>;

    /// Receives a node of the tree of allocation stacks: the numbers of its record.
    /// It is below the last node that [`Self::trace_node_end`] did not end yet.
    fn trace_node(&mut self, record: &[u64]) -> Result<(), BadNumber>;

    /// Ends a node of the tree: no more nodes are below it.
    fn trace_node_end(&mut self);

    /// Receives the next part of the current string, with its escapes.
    fn string_piece(&mut self, raw: &[u8]);

    /// Ends the current string.
    fn string_end(&mut self, end: StringEnd) -> Result<(), Error>;

    /// Ends the section `name`.
    fn section_end(&mut self, name: &'static str) -> Result<(), Error>;
}

/// Returns a byte as an error message shows it.
pub(crate) fn show(byte: u8) -> String {
    if byte.is_ascii_graphic() || byte == b' ' {
        format!("'{}'", char::from(byte))
    } else {
        format!("byte 0x{byte:02x}")
    }
}

/// Returns the error for a byte that JSON or the format does not allow at
/// `offset`.
pub(crate) fn parse_error(expected: &str, found: u8, offset: u64) -> Error {
    Error::new(ErrorKind::Parse, format!("expected {expected}, found {}", show(found)))
        .at_offset(offset)
}

/// Returns the error for an integer that starts at `offset` and is larger than
/// [`MAX_INTEGER`].
pub(crate) fn too_large(section: &'static str, offset: u64) -> Error {
    Error::new(ErrorKind::Limit, "the integer is beyond 2^53")
        .with_limit(MAX_INTEGER, u64::MAX)
        .in_section(section)
        .at_offset(offset)
}

/// Returns whether a byte is white space in JSON.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
