//! Where the memory of a process is, as JavaScript asks for it: what the kernel tells of the
//! mappings (crate `ledger`), and what the allocator of this process tells.
//!
//! Everything runs on a thread of libuv's pool. JavaScript adds the statistics of V8.

mod allocator;

use std::path::{Path, PathBuf};
use std::time::Instant;

use ::ledger::process::{self, OwnThread, Reading};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::error::{Failure, to_number};
use crate::task::{Job, Outcome, later};

const CGROUPS: &str = "/sys/fs/cgroup";

/// Memory of one owner. Sizes are in bytes.
#[napi(object, object_from_js = false)]
pub struct MappedPart {
    /// Whose it is.
    pub owner: String,
    /// A file, a thread or the kernel's name; empty if there is none.
    pub name: String,
    /// Bytes of addresses.
    pub size: f64,
    /// Bytes in memory.
    pub resident: f64,
    /// Bytes swapped out.
    pub swap: f64,
    /// Mappings that it consists of.
    pub count: f64,
}

/// What the container is charged for, in bytes. The processes of a container share it.
#[napi(object, object_from_js = false)]
pub struct ContainerMemory {
    /// Version of the cgroup: 1 or 2.
    pub version: u32,
    /// Its path.
    pub path: String,
    /// All that is charged.
    pub current: f64,
    /// The limit, if there is one.
    pub limit: Option<f64>,
    /// Anonymous memory: heaps and stacks.
    pub anonymous: Option<f64>,
    /// Page cache: contents of files, `tmpfs` and shared memory.
    pub file: Option<f64>,
    /// The part of the page cache that the kernel drops first.
    pub inactive_file: Option<f64>,
    /// Shared memory and `tmpfs`, a part of `file`.
    pub shared: Option<f64>,
    /// Memory of the kernel.
    pub kernel: Option<f64>,
    /// Buffers of sockets.
    pub sockets: Option<f64>,
    /// Processes in it.
    pub processes: Option<f64>,
}

/// One arena of glibc's allocator.
#[napi(object, object_from_js = false)]
pub struct MallocArena {
    /// 0 is the main one.
    pub number: u32,
    /// Bytes that it has from the kernel.
    pub system: f64,
    /// Bytes that are free in it.
    pub free: f64,
}

/// What the allocator of this process tells.
#[napi(object, object_from_js = false)]
pub struct AllocatorStatistics {
    /// Bytes that the program has allocated; not told by glibc.
    pub allocated: Option<f64>,
    /// Bytes in memory that the allocator holds; not told by glibc.
    pub resident: Option<f64>,
    /// glibc's arenas.
    pub arenas: Vec<MallocArena>,
    /// Bytes of blocks that are mappings of their own (glibc).
    pub mapped: Option<f64>,
    /// Milliseconds that it took to ask.
    pub duration_ms: f64,
}

/// The memory of a process as the kernel tells it.
#[napi(object, object_from_js = false)]
pub struct MappedMemory {
    /// Bytes in memory, the sum of `parts`.
    pub rss: f64,
    /// By owner and name.
    pub parts: Vec<MappedPart>,
    /// Mappings.
    pub mapping_count: f64,
    /// Threads.
    pub thread_count: f64,
    /// Open file descriptors.
    pub descriptor_count: Option<f64>,
    /// Bytes of page tables, which RSS does not count.
    pub page_tables: Option<f64>,
    /// Bytes swapped out.
    pub swap: f64,
    /// The allocator: `glibc`, `musl`, `jemalloc`, `mimalloc`, `tcmalloc` or `unknown`.
    pub allocator: String,
    /// Whether blocks of `malloc` could be told from other anonymous memory.
    pub are_blocks_known: bool,
    /// What the allocator tells; only of this process.
    pub statistics: Option<AllocatorStatistics>,
    /// What the container is charged for.
    pub container: Option<ContainerMemory>,
    /// Processor time of the thread that read it, in milliseconds.
    pub cpu_ms: f64,
}

impl MappedMemory {
    fn new(reading: Reading, statistics: Option<AllocatorStatistics>) -> Self {
        Self {
            rss: to_number(reading.rss),
            parts: reading.parts.into_iter().map(Into::into).collect(),
            mapping_count: to_number(reading.mapping_count),
            thread_count: to_number(reading.thread_count),
            descriptor_count: reading.descriptor_count.map(to_number),
            page_tables: reading.page_tables.map(to_number),
            swap: to_number(reading.swap),
            allocator: reading.allocator.word().to_owned(),
            are_blocks_known: reading.are_blocks_known,
            statistics,
            container: reading.cgroup.map(Into::into),
            cpu_ms: 0.0,
        }
    }
}

impl From<process::Part> for MappedPart {
    fn from(part: process::Part) -> Self {
        Self {
            owner: part.owner.word().to_owned(),
            name: part.name,
            size: to_number(part.size),
            resident: to_number(part.resident),
            swap: to_number(part.swap),
            count: to_number(part.count),
        }
    }
}

impl From<::ledger::cgroup::Cgroup> for ContainerMemory {
    fn from(group: ::ledger::cgroup::Cgroup) -> Self {
        Self {
            version: group.version,
            path: group.path,
            current: to_number(group.current),
            limit: group.limit.map(to_number),
            anonymous: group.anonymous.map(to_number),
            file: group.file.map(to_number),
            inactive_file: group.inactive_file.map(to_number),
            shared: group.shared.map(to_number),
            kernel: group.kernel.map(to_number),
            sockets: group.sockets.map(to_number),
            processes: group.processes.map(to_number),
        }
    }
}

/// Reads the memory of this process, or of the process `pid`. Rejects with the error of the file
/// that cannot be read.
#[napi(ts_return_type = "Promise<MappedMemory>")]
#[must_use]
pub fn read_memory(pid: Option<u32>) -> AsyncTask<Job<MappedMemory>> {
    later(move || {
        let started = allocator::thread_time();
        let mut memory = read(pid)?;
        memory.cpu_ms = allocator::thread_time().saturating_sub(started).as_secs_f64() * 1e3;
        Ok(memory)
    })
}

fn read(pid: Option<u32>) -> Outcome<MappedMemory> {
    let directory =
        pid.map_or_else(|| "/proc/self".into(), |pid| PathBuf::from(format!("/proc/{pid}")));
    let marker = 0_u8;
    let own = OwnThread { id: allocator::thread_id(), stack_address: (&raw const marker) as u64 };
    let statistics = if pid.is_none() { statistics() } else { None };
    let reading = process::read(&directory, Path::new(CGROUPS), pid.is_none().then_some(own));
    let reading = reading.map_err(|error| Failure::Io {
        error,
        syscall: "open",
        path: Some(directory.join("smaps").to_string_lossy().into_owned()),
    })?;
    Ok(MappedMemory::new(reading, statistics))
}

fn statistics() -> Option<AllocatorStatistics> {
    let started = Instant::now();
    let mut statistics = allocator::statistics()?;
    statistics.duration_ms = started.elapsed().as_secs_f64() * 1e3;
    Some(statistics)
}

/// Has `malloc` give back to the kernel what is free (`malloc_trim(0)`). Resolves to whether it
/// gave anything back; to `null` if this C library has no such function.
#[napi(ts_return_type = "Promise<boolean | null>")]
#[must_use]
pub fn trim_malloc() -> AsyncTask<Job<Option<bool>>> {
    later(|| Ok(allocator::trim()))
}
