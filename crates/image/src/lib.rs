//! Heap images: the memory of a forked child in a file, from which the child can go on elsewhere.
//!
//! ```text
//! file      = prefix header frame trailer
//! prefix    = "HEAPIMG" 0x1A, version: u32, header bytes: u32
//! header    = JSON: what the image needs to be restored, and what the dump was
//! frame     = one zstd frame of records
//! trailer   = "HEAPEND" 0x1A, records: u64, bytes of the records: u64, bytes of the file: u64,
//!             SHA-256 of all bytes before this hash
//! record    = kind: u64, five arguments: u64 (0 if there is none), and for Data its bytes
//! ```
//!
//! Numbers are little-endian. Records come in this order: [`Record::Map`] by ascending address,
//! [`Record::Data`], [`Record::Protect`], at most one [`Record::Break`], one [`Record::Start`].
//!
//! [`Writer`] allocates nothing after [`Writer::new`], because the memory that it describes is its
//! own. [`Reader`] checks every record, and gives [`Record::Start`] only after it has checked the
//! trailer. [`replay`](fn@replay) turns an image into commands for the restorer, a process whose
//! memory becomes that of the image; [`sandbox`] says what that process may do.
//!
//! The crate has no unsafe code and makes no system calls but those of its readers and writers.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod error;
mod hashing;
mod header;
mod mappings;
mod program;
mod reader;
mod record;
mod replay;
pub mod sandbox;
mod vdso;
mod writer;

pub use error::{Error, Kind};
pub use header::{Header, MAGIC, is_image};
pub use mappings::{Mapping, mappings};
pub use program::{Check, Command, Program, REPLY_BYTES, Reply, SCRATCH, restorer_elf};
pub use reader::Reader;
pub use record::{MAX_DATA_BYTES, Record, Registers};
pub use replay::{Replay, replay};
pub use vdso::{Patch, patches};
pub use writer::Writer;

/// Bytes of a page of memory. Images exist for x86-64 only.
pub const PAGE: u64 = 4096;
