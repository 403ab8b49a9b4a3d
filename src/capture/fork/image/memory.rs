//! Writes the memory of this process. Does not allocate or map memory meanwhile.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::ptr;

use capture::{Report, Sink, errno_of};
use image::{MAX_DATA_BYTES, Mapping, PAGE, Patch, Record, Registers, Writer, mappings, zero_runs};

use super::super::child::restart_alarm;
use super::super::status::Sender;

/// Everything that the writer needs, opened and allocated before it starts.
pub(super) struct ImageWriter<'a> {
    pub(super) writer: Writer<Sink>,
    /// `/proc/self/maps`.
    pub(super) maps: File,
    /// `/proc/self/pagemap`.
    pub(super) pagemap: File,
    /// `/proc/self/mem`.
    pub(super) mem: File,
    pub(super) arena: Arena,
    pub(super) patches: Vec<Patch>,
    /// The end of the `brk` heap.
    pub(super) heap_end: u64,
    /// The descriptor that the restored process writes the snapshot to.
    pub(super) output: u64,
    pub(super) status: &'a Sender,
    /// The size of the image in bytes, or the report of the failure.
    pub(super) result: Result<u64, Report>,
}

/// Size to which the stack of the main thread can grow by default.
const STACK_BYTES: u64 = 8 << 20;

/// Distance that the kernel keeps between the stack and the mapping below.
const STACK_GAP_BYTES: u64 = 1 << 20;

/// Bytes of the image between two reports of progress.
const PROGRESS_BYTES: u64 = 1 << 20;

/// A failed write to the image, or a failed read of the memory.
enum Failure {
    Write(io::Error),
    Read(io::Error),
}

impl ImageWriter<'_> {
    /// Writes all records, and stores the result in `self.result`.
    pub(super) fn write(&mut self, registers: Registers) {
        self.result = self.write_all(registers).map_err(|failure| match failure {
            Failure::Write(error) => Report::WriteFailed(errno_of(&error)),
            Failure::Read(error) => Report::Unreadable(errno_of(&error)),
        });
    }

    fn write_all(&mut self, registers: Registers) -> Result<u64, Failure> {
        let Parts { maps: text, entries, copy } = self.arena.parts();
        let length = read_all(&mut self.maps, text).map_err(Failure::Read)?;
        let arena = self.arena.range();
        let all = || wanted(text.get(..length).unwrap_or_default(), arena);
        let mut heap = None;
        let mut previous_end = 0;
        for mapping in all() {
            let mut address = mapping.start;
            if mapping.path == b"[stack]" {
                // Maps the stack down to its maximum size, so that the restored process can grow
                // it.
                let lowest = mapping.end.saturating_sub(STACK_BYTES);
                address = lowest.max(previous_end + STACK_GAP_BYTES).min(mapping.start);
            } else if mapping.path == b"[heap]" {
                heap.get_or_insert(mapping.start);
            }
            previous_end = mapping.end;
            let length = mapping.end - address;
            self.writer.record(Record::Map { address, length }).map_err(Failure::Write)?;
        }
        let mut contents = Contents {
            writer: &mut self.writer,
            pagemap: &self.pagemap,
            mem: &self.mem,
            entries,
            copy,
            status: self.status,
            reported: 0,
            needed: [registers.rsp, registers.rip].map(|address| (address, false)),
        };
        for mapping in all().filter(|mapping| !mapping.is_device()) {
            contents.write(&mapping)?;
        }
        if contents.needed.iter().any(|(_, is_written)| !is_written) {
            // The page map says that the page is absent, although this process uses it.
            return Err(Failure::Read(io::Error::from_raw_os_error(libc::EIO)));
        }
        for patch in &self.patches {
            self.writer.data(patch.address, &patch.code).map_err(Failure::Write)?;
        }
        for Mapping { start, end, protection, path, .. } in all() {
            if protection != READ_WRITE && path != b"[stack]" {
                let record = Record::Protect { address: start, length: end - start, protection };
                self.writer.record(record).map_err(Failure::Write)?;
            }
        }
        if let Some(address) = heap
            && let Some(length) = self.heap_end.checked_sub(address)
        {
            self.writer.record(Record::Break { address, length }).map_err(Failure::Write)?;
        }
        self.writer.finish(registers, self.output).map_err(Failure::Write)
    }
}

const READ: u64 = 1;
const READ_WRITE: u64 = 3;

/// Returns the mappings of this process, without those that only the kernel can create, and without
/// the arena. The kernel may have merged the arena with its neighbours.
fn wanted(text: &[u8], arena: (u64, u64)) -> impl Iterator<Item = Mapping<'_>> {
    mappings(text)
        .filter(|mapping| !mapping.is_of_kernel())
        .flat_map(move |mapping| mapping.without(arena))
        .flatten()
}

/// Writes the contents of mappings.
struct Contents<'a> {
    writer: &'a mut Writer<Sink>,
    pagemap: &'a File,
    mem: &'a File,
    /// A buffer for entries of the page map.
    entries: &'a mut [u8],
    /// A buffer for pages that cannot be read in place.
    copy: &'a mut [u8],
    status: &'a Sender,
    reported: u64,
    /// Addresses that the restored process needs at once, and whether their pages were written.
    needed: [(u64, bool); 2],
}

/// Size of an entry of the page map in bytes.
const ENTRY_BYTES: u64 = 8;

/// Bits of an entry: the page is in memory, or in swap.
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

impl Contents<'_> {
    fn write(&mut self, mapping: &Mapping<'_>) -> Result<(), Failure> {
        let window_bytes = self.entries.len() as u64 / ENTRY_BYTES * PAGE;
        let mut window = mapping.start;
        while window < mapping.end {
            let end = mapping.end.min(window + window_bytes);
            self.write_window(mapping, window, end)?;
            window = end;
        }
        Ok(())
    }

    fn write_window(&mut self, mapping: &Mapping<'_>, start: u64, end: u64) -> Result<(), Failure> {
        let pages = (end - start) / PAGE;
        // Every page of a mapped file is written, also one that is not in memory yet: reading it
        // loads it. The exception is a mapping without any access (`PROT_NONE`). Every page of the
        // vDSO is written, too, because the page map has no entries for it.
        let writes_every_page =
            mapping.is_file && mapping.protection != 0 || mapping.path == b"[vdso]";
        if !writes_every_page {
            let length = usize::try_from(pages * ENTRY_BYTES).unwrap_or(0);
            let entries = self.entries.get_mut(..length).unwrap_or_default();
            self.pagemap
                .read_exact_at(entries, start / PAGE * ENTRY_BYTES)
                .map_err(Failure::Read)?;
        }
        let is_wanted = |entries: &[u8], page: u64| {
            writes_every_page || entry(entries, page) & PRESENT_OR_SWAPPED != 0
        };
        let mut page = 0;
        while page < pages {
            if !is_wanted(self.entries, page) {
                page += 1;
                continue;
            }
            let first = page;
            while page < pages
                && (page - first) * PAGE < MAX_DATA_BYTES
                && is_wanted(self.entries, page)
            {
                page += 1;
            }
            let [from, to] = [start + first * PAGE, start + page * PAGE];
            self.write_pages(mapping, from, to)?;
        }
        Ok(())
    }

    /// Writes the pages of a range, except pages of zeros.
    fn write_pages(&mut self, mapping: &Mapping<'_>, from: u64, to: u64) -> Result<(), Failure> {
        for (address, is_written) in &mut self.needed {
            *is_written |= (from..to).contains(address);
        }
        let length = usize::try_from(to - from).unwrap_or(0);
        let bytes = if mapping.is_file || mapping.protection & READ == 0 {
            // Reading in place would raise SIGBUS for a page beyond the end of the file, and
            // SIGSEGV for one that may not be read. A page that cannot be read is restored as
            // zeros.
            let copy = self.copy.get_mut(..length).unwrap_or_default();
            for (i, page) in copy.chunks_mut(4096).enumerate() {
                if self.mem.read_exact_at(page, from + i as u64 * PAGE).is_err() {
                    page.fill(0);
                }
            }
            &*copy
        } else {
            // SAFETY: anonymous memory of this process, which is mapped and readable according to
            // `maps`. There is no other thread to change it (contract of [`super::write`]). This
            // thread changes only three things: the stack below the frame of the checkpoint, the
            // writer, and the arena. The restored process uses none of them.
            unsafe { std::slice::from_raw_parts(from as *const u8, length) }
        };
        let mut address = from;
        for (is_zero, run) in zero_runs(bytes) {
            if !is_zero {
                self.writer.data(address, run).map_err(Failure::Write)?;
            }
            address += run.len() as u64;
        }
        if self.writer.bytes() - self.reported > PROGRESS_BYTES {
            self.reported = self.writer.bytes();
            self.status.send(Report::Progress(self.reported));
            restart_alarm();
        }
        Ok(())
    }
}

/// Returns the entry of a page in the page map.
fn entry(entries: &[u8], page: u64) -> u64 {
    let start = usize::try_from(page * ENTRY_BYTES).unwrap_or(usize::MAX);
    let bytes = entries.get(start..).and_then(|rest| rest.first_chunk::<8>());
    bytes.map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}

fn read_all(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    loop {
        match file.read(buffer.get_mut(length..).unwrap_or_default()) {
            Ok(0) if length == buffer.len() => return Err(io::ErrorKind::OutOfMemory.into()),
            Ok(0) => return Ok(length),
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Memory of the writer. It is not part of the image.
pub(super) struct Arena {
    start: *mut u8,
}

/// The buffers in the arena.
struct Parts<'a> {
    maps: &'a mut [u8],
    entries: &'a mut [u8],
    copy: &'a mut [u8],
}

/// Room for the text of `/proc/self/maps`. A line has about 50 bytes, or 75 to 200 with a path, and
/// a process has at most 65,530 mappings by default.
const MAPS_BYTES: usize = 13 << 20;
/// Room for the page map entries of 32 MB of memory.
const ENTRIES_BYTES: usize = 64 << 10;
const COPY_BYTES: usize = 1 << 20;
const ARENA_BYTES: usize = MAPS_BYTES + ENTRIES_BYTES + COPY_BYTES;

impl Arena {
    pub(super) fn new() -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: maps new memory at an address that the kernel chooses.
        let start = unsafe { libc::mmap(ptr::null_mut(), ARENA_BYTES, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // With huge pages, the unused rest of the arena would take memory.
        // SAFETY: advice on the mapping that was created above.
        unsafe { libc::madvise(start, ARENA_BYTES, libc::MADV_NOHUGEPAGE) };
        Ok(Self { start: start.cast() })
    }

    fn range(&self) -> (u64, u64) {
        let start = self.start as u64;
        (start, start + ARENA_BYTES as u64)
    }

    fn parts<'a>(&self) -> Parts<'a> {
        // SAFETY: the arena has this size and is never unmapped. Its parts are used once, because
        // the process writes one image and exits.
        let all = unsafe { std::slice::from_raw_parts_mut(self.start, ARENA_BYTES) };
        let (maps, rest) = all.split_at_mut(MAPS_BYTES);
        let (entries, copy) = rest.split_at_mut(ENTRIES_BYTES);
        Parts { maps, entries, copy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_beyond_the_buffer_are_of_absent_pages() {
        let entries: Vec<u8> = [1_u64, PRESENT_OR_SWAPPED].map(u64::to_ne_bytes).concat();
        let found = [0, 1, 2, u64::MAX / ENTRY_BYTES].map(|page| entry(&entries, page));
        assert_eq!(found, [1, PRESENT_OR_SWAPPED, 0, 0]);
    }

    #[test]
    fn a_file_that_fills_the_buffer_may_be_longer() {
        let read =
            |length| read_all(&mut File::open("/proc/self/status").unwrap(), &mut vec![0; length]);
        assert_eq!(read(16).unwrap_err().kind(), io::ErrorKind::OutOfMemory);
        assert!(read(1 << 20).unwrap() > 100);
    }

    #[test]
    fn the_arena_is_not_among_the_wanted_mappings() {
        let arena = Arena::new().unwrap();
        let (start, end) = arena.range();
        let maps = std::fs::read("/proc/self/maps").unwrap();
        let is_inside = |mapping: &Mapping<'_>| mapping.start < end && mapping.end > start;
        assert!(mappings(&maps).any(|mapping| is_inside(&mapping)));
        assert!(!wanted(&maps, (start, end)).any(|mapping| is_inside(&mapping)));
    }
}
