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

#[cfg(test)]
mod tests {
    use std::os::fd::IntoRawFd;

    use super::*;

    #[test]
    fn reports_arrive_in_order_then_the_end() {
        let (reader, writer) = io::pipe().unwrap();
        let (reader, sender) = pair([reader.into_raw_fd(), writer.into_raw_fd()]);
        assert!(matches!(reader.receive(0), Received::Silence));
        sender.send(Report::Progress(7));
        sender.send(Report::Incomplete(9));
        assert!(matches!(reader.receive(0), Received::Report(Report::Progress(7))));
        assert!(matches!(reader.receive(0), Received::Report(Report::Incomplete(9))));
        drop(sender);
        assert!(matches!(reader.receive(0), Received::End));
    }

    #[test]
    fn a_child_that_ends_within_a_report_has_ended() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(&Report::Progress(7).encode()[1..]).unwrap();
        drop(writer);
        let null = File::open("/").unwrap();
        let (reader, _) = pair([reader.into_raw_fd(), null.into_raw_fd()]);
        assert!(matches!(reader.receive(0), Received::End));
    }
}
