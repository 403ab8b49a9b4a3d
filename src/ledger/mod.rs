//! `memory()` for JavaScript: the mappings of a process by owner (crate `ledger`), and the
//! statistics of this process's allocator.
//!
//! The functions run on a thread of libuv's pool. JavaScript adds the statistics of V8.

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
    /// The owner.
    pub owner: String,
    /// The path of a file, the name of a thread, or the kernel's name for the mapping. Empty if
    /// there is none.
    pub name: String,
    /// Size of the address ranges in bytes.
    pub size: f64,
    /// Resident bytes.
    pub resident: f64,
    /// Bytes swapped out.
    pub swap: f64,
    /// Number of mappings.
    pub count: f64,
}

/// The memory that the container is charged for, in bytes: of all its processes together.
#[napi(object, object_from_js = false)]
pub struct ContainerMemory {
    /// Version of the cgroup: 1 or 2.
    pub version: u32,
    /// Path of the cgroup.
    pub path: String,
    /// All charged memory.
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
    /// Number of processes.
    pub processes: Option<f64>,
}

/// One arena of glibc's allocator.
#[napi(object, object_from_js = false)]
pub struct MallocArena {
    /// Number of the arena. 0 is the main arena.
    pub number: u32,
    /// Bytes that the arena has allocated from the kernel.
    pub system: f64,
    /// Free bytes in the arena.
    pub free: f64,
}

/// The statistics of this process's allocator.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct AllocatorStatistics {
    /// Bytes that the program has allocated. Not known for glibc.
    pub allocated: Option<f64>,
    /// Resident bytes of the allocator. Not known for glibc.
    pub resident: Option<f64>,
    /// glibc's arenas.
    pub arenas: Vec<MallocArena>,
    /// Bytes of blocks that are mappings of their own. Known for glibc only.
    pub mapped: Option<f64>,
    /// Milliseconds that it took to read the statistics.
    pub duration_ms: f64,
}

/// The memory of a process according to the kernel.
#[napi(object, object_from_js = false)]
pub struct MappedMemory {
    /// Resident bytes: the sum over `parts`.
    pub rss: f64,
    /// The memory by owner and name.
    pub parts: Vec<MappedPart>,
    /// Number of mappings.
    pub mapping_count: f64,
    /// Number of threads.
    pub thread_count: f64,
    /// Number of open file descriptors.
    pub descriptor_count: Option<f64>,
    /// Size of the page tables in bytes, which RSS does not include.
    pub page_tables: Option<f64>,
    /// Bytes swapped out.
    pub swap: f64,
    /// The allocator: `glibc`, `musl`, `jemalloc`, `mimalloc`, `tcmalloc` or `unknown`.
    pub allocator: String,
    /// Whether blocks of `malloc` were distinguished from other anonymous memory.
    pub are_blocks_known: bool,
    /// The statistics of the allocator, for this process only.
    pub statistics: Option<AllocatorStatistics>,
    /// The memory that the container is charged for.
    pub container: Option<ContainerMemory>,
    /// Processor time of the thread that read all this, in milliseconds.
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

/// Reads the memory of this process, or of the process `pid`. Rejects if a file below `/proc`
/// cannot be read.
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

/// Returns the free memory of `malloc` to the kernel (`malloc_trim(0)`). Resolves to whether there
/// was any, or to `null` if the C library has no such function.
#[napi(ts_return_type = "Promise<boolean | null>")]
#[must_use]
pub fn trim_malloc() -> AsyncTask<Job<Option<bool>>> {
    later(|| Ok(allocator::trim()))
}
