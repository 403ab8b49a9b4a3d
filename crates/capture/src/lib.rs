//! The dump pipeline: from the chunks that V8 hands out to the published file.
//!
//! ```text
//! chunks of V8 ─► writer: a thread of its own, bounded queue
//!              ─► pipeline: redaction, if requested
//!                           envelope (complete?) ─► encoder (plain, gzip, zstd)
//!              ─► publication: companion, sidecar, partial file ─► fsync ─► rename, announcement
//! ```
//!
//! A forked child has one thread only, so it uses the [`Pipeline`] directly and sends [`Report`]s
//! to its parent.
//!
//! The crate uses neither Node-API nor V8 nor libuv, and has no unsafe code. The host provides the
//! rest: system calls that the standard library lacks as a [`System`], the [`Vocabulary`] of
//! findings, and the [`Companion`] that writes scripts. Every failure is an [`Error`]; the addon
//! converts it for JavaScript in one place.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod dump_lock;
mod encoder;
mod envelope;
mod error;
mod fault;
mod last_dump;
mod notice;
mod partial_file;
mod pipeline;
mod publication;
mod redaction;
mod request;
mod sink;
mod status;
mod sync;
mod system;
#[cfg(test)]
mod test_directory;
mod writer;

pub use dump_lock::{DumpLock, DumpLockId, Phase};
pub use encoder::{Encoder, Encoding};
pub use envelope::Envelope;
pub use error::{Code, Error, errno_of};
pub use fault::point as fault_point;
pub use last_dump::TargetTemplate;
pub use notice::Notice;
pub use partial_file::PartialFile;
pub use pipeline::{Pipeline, WriteError, Written};
pub use publication::{
    Announce, Asker, Companion, Facts, Listener, Outcome, Plan, Publication, announce, published,
};
pub use redaction::{Names, Policy, Redactor, Rule, UnknownForm, Vocabulary};
pub use request::Request;
pub use sink::Sink;
pub use status::{ChildEnd, Report, Sizes};
pub use sync::lock;
pub use system::System;
pub use writer::{STACK_SIZE, Writer, give_up_on_this_thread};
