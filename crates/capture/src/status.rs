//! The reports of a forked child, and the conclusions of the parent.
//!
//! Records have a fixed size, so that one `write` to the pipe is one record: a pipe keeps writes of
//! up to 4 kB whole. The end of the pipe without a final record means that the child was killed or
//! crashed.

use std::fmt;
use std::io;

use crate::error::{Code, Error};

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the snapshot, before they were encoded.
    pub snapshot: u64,
    /// Bytes after they were encoded.
    pub stored: u64,
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Number of snapshot bytes written so far.
    Progress(u64),
    /// The complete snapshot is written.
    Complete(Sizes),
    /// A write failed with this error number.
    WriteFailed(i32),
    /// V8 produced no complete snapshot; the number of bytes received.
    Incomplete(u64),
    /// The child needed more memory than this many bytes.
    OutOfMemory(u64),
    /// V8 waited for a thread that does not exist in the child.
    Blocked,
    /// The child could not read its own memory, with this error number.
    Unreadable(i32),
}

impl Report {
    /// Length of a record in bytes.
    pub const BYTES: usize = 24;

    /// Encodes the record. Allocates nothing, so a signal handler may call it.
    #[must_use]
    pub fn encode(self) -> [u8; Self::BYTES] {
        let (kind, value, stored) = match self {
            Self::Progress(bytes) => (0_u64, bytes, 0),
            Self::Complete(Sizes { snapshot, stored }) => (1, snapshot, stored),
            Self::WriteFailed(errno) => (2, u64::from(errno.unsigned_abs()), 0),
            Self::Incomplete(bytes) => (3, bytes, 0),
            Self::OutOfMemory(bytes) => (4, bytes, 0),
            Self::Blocked => (5, 0, 0),
            Self::Unreadable(errno) => (6, u64::from(errno.unsigned_abs()), 0),
        };
        let mut record = [0; Self::BYTES];
        record[..8].copy_from_slice(&kind.to_ne_bytes());
        record[8..16].copy_from_slice(&value.to_ne_bytes());
        record[16..].copy_from_slice(&stored.to_ne_bytes());
        record
    }

    /// Decodes a record. An unknown one counts as an incomplete snapshot.
    #[must_use]
    pub fn decode(record: [u8; Self::BYTES]) -> Self {
        let word = |range: std::ops::Range<usize>| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&record[range]);
            u64::from_ne_bytes(bytes)
        };
        let value = word(8..16);
        match word(0..8) {
            0 => Self::Progress(value),
            1 => Self::Complete(Sizes { snapshot: value, stored: word(16..24) }),
            2 => Self::WriteFailed(i32::try_from(value).unwrap_or(libc::EIO)),
            4 => Self::OutOfMemory(value),
            5 => Self::Blocked,
            6 => Self::Unreadable(i32::try_from(value).unwrap_or(libc::EIO)),
            _ => Self::Incomplete(value),
        }
    }
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildEnd {
    /// A signal killed it.
    Signal(i32),
    /// It called `_exit` with this code.
    Code(i32),
    /// The application ignores `SIGCHLD`, so the kernel discards the status.
    Unknown,
}

/// The number of `SIGKILL` on every platform that has it.
const SIGKILL: i32 = 9;

impl ChildEnd {
    /// Returns the sizes of the complete snapshot that the child wrote, or an error.
    ///
    /// `last` is the final record. `kernel_was_out_of_memory`: whether the kernel killed processes
    /// for lack of memory while the child ran.
    ///
    /// # Errors
    ///
    /// [`Code::Headroom`] if memory ran out, [`Code::System`] if a write failed, [`Code::Child`]
    /// otherwise.
    pub fn conclude(
        self,
        last: Option<Report>,
        kernel_was_out_of_memory: bool,
    ) -> Result<Sizes, Error> {
        match last {
            Some(Report::Complete(sizes)) => Ok(sizes),
            Some(Report::WriteFailed(errno)) => Err(Error::syscall(errno, "write")),
            Some(Report::Unreadable(errno)) => Err(Error::new(
                Code::Unsupported,
                format!(
                    "no heap image: the forked child cannot read its own memory: {}",
                    io::Error::from_raw_os_error(errno)
                ),
            )),
            Some(Report::Incomplete(bytes)) => Err(Self::failure(&format!(
                "received an incomplete snapshot of {bytes} bytes from V8"
            ))),
            Some(Report::Blocked) => Err(Self::failure(
                "waits for a V8 thread that was in the middle of its work at the fork",
            )),
            Some(Report::OutOfMemory(budget)) => Err(Error::new(
                Code::Headroom,
                format!(
                    "the dump needs more than the {} MB of available memory",
                    budget / 1_000_000
                ),
            )),
            Some(Report::Progress(_)) | None if self.is_kill() && kernel_was_out_of_memory => {
                Err(Error::new(
                    Code::Headroom,
                    "the dump needs more memory than is available: the kernel killed the forked child",
                ))
            }
            Some(Report::Progress(_)) | None => Err(Self::failure(&self.to_string())),
        }
    }

    /// Returns the error of a forked child that failed for the reason `how`.
    #[must_use]
    pub fn failure(how: &str) -> Error {
        Error::new(Code::Child, format!("the forked child {how}"))
    }

    fn is_kill(self) -> bool {
        matches!(self, Self::Signal(SIGKILL) | Self::Unknown)
    }
}

impl fmt::Display for ChildEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => write!(f, "was killed by signal {signal}"),
            Self::Code(code) => write!(f, "ended with code {code} without a report"),
            Self::Unknown => f.write_str("ended without a report"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_read_as_it_was_written() {
        for value in [0, 1, 255, 256, u64::from(u32::MAX), 1 << 53, u64::MAX] {
            for report in [
                Report::Progress(value),
                Report::Complete(Sizes { snapshot: value, stored: value / 2 }),
                Report::Incomplete(value),
                Report::OutOfMemory(value),
            ] {
                assert_eq!(Report::decode(report.encode()), report);
            }
        }
        for errno in [1, libc::ENOSPC, libc::EIO, i32::MAX] {
            for report in [Report::WriteFailed(errno), Report::Unreadable(errno)] {
                assert_eq!(Report::decode(report.encode()), report);
            }
        }
        assert_eq!(Report::decode(Report::Blocked.encode()), Report::Blocked);
    }

    #[test]
    fn records_of_any_bytes_are_read() {
        let mut record = Report::WriteFailed(1).encode();
        record[8..].fill(0xFF);
        assert_eq!(Report::decode(record), Report::WriteFailed(libc::EIO));
        assert_eq!(Report::decode([0xFF; Report::BYTES]), Report::Incomplete(u64::MAX));
    }

    #[test]
    fn only_a_complete_snapshot_is_a_success() {
        let killed = ChildEnd::Signal(SIGKILL);
        let sizes = Sizes { snapshot: 7, stored: 3 };
        let complete = Some(Report::Complete(sizes));
        assert_eq!(ChildEnd::Code(0).conclude(complete, false), Ok(sizes));
        // The final record counts, however the child ended.
        assert_eq!(killed.conclude(complete, true), Ok(sizes));
        let code = |end: ChildEnd, last, oom| end.conclude(last, oom).unwrap_err().code();
        let ended = ChildEnd::Code(0);
        assert_eq!(code(ended, Some(Report::WriteFailed(28)), false), Code::System);
        assert_eq!(code(ended, Some(Report::Incomplete(1)), false), Code::Child);
        assert_eq!(code(ended, Some(Report::Blocked), false), Code::Child);
        assert_eq!(code(ended, Some(Report::Unreadable(13)), false), Code::Unsupported);
        assert_eq!(code(ended, Some(Report::OutOfMemory(1)), false), Code::Headroom);
        assert_eq!(code(killed, Some(Report::Progress(1)), true), Code::Headroom);
        assert_eq!(code(ChildEnd::Unknown, None, true), Code::Headroom);
        assert_eq!(code(killed, None, false), Code::Child);
        assert_eq!(code(ChildEnd::Signal(11), None, true), Code::Child);
    }
}
