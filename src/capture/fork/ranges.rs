//! Step 3, in the parent: includes V8's heap in one `fork`.
//!
//! V8 sets `MADV_DONTFORK` on its heap, so a child does not have it and crashes at the first
//! access. `/proc/self/smaps` shows this flag as `dc` in `VmFlags`. The flag is removed for one
//! `fork` and set again afterwards, because it keeps `child_process.spawn` cheap.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use capture::{Error, check_memory};
use ledger::smaps;

const SMAPS: &str = "/proc/self/smaps";

/// Memory that is included in `fork` until this value is dropped. Start and length in bytes.
pub(super) struct ForkedRanges(Vec<(usize, usize)>);

impl ForkedRanges {
    /// Removes the flag from all memory that has it.
    pub(super) fn include() -> Result<Self, Error> {
        let ranges = ranges_without_fork().map_err(|e| Error::io(&e, "read", Path::new(SMAPS)))?;
        advise(&ranges, libc::MADV_DOFORK);
        Ok(Self(ranges))
    }
}

impl Drop for ForkedRanges {
    fn drop(&mut self) {
        advise(&self.0, libc::MADV_DONTFORK);
    }
}

fn advise(ranges: &[(usize, usize)], advice: libc::c_int) {
    for &(start, length) in ranges {
        // SAFETY: this advice changes only whether `fork` copies the mapped parts of the range,
        // never their contents.
        unsafe { libc::madvise(start as *mut libc::c_void, length, advice) };
    }
}

/// Returns start and length of every range with the `dc` flag.
fn ranges_without_fork() -> std::io::Result<Vec<(usize, usize)>> {
    // Few large reads, because the kernel walks the page tables for each one.
    const BUFFER_BYTES: usize = 1 << 20;
    check_memory(BUFFER_BYTES)?;
    let mappings = smaps::parse(BufReader::with_capacity(BUFFER_BYTES, File::open(SMAPS)?))?;
    let marked = mappings.iter().filter(|mapping| mapping.is_dont_fork);
    let range = |mapping: &smaps::Mapping| {
        Some((usize::try_from(mapping.start).ok()?, usize::try_from(mapping.size()).ok()?))
    };
    Ok(marked.filter_map(range).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_included_until_the_value_is_dropped() {
        const BYTES: usize = 1 << 20;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: maps new memory at an address that the kernel chooses.
        let memory =
            unsafe { libc::mmap(std::ptr::null_mut(), BYTES, libc::PROT_READ, flags, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        let start = memory as usize;
        let is_excluded = || {
            let ranges = ranges_without_fork().unwrap();
            ranges.iter().any(|&(from, length)| (from..from + length).contains(&start))
        };
        assert!(!is_excluded());
        advise(&[(start, BYTES)], libc::MADV_DONTFORK);
        assert!(is_excluded());
        let included = ForkedRanges::include().unwrap();
        assert!(!is_excluded());
        drop(included);
        assert!(is_excluded());
        // SAFETY: the memory was mapped above, and nothing uses it.
        unsafe { libc::munmap(memory, BYTES) };
    }
}
