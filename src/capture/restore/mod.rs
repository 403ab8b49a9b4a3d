//! Restores a heap image: rebuilds the memory of a forked child in a process of its own, which then
//! takes the snapshot that the child did not take.
//!
//! ```text
//! image ─► crate `image`: checks every record ─► commands ─► restorer, a process without a library
//! restored process, in a sandbox ─► pipe ─► pipeline and publication, as of any dump
//! ```
//!
//! Linux on x86-64 only.

pub mod api;
mod job;
mod restorer;
