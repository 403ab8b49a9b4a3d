//! Counts and hashes the bytes of a file as they pass.

use std::io::{self, BufRead, Read, Write};

use sha2::{Digest, Sha256};

/// Length of a hash in bytes.
pub(crate) const HASH_BYTES: usize = 32;

/// A reader or writer whose bytes are hashed.
pub(crate) struct Hashing<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Hashing<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// Returns the number of bytes read or written so far.
    pub(crate) fn passed(&self) -> u64 {
        self.bytes
    }

    /// Returns the SHA-256 hash of these bytes.
    pub(crate) fn hash(&self) -> [u8; HASH_BYTES] {
        self.hash.clone().finalize().into()
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.note(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: BufRead> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.note(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // The buffer is not empty yet, so this returns it without reading.
        if let Ok(buffer) = self.inner.fill_buf() {
            let consumed = buffer.get(..count).unwrap_or(buffer);
            self.hash.update(consumed);
            self.bytes += consumed.len() as u64;
        }
        self.inner.consume(count);
    }
}
