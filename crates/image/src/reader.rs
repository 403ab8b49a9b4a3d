//! Reads an image, and rejects one that [`Writer`](crate::Writer) cannot have written.

use std::io::{BufRead, BufReader, Read};
use std::ops::Range;

use zstd::stream::read::Decoder;

use crate::PAGE;
use crate::error::{Error, Kind};
use crate::hashing::{HASH_BYTES, Hashing};
use crate::header::Header;
use crate::record::{MAX_DATA_BYTES, RECORD_BYTES, Record, Registers};
use crate::writer::{TRAILER_BYTES, TRAILER_MAGIC};

/// Lowest address of an image. The restorer uses the memory below, where no x86-64 program is
/// loaded.
pub(crate) const MIN_ADDRESS: u64 = 2 << 20;

/// End of the address space of a process on x86-64 with four levels of page tables.
pub(crate) const MAX_ADDRESS: u64 = 0x7fff_ffff_f000;

/// Maximum number of mappings without a common border. The kernel's limit, `vm.max_map_count`, is
/// 65,530 by default.
const MAX_MAPPINGS: usize = 1 << 20;

/// Highest number of a descriptor on Linux with the default of `fs.nr_open`.
const MAX_DESCRIPTOR: u64 = 1 << 20;

/// `PROT_READ | PROT_WRITE | PROT_EXEC`.
const ALL_PROTECTION: u64 = 7;
const EXECUTE: u64 = 4;

/// Maximum window of the zstd frame, as a power of two. Level 1 uses 19.
const MAX_WINDOW_LOG: u32 = 22;

/// The kinds of records, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Map,
    Data,
    Protect,
    Break,
    Start,
}

/// Reads an image record by record. Uses a few MB of memory for an image of any size.
pub struct Reader<R: Read> {
    header: Header,
    /// `None` after the last record.
    frame: Option<Decoder<'static, Hashing<BufReader<R>>>>,
    section: Section,
    /// Mapped ranges by ascending address. Adjacent ones are merged.
    mapped: Vec<Range<u64>>,
    executable: Vec<Range<u64>>,
    /// Number of bytes of the last record's content that were not read yet.
    content: u64,
    records: u64,
    raw_bytes: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`] if `input` is not an image, [`Kind::Unsupported`] if it has another
    /// version, [`Kind::Io`] if it cannot be read.
    pub fn new(input: R) -> Result<Self, Error> {
        let mut input = Hashing::new(BufReader::with_capacity(256 << 10, input));
        let header = Header::read(&mut input)?;
        let mut frame = Decoder::with_buffer(input)?.single_frame();
        frame.window_log_max(MAX_WINDOW_LOG)?;
        Ok(Self {
            header,
            frame: Some(frame),
            section: Section::Map,
            mapped: Vec::new(),
            executable: Vec::new(),
            content: 0,
            records: 0,
            raw_bytes: 0,
        })
    }

    /// Returns the header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the size in bytes of the records read so far, with their contents.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        self.raw_bytes
    }

    /// Returns the next record, or `None` after [`Record::Start`]. Skips unread content. Checks the
    /// trailer before it returns [`Record::Start`], so that a process is never started from a
    /// damaged image.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`] or [`Kind::Io`].
    #[expect(clippy::should_implement_trait, reason = "the content is read between two records")]
    pub fn next(&mut self) -> Result<Option<Record>, Error> {
        while self.content > 0 {
            let mut rest = [0; 4096];
            let length = rest.len().min(usize::try_from(self.content).unwrap_or(usize::MAX));
            self.read_content(&mut rest[..length])?;
        }
        let Some(frame) = &mut self.frame else { return Ok(None) };
        let mut bytes = [0; RECORD_BYTES];
        frame.read_exact(&mut bytes)?;
        self.raw_bytes += bytes.len() as u64;
        self.records += 1;
        let record =
            Record::decode(&bytes).ok_or_else(|| Error::damaged("a record of an unknown form"))?;
        self.check(record).map_err(|what| {
            Error::damaged(format_args!("{what} (record {}: {record:x?})", self.records))
        })?;
        if let Record::Start { .. } = record {
            self.check_trailer()?;
        }
        Ok(Some(record))
    }

    /// Fills `buffer` with the next bytes of the content of the last record, a [`Record::Data`].
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`] if fewer bytes are left, or [`Kind::Io`].
    pub fn read_content(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        let left = self.content.checked_sub(buffer.len() as u64);
        let (Some(frame), Some(left)) = (&mut self.frame, left) else {
            return Err(Error::new(Kind::Damaged, "no content is left of this record"));
        };
        frame.read_exact(buffer)?;
        self.content = left;
        self.raw_bytes += buffer.len() as u64;
        Ok(())
    }

    fn check(&mut self, record: Record) -> Result<(), &'static str> {
        let (section, is_repeatable) = match record {
            Record::Map { .. } => (Section::Map, true),
            Record::Data { .. } => (Section::Data, true),
            Record::Protect { .. } => (Section::Protect, true),
            Record::Break { .. } => (Section::Break, false),
            Record::Start { .. } => (Section::Start, false),
        };
        if section < self.section || section == self.section && !is_repeatable {
            return Err("a record in the wrong place");
        }
        self.section = section;
        match record {
            Record::Map { address, length } => self.map(&pages(address, length)?),
            Record::Data { address, length } => {
                if length == 0 || length > MAX_DATA_BYTES {
                    return Err("data of a wrong length");
                }
                self.content = length;
                self.require_mapped(&range(address, length)?)
            }
            Record::Protect { address, length, protection } => {
                let range = pages(address, length)?;
                self.require_mapped(&range)?;
                if protection > ALL_PROTECTION {
                    return Err("an unknown protection");
                }
                if protection & EXECUTE != 0 {
                    self.executable.push(range);
                }
                Ok(())
            }
            Record::Break { address, length } => {
                range(address, length)?;
                Ok(())
            }
            Record::Start { registers, output } => self.check_start(registers, output),
        }
    }

    fn map(&mut self, range: &Range<u64>) -> Result<(), &'static str> {
        let is_full = self.mapped.len() == MAX_MAPPINGS;
        match self.mapped.last_mut() {
            Some(last) if range.start < last.end => return Err("memory that is mapped twice"),
            Some(last) if range.start == last.end => last.end = range.end,
            _ if is_full => return Err("too many mappings"),
            _ => self.mapped.push(range.clone()),
        }
        Ok(())
    }

    fn require_mapped(&self, wanted: &Range<u64>) -> Result<(), &'static str> {
        let after = self.mapped.partition_point(|range| range.start <= wanted.start);
        let range = after.checked_sub(1).and_then(|before| self.mapped.get(before));
        match range {
            Some(range) if wanted.end <= range.end => Ok(()),
            _ => Err("an address outside of what is mapped"),
        }
    }

    fn check_start(&self, registers: Registers, output: u64) -> Result<(), &'static str> {
        let Registers { rsp, rip, fs, mxcsr, fcw } = registers;
        // The process pops its return address and saved registers, 64 bytes, at once.
        self.require_mapped(&range(rsp, 64)?)?;
        self.require_mapped(&range(fs, 8)?)?;
        if !self.executable.iter().any(|range| range.contains(&rip)) {
            return Err("a start outside of executable memory");
        }
        // The other bits are reserved. Setting one of MXCSR raises a fault.
        if mxcsr > 0xFFFF || fcw > 0xFFFF {
            return Err("wrong control words");
        }
        // The restorer uses the first three.
        if !(3..=MAX_DESCRIPTOR).contains(&output) {
            return Err("a wrong descriptor");
        }
        Ok(())
    }

    /// Reads to the end of the file.
    fn check_trailer(&mut self) -> Result<(), Error> {
        let Some(mut frame) = self.frame.take() else { return Ok(()) };
        // The decoder checks the checksum of the frame at its end.
        if frame.read(&mut [0])? != 0 {
            return Err(Error::damaged("records after the last one"));
        }
        let mut input = frame.finish();
        let mut counts = [0; TRAILER_BYTES - HASH_BYTES];
        input.read_exact(&mut counts)?;
        let (bytes, hash) = (input.passed() + HASH_BYTES as u64, input.hash());
        let expected: [u8; TRAILER_BYTES - HASH_BYTES] =
            crate::record::bytes_of([TRAILER_MAGIC, self.records, self.raw_bytes, bytes]);
        if counts != expected {
            return Err(Error::damaged("its sizes are not those of the trailer"));
        }
        let mut expected = [0; HASH_BYTES];
        input.read_exact(&mut expected)?;
        if hash != expected {
            return Err(Error::damaged("its hash is not that of the trailer"));
        }
        if !input.fill_buf()?.is_empty() {
            return Err(Error::damaged("bytes after the trailer"));
        }
        Ok(())
    }
}

/// Returns the addresses of a range, if an image may use them.
fn range(address: u64, length: u64) -> Result<Range<u64>, &'static str> {
    let end = address.checked_add(length).filter(|&end| end <= MAX_ADDRESS);
    match end {
        Some(end) if address >= MIN_ADDRESS => Ok(address..end),
        _ => Err("an address that no process has"),
    }
}

/// Like [`range`], for whole pages.
fn pages(address: u64, length: u64) -> Result<Range<u64>, &'static str> {
    let is_aligned = address.is_multiple_of(PAGE) && length.is_multiple_of(PAGE);
    if !is_aligned || length == 0 {
        return Err("a range that is not of whole pages");
    }
    range(address, length)
}
