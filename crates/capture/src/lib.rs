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
//! The crate also has the logic of the addon that needs no system calls: the [`Inbox`] of a JS
//! thread, parsers of [`procfs`], the outcome of the fork self-test, and its seccomp filter.
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
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod helper_filter;
mod inbox;
mod last_dump;
mod notice;
mod partial_file;
mod pipeline;
pub mod procfs;
mod publication;
mod redaction;
mod request;
mod self_test;
#[cfg(unix)]
mod service_signals;
mod sink;
mod status;
mod sync;
mod system;
#[cfg(test)]
mod test_directory;
mod thread_gate;
mod writer;

pub use dump_lock::{DumpLock, DumpLockId, Phase};
pub use encoder::{Encoder, Encoding, check_memory};
pub use envelope::Envelope;
pub use error::{Code, Error, errno_of};
pub use fault::point as fault_point;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use helper_filter::HELPER_FILTER;
pub use inbox::{Due, Inbox};
pub use last_dump::{TargetTemplate, child_timeout};
pub use notice::Notice;
pub use partial_file::PartialFile;
pub use pipeline::{Pipeline, WriteError, Written};
pub use publication::{
    Announce, Asker, Companion, Facts, Listener, Outcome, Plan, Publication, announce, published,
};
pub use redaction::{Names, Policy, Redactor, Rule, UnknownForm, Vocabulary};
pub use request::Request;
pub use self_test::SelfTestOutcome;
#[cfg(unix)]
pub use service_signals::SERVICE_SIGNALS;
pub use sink::Sink;
pub use status::{ChildEnd, Report, Sizes};
pub use sync::lock;
pub use system::System;
pub use thread_gate::ThreadGate;
pub use writer::{STACK_SIZE, Writer, give_up_on_this_thread};
