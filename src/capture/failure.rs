//! Why a dump did not happen, in the terms of Node's file system errors.

use std::fmt;
use std::io;
use std::path::Path;

use napi_derive::napi;
use serde_json::{Value, json};

use super::redaction::Unknown;

/// The code of a forked child that died or got nothing whole.
pub(super) const CHILD: &str = "ERR_HEAPDUMP_CHILD";

/// The code of a forked child that was ended because its time was up.
pub(super) const DEADLINE: &str = "ERR_HEAPDUMP_DEADLINE";

/// The code of a dump whose file system does not answer.
#[cfg(target_os = "linux")]
pub(super) const STALLED: &str = "ERR_HEAPDUMP_STALLED";

/// The code of a dump for which there is not enough memory or disk.
pub(super) const HEADROOM: &str = "ERR_HEAPDUMP_HEADROOM";

/// A failed dump. `lib/errors.js` turns it into an `Error`.
#[napi(object)]
#[derive(Clone, Debug)]
pub struct Failure {
    /// A stable code of this package (`ERR_HEAPDUMP_…`); absent when `errno` says it all.
    pub code: Option<String>,
    /// Positive errno of the failed system call.
    pub errno: Option<i32>,
    /// Name of the failed system call.
    pub syscall: Option<String>,
    /// The file that was to be written.
    pub path: Option<String>,
    /// What was expected and what was found.
    pub message: String,
}

impl Failure {
    /// A failure without a system call behind it.
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code.to_owned()),
            errno: None,
            syscall: None,
            path: None,
            message: message.into(),
        }
    }

    /// A failed system call on `path`.
    pub(super) fn io(error: &io::Error, syscall: &str, path: &Path) -> Self {
        // std reports an interior NUL byte, and a write of nothing, without an errno.
        let errno = error.raw_os_error().unwrap_or(match error.kind() {
            io::ErrorKind::InvalidInput => libc::EINVAL,
            _ => libc::EIO,
        });
        Self::errno(errno, syscall, path)
    }

    /// A system call on `path` that this package refuses before the kernel would.
    pub(super) fn errno(errno: i32, syscall: &str, path: &Path) -> Self {
        Self { path: Some(path.to_string_lossy().into_owned()), ..Self::syscall(errno, syscall) }
    }

    /// A failed system call on no file.
    pub(super) fn syscall(errno: i32, syscall: &str) -> Self {
        Self {
            code: None,
            errno: Some(errno),
            syscall: Some(syscall.to_owned()),
            path: None,
            message: io::Error::from_raw_os_error(errno).to_string(),
        }
    }

    /// The same failure, with the file that a system call was about.
    #[cfg(target_os = "linux")]
    pub(super) fn about(mut self, path: String) -> Self {
        if self.syscall.is_some() && self.path.is_none() {
            self.path = Some(path);
        }
        self
    }

    /// Whether it is that of a forked child: the same may well succeed in another way.
    pub(super) fn is_of_child(&self) -> bool {
        matches!(self.code.as_deref(), Some(CHILD | DEADLINE))
    }

    /// Another dump of this process is under way.
    pub(super) fn busy() -> Self {
        Self::new("ERR_HEAPDUMP_BUSY", "another heap snapshot of this process is being taken")
    }

    /// The caller gave the dump up.
    pub(super) fn aborted() -> Self {
        Self::new("ABORT_ERR", "The operation was aborted")
    }

    /// For messages between threads; the same fields as the object above.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "code": self.code,
            "errno": self.errno,
            "syscall": self.syscall,
            "path": self.path,
            "message": self.message,
        })
    }

    /// A panic was caught: a bug of this package, contained.
    pub(super) fn internal(what: &str) -> Self {
        Self::new("ERR_HEAPDUMP_INTERNAL", format!("internal error in {what}, please report it"))
    }
}

impl From<Unknown> for Failure {
    fn from(_: Unknown) -> Self {
        Self::new(
            "ERR_HEAPDUMP_UNSUPPORTED",
            "the snapshot has a form in which nothing can be redacted",
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let (Some(syscall), Some(path)) = (&self.syscall, &self.path) {
            write!(f, ", {syscall} '{path}'")?;
        }
        Ok(())
    }
}
