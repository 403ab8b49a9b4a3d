//! Where encoded bytes go: a file, or a pipe or socket whose reader may be slow.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::system::System;

/// Writes to a file, pipe or socket, and counts the bytes.
pub struct Sink {
    file: File,
    write: fn(&File, &[u8]) -> io::Result<usize>,
    bytes: u64,
    is_closed: Arc<AtomicBool>,
}

/// Closes a [`Sink`] when dropped: encoders write their last bytes when they are dropped, which
/// would make the end of an incomplete snapshot look like that of a complete one.
pub struct Gate(Arc<AtomicBool>);

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Sink {
    /// Writes to `file`. `system` waits for the reader of a pipe or socket.
    #[must_use]
    pub fn new(file: File, system: System) -> Self {
        let write = if is_stream(&file) { system.write_to_stream } else { write_to_file };
        Self { file, write, bytes: 0, is_closed: Arc::default() }
    }

    /// Returns what closes this sink: later bytes are dropped.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate(Arc::clone(&self.is_closed))
    }

    /// Returns the file that is written to.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Returns how many bytes were written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the file that was written to.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let written = (self.write)(&self.file, bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_to_file(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.write(bytes)
}

#[cfg(unix)]
fn is_stream(file: &File) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = file.metadata().map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

#[cfg(not(unix))]
fn is_stream(_file: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_directory::Directory;
    use std::fs;

    #[test]
    fn a_closed_sink_drops_what_is_written() {
        let directory = Directory::new("sink");
        let path = directory.path("a");
        let mut sink = Sink::new(File::create(&path).unwrap(), System::default());
        let gate = sink.gate();
        sink.write_all(b"written").unwrap();
        drop(gate);
        sink.write_all(b"dropped").unwrap();
        assert_eq!(sink.bytes(), 7);
        assert_eq!(fs::read(&path).unwrap(), b"written");
    }

    #[test]
    #[cfg(unix)]
    fn a_pipe_is_written_by_the_host() {
        use std::os::fd::OwnedFd;
        let (_reader, writer) = io::pipe().unwrap();
        let refuse = |_: &File, _: &[u8]| Err(io::ErrorKind::TimedOut.into());
        let system = System { write_to_stream: refuse, ..System::default() };
        let mut sink = Sink::new(File::from(OwnedFd::from(writer)), system);
        assert_eq!(sink.write_all(b"a").unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
