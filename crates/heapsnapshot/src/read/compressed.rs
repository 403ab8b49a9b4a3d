//! Recognises gzip and zstd, and decompresses them, for readers and for pushed
//! chunks.

use std::io::{Cursor, Read, Write};

use flate2::read::MultiGzDecoder;

use crate::error::{Error, ErrorKind};

/// The first bytes of gzip data.
const GZIP: &[u8] = &[0x1F, 0x8B];

/// The first bytes of a zstd frame.
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// The compression of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Plain,
    Gzip,
    Zstd,
}

/// Returns the format of an input that begins with `start`; `None` if more
/// bytes are needed. `ended`: there are no more bytes.
fn recognise(start: &[u8], ended: bool) -> Option<Format> {
    for (magic, format) in [(GZIP, Format::Gzip), (ZSTD, Format::Zstd)] {
        if start.starts_with(magic) {
            return Some(format);
        }
        if !ended && magic.starts_with(start) {
            return None;
        }
    }
    Some(Format::Plain)
}

/// Returns the error for damaged zstd data.
fn damaged(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Parse, format!("damaged zstd stream: {error}"))
}

/// Wraps `source` in a decoder if it is compressed. Also returns whether it is
/// plain.
///
/// # Errors
/// [`ErrorKind::Io`] if it cannot be read, [`ErrorKind::Parse`] if a zstd
/// header is damaged.
pub(super) fn open(
    mut source: Box<dyn Read + Send>,
) -> Result<(Box<dyn Read + Send>, bool), Error> {
    let mut start = [0; 4];
    let mut len = 0;
    while len < start.len() {
        match source.read(&mut start[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    let start = start[..len].to_vec();
    let format = recognise(&start, true).unwrap_or(Format::Plain);
    let all = Cursor::new(start).chain(source);
    Ok(match format {
        Format::Plain => (Box::new(all), true),
        Format::Gzip => (Box::new(MultiGzDecoder::new(all)), false),
        Format::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(all).map_err(|e| damaged(&e))?;
            (Box::new(decoder), false)
        }
    })
}

/// Receives decompressed bytes.
type Receive<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Error>;

/// Decompresses pushed chunks.
pub(super) enum PushDecoder {
    /// The first bytes, too few to recognise the format.
    Start(Vec<u8>),
    /// Not compressed.
    Plain,
    /// Decompressed chunk by chunk.
    Gzip(Box<flate2::write::MultiGzDecoder<Vec<u8>>>),
    /// All bytes so far. The decoder only accepts a reader, so it starts at the
    /// end of the input.
    Zstd(Vec<u8>),
}

impl std::fmt::Debug for PushDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Start(_) => "Start",
            Self::Plain => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
        })
    }
}

impl PushDecoder {
    /// Returns a decoder that recognises the format from the first bytes.
    pub(super) fn new() -> Self {
        Self::Start(Vec::new())
    }

    /// Decompresses the next bytes, and calls `receive` with the result, if
    /// there is any yet.
    pub(super) fn push(&mut self, bytes: &[u8], receive: Receive<'_>) -> Result<(), Error> {
        match self {
            Self::Plain => receive(bytes),
            Self::Gzip(decoder) => {
                // Limits the memory for decompressed bytes: gzip can expand its
                // input a thousandfold.
                for part in bytes.chunks(16 << 10) {
                    decoder.write_all(part)?;
                    receive(decoder.get_ref())?;
                    decoder.get_mut().clear();
                }
                Ok(())
            }
            Self::Zstd(all) => {
                all.extend_from_slice(bytes);
                Ok(())
            }
            Self::Start(start) => {
                start.extend_from_slice(bytes);
                let Some(format) = recognise(start, false) else { return Ok(()) };
                self.begin(format, receive)
            }
        }
    }

    /// Starts to decompress a recognised format.
    fn begin(&mut self, format: Format, receive: Receive<'_>) -> Result<(), Error> {
        let Self::Start(start) = self else { return Ok(()) };
        let start = std::mem::take(start);
        *self = match format {
            Format::Plain => Self::Plain,
            Format::Gzip => Self::Gzip(Box::new(flate2::write::MultiGzDecoder::new(Vec::new()))),
            Format::Zstd => Self::Zstd(Vec::new()),
        };
        self.push(&start, receive)
    }

    /// Ends the input, and calls `receive` with the rest.
    pub(super) fn finish(&mut self, receive: Receive<'_>) -> Result<(), Error> {
        if let Self::Start(start) = self {
            let format = recognise(start, true).unwrap_or(Format::Plain);
            self.begin(format, receive)?;
        }
        match self {
            Self::Start(_) | Self::Plain => Ok(()),
            Self::Gzip(decoder) => {
                decoder.try_finish()?;
                receive(decoder.get_ref())?;
                decoder.get_mut().clear();
                Ok(())
            }
            Self::Zstd(all) => {
                let source = std::mem::take(all);
                let mut decoder = ruzstd::decoding::StreamingDecoder::new(source.as_slice())
                    .map_err(|e| damaged(&e))?;
                let mut buffer = vec![0; 128 << 10];
                loop {
                    let n = decoder.read(&mut buffer)?;
                    if n == 0 {
                        return Ok(());
                    }
                    receive(&buffer[..n])?;
                }
            }
        }
    }
}
