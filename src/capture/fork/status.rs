//! The pipe through which the child sends [`Report`]s to the parent.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

use capture::Report;

/// The child's end of the pipe.
pub(in super::super) struct Sender(File);

/// The parent's end of the pipe.
pub(in super::super) struct Reader(File);

/// Takes ownership of the two ends of a pipe.
pub(super) fn pair([read, write]: [RawFd; 2]) -> (Reader, Sender) {
    // SAFETY: the caller has just opened the descriptor, and nothing else owns it.
    let reader = unsafe { File::from_raw_fd(read) };
    // SAFETY: as above.
    let sender = unsafe { File::from_raw_fd(write) };
    (Reader(reader), Sender(sender))
}

impl Sender {
    /// Sends a report to the parent. Does nothing if the parent is gone.
    pub(super) fn send(&self, report: Report) {
        let _ = (&self.0).write_all(&report.encode());
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// The result of [`Reader::receive`].
pub(super) enum Received {
    /// A report of the child.
    Report(Report),
    /// No report arrived within the timeout, or a signal interrupted the wait.
    Silence,
    /// The child has ended, or the pipe is broken.
    End,
}

impl Reader {
    /// Waits up to `timeout_ms` milliseconds for a report.
    pub(super) fn receive(&self, timeout_ms: i32) -> Received {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: `poll` gets one entry, which outlives the call.
        match unsafe { libc::poll(&raw mut poll, 1, timeout_ms) } {
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
