//! Heap images: the memory of a forked child in a file, from which another machine can continue the
//! child.
//!
//! ```text
//! file      = prefix header frame trailer
//! prefix    = "HEAPIMG" 0x1A, version: u32, header bytes: u32
//! header    = JSON: the requirements of the image, and facts about the dump
//! frame     = one zstd frame of records
//! trailer   = "HEAPEND" 0x1A, records: u64, bytes of the records: u64, bytes of the file: u64,
//!             SHA-256 of all bytes before this hash
//! record    = kind: u64, five arguments: u64 (0 if there is none), and for Data its bytes
//! ```
//!
//! Numbers are little-endian. Records come in this order: [`Record::Map`] by ascending address,
//! [`Record::Data`], [`Record::Protect`], at most one [`Record::Break`], one [`Record::Start`].
//!
//! [`Writer`] allocates nothing after [`Writer::new`], because a process writes its own memory with
//! it. [`Reader`] checks every record, and returns [`Record::Start`] only after it has checked the
//! trailer. [`replay`](fn@replay) turns an image into commands for the restorer, a process whose
//! memory becomes that of the image. `sandbox` lists the system calls that this process may make
//! afterwards.
//!
//! The crate has no unsafe code. It makes no system calls except those of its readers and writers.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod build_id;
mod error;
mod hashing;
mod header;
mod mappings;
mod program;
mod reader;
mod record;
mod replay;
mod sandbox;
mod vdso;
mod writer;
mod zeros;

pub use build_id::build_id;
pub use error::{Error, Kind};
pub use header::Header;
pub use mappings::{Mapping, mappings};
pub use program::{Program, restorer_elf};
pub use reader::Reader;
pub use record::{MAX_DATA_BYTES, Record, Registers};
pub use replay::replay;
pub use vdso::{Patch, patches};
pub use writer::Writer;
pub use zeros::zero_runs;

/// Size of a memory page in bytes. Images exist for x86-64 only.
pub const PAGE: u64 = 4096;
