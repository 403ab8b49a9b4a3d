//! Writes the memory of this process. Allocates and maps nothing while it does.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::ptr;

use capture::{Report, Sink, errno_of};
use image::{MAX_DATA_BYTES, Mapping, PAGE, Patch, Record, Registers, Writer, mappings};

use super::super::status::Sender;

/// Everything that is needed to write this process, opened and allocated before.
pub(super) struct Memory<'a> {
    pub(super) writer: Writer<Sink>,
    /// `/proc/self/maps`.
    pub(super) maps: File,
    /// `/proc/self/pagemap`.
    pub(super) pagemap: File,
    /// `/proc/self/mem`.
    pub(super) contents: File,
    pub(super) arena: Arena,
    pub(super) patches: Vec<Patch>,
    /// What `sbrk(0)` says.
    pub(super) heap_end: u64,
    /// The descriptor of the snapshot.
    pub(super) output: u64,
    pub(super) status: &'a Sender,
    /// The bytes of the image, or why there is none.
    pub(super) result: Result<u64, Report>,
}

/// How far the kernel lets the stack of the main thread grow by default.
const STACK_BYTES: u64 = 8 << 20;

/// The kernel keeps this distance between the stack and what lies below.
const STACK_GAP: u64 = 1 << 20;

/// Bytes of the image between two reports of progress.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Failed writes and failed reads.
enum Fault {
    Write(io::Error),
    Read(io::Error),
}

impl Memory<'_> {
    /// Writes all records, and notes the result.
    pub(super) fn write(&mut self, registers: Registers) {
        self.result = self.write_all(registers).map_err(|fault| match fault {
            Fault::Write(error) => Report::WriteFailed(errno_of(&error)),
            Fault::Read(error) => Report::Unreadable(errno_of(&error)),
        });
    }

    fn write_all(&mut self, registers: Registers) -> Result<u64, Fault> {
        let Parts { maps: text, entries, copy } = self.arena.parts();
        let length = read_all(&mut self.maps, text).map_err(Fault::Read)?;
        let arena = self.arena.range();
        let all = || wanted(text.get(..length).unwrap_or_default(), arena);
        let mut heap = None;
        let mut previous_end = 0;
        for mapping in all() {
            let mut address = mapping.start;
            if mapping.path == b"[stack]" {
                let lowest = mapping.end.saturating_sub(STACK_BYTES);
                address = lowest.max(previous_end + STACK_GAP).min(mapping.start);
            } else if mapping.path == b"[heap]" {
                heap.get_or_insert(mapping.start);
            }
            previous_end = mapping.end;
            let length = mapping.end - address;
            self.writer.record(Record::Map { address, length }).map_err(Fault::Write)?;
        }
        let mut contents = Contents {
            writer: &mut self.writer,
            pagemap: &self.pagemap,
            memory: &self.contents,
            entries,
            copy,
            status: self.status,
            reported: 0,
            needed: [registers.rsp, registers.rip].map(|address| (address, false)),
        };
        for mapping in all().filter(|mapping| !is_device(mapping)) {
            contents.write(&mapping)?;
        }
        if contents.needed.iter().any(|(_, is_written)| !is_written) {
            // The kernel did not tell what is there.
            return Err(Fault::Read(io::Error::from_raw_os_error(libc::EIO)));
        }
        for patch in &self.patches {
            self.writer.data(patch.address, &patch.code).map_err(Fault::Write)?;
        }
        for Mapping { start, end, protection, path, .. } in all() {
            if protection != READ_WRITE && path != b"[stack]" {
                let record = Record::Protect { address: start, length: end - start, protection };
                self.writer.record(record).map_err(Fault::Write)?;
            }
        }
        if let Some(address) = heap
            && let Some(length) = self.heap_end.checked_sub(address)
        {
            self.writer.record(Record::Break { address, length }).map_err(Fault::Write)?;
        }
        self.writer.finish(registers, self.output).map_err(Fault::Write)
    }
}

const READ: u64 = 1;
const READ_WRITE: u64 = 3;

/// The mappings of this process but the arena, which may have merged with its neighbours, and
/// but what only the kernel can map.
fn wanted(text: &[u8], (start, end): (u64, u64)) -> impl Iterator<Item = Mapping<'_>> {
    let kernel: [&[u8]; 3] = [b"[vsyscall]", b"[vvar", b"[uprobes"];
    mappings(text)
        .filter(move |mapping| !kernel.iter().any(|name| mapping.path.starts_with(name)))
        .flat_map(move |mapping| {
            if mapping.end <= start || mapping.start >= end {
                return [Some(mapping), None];
            }
            let below = (mapping.start < start).then_some(Mapping { end: start, ..mapping });
            let above = (mapping.end > end).then_some(Mapping { start: end, ..mapping });
            [below, above]
        })
        .flatten()
}

/// Whether the mapping is memory of a device, whose content means nothing elsewhere.
fn is_device(mapping: &Mapping<'_>) -> bool {
    let memory: [&[u8]; 2] = [b"/dev/shm/", b"/dev/zero"];
    mapping.path.starts_with(b"/dev/") && !memory.iter().any(|path| mapping.path.starts_with(path))
}

/// Writes what is in memory.
struct Contents<'a> {
    writer: &'a mut Writer<Sink>,
    pagemap: &'a File,
    memory: &'a File,
    /// Entries of the page map.
    entries: &'a mut [u8],
    /// Pages that cannot be read in place.
    copy: &'a mut [u8],
    status: &'a Sender,
    reported: u64,
    /// Addresses without which the process cannot go on.
    needed: [(u64, bool); 2],
}

/// Bytes of an entry of the page map.
const ENTRY_BYTES: u64 = 8;

/// The page is in memory or in swap.
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

impl Contents<'_> {
    fn write(&mut self, mapping: &Mapping<'_>) -> Result<(), Fault> {
        let window_bytes = self.entries.len() as u64 / ENTRY_BYTES * PAGE;
        let mut window = mapping.start;
        while window < mapping.end {
            let end = mapping.end.min(window + window_bytes);
            self.write_window(mapping, window, end)?;
            window = end;
        }
        Ok(())
    }

    fn write_window(&mut self, mapping: &Mapping<'_>, start: u64, end: u64) -> Result<(), Fault> {
        let pages = (end - start) / PAGE;
        // Pages of a file that are not there yet are read from it, those of the vDSO have no entry.
        let is_complete = mapping.is_file && mapping.protection != 0 || mapping.path == b"[vdso]";
        if !is_complete {
            let length = usize::try_from(pages * ENTRY_BYTES).unwrap_or(0);
            let entries = self.entries.get_mut(..length).unwrap_or_default();
            self.pagemap.read_exact_at(entries, start / PAGE * ENTRY_BYTES).map_err(Fault::Read)?;
        }
        let is_wanted = |entries: &[u8], page: u64| {
            is_complete || entry(entries, page) & PRESENT_OR_SWAPPED != 0
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

    /// Writes pages of memory, but none that is all zeros.
    fn write_pages(&mut self, mapping: &Mapping<'_>, from: u64, to: u64) -> Result<(), Fault> {
        for (address, is_written) in &mut self.needed {
            *is_written |= (from..to).contains(address);
        }
        let length = usize::try_from(to - from).unwrap_or(0);
        let bytes = if mapping.is_file || mapping.protection & READ == 0 {
            // A page beyond the end of its file would be a SIGBUS, an unreadable one a SIGSEGV.
            let copy = self.copy.get_mut(..length).unwrap_or_default();
            for (i, page) in copy.chunks_mut(4096).enumerate() {
                if self.memory.read_exact_at(page, from + i as u64 * PAGE).is_err() {
                    page.fill(0);
                }
            }
            &*copy
        } else {
            // SAFETY: anonymous memory of this process, mapped and readable as `maps` says. No
            // other thread changes it (contract of `write`), and this one changes only its own
            // stack, the encoder and the page map, of which any state will do.
            unsafe { std::slice::from_raw_parts(from as *const u8, length) }
        };
        let mut address = from;
        for (is_zero, run) in runs(bytes) {
            if !is_zero {
                self.writer.data(address, run).map_err(Fault::Write)?;
            }
            address += run.len() as u64;
        }
        if self.writer.bytes() - self.reported > PROGRESS_BYTES {
            self.reported = self.writer.bytes();
            self.status.send(Report::Progress(self.reported));
        }
        Ok(())
    }
}

/// The entry of a page in the page map.
fn entry(entries: &[u8], page: u64) -> u64 {
    let start = usize::try_from(page * ENTRY_BYTES).unwrap_or(usize::MAX);
    let bytes = entries.get(start..).and_then(|rest| rest.first_chunk::<8>());
    bytes.map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}

/// Splits pages into runs that are all zeros, and runs in which no page is. Tells which it is.
fn runs(pages: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    let mut rest = pages.chunks(4096).map(is_zero).peekable();
    let mut left = pages;
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut count = 1;
        while rest.next_if_eq(&first).is_some() {
            count += 1;
        }
        let (run, after) = left.split_at_checked(count * 4096).unwrap_or((left, &[]));
        left = after;
        Some((first, run))
    })
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(512).all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
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

/// Memory of the writer, which is not part of the image.
pub(super) struct Arena {
    start: *mut u8,
}

/// What the arena is used for.
struct Parts<'a> {
    maps: &'a mut [u8],
    entries: &'a mut [u8],
    copy: &'a mut [u8],
}

/// Text of `/proc/self/maps`: a mapping takes 75 to 200 bytes, and the default limit is 65,530.
const MAPS_BYTES: usize = 13 << 20;
/// The page map of 32 MB.
const ENTRIES_BYTES: usize = 64 << 10;
const COPY_BYTES: usize = 1 << 20;
const ARENA_BYTES: usize = MAPS_BYTES + ENTRIES_BYTES + COPY_BYTES;

impl Arena {
    pub(super) fn new() -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: asks for memory that nobody has.
        let start = unsafe { libc::mmap(ptr::null_mut(), ARENA_BYTES, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // Only what is used is to take memory.
        // SAFETY: advice on memory of our own.
        unsafe { libc::madvise(start, ARENA_BYTES, libc::MADV_NOHUGEPAGE) };
        Ok(Self { start: start.cast() })
    }

    fn range(&self) -> (u64, u64) {
        let start = self.start as u64;
        (start, start + ARENA_BYTES as u64)
    }

    fn parts<'a>(&self) -> Parts<'a> {
        // SAFETY: the arena has this size, is never unmapped, and its parts are handed out once:
        // the process ends after it has written one image.
        let all = unsafe { std::slice::from_raw_parts_mut(self.start, ARENA_BYTES) };
        let (maps, rest) = all.split_at_mut(MAPS_BYTES);
        let (entries, copy) = rest.split_at_mut(ENTRIES_BYTES);
        Parts { maps, entries, copy }
    }
}
