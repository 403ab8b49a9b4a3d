//! Reads and analyses V8 heap snapshots.
#![forbid(unsafe_code)]
