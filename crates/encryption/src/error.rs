//! The error type of this crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The kind of a failure.
#[derive(Debug)]
pub enum Kind {
    /// A text is not a public key of age.
    BadRecipient,
    /// A file of identities cannot be used.
    BadIdentity,
    /// A file is encrypted, and no identities were given.
    NoIdentity,
    /// The file is encrypted to other recipients.
    WrongIdentity,
    /// The header of the encrypted file is damaged.
    Damaged,
    /// A system call failed: its name, and the error.
    Io(&'static str, io::Error),
}

/// The reason why a file could not be encrypted or decrypted. Its text names no key.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    path: Option<PathBuf>,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: None }
    }

    pub(crate) fn io(error: io::Error, syscall: &'static str) -> Self {
        let message = error.to_string();
        Self::new(Kind::Io(syscall, error), message)
    }

    /// Adds the path of the file, unless the error already has one.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Returns the path of the file that the failure is about.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {}", path.display(), self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}
