//! Why an image cannot be written, read or restored.

use std::fmt;
use std::io;

/// What kind of failure happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file is not an image, or a damaged one.
    Damaged,
    /// The image needs something that this machine, or this version of the package, lacks.
    Unsupported,
    /// Reading or writing failed: [`Error::io`] has the reason.
    Io,
    /// The restorer could not do what it was told; another try may succeed.
    Conflict,
}

/// A failure, with what to tell the user.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    io: Option<io::Error>,
}

impl Error {
    /// A failure of `kind`.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), io: None }
    }

    /// The image is damaged.
    #[must_use]
    pub fn damaged(what: impl fmt::Display) -> Self {
        Self::new(Kind::Damaged, format!("the heap image is damaged: {what}"))
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns what happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the failed system call's error.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        self.io.as_ref()
    }
}

impl From<io::Error> for Error {
    /// An input that ends early, or that zstd refuses, is a damaged image.
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
