//! The Node addon of heapdump-rs: the only place that uses Node-API or unsafe code.
//!
//! * [`capture`](mod@capture) requests heap snapshots from V8. The crate `capture` writes the
//!   files.
//! * [`api`] has the queries to snapshots. [`query`] calls the engine, [`objects`] converts the
//!   results to plain objects, [`task`] runs work on the thread pool, and [`error`] assigns the
//!   error codes.
//!
//! Policy (argument checks, defaults, environment variables, file names) is in JavaScript. Every
//! function that JavaScript can call catches panics, because a panic must not end the host process.

pub mod api;
pub mod capture;
pub mod error;
#[cfg(target_os = "linux")]
pub mod ledger;
mod memory;
mod ndjson;
pub mod objects;
pub mod query;
pub mod task;
