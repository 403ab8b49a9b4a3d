//! The error type of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::ids::NodeId;

/// The kind of a failure. Stable, in contrast to the text of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is not the JSON of a heap snapshot, or compressed data is
    /// damaged.
    Parse,
    /// The input ends before the snapshot does.
    Truncated,
    /// The snapshot lacks a column that the analysis needs.
    Unsupported,
    /// Parts of the snapshot contradict each other, such as a reference to a
    /// node that does not exist.
    Inconsistent,
    /// A number exceeds what this crate supports, such as 2^32 nodes.
    Limit,
    /// The input could not be read. [`Error::io_error`] returns the reason.
    Io,
    /// The caller cancelled the work. See [`crate::Control`].
    Cancelled,
    /// The snapshot has no node with the given id.
    NodeNotFound,
    /// An argument of a query is invalid, such as the name of an unknown
    /// filter.
    InvalidArgument,
}

impl ErrorKind {
    /// Returns the kind in lower-case words, for logs. Stable.
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

/// The fields of an error.
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

/// A failure, and its place in the input if known.
///
/// The size of one pointer, so that a `Result` is small in hot loops.
///
/// # Examples
/// ```
/// use heapsnapshot::{ErrorKind, Graph};
///
/// let error = Graph::from_bytes(b"[]").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Parse);
/// assert_eq!(error.offset(), Some(0));
/// assert_eq!(error.to_string(), "expected a heap snapshot, starting with '{', found '[' at byte 0");
/// ```
pub struct Error(Box<Inner>);

impl Error {
    /// Returns an error without a place.
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

    /// Returns the error of cancelled work.
    #[cold]
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled by the caller")
    }

    /// Returns the error for an id that no node has.
    #[cold]
    pub(crate) fn node_not_found(id: NodeId) -> Self {
        let mut error = Self::new(ErrorKind::NodeNotFound, format!("no node with id {id}"));
        error.0.node = Some(id);
        error
    }

    /// Adds the section, if the error has none.
    pub(crate) fn in_section(mut self, section: &'static str) -> Self {
        self.0.section.get_or_insert(section);
        self
    }

    /// Adds the position of the record in its section, if the error has none.
    pub(crate) fn at_index(mut self, index: u64) -> Self {
        self.0.index.get_or_insert(index);
        self
    }

    /// Adds the offset in the input, if the error has none.
    pub(crate) fn at_offset(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Adds the limit, and the number that exceeds it.
    pub(crate) fn with_limit(mut self, limit: u64, actual: u64) -> Self {
        self.0.limit = Some((limit, actual));
        self
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message without the place: the expected and the found text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the top-level key of the snapshot that contains the error, such
    /// as `nodes`.
    #[must_use]
    pub fn section(&self) -> Option<&'static str> {
        self.0.section
    }

    /// Returns the position of the wrong record (node, edge, location or
    /// string) in its section, 0-based.
    #[must_use]
    pub fn index(&self) -> Option<u64> {
        self.0.index
    }

    /// Returns the offset of the error in the decompressed input, in bytes,
    /// 0-based. `None` if only the whole input showed the error.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// Returns the limit and the number that exceeds it, for
    /// [`ErrorKind::Limit`].
    #[must_use]
    pub fn limit(&self) -> Option<(u64, u64)> {
        self.0.limit
    }

    /// Returns the id that was searched for, for [`ErrorKind::NodeNotFound`].
    #[must_use]
    pub fn node_id(&self) -> Option<NodeId> {
        self.0.node
    }

    /// Returns the reason of an [`ErrorKind::Io`].
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
