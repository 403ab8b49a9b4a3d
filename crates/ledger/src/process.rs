//! Reads the ledger of one process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use crate::cgroup::{self, Cgroup};
use crate::chunks::LiveMemory;
use crate::fields::named;
use crate::owners::{Allocator, Context, Owner, assign};
use crate::smaps;
use crate::threads;

/// The memory of one owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The owner.
    pub owner: Owner,
    /// The path of a file, the name of a thread, or the kernel's name for the mapping. Empty if
    /// there is none.
    pub name: String,
    /// Size of the address ranges in bytes.
    pub size: u64,
    /// Resident bytes.
    pub resident: u64,
    /// Bytes swapped out.
    pub swap: u64,
    /// Number of mappings.
    pub count: u64,
}

/// The memory of a process at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Resident bytes: the sum over all mappings, and over `parts`.
    pub rss: u64,
    /// The memory by owner and name.
    pub parts: Vec<Part>,
    /// Number of mappings.
    pub mapping_count: u64,
    /// Number of threads.
    pub thread_count: u64,
    /// Number of open file descriptors. `None` if this user may not list them.
    pub descriptor_count: Option<u64>,
    /// Size of the page tables in bytes, which RSS does not include.
    pub page_tables: Option<u64>,
    /// Bytes swapped out.
    pub swap: u64,
    /// The allocator.
    pub allocator: Allocator,
    /// Whether blocks of `malloc` were distinguished from other anonymous memory.
    pub are_blocks_known: bool,
    /// The memory that the container is charged for.
    pub cgroup: Option<Cgroup>,
}

/// The thread that reads the ledger of its own process. The kernel shows no stack pointer for it,
/// because it is running.
#[derive(Clone, Copy, Debug)]
pub struct OwnThread {
    /// The kernel's id of the thread.
    pub id: u32,
    /// An address on its stack.
    pub stack_address: u64,
}

/// Reads the ledger of the process with the directory `process`, such as `/proc/self`. `cgroups`:
/// the mount point of the cgroup file system. `own`: the calling thread, if it belongs to the
/// process.
///
/// # Errors
/// If `smaps` cannot be read, because the process has ended or belongs to another user.
pub fn read(process: &Path, cgroups: &Path, own: Option<OwnThread>) -> io::Result<Reading> {
    let mut threads = threads::read(process);
    if let Some(own) = own
        && let Some(thread) = threads.iter_mut().find(|thread| thread.id == own.id)
    {
        thread.stack_pointer = Some(own.stack_address);
    }
    let mappings =
        smaps::parse(BufReader::with_capacity(64 << 10, File::open(process.join("smaps"))?))?;
    let allocator = Allocator::of(&mappings);
    let memory = (allocator == Allocator::Glibc).then(|| LiveMemory::open(process)).flatten();
    let executable = fs::read_link(process.join("exe")).unwrap_or_default();
    let executable = executable.to_string_lossy();
    let main_thread = fs::read_to_string(process.join("comm")).unwrap_or_default();
    let context = Context {
        executable: executable.strip_suffix(" (deleted)").unwrap_or(&executable),
        main_thread: main_thread.trim_end(),
        threads: &threads,
        memory: memory.as_ref(),
        allocator,
    };
    let mut parts: BTreeMap<(Owner, String), Part> = BTreeMap::new();
    for share in assign(&mappings, &context) {
        let key = (share.owner, share.name.clone());
        let empty =
            Part { owner: share.owner, name: share.name, size: 0, resident: 0, swap: 0, count: 0 };
        let part = parts.entry(key).or_insert(empty);
        part.size = part.size.saturating_add(share.size);
        part.resident = part.resident.saturating_add(share.resident);
        part.swap = part.swap.saturating_add(share.swap);
        part.count += 1;
    }
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let memberships = fs::read_to_string(process.join("cgroup")).unwrap_or_default();
    Ok(Reading {
        rss: sum(mappings.iter().map(|mapping| mapping.resident)),
        mapping_count: mappings.len() as u64,
        thread_count: threads.len() as u64,
        descriptor_count: fs::read_dir(process.join("fd")).ok().map(|all| all.count() as u64),
        page_tables: named(&status, "VmPTE"),
        swap: sum(mappings.iter().map(|mapping| mapping.swap)),
        allocator,
        // jemalloc's mappings are recognized by a flag, which some kernels do not report.
        are_blocks_known: memory.is_some()
            || (allocator == Allocator::Jemalloc
                && parts.keys().any(|(owner, _)| *owner == Owner::MallocMapped)),
        cgroup: cgroup::read(&memberships, cgroups),
        parts: parts.into_values().collect(),
    })
}

fn sum(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}
