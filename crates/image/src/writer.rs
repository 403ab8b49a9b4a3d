//! Writes an image. Allocates nothing after [`Writer::new`].

use std::io::{self, Write};

use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};

use crate::hashing::Hashing;
use crate::header::Header;
use crate::record::{Record, Registers, bytes_of};

/// First bytes of the trailer.
pub(crate) const TRAILER_MAGIC: u64 = u64::from_le_bytes(*b"HEAPEND\x1A");

/// Size of the trailer in bytes.
pub(crate) const TRAILER_BYTES: usize = 64;

/// zstd level. Higher levels are far slower, and negative ones are hardly faster.
const LEVEL: i32 = 1;

/// Size of the buffer for compressed bytes.
const BUFFER_BYTES: usize = 128 << 10;

/// An image that is being written.
pub struct Writer<W: Write> {
    out: Hashing<W>,
    encoder: Encoder<'static>,
    buffer: Vec<u8>,
    records: u64,
    raw_bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the header, and makes the encoder allocate all of its memory.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn new(out: W, header: &Header) -> io::Result<Self> {
        let mut encoder = Encoder::new(LEVEL)?;
        encoder.set_parameter(CParameter::ChecksumFlag(true))?;
        let buffer = vec![0; BUFFER_BYTES];
        let mut writer = Self { out: Hashing::new(out), encoder, buffer, records: 0, raw_bytes: 0 };
        header.write(&mut writer.out)?;
        // zstd allocates in the first call that compresses.
        writer.compress(&[])?;
        writer.drain(Encoder::flush)?;
        Ok(writer)
    }

    /// Writes a record without content.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn record(&mut self, record: Record) -> io::Result<()> {
        self.records += 1;
        self.compress(&record.encode())
    }

    /// Writes the contents of memory at `address`.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn data(&mut self, address: u64, bytes: &[u8]) -> io::Result<()> {
        self.record(Record::Data { address, length: bytes.len() as u64 })?;
        self.compress(bytes)
    }

    /// Writes the last record and the trailer. Returns the size of the file in bytes.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(&mut self, registers: Registers, output: u64) -> io::Result<u64> {
        self.record(Record::Start { registers, output })?;
        self.drain(|encoder, buffer| encoder.finish(buffer, true))?;
        let bytes = self.out.passed() + TRAILER_BYTES as u64;
        let counts: [u8; 32] = bytes_of([TRAILER_MAGIC, self.records, self.raw_bytes, bytes]);
        self.out.write_all(&counts)?;
        let hash = self.out.hash();
        self.out.write_all(&hash)?;
        self.out.flush()?;
        Ok(bytes)
    }

    /// Returns how many bytes were written to the file so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.out.passed()
    }

    fn compress(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.raw_bytes += bytes.len() as u64;
        let mut input = InBuffer::around(bytes);
        while input.pos() < bytes.len() {
            let mut output = OutBuffer::around(&mut self.buffer[..]);
            self.encoder.run(&mut input, &mut output)?;
            self.out.write_all(output.as_slice())?;
        }
        Ok(())
    }

    /// Repeats `step` until the encoder has no buffered bytes.
    fn drain(
        &mut self,
        step: impl Fn(&mut Encoder<'static>, &mut OutBuffer<'_, [u8]>) -> io::Result<usize>,
    ) -> io::Result<()> {
        loop {
            let mut output = OutBuffer::around(&mut self.buffer[..]);
            let left = step(&mut self.encoder, &mut output)?;
            self.out.write_all(output.as_slice())?;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
