//! The Node addon of heapdump-rs: the only place that may use Node-API or libc.
//!
//! * [`capture`] obtains heap snapshots: from a request (a signal, a call) to a
//!   complete file on disk. It knows nothing of what is inside a snapshot.
//!
//! Policy (argument checks, defaults, environment variables, file names) lives
//! in JavaScript; mechanism lives here. Every function that JavaScript can call
//! catches panics: nothing here may end the host process.

pub mod capture;
