//! The Node addon of heapdump-rs: the only place that may use Node-API or libc.
//!
//! * [`capture`](mod@capture) obtains heap snapshots: from a request (a signal, a call) to the
//!   text that V8 hands out. The crate `capture` makes a complete file of it.
//! * [`api`] answers questions about snapshots: [`query`] asks the engine,
//!   [`objects`] shapes the answers, [`task`] moves the work off the JavaScript
//!   thread, [`error`] gives failures their codes.
//!
//! Policy (argument checks, defaults, environment variables, file names) lives
//! in JavaScript; mechanism lives here. Every function that JavaScript can call
//! catches panics: nothing here may end the host process.

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
