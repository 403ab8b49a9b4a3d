//! Finds the blocks that glibc's `malloc` has mapped, by their headers.
//!
//! `malloc` maps each block of at least 128 kB (a threshold that grows up to 32 MB) on its own. The
//! kernel merges adjacent mappings, so a mapping may contain several blocks, and memory of other
//! owners. A block starts on a page boundary with two words: the size of the previous block, which
//! is 0 here, and its own size, a multiple of the page size, with the flag `IS_MMAPPED`
//! (`malloc/malloc.c`).

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Flags in the low bits of a size.
const FLAG_BITS: u64 = 7;
const IS_MMAPPED: u64 = 2;

/// Maximum number of pages to read in one ledger that do not start a block: 16 MB of other memory
/// between blocks, which takes about 3 ms.
pub const MAX_OTHER_PAGES: u64 = 4096;

/// Reads the memory of a process.
pub trait Memory {
    /// Returns the size of a page in bytes.
    fn page_size(&self) -> u64;
    /// Returns the first two words of the page at `address`, if the page is resident.
    fn header(&self, address: u64) -> Option<[u64; 2]>;
    /// Returns the number of resident bytes of a range.
    fn resident(&self, range: &Range<u64>) -> Option<u64>;
}

/// Returns the parts of `range` that are blocks. Adjacent blocks are one part.
///
/// Subtracts one from `other_pages` for each page that does not start a block, and ends the search
/// at 0.
pub fn find(range: &Range<u64>, memory: &impl Memory, other_pages: &mut u64) -> Vec<Range<u64>> {
    let page = memory.page_size();
    let mut found: Vec<Range<u64>> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let size = memory.header(at).and_then(|header| block_size(header, page));
        match size.and_then(|size| at.checked_add(size)).filter(|&end| end <= range.end) {
            Some(end) => {
                match found.last_mut() {
                    Some(last) if last.end == at => last.end = end,
                    _ => found.push(at..end),
                }
                at = end;
            }
            None if *other_pages == 0 => break,
            None => {
                *other_pages -= 1;
                at = at.saturating_add(page);
            }
        }
    }
    found
}

/// Returns the size in bytes of the block with this header. `None` if it is not a header.
fn block_size([before, size]: [u64; 2], page: u64) -> Option<u64> {
    let bytes = size & !FLAG_BITS;
    let is_block = before == 0 && size & FLAG_BITS == IS_MMAPPED;
    (is_block && bytes != 0 && bytes.is_multiple_of(page)).then_some(bytes)
}

/// Reads the memory of a live process through `/proc/PID/mem` and `/proc/PID/pagemap`. Does not
/// load pages that are not resident.
#[derive(Debug)]
pub struct LiveMemory {
    memory: File,
    pages: File,
    page_size: u64,
}

/// Bit of an entry of `pagemap`: the page is resident.
const IS_PRESENT: u64 = 1 << 63;
const ENTRY_BYTES: u64 = 8;
const AT_PAGESZ: u64 = 6;

impl LiveMemory {
    /// Opens the memory of the process with the directory `process`. Returns `None` if this process
    /// may not read it.
    #[must_use]
    pub fn open(process: &Path) -> Option<Self> {
        let auxiliary = std::fs::read(process.join("auxv")).ok()?;
        Some(Self {
            memory: File::open(process.join("mem")).ok()?,
            pages: File::open(process.join("pagemap")).ok()?,
            page_size: page_size(&auxiliary)?,
        })
    }

    fn entry_offset(&self, address: u64) -> Option<u64> {
        (address / self.page_size).checked_mul(ENTRY_BYTES)
    }
}

/// Returns the page size in an auxiliary vector of 64-bit words.
fn page_size(auxiliary: &[u8]) -> Option<u64> {
    let words: Vec<u64> = words(auxiliary).collect();
    let pair = words.chunks_exact(2).find(|pair| pair.first() == Some(&AT_PAGESZ))?;
    pair.get(1).copied().filter(|&size| size.is_power_of_two() && size >= 4096)
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(8).filter_map(|word| Some(u64::from_ne_bytes(word.try_into().ok()?)))
}

impl Memory for LiveMemory {
    fn page_size(&self) -> u64 {
        self.page_size
    }

    fn header(&self, address: u64) -> Option<[u64; 2]> {
        let mut entry = [0; 8];
        self.pages.read_exact_at(&mut entry, self.entry_offset(address)?).ok()?;
        if u64::from_ne_bytes(entry) & IS_PRESENT == 0 {
            return None;
        }
        let mut header = [0; 16];
        self.memory.read_exact_at(&mut header, address).ok()?;
        let mut words = words(&header);
        Some([words.next()?, words.next()?])
    }

    fn resident(&self, range: &Range<u64>) -> Option<u64> {
        let mut present: u64 = 0;
        let mut buffer = vec![0; 64 << 10];
        let mut offset = self.entry_offset(range.start)?;
        let end = self.entry_offset(range.end)?;
        while offset < end {
            let wanted = usize::try_from(end - offset).ok()?.min(buffer.len());
            let part = buffer.get_mut(..wanted)?;
            self.pages.read_exact_at(part, offset).ok()?;
            present += words(part).filter(|entry| entry & IS_PRESENT != 0).count() as u64;
            offset += wanted as u64;
        }
        present.checked_mul(self.page_size)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const PAGE: u64 = 4096;

    /// Headers by address. All pages are resident.
    struct Headers(HashMap<u64, [u64; 2]>);

    impl Memory for Headers {
        fn page_size(&self) -> u64 {
            PAGE
        }
        fn header(&self, address: u64) -> Option<[u64; 2]> {
            self.0.get(&address).copied()
        }
        fn resident(&self, range: &Range<u64>) -> Option<u64> {
            Some(range.end - range.start)
        }
    }

    fn found(blocks: &[(u64, u64)], pages: u64, budget: u64) -> Vec<Range<u64>> {
        let headers = blocks.iter().map(|&(page, size)| (page * PAGE, [0, size | IS_MMAPPED]));
        let range = 0..pages * PAGE;
        let mut budget = budget;
        let found = find(&range, &Headers(headers.collect()), &mut budget);
        found.into_iter().map(|range| range.start / PAGE..range.end / PAGE).collect()
    }

    #[test]
    fn neighbours_are_one_part() {
        assert_eq!(found(&[(0, 2 * PAGE), (2, PAGE)], 4, 100), vec![0..3; 1]);
    }

    #[test]
    fn memory_between_blocks_is_skipped() {
        assert_eq!(found(&[(3, PAGE), (6, PAGE)], 8, 100), [3..4, 6..7]);
        assert_eq!(
            found(&[(3, PAGE), (6, PAGE)], 8, 4),
            vec![3..4; 1],
            "until the budget is spent"
        );
    }

    #[test]
    fn what_is_no_block_is_not_taken_for_one() {
        assert_eq!(found(&[(0, 9 * PAGE)], 8, 100), [], "larger than the mapping");
        assert_eq!(found(&[(0, PAGE + 16)], 8, 100), [], "not whole pages");
        assert_eq!(found(&[(0, 0)], 8, 100), [], "empty");
        assert_eq!(block_size([0, PAGE | IS_MMAPPED | 1], PAGE), None, "other flags");
        assert_eq!(block_size([1, PAGE | IS_MMAPPED], PAGE), None);
        assert_eq!(block_size([0, !5], PAGE), None);
    }

    #[test]
    fn the_page_size_is_that_of_the_auxiliary_vector() {
        let bytes =
            |words: &[u64]| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<_>>();
        assert_eq!(page_size(&bytes(&[16, 1, 6, 65536, 0, 0])), Some(65536));
        assert_eq!(page_size(&bytes(&[6])), None);
        assert_eq!(page_size(&bytes(&[6, 0])), None);
    }

    #[test]
    fn this_process_can_be_read() {
        let memory = LiveMemory::open(Path::new("/proc/self")).unwrap();
        let touched = vec![7_u8; 3 << 20];
        let start = (touched.as_ptr() as u64).next_multiple_of(memory.page_size());
        assert_eq!(memory.resident(&(start..start + (1 << 20))), Some(1 << 20));
        assert_eq!(memory.header(start), Some([0x0707_0707_0707_0707; 2]));
        assert_eq!(memory.header(0), None);
    }
}
