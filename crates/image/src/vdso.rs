//! Functions of the vDSO as system calls.
//!
//! The vDSO is code that the kernel maps into every process, so that asking for the time takes no
//! system call. It reads pages of the kernel that a restored process does not have. Programs hold
//! addresses of its functions, so each function is overwritten with the system call that it saves.

/// Code that replaces the beginning of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Where the function begins.
    pub address: u64,
    /// `mov eax, NUMBER; syscall; ret`
    pub code: [u8; 8],
}

/// Functions of the vDSO and their system calls.
const FUNCTIONS: [(&str, u8, u8); 6] = [
    ("clock_gettime", 228, 0),
    ("gettimeofday", 96, 0),
    ("time", 201, 0),
    ("clock_getres", 229, 0),
    ("getcpu", 0x35, 1),
    ("getrandom", 0x3e, 1),
];

/// `struct Elf64_Ehdr`, `Elf64_Phdr`, `Elf64_Dyn` and `Elf64_Sym`.
mod elf {
    pub(super) const PROGRAM_HEADERS: usize = 32;
    pub(super) const PROGRAM_HEADER_COUNT: usize = 56;
    pub(super) const PROGRAM_HEADER_BYTES: usize = 56;
    pub(super) const LOAD: u32 = 1;
    pub(super) const DYNAMIC: u32 = 2;
    pub(super) const HASH: u64 = 4;
    pub(super) const STRINGS: u64 = 5;
    pub(super) const SYMBOLS: u64 = 6;
    pub(super) const GNU_HASH: u64 = 0x6fff_fef5;
    pub(super) const SYMBOL_BYTES: usize = 24;
}

/// Returns the patches for the vDSO `image`, which lies at `base`; none if its form is unknown.
#[must_use]
pub fn patches(image: &[u8], base: u64) -> Vec<Patch> {
    Vdso { image, base }.patches().unwrap_or_default()
}

struct Vdso<'a> {
    image: &'a [u8],
    base: u64,
}

impl Vdso<'_> {
    fn patches(&self) -> Option<Vec<Patch>> {
        let headers = usize::try_from(self.word(elf::PROGRAM_HEADERS)?).ok()?;
        let count = self.half(elf::PROGRAM_HEADER_COUNT)?;
        let header = |kind: u32| {
            (0..usize::from(count))
                .map(|i| headers + i * elf::PROGRAM_HEADER_BYTES)
                .find(|&at| self.int(at) == Some(kind))
        };
        // The address for which the file was linked.
        let load = header(elf::LOAD)?;
        let linked = self.word(load + 16)?.checked_sub(self.word(load + 8)?)?;
        let dynamic = self.offset(self.word(header(elf::DYNAMIC)? + 16)?, linked)?;
        let value = |wanted: u64| {
            let mut at = dynamic;
            loop {
                let (tag, value) = (self.word(at)?, self.word(at + 8)?);
                if tag == 0 {
                    return None;
                }
                if tag == wanted {
                    return self.offset(value, linked);
                }
                at += 16;
            }
        };
        let (symbols, strings) = (value(elf::SYMBOLS)?, value(elf::STRINGS)?);
        let count = match value(elf::HASH) {
            Some(hash) => self.int(hash + 4)?,
            None => self.count_of_gnu_hash(value(elf::GNU_HASH)?)?,
        };
        let patch = |i: u32| {
            let symbol = symbols + usize::try_from(i).ok()? * elf::SYMBOL_BYTES;
            let name = self.text(strings + usize::try_from(self.int(symbol)?).ok()?)?;
            let name = name.strip_prefix("__vdso_").unwrap_or(name);
            let &(_, low, high) = FUNCTIONS.iter().find(|(known, _, _)| *known == name)?;
            let at = self.offset(self.word(symbol + 8)?, linked)?;
            let code = [0xb8, low, high, 0, 0, 0x0f, 0x05, 0xc3];
            Some(Patch { address: self.base + at as u64, code })
        };
        Some((0..count.min(4096)).filter_map(patch).collect())
    }

    /// One more than the highest index of a chain.
    fn count_of_gnu_hash(&self, table: usize) -> Option<u32> {
        let int = |i: u32| self.int(table + usize::try_from(i).ok()? * 4);
        let (buckets, first, bloom) = (int(0)?, int(1)?, int(2)?);
        let start = bloom.checked_mul(2)?.checked_add(4)?;
        let chains = start.checked_add(buckets)?;
        let mut last = (0..buckets).filter_map(|i| int(start.checked_add(i)?)).max()?;
        while int(chains.checked_add(last.checked_sub(first)?)?)? & 1 == 0 {
            last += 1;
        }
        Some(last + 1)
    }

    /// Where an address of the file lies in the image; loaders may have relocated it.
    fn offset(&self, address: u64, linked: u64) -> Option<usize> {
        let from = if address >= self.base { self.base } else { linked };
        let offset = usize::try_from(address.checked_sub(from)?).ok()?;
        (offset < self.image.len()).then_some(offset)
    }

    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.image.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn word(&self, at: usize) -> Option<u64> {
        self.bytes(at).map(u64::from_le_bytes)
    }

    fn int(&self, at: usize) -> Option<u32> {
        self.bytes(at).map(u32::from_le_bytes)
    }

    fn half(&self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_le_bytes)
    }

    fn text(&self, at: usize) -> Option<&str> {
        let rest = self.image.get(at..)?;
        std::str::from_utf8(rest.get(..rest.iter().position(|&byte| byte == 0)?)?).ok()
    }
}
