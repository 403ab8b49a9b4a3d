//! The pipe through which the child sends [`Report`]s to the parent.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

use capture::Report;

/// The child's end.
pub(in super::super) struct Sender(File);

/// The parent's end.
pub(in super::super) struct Reader(File);

/// Takes the two ends of a pipe.
pub(super) fn pair([read, write]: [RawFd; 2]) -> (Reader, Sender) {
    // SAFETY: just opened, and nobody else's.
    let reader = unsafe { File::from_raw_fd(read) };
    // SAFETY: just opened, and nobody else's.
    let sender = unsafe { File::from_raw_fd(write) };
    (Reader(reader), Sender(sender))
}

impl Sender {
    /// Tells the parent; nothing can be done if it is gone.
    pub(super) fn send(&self, report: Report) {
        let _ = (&self.0).write_all(&report.encode());
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// What came through the pipe within a time.
pub(super) enum Received {
    Report(Report),
    /// Nothing yet.
    Silence,
    /// No process holds the other end any more.
    End,
}

impl Reader {
    /// Waits up to `limit_ms` for a record.
    pub(super) fn receive(&self, limit_ms: i32) -> Received {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry.
        match unsafe { libc::poll(&raw mut poll, 1, limit_ms) } {
            0 => return Received::Silence,
            n if n < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {
                return Received::Silence;
            }
            _ => {}
        }
        let mut record = [0; Report::BYTES];
        match (&self.0).read_exact(&mut record) {
            Ok(()) => Received::Report(Report::decode(record)),
            Err(_) => Received::End,
        }
    }
}
