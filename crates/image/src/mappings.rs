//! Reads the lines of `/proc/PID/maps`. Allocates nothing.

/// A range of memory of a process, as the kernel describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// The first byte.
    pub start: u64,
    /// The first byte after it.
    pub end: u64,
    /// `PROT_READ` 1, `PROT_WRITE` 2, `PROT_EXEC` 4.
    pub protection: u64,
    /// Whether it belongs to a file.
    pub is_file: bool,
    /// The path of the file, or a name of the kernel such as `[stack]`.
    pub path: &'a [u8],
}

/// Returns the mappings that `text` lists. Lines in an unknown form are left out.
pub fn mappings(text: &[u8]) -> impl Iterator<Item = Mapping<'_>> + Clone {
    text.split(|&byte| byte == b'\n').filter_map(parse)
}

/// `7f00-8000 rw-p 00000000 fe:00 1234      /path`
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
}
