//! Step 3, in the parent: includes V8's heap in one `fork`.
//!
//! V8 sets `MADV_DONTFORK` on its heap, so a child does not have it and crashes at the first
//! access. `/proc/self/smaps` shows this flag as `dc` in `VmFlags`. The flag is removed for one
//! `fork` and set again afterwards, because it keeps `child_process.spawn` cheap.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use capture::{Error, procfs};

const SMAPS: &str = "/proc/self/smaps";

/// Memory that is included in `fork` until this value is dropped. Start and length in bytes.
pub(super) struct Shared(Vec<(usize, usize)>);

impl Shared {
    /// Removes the flag from all memory that has it.
    pub(super) fn with_children() -> Result<Self, Error> {
        let ranges = marked_ranges().map_err(|e| Error::io(&e, "read", Path::new(SMAPS)))?;
        advise(&ranges, libc::MADV_DOFORK);
        Ok(Self(ranges))
    }
}

impl Drop for Shared {
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
fn marked_ranges() -> std::io::Result<Vec<(usize, usize)>> {
    // Few large reads, because the kernel walks the page tables for each one.
    procfs::ranges_without_fork(BufReader::with_capacity(1 << 20, File::open(SMAPS)?))
}
