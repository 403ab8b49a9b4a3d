//! Parses the list of mappings in `/proc/PID/smaps` as a stream.
//!
//! A record is a header like a line of `/proc/PID/maps`, followed by lines `Name: value`. The
//! kernel's version determines the lines, so all of them are optional. Without `VmFlags` (before
//! Linux 3.8, or gVisor), V8's heap counts as other anonymous memory.

use std::io::{self, BufRead};

use crate::fields::amount;

/// Maximum length of a line in bytes. A path has at most 4,096 bytes, and the kernel may escape
/// each of them as four.
const MAX_LINE_BYTES: usize = 32 << 10;

/// The fields that are read. Headers begin with a digit or a lowercase letter.
const FIELDS: [&[u8]; 3] = [b"Rss:", b"Swap:", b"VmFlags:"];

/// The allowed accesses to the pages of a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Permissions {
    /// Reading is allowed.
    pub read: bool,
    /// Writing is allowed.
    pub write: bool,
    /// Execution is allowed.
    pub execute: bool,
}

impl Permissions {
    /// Returns whether no access is allowed, as for guard pages and reserved addresses.
    #[must_use]
    pub fn is_none(self) -> bool {
        !(self.read || self.write || self.execute)
    }
}

/// One mapping of a process.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Mapping {
    /// Address of the first byte.
    pub start: u64,
    /// Address after the last byte.
    pub end: u64,
    /// The allowed accesses.
    pub permissions: Permissions,
    /// Inode of the file. 0 for memory without a file.
    pub inode: u64,
    /// Path of the file, or the kernel's name for the mapping, such as `[heap]`. Empty if it has
    /// none.
    pub name: String,
    /// Resident bytes (`Rss`).
    pub resident: u64,
    /// Bytes swapped out (`Swap`).
    pub swap: u64,
    /// Whether `fork` excludes it (`dc` in `VmFlags`). V8 excludes its heap.
    pub is_dont_fork: bool,
    /// Whether it was mapped with `MAP_NORESERVE` (`nr` in `VmFlags`).
    pub is_no_reserve: bool,
}

impl Mapping {
    /// Returns the size of the address range in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Parses a header line: `00400000-00452000 r-xp 00000000 08:02 173521  /usr/bin/node`.
    fn from_header(line: &str) -> Option<Self> {
        let (addresses, rest) = line.split_once(' ')?;
        let (start, end) = addresses.split_once('-')?;
        let start = u64::from_str_radix(start, 16).ok()?;
        let end = u64::from_str_radix(end, 16).ok()?;
        let mut rest = rest;
        let permissions = word(&mut rest)?;
        let _offset = word(&mut rest)?;
        let _device = word(&mut rest)?;
        let inode = word(&mut rest)?.parse().ok()?;
        let allows = |at: usize, letter: u8| permissions.as_bytes().get(at) == Some(&letter);
        let permissions =
            Permissions { read: allows(0, b'r'), write: allows(1, b'w'), execute: allows(2, b'x') };
        let name = rest.trim_start().to_owned();
        (start <= end).then(|| Self { start, end, permissions, inode, name, ..Self::default() })
    }

    /// Stores the value of a line of the record. Skips unknown lines.
    fn note(&mut self, line: &str) {
        let Some((name, value)) = line.split_once(':') else { return };
        match name {
            "Rss" => self.resident = amount(value).unwrap_or(0).min(self.size()),
            "Swap" => self.swap = amount(value).unwrap_or(0),
            "VmFlags" => {
                let has = |wanted: &str| value.split_ascii_whitespace().any(|flag| flag == wanted);
                self.is_dont_fork = has("dc");
                self.is_no_reserve = has("nr");
            }
            _ => {}
        }
    }
}

/// Removes the next word, and one space after it, from `text`.
fn word<'a>(text: &mut &'a str) -> Option<&'a str> {
    let (word, rest) = text.trim_start().split_once(' ').unwrap_or((text.trim_start(), ""));
    *text = rest;
    (!word.is_empty()).then_some(word)
}

/// Returns the mappings in the order of the text. The kernel orders them by address.
///
/// Skips unknown lines, and lines before the first header. A text that ends early yields its
/// complete records, and the known part of the last one.
///
/// # Errors
/// Those of `reader`.
pub fn parse(mut reader: impl BufRead) -> io::Result<Vec<Mapping>> {
    let mut mappings: Vec<Mapping> = Vec::new();
    let mut bytes = Vec::new();
    while read_line(&mut reader, &mut bytes)? {
        if !is_needed(&bytes) {
            continue;
        }
        let line = String::from_utf8_lossy(&bytes);
        if let Some(mapping) = Mapping::from_header(&line) {
            mappings.push(mapping);
        } else if let Some(last) = mappings.last_mut() {
            last.note(&line);
        }
    }
    Ok(mappings)
}

/// Returns whether a line is a header or a known field. A record has two dozen fields, and a
/// process thousands of records.
fn is_needed(line: &[u8]) -> bool {
    let is_field = line.first().is_some_and(u8::is_ascii_uppercase);
    !is_field || FIELDS.iter().any(|field| line.starts_with(field))
}

/// Reads a line without its line end. Skips the rest of a line that is too long. Returns `false` at
/// the end of the text.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_any = false;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(is_any);
        }
        is_any = true;
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        let room = MAX_LINE_BYTES.saturating_sub(line.len());
        line.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
00400000-00b6f000 r--p 00000000 fe:00 247584                             /usr/bin/no de
Size:               7612 kB
Rss:                5948 kB
Swap:                  4 kB
VmFlags: rd mr mw me 
7f6c90000000-7f6c93200000 rw-p 00000000 00:00 0 
Rss:               51200 kB
VmFlags: rd wr mr mw me dc nr 
";

    #[test]
    fn headers_and_fields_are_read() {
        let [file, heap] = &parse(TEXT.as_bytes()).unwrap()[..] else { panic!("two mappings") };
        assert_eq!((file.start, file.end), (0x0040_0000, 0x00b6_f000));
        assert_eq!((file.name.as_str(), file.inode), ("/usr/bin/no de", 247_584));
        assert_eq!((file.resident, file.swap), (5948 << 10, 4 << 10));
        assert!(file.permissions.read && !file.permissions.write && !file.is_dont_fork);
        assert_eq!((heap.name.as_str(), heap.resident), ("", 51_200 << 10));
        assert!(heap.permissions.write && heap.is_dont_fork && heap.is_no_reserve);
    }

    #[test]
    fn the_flag_that_excludes_from_fork_is_a_whole_word_of_its_own_mapping() {
        let text = "\
7f0000001000-7f0000003000 rw-p 00000000 00:00 0 \n\
VmFlags: rd wr mr mw me dc ac \n\
7f0000003000-7f0000004000 r-xp 00000000 08:01 12 /usr/lib/dc-a: b.so\n\
VmFlags: rd ex mr mw me ddc \n\
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n\
VmFlags: ex dc\n";
        let mappings = parse(text.as_bytes()).unwrap();
        let marked = mappings.iter().filter(|mapping| mapping.is_dont_fork);
        let ranges: Vec<_> = marked.map(|mapping| (mapping.start, mapping.size())).collect();
        assert_eq!(ranges, [(0x7f00_0000_1000, 0x2000), (0xffff_ffff_ff60_0000, 0x1000)]);
    }

    #[test]
    fn every_prefix_gives_the_records_that_were_there() {
        let whole = parse(TEXT.as_bytes()).unwrap();
        for end in 0..TEXT.len() {
            let cut = parse(&TEXT.as_bytes()[..end]).unwrap();
            assert!(cut.len() <= whole.len());
            for (cut, whole) in cut.iter().zip(&whole) {
                assert!(cut.end <= whole.end && cut.resident <= whole.resident);
            }
        }
    }

    #[test]
    fn damaged_numbers_are_left_out() {
        let text = "10-20 rw-p 0 0:0 0\nRss: 99999999999999999999 kB\nRss: x\nSwap: -1 kB\n\
                    20-10 rw-p 0 0:0 0\nzz-zz rw-p 0 0:0 0\n1-2\n";
        let mappings = parse(text.as_bytes()).unwrap();
        assert_eq!(mappings.len(), 1);
        assert_eq!(mappings[0].resident, 0);
    }

    #[test]
    fn no_mapping_has_more_resident_bytes_than_addresses() {
        let mappings = parse(&b"1000-2000 rw-p 0 0:0 0\nRss: 4096 kB\n"[..]).unwrap();
        assert_eq!(mappings[0].resident, 0x1000);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let long = [b"1000-2000 rw-p 0 0:0 0 /".as_slice(), &vec![b'x'; 1 << 20]].concat();
        assert_eq!(parse(long.as_slice()).unwrap()[0].name.len() >> 15, 0);
    }

    #[test]
    fn a_name_that_is_no_text_is_read() {
        let mappings = parse(&b"1000-2000 rw-s 0 0:0 5 /\xff\xfe\n"[..]).unwrap();
        assert_eq!((mappings[0].inode, mappings[0].name.chars().count()), (5, 3));
    }
}
