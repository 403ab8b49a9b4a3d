//! What the child tells the parent, through a pipe.
//!
//! Fixed-size records, so that one `write` is one record (a pipe keeps writes of
//! up to 4 kB whole). The end of the pipe without a last record means that the
//! child was killed or crashed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Report {
    /// So many bytes of the snapshot are written.
    Progress(u64),
    /// All of a whole snapshot, so many bytes, is written.
    Complete(u64),
    /// A write failed with this errno.
    WriteFailed(i32),
    /// V8 gave no whole snapshot: so many bytes came.
    Incomplete(u64),
    /// More memory would have been needed than this many bytes.
    OutOfMemory(u64),
    /// V8 waited for a thread that is not there.
    Blocked,
}

impl Report {
    pub(super) fn encode(self) -> [u8; 16] {
        let (kind, value) = match self {
            Self::Progress(bytes) => (0_u64, bytes),
            Self::Complete(bytes) => (1, bytes),
            Self::WriteFailed(errno) => (2, u64::from(errno.unsigned_abs())),
            Self::Incomplete(bytes) => (3, bytes),
            Self::OutOfMemory(bytes) => (4, bytes),
            Self::Blocked => (5, 0),
        };
        let mut record = [0; 16];
        record[..8].copy_from_slice(&kind.to_ne_bytes());
        record[8..].copy_from_slice(&value.to_ne_bytes());
        record
    }

    fn decode(record: [u8; 16]) -> Self {
        let word = |range: std::ops::Range<usize>| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&record[range]);
            u64::from_ne_bytes(bytes)
        };
        let value = word(8..16);
        match word(0..8) {
            0 => Self::Progress(value),
            1 => Self::Complete(value),
            2 => Self::WriteFailed(i32::try_from(value).unwrap_or(libc::EIO)),
            4 => Self::OutOfMemory(value),
            5 => Self::Blocked,
            _ => Self::Incomplete(value),
        }
    }
}

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
        let mut record = [0; 16];
        match (&self.0).read_exact(&mut record) {
            Ok(()) => Received::Report(Report::decode(record)),
            Err(_) => Received::End,
        }
    }
}
