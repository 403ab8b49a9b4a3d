//! One record of an image.

/// Longest content of one [`Record::Data`].
pub const MAX_DATA_BYTES: u64 = 1 << 20;

/// Bytes of a record without the content of [`Record::Data`].
pub(crate) const RECORD_BYTES: usize = 48;

/// What the memory of the process consists of, and where the process goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// A range of memory, all zeros.
    Map {
        /// The first byte, on a page.
        address: u64,
        /// Whole pages, in bytes.
        length: u64,
    },
    /// Bytes of mapped memory: they follow the record.
    Data {
        /// The first byte.
        address: u64,
        /// How many bytes, at most [`MAX_DATA_BYTES`].
        length: u64,
    },
    /// What may be done with mapped memory. Memory without this record can be read and written.
    Protect {
        /// The first byte, on a page.
        address: u64,
        /// Whole pages, in bytes.
        length: u64,
        /// As `mprotect` takes it.
        protection: u64,
    },
    /// Where the kernel has the heap of `brk`.
    Break {
        /// Its first byte.
        address: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// The last record: where the process goes on.
    Start {
        /// What the processor holds then.
        registers: Registers,
        /// The descriptor that the process writes the snapshot to.
        output: u64,
    },
}

/// What the processor held when the process was stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Registers {
    /// The stack.
    pub rsp: u64,
    /// The next instruction.
    pub rip: u64,
    /// The base of thread-local memory.
    pub fs: u64,
    /// The control word of SSE.
    pub mxcsr: u32,
    /// The control word of x87.
    pub fcw: u32,
}

/// Kinds of records in the file.
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

    /// Returns the record; `None` if [`encode`](Self::encode) would not give these bytes.
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

/// Returns the little-endian bytes of `words`, which are `BYTES` together.
pub(crate) fn bytes_of<const WORDS: usize, const BYTES: usize>(words: [u64; WORDS]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}
