//! Assigns each mapping to an owner.

use std::ops::Range;

use crate::chunks::{self, MAX_OTHER_PAGES, Memory};
use crate::smaps::Mapping;
use crate::threads::Thread;

/// The owner of memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Owner {
    /// V8's heaps and tables, of all isolates.
    V8,
    /// Memories of WebAssembly, which V8 allocates inside a reservation of gigabytes.
    Wasm,
    /// `[heap]` and further arenas of `malloc`.
    MallocArena,
    /// Blocks that `malloc` mapped one by one.
    MallocMapped,
    /// Stacks of threads.
    Stack,
    /// The executable with its data.
    Binary,
    /// Shared libraries with their data.
    Library,
    /// Node addons (`.node`) with their data.
    Addon,
    /// Other mapped files.
    File,
    /// Memory that is shared with other processes.
    SharedMemory,
    /// Rings of `io_uring`.
    IoUring,
    /// Mappings that a program gave a name.
    Named,
    /// Pages of the kernel, such as `[vdso]`.
    Kernel,
    /// Anonymous memory that is none of the above.
    Anonymous,
}

impl Owner {
    /// Returns the name of the owner in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::V8 => "v8",
            Self::Wasm => "v8-wasm",
            Self::MallocArena => "malloc-arenas",
            Self::MallocMapped => "malloc-mapped",
            Self::Stack => "stack",
            Self::Binary => "binary",
            Self::Library => "library",
            Self::Addon => "addon",
            Self::File => "file",
            Self::SharedMemory => "shared-memory",
            Self::IoUring => "io-uring",
            Self::Named => "named",
            Self::Kernel => "kernel",
            Self::Anonymous => "anonymous",
        }
    }
}

/// The allocator of the process, according to the names of its mapped libraries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allocator {
    /// glibc's.
    Glibc,
    /// musl's.
    Musl,
    /// jemalloc, preloaded.
    Jemalloc,
    /// mimalloc, preloaded.
    Mimalloc,
    /// tcmalloc, preloaded.
    Tcmalloc,
    /// None of these.
    Unknown,
}

impl Allocator {
    /// Returns the name of the allocator in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::Jemalloc => "jemalloc",
            Self::Mimalloc => "mimalloc",
            Self::Tcmalloc => "tcmalloc",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the allocator according to the names of mapped files. A preloaded allocator precedes
    /// that of the C library, which is mapped as well.
    #[must_use]
    pub fn of(mappings: &[Mapping]) -> Self {
        const BY_FILE: [(&str, Allocator); 7] = [
            ("libjemalloc", Allocator::Jemalloc),
            ("libmimalloc", Allocator::Mimalloc),
            ("libtcmalloc", Allocator::Tcmalloc),
            ("ld-musl-", Allocator::Musl),
            ("libc.so.6", Allocator::Glibc),
            ("libc-2.", Allocator::Glibc),
            // The file that musl's loader is a link to, outside of Alpine Linux.
            ("libc.so", Allocator::Musl),
        ];
        let is_mapped = |begin: &str| {
            mappings
                .iter()
                .any(|mapping| mapping.inode != 0 && file_name(&mapping.name).starts_with(begin))
        };
        BY_FILE
            .iter()
            .find(|(begin, _)| is_mapped(begin))
            .map_or(Self::Unknown, |&(_, found)| found)
    }
}

/// A part of a mapping, or all of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// The owner.
    pub owner: Owner,
    /// The path of a file, the name of a thread, or the kernel's name for the mapping. Empty if
    /// there is none.
    pub name: String,
    /// Size of the address range in bytes.
    pub size: u64,
    /// Resident bytes.
    pub resident: u64,
    /// Bytes swapped out.
    pub swap: u64,
}

/// Facts about the process that [`assign`] needs in addition to the mappings.
#[derive(Debug)]
pub struct Context<'a, M> {
    /// Path of the executable. Empty if it is not known.
    pub executable: &'a str,
    /// Name of the main thread, the owner of the mapping `[stack]`. Its stack pointer is not
    /// needed, and unknown while it runs.
    pub main_thread: &'a str,
    /// The threads of the process.
    pub threads: &'a [Thread],
    /// Reads the memory of the process. `None` if that is not possible, or if the allocator is not
    /// glibc's.
    pub memory: Option<&'a M>,
    /// Its allocator.
    pub allocator: Allocator,
}

/// Name of the stacks without a known thread. They belong to ended threads, whose stacks the C
/// library keeps for new threads, or to threads that were running when the ledger was read.
pub const UNKNOWN_THREAD: &str = "";

/// Alignment and maximum size in bytes of the heaps of glibc's further arenas, on 64-bit machines.
const ARENA_ALIGNMENT: u64 = 64 << 20;
/// Maximum size in bytes of the guard pages before a stack.
const MAX_GUARD_BYTES: u64 = 1 << 20;
/// Minimum size in bytes of a reservation for WebAssembly. V8 reserves at least 8 GB for a
/// WebAssembly memory, so that it needs no bounds checks. Its next largest reservation, the code
/// range, has at most 512 MB.
const MIN_WASM_RESERVATION_BYTES: u64 = 4 << 30;

/// Assigns `mappings`, which must be ordered by address, to owners. The resident bytes of a mapping
/// are the sum of those of its shares.
#[must_use]
pub fn assign(mappings: &[Mapping], context: &Context<'_, impl Memory>) -> Vec<Share> {
    let reservations = reservations(mappings);
    let mut other_pages = MAX_OTHER_PAGES;
    let mut shares = Vec::with_capacity(mappings.len());
    let mut object: Option<(Owner, &str, u64)> = None;
    for (at, mapping) in mappings.iter().enumerate() {
        let around = Neighbours {
            before: at.checked_sub(1).and_then(|at| mappings.get(at)),
            after: mappings.get(at + 1..).unwrap_or_default(),
        };
        let (owner, name) = if mapping.is_dont_fork && mapping.inode == 0 {
            (of_v8(mapping, &reservations), "")
        } else if mapping.name.is_empty() {
            of_nameless(mapping, &around, context, object)
        } else {
            of_named(mapping, context)
        };
        // A mapping without a name directly after the data of a file is its `.bss` section.
        let is_object = matches!(owner, Owner::Binary | Owner::Library | Owner::Addon);
        object = (is_object && mapping.permissions.write).then_some((owner, name, mapping.end));
        let is_searched = mapping.name.is_empty()
            && (owner == Owner::Anonymous || is_object)
            && mapping.permissions.write
            && mapping.resident > 0;
        match context.memory.filter(|_| is_searched) {
            Some(memory) => split(mapping, owner, name, memory, &mut other_pages, &mut shares),
            None => shares.push(share(mapping, owner, name)),
        }
    }
    shares
}

/// The mappings before and after one.
struct Neighbours<'a> {
    before: Option<&'a Mapping>,
    after: &'a [Mapping],
}

fn share(mapping: &Mapping, owner: Owner, name: &str) -> Share {
    Share {
        owner,
        name: name.to_owned(),
        size: mapping.size(),
        resident: mapping.resident,
        swap: mapping.swap,
    }
}

/// Appends the shares of a mapping in which blocks of `malloc` are searched: the blocks, and the
/// rest.
fn split(
    mapping: &Mapping,
    owner: Owner,
    name: &str,
    memory: &impl Memory,
    other_pages: &mut u64,
    shares: &mut Vec<Share>,
) {
    let blocks = chunks::find(&(mapping.start..mapping.end), memory, other_pages);
    let size: u64 = blocks.iter().map(|block| block.end - block.start).sum();
    if size == 0 {
        return shares.push(share(mapping, owner, name));
    }
    if size == mapping.size() {
        return shares.push(share(mapping, Owner::MallocMapped, ""));
    }
    let known: Option<u64> = blocks.iter().map(|block| memory.resident(block)).sum();
    let resident = known.unwrap_or(size).min(mapping.resident);
    let block = Share { size, resident, swap: 0, ..share(mapping, Owner::MallocMapped, "") };
    let rest = Share {
        size: mapping.size() - size,
        resident: mapping.resident - resident,
        ..share(mapping, owner, name)
    };
    shares.extend([block, rest]);
}

/// Returns the contiguous ranges of V8's mappings that are large enough for WebAssembly.
fn reservations(mappings: &[Mapping]) -> Vec<Range<u64>> {
    let mut found: Vec<Range<u64>> = Vec::new();
    let mut run: Option<Range<u64>> = None;
    for mapping in mappings.iter().filter(|mapping| mapping.is_dont_fork) {
        run = match run {
            Some(run) if run.end == mapping.start => Some(run.start..mapping.end),
            other => {
                found.extend(other);
                Some(mapping.start..mapping.end)
            }
        };
    }
    found.extend(run);
    found.retain(|run| run.end - run.start >= MIN_WASM_RESERVATION_BYTES);
    found
}

fn of_v8(mapping: &Mapping, reservations: &[Range<u64>]) -> Owner {
    let is_inside = reservations.iter().any(|run| run.contains(&mapping.start));
    if is_inside && !mapping.permissions.execute { Owner::Wasm } else { Owner::V8 }
}

fn of_nameless<'a>(
    mapping: &Mapping,
    around: &Neighbours<'_>,
    context: &Context<'a, impl Memory>,
    object: Option<(Owner, &'a str, u64)>,
) -> (Owner, &'a str) {
    if let Some((owner, name, end)) = object
        && end == mapping.start
    {
        return (owner, name);
    }
    if let Some(thread) = thread_in(mapping, context.threads).filter(|_| mapping.permissions.write)
    {
        return (Owner::Stack, &thread.name);
    }
    if context.allocator == Allocator::Jemalloc && is_jemalloc(mapping) {
        return (Owner::MallocMapped, "");
    }
    if is_arena(mapping, around.after) {
        return (Owner::MallocArena, "");
    }
    if is_stack(mapping, around.before) {
        return (Owner::Stack, UNKNOWN_THREAD);
    }
    (Owner::Anonymous, "")
}

/// Returns the thread whose stack pointer is in the mapping.
fn thread_in<'a>(mapping: &Mapping, threads: &'a [Thread]) -> Option<&'a Thread> {
    let range = mapping.start..mapping.end;
    threads.iter().find(|thread| thread.stack_pointer.is_some_and(|sp| range.contains(&sp)))
}

/// Returns whether the mapping is one of jemalloc's, which maps with `MAP_NORESERVE` unless the
/// kernel does not overcommit. V8 does so, too, but `fork` excludes its mappings.
fn is_jemalloc(mapping: &Mapping) -> bool {
    mapping.is_no_reserve && !mapping.is_dont_fork && mapping.inode == 0 && mapping.name.is_empty()
}

/// Returns whether the mapping is the used part of a heap of a further arena. These heaps are
/// aligned, and reserved up to the next multiple of the alignment. Adjacent full heaps are one
/// mapping.
fn is_arena(mapping: &Mapping, after: &[Mapping]) -> bool {
    if !mapping.permissions.write || !mapping.start.is_multiple_of(ARENA_ALIGNMENT) {
        return false;
    }
    let reserved = after.first().filter(|next| next.start == mapping.end && is_reserved(next));
    reserved.map_or(mapping.end, |next| next.end).is_multiple_of(ARENA_ALIGNMENT)
}

/// Returns whether the mapping is a stack: it has guard pages before it. The reserved end of an
/// arena is larger than guard pages, or ends at a multiple of the alignment of arenas.
fn is_stack(mapping: &Mapping, before: Option<&Mapping>) -> bool {
    mapping.permissions.write
        && before.is_some_and(|guard| {
            guard.end == mapping.start
                && is_reserved(guard)
                && guard.size() <= MAX_GUARD_BYTES
                && !guard.end.is_multiple_of(ARENA_ALIGNMENT)
        })
}

fn is_reserved(mapping: &Mapping) -> bool {
    mapping.permissions.is_none() && mapping.name.is_empty() && !mapping.is_dont_fork
}

fn of_named<'a>(mapping: &'a Mapping, context: &Context<'a, impl Memory>) -> (Owner, &'a str) {
    let name = mapping.name.as_str();
    let path = name.strip_suffix(" (deleted)").unwrap_or(name);
    match name {
        "[heap]" => return (Owner::MallocArena, ""),
        "[stack]" => return (Owner::Stack, context.main_thread),
        _ if name.starts_with("[anon:") || name.starts_with("[anon_shmem:") => {
            return of_label(name);
        }
        _ if name.contains("[io_uring]") => return (Owner::IoUring, ""),
        _ if name.starts_with("[v") || name == "[uprobes]" => return (Owner::Kernel, name),
        _ if name.starts_with('[') || name.starts_with("anon_inode:") => {
            return (Owner::Named, name);
        }
        _ => {}
    }
    let shared = ["/dev/shm/", "/memfd:", "/SYSV", "/dev/zero"];
    if shared.iter().any(|begin| path.starts_with(begin)) {
        return (Owner::SharedMemory, path);
    }
    let file = file_name(path);
    let has_ending = |ending: &str| file.rsplit_once('.').is_some_and(|(_, last)| last == ending);
    if path == context.executable {
        (Owner::Binary, path)
    } else if has_ending("node") {
        (Owner::Addon, path)
    } else if has_ending("so") || file.contains(".so.") {
        (Owner::Library, path)
    } else {
        (Owner::File, path)
    }
}

/// Returns the owner of a mapping with a name from `prctl(PR_SET_VMA_ANON_NAME)`. The kernel stores
/// these names if it was built with `CONFIG_ANON_VMA_NAME`.
fn of_label(name: &str) -> (Owner, &str) {
    let label = name.trim_start_matches("[anon:").trim_start_matches("[anon_shmem:").trim();
    let label = label.trim_end_matches(']');
    if label.starts_with("glibc: malloc arena") || label.starts_with("glibc: loader malloc") {
        (Owner::MallocArena, "")
    } else if label.starts_with("glibc: malloc") || label.starts_with("jemalloc") {
        (Owner::MallocMapped, "")
    } else if label.starts_with("glibc: pthread stack") {
        (Owner::Stack, UNKNOWN_THREAD)
    } else {
        (Owner::Named, label)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
