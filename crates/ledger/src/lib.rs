//! Assigns every resident byte of a Linux process to an owner.
//!
//! [`smaps`] parses the kernel's list of mappings, [`owners`] decides whose each one is, and
//! [`process`] reads both for one process, with the names of its threads. [`malloc_info`] parses
//! what glibc tells about its arenas, and [`cgroup`] reads what the container is charged for.
//!
//! The crate reads files below `/proc` and `/sys/fs/cgroup`, and nothing else. It has no unsafe
//! code and knows nothing of Node-API; what only the process itself can tell (statistics of V8
//! and of the allocator) is added by the addon and by JavaScript.
//!
//! Sizes are in bytes. No input makes it panic: what cannot be parsed is left out.

#![forbid(unsafe_code)]

pub mod cgroup;
pub mod chunks;
mod fields;
pub mod malloc_info;
pub mod owners;
pub mod process;
pub mod smaps;
pub mod threads;
