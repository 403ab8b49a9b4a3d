//! Parses `/proc/PID/maps`. Allocates nothing.

/// A mapping of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// Address of the first byte.
    pub start: u64,
    /// Address after the last byte.
    pub end: u64,
    /// `PROT_READ` (1), `PROT_WRITE` (2) and `PROT_EXEC` (4).
    pub protection: u64,
    /// Whether it maps a file.
    pub is_file: bool,
    /// The path of the file, or the kernel's name for the mapping, such as `[stack]`.
    pub path: &'a [u8],
}

impl<'a> Mapping<'a> {
    /// Returns whether only the kernel can create the mapping.
    #[must_use]
    pub fn is_of_kernel(&self) -> bool {
        let names: [&[u8]; 3] = [b"[vsyscall]", b"[vvar", b"[uprobes"];
        names.iter().any(|name| self.path.starts_with(name))
    }

    /// Returns whether the mapping is memory of a device, whose content is useless in another
    /// process.
    #[must_use]
    pub fn is_device(&self) -> bool {
        let memory: [&[u8]; 2] = [b"/dev/shm/", b"/dev/zero"];
        self.path.starts_with(b"/dev/") && !memory.iter().any(|path| self.path.starts_with(path))
    }

    /// Returns the parts of the mapping below and above a range of addresses.
    #[must_use]
    pub fn without(self, (start, end): (u64, u64)) -> [Option<Mapping<'a>>; 2] {
        if self.end <= start || self.start >= end {
            return [Some(self), None];
        }
        let below = (self.start < start).then_some(Mapping { end: start, ..self });
        let above = (self.end > end).then_some(Mapping { start: end, ..self });
        [below, above]
    }
}

/// Returns the mappings in `text`. Skips lines that it cannot parse.
pub fn mappings(text: &[u8]) -> impl Iterator<Item = Mapping<'_>> + Clone {
    text.split(|&byte| byte == b'\n').filter_map(parse)
}

/// Parses a line like `7f00-8000 rw-p 00000000 fe:00 1234      /path`.
fn parse(line: &[u8]) -> Option<Mapping<'_>> {
    let mut fields = line.splitn(6, |&byte| byte == b' ');
    let addresses = fields.next()?;
    let dash = addresses.iter().position(|&byte| byte == b'-')?;
    let (start, end) = (hex(addresses.get(..dash)?)?, hex(addresses.get(dash + 1..)?)?);
    let flags = fields.next()?;
    let flag = |at: usize, letter: u8, bit: u64| {
        if flags.get(at) == Some(&letter) { bit } else { 0 }
    };
    let protection = flag(0, b'r', 1) | flag(1, b'w', 2) | flag(2, b'x', 4);
    let inode = fields.nth(2)?;
    let path = fields.next().unwrap_or_default().trim_ascii_start();
    (start < end).then_some(Mapping { start, end, protection, is_file: inode != b"0", path })
}

fn hex(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernel_are_read() {
        let text = b"00400000-00452000 r-xp 00001000 08:02 173521      /usr/bin/a b\n\
            7ffd-7fff rw-p 00000000 00:00 0                          [stack]\n\
            8000-9000 ---p 00000000 00:00 0 \nnonsense\n5-4 r--p 0 0 0\n";
        let all: Vec<_> = mappings(text).collect();
        let [program, stack, reserved] = all[..] else { panic!("{all:?}") };
        assert_eq!((program.start, program.end, program.protection), (0x40_0000, 0x45_2000, 5));
        assert!(program.is_file && program.path == b"/usr/bin/a b");
        assert!(!stack.is_file && stack.path == b"[stack]");
        assert_eq!((reserved.protection, reserved.path), (0, &b""[..]));
    }

    fn mapping(path: &[u8]) -> Mapping<'_> {
        Mapping { start: 0x2000, end: 0x6000, protection: 3, is_file: false, path }
    }

    #[test]
    fn devices_are_not_memory() {
        for path in [&b"/dev/nvidia0"[..], b"/dev/dri/card0"] {
            assert!(mapping(path).is_device());
        }
        for path in [&b""[..], b"/dev/shm/a", b"/dev/zero (deleted)", b"/usr/dev/a", b"[heap]"] {
            assert!(!mapping(path).is_device());
        }
    }

    #[test]
    fn mappings_of_the_kernel_are_known_by_name() {
        for path in [&b"[vsyscall]"[..], b"[vvar]", b"[vvar_vclock]", b"[uprobes]"] {
            assert!(mapping(path).is_of_kernel());
        }
        for path in [&b"[vdso]"[..], b"[stack]", b"[heap]", b"/vvar"] {
            assert!(!mapping(path).is_of_kernel());
        }
    }

    #[test]
    fn a_range_is_cut_out() {
        let parts =
            |range| mapping(b"").without(range).map(|part| part.map(|part| (part.start, part.end)));
        assert_eq!(parts((0x3000, 0x4000)), [Some((0x2000, 0x3000)), Some((0x4000, 0x6000))]);
        assert_eq!(parts((0x2000, 0x6000)), [None, None]);
        assert_eq!(parts((0x1000, 0x3000)), [None, Some((0x3000, 0x6000))]);
        assert_eq!(parts((0x5000, 0x8000)), [Some((0x2000, 0x5000)), None]);
        for beside in [(0x1000, 0x2000), (0x6000, 0x7000)] {
            assert_eq!(parts(beside), [Some((0x2000, 0x6000)), None]);
        }
    }
}
