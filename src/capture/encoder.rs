//! The output formats of a dump: plain, gzip, zstd.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use flate2::write::GzEncoder;

/// 1 MiB: V8 hands out 100 kB to 1 MB at a time; larger writes gain nothing measurable.
const WRITE_SIZE: usize = 1 << 20;

/// How the bytes of a snapshot are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As V8 writes them.
    Plain,
    /// gzip, fastest level: snapshots are repetitive, higher levels gain little.
    Gzip,
    /// zstd, fastest level.
    Zstd,
}

impl Encoding {
    /// Reads the name used by JavaScript.
    pub(super) fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("gzip") => Self::Gzip,
            Some("zstd") => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// Encodes what is written to it into a file.
pub(super) enum Encoder {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, BufWriter<File>>>),
}

impl Encoder {
    /// Starts writing to `file`.
    pub(super) fn new(file: File, encoding: Encoding) -> io::Result<Self> {
        let file = BufWriter::with_capacity(WRITE_SIZE, file);
        Ok(match encoding {
            Encoding::Plain => Self::Plain(file),
            Encoding::Gzip => {
                Self::Gzip(Box::new(GzEncoder::new(file, flate2::Compression::fast())))
            }
            Encoding::Zstd => Self::Zstd(Box::new(zstd::stream::write::Encoder::new(file, 1)?)),
        })
    }

    /// The file below.
    pub(super) fn file(&self) -> &File {
        match self {
            Self::Plain(w) => w,
            Self::Gzip(w) => w.get_ref(),
            Self::Zstd(w) => w.get_ref(),
        }
        .get_ref()
    }

    /// Encodes the next bytes.
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(w) => w.write_all(bytes),
            Self::Gzip(w) => w.write_all(bytes),
            Self::Zstd(w) => w.write_all(bytes),
        }
    }

    /// Writes out everything held back and gives the file.
    pub(super) fn finish(self) -> io::Result<File> {
        match self {
            Self::Plain(w) => Ok(w),
            Self::Gzip(w) => w.finish(),
            Self::Zstd(w) => w.finish(),
        }?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
    }
}
