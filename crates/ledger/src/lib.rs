//! Assigns every resident byte of a Linux process to an owner.
//!
//! [`smaps`] parses the kernel's list of mappings, [`owners`] assigns each one to an owner, and
//! [`process`] does both for one process, with the names of its threads. [`malloc_info`] parses
//! glibc's statistics of its arenas, and [`cgroup`] reads the memory that the container is charged
//! for.
//!
//! The crate reads files below `/proc` and `/sys/fs/cgroup` only. It has no unsafe code and does
//! not use Node-API. The addon and JavaScript add the statistics of V8 and of the allocator, which
//! only the process itself can read.
//!
//! Sizes are in bytes. No input causes a panic. Text that cannot be parsed is left out.

#![forbid(unsafe_code)]

pub mod cgroup;
pub mod chunks;
mod fields;
pub mod malloc_info;
pub mod owners;
pub mod process;
pub mod smaps;
pub mod threads;
