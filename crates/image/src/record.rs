//! The records of an image, and their encoding.

/// Maximum length of the content of one [`Record::Data`] in bytes.
pub const MAX_DATA_BYTES: u64 = 1 << 20;

/// Size of a record in bytes, without the content of [`Record::Data`].
pub(crate) const RECORD_BYTES: usize = 48;

/// A part of the memory of the process, or the state in which it continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Maps a range of memory, filled with zeros.
    Map {
        /// Address of the first byte, a multiple of the page size.
        address: u64,
        /// Length in bytes, a multiple of the page size.
        length: u64,
    },
    /// Fills mapped memory with the bytes that follow the record.
    Data {
        /// Address of the first byte.
        address: u64,
        /// Number of bytes, at most [`MAX_DATA_BYTES`].
        length: u64,
    },
    /// Sets the protection of mapped memory. Without this record, it can be read and written.
    Protect {
        /// Address of the first byte, a multiple of the page size.
        address: u64,
        /// Length in bytes, a multiple of the page size.
        length: u64,
        /// The protection as an argument of `mprotect`.
        protection: u64,
    },
    /// Sets the heap of `brk`.
    Break {
        /// Address of its first byte.
        address: u64,
        /// Length in bytes.
        length: u64,
    },
    /// Continues the process. The last record.
    Start {
        /// The registers of the processor.
        registers: Registers,
        /// The descriptor that the process writes the snapshot to.
        output: u64,
    },
}

/// The registers of the process when it was saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Registers {
    /// Stack pointer.
    pub rsp: u64,
    /// Address of the next instruction.
    pub rip: u64,
    /// Base address of thread-local memory.
    pub fs: u64,
    /// Control word of SSE.
    pub mxcsr: u32,
    /// Control word of x87.
    pub fcw: u32,
}

/// Numbers of the kinds of records in the file.
mod kind {
    pub(super) const MAP: u64 = 1;
    pub(super) const DATA: u64 = 2;
    pub(super) const PROTECT: u64 = 3;
    pub(super) const BREAK: u64 = 4;
    pub(super) const START: u64 = 5;
}

impl Record {
    /// Returns the bytes of the record.
    pub(crate) fn encode(self) -> [u8; RECORD_BYTES] {
        let words = match self {
            Self::Map { address, length } => [kind::MAP, address, length, 0, 0, 0],
            Self::Data { address, length } => [kind::DATA, address, length, 0, 0, 0],
            Self::Protect { address, length, protection } => {
                [kind::PROTECT, address, length, protection, 0, 0]
            }
            Self::Break { address, length } => [kind::BREAK, address, length, 0, 0, 0],
            Self::Start { registers: Registers { rsp, rip, fs, mxcsr, fcw }, output } => {
                let control = u64::from(mxcsr) | u64::from(fcw) << 32;
                [kind::START, rsp, rip, fs, control, output]
            }
        };
        bytes_of(words)
    }

    /// Returns the record of these bytes, or `None` if [`encode`](Self::encode) cannot return them.
    pub(crate) fn decode(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        Self::interpret(bytes).filter(|record| record.encode() == *bytes)
    }

    fn interpret(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let mut words = [0; 6];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().ok()?);
        }
        let [kind, address, length, argument, _, _] = words;
        Some(match kind {
            kind::MAP => Self::Map { address, length },
            kind::DATA => Self::Data { address, length },
            kind::PROTECT => Self::Protect { address, length, protection: argument },
            kind::BREAK => Self::Break { address, length },
            kind::START => {
                let [_, rsp, rip, fs, control, output] = words;
                let [mxcsr, fcw] = [control & 0xFFFF_FFFF, control >> 32];
                let [mxcsr, fcw] = [u32::try_from(mxcsr).ok()?, u32::try_from(fcw).ok()?];
                Self::Start { registers: Registers { rsp, rip, fs, mxcsr, fcw }, output }
            }
            _ => return None,
        })
    }
}

/// Returns the little-endian bytes of `words`. `BYTES` must be `8 * WORDS`.
pub(crate) fn bytes_of<const WORDS: usize, const BYTES: usize>(words: [u64; WORDS]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}
