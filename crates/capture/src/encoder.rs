//! Encodes a dump: plain, gzip or zstd.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use flate2::write::GzEncoder;

use crate::sink::{Gate, Sink};

/// Size of one write. V8 hands out 100 kB to 1 MB at a time, and writes larger than 1 MiB are not
/// measurably faster.
const WRITE_BYTES: usize = 1 << 20;

/// The encoding of a snapshot file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Uncompressed.
    Plain,
    /// gzip at the fastest level: snapshots are repetitive, so higher levels gain little.
    Gzip,
    /// zstd at the fastest level.
    Zstd,
}

impl Encoding {
    /// Returns the encoding with this name in the option `compress`: `gzip` or `zstd`. Other names,
    /// and none, mean [`Encoding::Plain`].
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("gzip") => Self::Gzip,
            Some("zstd") => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// Encodes the bytes that are written to it. If it is dropped before it is finished, it does not
/// write the end of its format.
pub struct Encoder {
    /// Before the format: fields are dropped in this order.
    gate: Gate,
    format: Format,
}

enum Format {
    Plain(BufWriter<Sink>),
    Gzip(Box<GzEncoder<BufWriter<Sink>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, BufWriter<Sink>>>),
}

/// Checks that a buffer of `bytes` can be allocated. A buffer of the standard library ends the
/// process if it cannot.
///
/// # Errors
///
/// [`io::ErrorKind::OutOfMemory`] if it cannot.
pub fn check_memory(bytes: usize) -> io::Result<()> {
    let mut buffer = Vec::<u8>::new();
    let reserved = buffer.try_reserve_exact(bytes);
    // The compiler may otherwise leave out an allocation that nothing uses.
    std::hint::black_box(&buffer);
    reserved.map_err(|_| io::ErrorKind::OutOfMemory.into())
}

impl Encoder {
    /// Starts writing to `sink`.
    ///
    /// # Errors
    ///
    /// If there is no memory for the buffer, or if zstd cannot allocate its context.
    pub fn new(sink: Sink, encoding: Encoding) -> io::Result<Self> {
        check_memory(WRITE_BYTES)?;
        let gate = sink.gate();
        let sink = BufWriter::with_capacity(WRITE_BYTES, sink);
        let format = match encoding {
            Encoding::Plain => Format::Plain(sink),
            Encoding::Gzip => {
                Format::Gzip(Box::new(GzEncoder::new(sink, flate2::Compression::fast())))
            }
            Encoding::Zstd => Format::Zstd(Box::new(zstd::stream::write::Encoder::new(sink, 1)?)),
        };
        Ok(Self { gate, format })
    }

    /// Returns the file.
    #[must_use]
    pub fn file(&self) -> &File {
        match &self.format {
            Format::Plain(w) => w,
            Format::Gzip(w) => w.get_ref(),
            Format::Zstd(w) => w.get_ref(),
        }
        .get_ref()
        .file()
    }

    /// Encodes and writes the next bytes.
    ///
    /// # Errors
    ///
    /// If writing to the file fails. The file is not usable then.
    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.format {
            Format::Plain(w) => w.write_all(bytes),
            Format::Gzip(w) => w.write_all(bytes),
            Format::Zstd(w) => w.write_all(bytes),
        }
    }

    /// Writes all buffered bytes and the end of the compressed stream, and returns the sink.
    ///
    /// # Errors
    ///
    /// If writing to the file fails.
    pub fn finish(self) -> io::Result<Sink> {
        let Self { gate: _open, format } = self;
        match format {
            Format::Plain(w) => Ok(w),
            Format::Gzip(w) => w.finish(),
            Format::Zstd(w) => w.finish(),
        }?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::System;
    use crate::test_directory::Directory;
    use std::fs;
    use std::io::Read;

    #[test]
    fn a_lack_of_memory_is_an_error() {
        let error = check_memory(isize::MAX as usize).unwrap_err();
        assert_eq!(crate::error::errno_of(&error), 12, "ENOMEM");
        assert!(check_memory(WRITE_BYTES).is_ok());
    }

    #[test]
    fn encodings_have_the_names_of_the_option() {
        assert_eq!(Encoding::from_name(Some("gzip")), Encoding::Gzip);
        assert_eq!(Encoding::from_name(Some("zstd")), Encoding::Zstd);
        assert_eq!(Encoding::from_name(None), Encoding::Plain);
    }

    #[test]
    fn everything_is_in_the_file_once_it_is_finished() {
        let directory = Directory::new("encoder");
        for (encoding, magic) in [
            (Encoding::Plain, &b"text"[..]),
            (Encoding::Gzip, &[0x1F, 0x8B]),
            (Encoding::Zstd, &[0x28, 0xB5, 0x2F, 0xFD]),
        ] {
            let path = directory.path("a");
            let sink = Sink::new(File::create(&path).unwrap(), System::default());
            let mut encoder = Encoder::new(sink, encoding).unwrap();
            encoder.write_all(b"text").unwrap();
            assert_eq!(encoder.file().metadata().unwrap().len(), 0);
            encoder.finish().unwrap();
            assert!(fs::read(&path).unwrap().starts_with(magic), "{encoding:?}");
        }
    }

    #[test]
    fn a_dropped_encoder_does_not_end_its_format() {
        let directory = Directory::new("dropped");
        let path = directory.path("a");
        let sink = Sink::new(File::create(&path).unwrap(), System::default());
        let mut encoder = Encoder::new(sink, Encoding::Gzip).unwrap();
        encoder.write_all(b"text").unwrap();
        drop(encoder);
        let mut text = Vec::new();
        let read = flate2::read::GzDecoder::new(&*fs::read(&path).unwrap()).read_to_end(&mut text);
        assert!(read.is_err());
    }
}
