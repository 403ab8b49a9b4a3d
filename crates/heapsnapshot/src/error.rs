//! The one error type of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::ids::NodeId;

/// What kind of failure happened. Callers branch on this, never on text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not the JSON that a heap snapshot consists of.
    Parse,
    /// The input ended before the snapshot did.
    Truncated,
    /// The snapshot lacks a column or section that the analysis needs.
    Unsupported,
    /// Numbers of the snapshot contradict each other.
    Inconsistent,
    /// A number is beyond what this crate can hold (2^32 nodes or edges).
    Limit,
    /// Reading failed; [`std::error::Error::source`] is the [`io::Error`].
    Io,
    /// The caller asked to stop.
    Cancelled,
    /// A query named a node id that the snapshot does not have.
    NodeNotFound,
    /// A query has an argument that makes no sense, such as an unknown filter.
    InvalidArgument,
}

impl ErrorKind {
    /// Returns a stable lower-case name, for logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Truncated => "truncated",
            Self::Unsupported => "unsupported",
            Self::Inconsistent => "inconsistent",
            Self::Limit => "limit",
            Self::Io => "io",
            Self::Cancelled => "cancelled",
            Self::NodeNotFound => "node not found",
            Self::InvalidArgument => "invalid argument",
        }
    }
}

struct Inner {
    kind: ErrorKind,
    message: String,
    section: Option<&'static str>,
    index: Option<u64>,
    offset: Option<u64>,
    limit: Option<(u64, u64)>,
    node: Option<NodeId>,
    source: Option<io::Error>,
}

/// A failure, with the place in the input where it was noticed.
///
/// One word wide, so that `Result` stays small on hot paths.
pub struct Error(Box<Inner>);

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            section: None,
            index: None,
            offset: None,
            limit: None,
            node: None,
            source: None,
        }))
    }

    #[cold]
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled by the caller")
    }

    #[cold]
    pub(crate) fn node_not_found(id: NodeId) -> Self {
        let mut error = Self::new(ErrorKind::NodeNotFound, format!("no node with id {id}"));
        error.0.node = Some(id);
        error
    }

    pub(crate) fn in_section(mut self, section: &'static str) -> Self {
        self.0.section.get_or_insert(section);
        self
    }

    pub(crate) fn at_index(mut self, index: u64) -> Self {
        self.0.index.get_or_insert(index);
        self
    }

    pub(crate) fn at_offset(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    pub(crate) fn with_limit(mut self, limit: u64, actual: u64) -> Self {
        self.0.limit = Some((limit, actual));
        self
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what was expected and what was found, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the top-level key of the snapshot that was being read
    /// (`"nodes"`, `"strings"` ...).
    #[must_use]
    pub fn section(&self) -> Option<&'static str> {
        self.0.section
    }

    /// Returns the position of the offending record (node, edge, location or
    /// string, 0-based) in its section.
    #[must_use]
    pub fn index(&self) -> Option<u64> {
        self.0.index
    }

    /// Returns the byte offset in the (decompressed) input, 0-based. `None`
    /// when the problem shows only after everything was read.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// Returns `(limit, actual)` of an [`ErrorKind::Limit`].
    #[must_use]
    pub fn limit(&self) -> Option<(u64, u64)> {
        self.0.limit
    }

    /// Returns the id that an [`ErrorKind::NodeNotFound`] was asked for.
    #[must_use]
    pub fn node_id(&self) -> Option<NodeId> {
        self.0.node
    }

    /// Returns the I/O failure behind an [`ErrorKind::Io`].
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        self.0.source.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.section, self.0.index) {
            (Some(section), Some(index)) => write!(f, "{section}[{index}]: ")?,
            (Some(section), None) => write!(f, "{section}: ")?,
            _ => {}
        }
        f.write_str(&self.0.message)?;
        if let Some(offset) = self.0.offset {
            write!(f, " at byte {offset}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("section", &self.0.section)
            .field("index", &self.0.index)
            .field("offset", &self.0.offset)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|e| e as _)
    }
}

impl From<io::Error> for Error {
    #[cold]
    fn from(source: io::Error) -> Self {
        let mut error = Self::new(ErrorKind::Io, format!("reading failed: {source}"));
        error.0.source = Some(source);
        error
    }
}
