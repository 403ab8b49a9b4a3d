//! Bytes to events. Knows JSON and V8's `meta`; knows no graph.
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
//! `snapshot` must come before the sections it describes. The others may come
//! in any order, each at most once; unknown ones are skipped.

mod digits;
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

pub use layout::{Layout, RowLayout};
pub(crate) use meta::Header;
pub(crate) use parser::Parser;
pub(crate) use scan::{MAX_INTEGER, NEGATIVE};
pub(crate) use speculation::Speculation;
pub(crate) use strings::{StringEnd, unescape_tail};

use crate::error::{Error, ErrorKind};

/// A top-level array of integers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    Nodes,
    Edges,
    Locations,
    Samples,
}

impl Section {
    pub(crate) const ALL: [Self; 4] = [Self::Nodes, Self::Edges, Self::Locations, Self::Samples];

    /// Returns the key in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Locations => "locations",
            Self::Samples => "samples",
        }
    }

    /// Whether a snapshot without the section is refused.
    pub(crate) fn is_required(self) -> bool {
        matches!(self, Self::Nodes | Self::Edges)
    }

    /// Whether integers of the section may be negative. Of a script with offsets, as test runners
    /// make them for the code that they wrap, V8 writes positions before the first character.
    pub(crate) fn may_be_negative(self) -> bool {
        self == Self::Locations
    }
}

/// A number that the receiver of events does not accept.
pub(crate) struct BadNumber {
    /// Position in the batch that was passed; negative counts back into the
    /// batches before, within one record.
    pub(crate) at: isize,
    /// Position of the record in its section.
    pub(crate) index: u64,
    pub(crate) error: Error,
}

/// Receives the content of a snapshot in file order.
pub(crate) trait Sink {
    /// The header was read. Comes before any number.
    fn header(&mut self, header: Header) -> Result<(), Error>;
    /// The next integers of `section`, in order and without gaps.
    fn numbers(&mut self, section: Section, values: &[u64]) -> Result<(), BadNumber>;
    /// The next piece of the current string, still escaped.
    fn string_piece(&mut self, raw: &[u8]);
    /// The current string is complete.
    fn string_end(&mut self, end: StringEnd) -> Result<(), Error>;
    /// The array of `name` was closed.
    fn section_end(&mut self, name: &'static str) -> Result<(), Error>;
}

/// Describes a byte for an error message.
pub(crate) fn show(byte: u8) -> String {
    if byte.is_ascii_graphic() || byte == b' ' {
        format!("'{}'", char::from(byte))
    } else {
        format!("byte 0x{byte:02x}")
    }
}

pub(crate) fn parse_error(expected: &str, found: u8, offset: u64) -> Error {
    Error::new(ErrorKind::Parse, format!("expected {expected}, found {}", show(found)))
        .at_offset(offset)
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
