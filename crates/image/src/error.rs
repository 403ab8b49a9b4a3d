//! The error type of this crate.

use std::fmt;
use std::io;

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file is not an image, or is damaged.
    Damaged,
    /// The image needs something that this machine, or this version of the package, lacks.
    Unsupported,
    /// Reading or writing failed: [`Error::io`] has the reason.
    Io,
    /// The kernel gave the restorer memory at an address of the image. Another attempt may succeed.
    Conflict,
}

/// A failure, with a message for the user.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    io: Option<io::Error>,
}

impl Error {
    /// Returns a failure of `kind`.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), io: None }
    }

    /// Returns the failure of a damaged image.
    #[must_use]
    pub fn damaged(what: impl fmt::Display) -> Self {
        Self::new(Kind::Damaged, format!("the heap image is damaged: {what}"))
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the error of the failed system call, for [`Kind::Io`].
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        self.io.as_ref()
    }
}

impl From<io::Error> for Error {
    /// Converts the error of a reader. An early end, or an error of zstd, means a damaged image.
    fn from(error: io::Error) -> Self {
        if error.raw_os_error().is_none() {
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => "it ends early".to_owned(),
                _ => error.to_string(),
            };
            return Self::damaged(what);
        }
        Self { kind: Kind::Io, message: error.to_string(), io: Some(error) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
