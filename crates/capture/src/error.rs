//! The error type of this crate, modelled on Node's file system errors.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

/// The kind of a failure. Callers branch on this, never on the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The caller aborted the dump.
    Aborted,
    /// A file is not a heap image, or a damaged one.
    BadImage,
    /// Another dump of this process is in progress.
    Busy,
    /// A forked child died, or wrote no complete snapshot.
    Child,
    /// A forked child was killed at its deadline.
    Deadline,
    /// A file is encrypted, and no identity was given.
    Encrypted,
    /// There is not enough memory or disk space for the dump.
    Headroom,
    /// A file of identities cannot be used, or has no identity of a recipient.
    Identity,
    /// A panic of this package was caught.
    Internal,
    /// The file system does not respond.
    Stalled,
    /// A system call failed; see [`Error::errno`].
    System,
    /// V8 ended the snapshot early.
    Truncated,
    /// The host, or the format of the snapshot, does not support the request.
    Unsupported,
}

impl Code {
    /// Returns the stable code of the JavaScript error, such as `ERR_HEAPDUMP_BUSY`. `None` for a
    /// system call: JavaScript uses the name of its error number instead.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Aborted => "ABORT_ERR",
            Self::BadImage => "ERR_HEAPDUMP_BAD_IMAGE",
            Self::Busy => "ERR_HEAPDUMP_BUSY",
            Self::Child => "ERR_HEAPDUMP_CHILD",
            Self::Deadline => "ERR_HEAPDUMP_DEADLINE",
            Self::Encrypted => "ERR_HEAPDUMP_ENCRYPTED",
            Self::Headroom => "ERR_HEAPDUMP_HEADROOM",
            Self::Identity => "ERR_HEAPDUMP_IDENTITY",
            Self::Internal => "ERR_HEAPDUMP_INTERNAL",
            Self::Stalled => "ERR_HEAPDUMP_STALLED",
            Self::System => return None,
            Self::Truncated => "ERR_HEAPDUMP_TRUNCATED",
            Self::Unsupported => "ERR_HEAPDUMP_UNSUPPORTED",
        })
    }
}

/// The reason why a dump failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: String,
    errno: Option<i32>,
    syscall: Option<String>,
    path: Option<String>,
}

impl Error {
    /// Returns a failure without a system call.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), errno: None, syscall: None, path: None }
    }

    /// Returns a failed system call on `path`.
    #[must_use]
    pub fn io(error: &io::Error, syscall: &str, path: &Path) -> Self {
        Self::errno_on(errno_of(error), syscall, path)
    }

    /// Returns a system call on `path` that this package refuses before the kernel would.
    #[must_use]
    pub fn errno_on(errno: i32, syscall: &str, path: &Path) -> Self {
        Self { path: Some(path.to_string_lossy().into_owned()), ..Self::syscall(errno, syscall) }
    }

    /// Returns a failed system call without a file.
    #[must_use]
    pub fn syscall(errno: i32, syscall: &str) -> Self {
        Self {
            errno: Some(errno),
            syscall: Some(syscall.to_owned()),
            ..Self::new(Code::System, io::Error::from_raw_os_error(errno).to_string())
        }
    }

    /// Returns the error of a dump while another one is in progress.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(Code::Busy, "another heap snapshot of this process is being taken")
    }

    /// Returns the error of a dump that the caller aborted.
    #[must_use]
    pub fn aborted() -> Self {
        Self::new(Code::Aborted, "The operation was aborted")
    }

    /// Returns the error of a caught panic. `what` is the text of the panic.
    #[must_use]
    pub fn internal(what: &str) -> Self {
        Self::new(Code::Internal, format!("internal error in {what}, please report it"))
    }

    /// Returns the same failure with another message.
    #[must_use]
    pub fn with_message(self, message: String) -> Self {
        Self { message, ..self }
    }

    /// Returns the same failure with the file of its system call, unless it already has one.
    #[must_use]
    pub fn about(mut self, path: String) -> Self {
        if self.syscall.is_some() && self.path.is_none() {
            self.path = Some(path);
        }
        self
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// Returns the message, without the system call and the file.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the positive error number of the failed system call.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.errno
    }

    /// Returns the name of the failed system call.
    #[must_use]
    pub fn syscall_name(&self) -> Option<&str> {
        self.syscall.as_deref()
    }

    /// Returns the path of the file that was to be written.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Returns whether a forked child failed. A dump without a fork may succeed then.
    #[must_use]
    pub fn is_of_child(&self) -> bool {
        matches!(self.code, Code::Child | Code::Deadline)
    }

    /// Returns the fields as a JSON object, for messages between threads.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "code": self.code.name(),
            "errno": self.errno,
            "syscall": self.syscall,
            "path": self.path,
            "message": self.message,
        })
    }
}

/// Returns the error number of a failed system call. The standard library reports an interior NUL
/// byte, and a write of zero bytes, without a number: these become `EINVAL` and `EIO`.
#[must_use]
pub fn errno_of(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(match error.kind() {
        io::ErrorKind::InvalidInput => libc::EINVAL,
        io::ErrorKind::OutOfMemory => libc::ENOMEM,
        _ => libc::EIO,
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let (Some(syscall), Some(path)) = (&self.syscall, &self.path) {
            write!(f, ", {syscall} '{path}'")?;
        }
        Ok(())
    }
}

impl StdError for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_system_call_tells_its_number_name_and_file() {
        let full = io::Error::from_raw_os_error(libc::ENOSPC);
        let error = Error::io(&full, "write", Path::new("/dumps/a"));
        assert_eq!(error.code(), Code::System);
        assert_eq!(error.errno(), Some(libc::ENOSPC));
        assert!(error.to_string().ends_with(", write '/dumps/a'"), "{error}");
        let json = error.to_json();
        assert_eq!(json["code"], Value::Null);
        assert_eq!(json["syscall"], "write");
        assert_eq!(json["path"], "/dumps/a");
    }

    #[test]
    fn errors_of_the_standard_library_have_a_number_too() {
        assert_eq!(errno_of(&io::ErrorKind::InvalidInput.into()), libc::EINVAL);
        assert_eq!(errno_of(&io::ErrorKind::WriteZero.into()), libc::EIO);
    }

    #[test]
    fn only_a_system_call_without_a_file_gets_one() {
        let named = Error::syscall(libc::EIO, "write").about("/a".to_owned());
        assert_eq!(named.path(), Some("/a"));
        assert_eq!(named.about("/b".to_owned()).path(), Some("/a"));
        assert_eq!(Error::busy().about("/a".to_owned()).path(), None);
    }

    #[test]
    fn codes_are_stable() {
        assert_eq!(Error::aborted().to_json()["code"], "ABORT_ERR");
        assert_eq!(Error::busy().to_json()["code"], "ERR_HEAPDUMP_BUSY");
        assert!(Error::new(Code::Child, "").is_of_child());
        assert!(Error::new(Code::Deadline, "").is_of_child());
        assert!(!Error::new(Code::Headroom, "").is_of_child());
    }
}
