//! Reads the ledger of one process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use crate::cgroup::{self, Cgroup};
use crate::chunks::LiveMemory;
use crate::fields::named;
use crate::owners::{Allocator, Context, Owner, assign, is_jemalloc};
use crate::smaps;
use crate::threads;

/// The memory of one owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Whose it is.
    pub owner: Owner,
    /// A file, a thread or the kernel's name; empty if there is none.
    pub name: String,
    /// Bytes of addresses.
    pub size: u64,
    /// Bytes in memory.
    pub resident: u64,
    /// Bytes swapped out.
    pub swap: u64,
    /// Mappings that it consists of.
    pub count: u64,
}

/// The memory of a process at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Bytes in memory: the sum of all mappings, and of `parts`.
    pub rss: u64,
    /// By owner and name.
    pub parts: Vec<Part>,
    /// Mappings.
    pub mapping_count: u64,
    /// Threads.
    pub thread_count: u64,
    /// Open file descriptors; `None` if they are not for us to see.
    pub descriptor_count: Option<u64>,
    /// Bytes of page tables, which RSS does not count.
    pub page_tables: Option<u64>,
    /// Bytes swapped out.
    pub swap: u64,
    /// The allocator.
    pub allocator: Allocator,
    /// Whether blocks of `malloc` could be told from other anonymous memory.
    pub are_blocks_known: bool,
    /// What the container is charged for.
    pub cgroup: Option<Cgroup>,
}

/// The thread that reads its own process: it runs, so the kernel does not tell its stack pointer.
#[derive(Clone, Copy, Debug)]
pub struct OwnThread {
    /// The kernel's id of the thread.
    pub id: u32,
    /// An address on its stack.
    pub stack_address: u64,
}

/// Reads the ledger of the process with the directory `process`, such as `/proc/self`.
///
/// # Errors
/// If `smaps` cannot be read: the process has ended, or belongs to another user.
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
    let context = Context {
        executable: executable.strip_suffix(" (deleted)").unwrap_or(&executable),
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
        are_blocks_known: memory.is_some()
            || (allocator == Allocator::Jemalloc && mappings.iter().any(is_jemalloc)),
        cgroup: cgroup::read(&memberships, cgroups),
        parts: parts.into_values().collect(),
    })
}

fn sum(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}
