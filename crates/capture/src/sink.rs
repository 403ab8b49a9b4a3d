//! Where encoded bytes go: a file, or a pipe or socket whose reader may be slow.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use encryption::{EncryptedWriter, Recipients};

use crate::system::System;

/// Writes to a file, pipe or socket, encrypted if requested, and counts the bytes.
pub struct Sink {
    file: Arc<File>,
    output: Output,
    is_closed: Arc<AtomicBool>,
}

enum Output {
    Plain(Counted),
    Encrypted(Box<EncryptedWriter<Counted>>),
}

/// A file, and how many bytes were written to it.
struct Counted {
    file: Arc<File>,
    write: fn(&File, &[u8]) -> io::Result<usize>,
    bytes: u64,
}

/// Closes a [`Sink`] when dropped: encoders write their last bytes when they are dropped, which
/// would make the end of an incomplete snapshot look like that of a complete one.
pub struct Gate(Arc<AtomicBool>);

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The output of a finished sink.
pub struct Stored {
    /// The file that was written to.
    pub file: File,
    /// Number of bytes written to it.
    pub bytes: u64,
}

impl Sink {
    /// Writes to `file`. `system` waits for the reader of a pipe or socket.
    #[must_use]
    pub fn new(file: File, system: System) -> Self {
        let counted = Counted::new(file, system);
        Self {
            file: Arc::clone(&counted.file),
            output: Output::Plain(counted),
            is_closed: Arc::default(),
        }
    }

    /// Writes to `file`, encrypted to `recipients` if there are any. Starts with the header of the
    /// encrypted file.
    ///
    /// # Errors
    ///
    /// If the header cannot be written.
    pub fn encrypted(
        file: File,
        system: System,
        recipients: Option<&Recipients>,
    ) -> io::Result<Self> {
        let Some(recipients) = recipients else { return Ok(Self::new(file, system)) };
        let counted = Counted::new(file, system);
        let file = Arc::clone(&counted.file);
        let output = Output::Encrypted(Box::new(recipients.encrypt(counted)?));
        Ok(Self { file, output, is_closed: Arc::default() })
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

    /// Writes the end of an encrypted file, and returns the file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn finish(self) -> io::Result<Stored> {
        let Self { file, output, .. } = self;
        drop(file);
        let Counted { file, bytes, .. } = match output {
            Output::Plain(counted) => counted,
            Output::Encrypted(writer) => writer.finish()?,
        };
        // No other reference is left.
        let file = Arc::try_unwrap(file).map_err(|_| io::ErrorKind::ResourceBusy)?;
        Ok(Stored { file, bytes })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        match &mut self.output {
            Output::Plain(counted) => counted.write(bytes),
            Output::Encrypted(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Counted {
    fn new(file: File, system: System) -> Self {
        let write = if is_stream(&file) { system.write_to_stream } else { write_to_file };
        Self { file: Arc::new(file), write, bytes: 0 }
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
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
        assert_eq!(sink.finish().unwrap().bytes, 7);
        assert_eq!(fs::read(&path).unwrap(), b"written");
    }

    #[test]
    fn an_encrypted_sink_writes_no_plain_text_and_nothing_readable_before_its_end() {
        const KEY: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
        const SECRET: &str =
            "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
        let directory = Directory::new("encrypted");
        let path = directory.path("a");
        let recipients = Recipients::parse(&[KEY]).unwrap();
        let text = "written ".repeat(20_000);
        let read = || {
            let mut plain = String::new();
            let identities = encryption::Identities::parse(SECRET).unwrap();
            let file = identities.decrypt(File::open(&path).unwrap()).unwrap();
            io::Read::read_to_string(&mut { file }, &mut plain).map(|_| plain)
        };
        let start = || {
            let file = File::create(&path).unwrap();
            let mut sink = Sink::encrypted(file, System::default(), Some(&recipients)).unwrap();
            sink.write_all(text.as_bytes()).unwrap();
            sink
        };
        drop(start());
        assert!(read().is_err());
        let stored = start().finish().unwrap();
        assert_eq!(stored.bytes, stored.file.metadata().unwrap().len());
        assert!(!fs::read(&path).unwrap().windows(7).any(|window| window == b"written"));
        assert_eq!(read().unwrap(), text);
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
