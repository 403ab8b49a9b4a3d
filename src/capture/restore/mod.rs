//! Restores a heap image: rebuilds the memory of a forked child in a new process, which then takes
//! the snapshot.
//!
//! ```text
//! image ─► crate `image`: checks every record ─► commands ─► restorer: executes the commands
//! restored process, in a sandbox: takes the snapshot ─► pipe ─► pipeline and publication
//! ```
//!
//! Linux on x86-64 only.

pub mod api;
mod job;
mod restorer;
