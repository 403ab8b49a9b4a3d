//! Step 3, in the parent: V8's memory is copied to this one child.
//!
//! V8 marks its heap `MADV_DONTFORK`: a child finds holes there and dies at its
//! first access. The kernel shows the mark as `dc` among the `VmFlags` of
//! `/proc/self/smaps`; it is taken off for the length of one `fork` and put back,
//! so that `child_process.spawn` stays as cheap as it was.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use capture::Error;

const SMAPS: &str = "/proc/self/smaps";

/// Memory that children get to see as long as this value lives.
pub(super) struct Shared(Vec<(usize, usize)>);

impl Shared {
    /// Shares all memory that is marked as not to be.
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
        // SAFETY: changes what a fork does with the range, not the range. A range that was
        // unmapped meanwhile is an error without effect.
        unsafe { libc::madvise(start as *mut libc::c_void, length, advice) };
    }
}

/// Start and length of every range with the `dc` flag.
fn marked_ranges() -> std::io::Result<Vec<(usize, usize)>> {
    let mut ranges = Vec::new();
    let mut current = None;
    // Large reads: the kernel walks the page tables anew for each.
    let mut reader = BufReader::with_capacity(1 << 20, File::open(SMAPS)?);
    let mut line = String::new();
    while {
        line.clear();
        reader.read_line(&mut line)? > 0
    } {
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if flags.split_ascii_whitespace().any(|flag| flag == "dc") {
                ranges.extend(current.take());
            }
        } else if let Some(range) = parse_range(&line) {
            current = Some(range);
        }
    }
    Ok(ranges)
}

/// `7f00-8000 rw-p …` -> start and length. Other lines begin with a name and a colon.
fn parse_range(line: &str) -> Option<(usize, usize)> {
    let (start, rest) = line.split_once('-')?;
    let (end, _) = rest.split_once(' ')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    Some((start, end.checked_sub(start)?))
}
