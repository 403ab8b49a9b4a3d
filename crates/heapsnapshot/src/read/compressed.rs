//! Recognises and undoes compression, for readers and for pushed chunks.

use std::io::{Cursor, Read, Write};

use flate2::read::MultiGzDecoder;

use crate::error::{Error, ErrorKind};

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Plain,
    Gzip,
    Zstd,
}

/// Returns the format, or `None` while more bytes are needed to tell.
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

fn damaged(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Parse, format!("damaged zstd stream: {error}"))
}

/// Wraps `source` in a decoder if needed; also returns whether it is plain.
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

/// Receives decoded bytes.
type Receive<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Error>;

/// Decodes pushed chunks.
pub(super) enum PushDecoder {
    /// The first bytes, too few to recognise the format.
    Start(Vec<u8>),
    Plain,
    Gzip(Box<flate2::write::MultiGzDecoder<Vec<u8>>>),
    /// All bytes so far: the decoder can only pull.
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
    pub(super) fn new() -> Self {
        Self::Start(Vec::new())
    }

    pub(super) fn push(&mut self, bytes: &[u8], receive: Receive<'_>) -> Result<(), Error> {
        match self {
            Self::Plain => receive(bytes),
            Self::Gzip(decoder) => {
                // Bounds what one push can expand to before it is consumed.
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
