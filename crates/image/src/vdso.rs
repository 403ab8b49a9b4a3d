//! Replaces functions of the vDSO with system calls.
//!
//! The vDSO is code that the kernel maps into every process, so that programs can read the time
//! without a system call. It reads pages of the kernel that a restored process does not have.
//! Programs store the addresses of its functions, so each function is overwritten with the system
//! call that it replaces.

/// Machine code that overwrites the beginning of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Address of the function.
    pub address: u64,
    /// `mov eax, NUMBER; syscall; ret`
    pub code: [u8; 8],
}

/// Functions of the vDSO, and the low and high byte of the system call's number.
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

/// Returns the patches for the vDSO `image`, which is mapped at `base`. Returns none if it is not a
/// valid ELF file.
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
        // The address that the file was linked for.
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

    /// Returns the number of symbols in a `DT_GNU_HASH` table: one more than the highest index in
    /// its chains.
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

    /// Returns the offset of an address in the image. The loader may have relocated the address.
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

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: u64 = 0x7fff_0000_0000;

    // Offsets in the synthetic vDSO.
    const DYNAMIC: usize = 0x100;
    const HASH: usize = 0x180;
    const SYMBOLS: usize = 0x200;
    const STRINGS: usize = 0x300;

    /// A vDSO with these functions, by name and address in the file.
    fn vdso(functions: &[(&str, u64)]) -> Vec<u8> {
        let mut image = vec![0; 0x400];
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        put(elf::PROGRAM_HEADERS, &64_u64.to_le_bytes());
        put(elf::PROGRAM_HEADER_COUNT, &2_u16.to_le_bytes());
        // Type, offset and address of two program headers.
        put(64, &elf::LOAD.to_le_bytes());
        let dynamic = 64 + elf::PROGRAM_HEADER_BYTES;
        put(dynamic, &elf::DYNAMIC.to_le_bytes());
        put(dynamic + 8, &(DYNAMIC as u64).to_le_bytes());
        put(dynamic + 16, &(DYNAMIC as u64).to_le_bytes());
        let tables = [(elf::HASH, HASH), (elf::STRINGS, STRINGS), (elf::SYMBOLS, SYMBOLS)];
        for (i, (tag, address)) in tables.into_iter().enumerate() {
            put(DYNAMIC + i * 16, &tag.to_le_bytes());
            put(DYNAMIC + i * 16 + 8, &(address as u64).to_le_bytes());
        }
        // The second word of the hash table is the number of symbols. The first symbol is empty.
        let count = u32::try_from(functions.len() + 1).unwrap();
        put(HASH + 4, &count.to_le_bytes());
        let mut name_at = 1_usize;
        for (i, (name, address)) in functions.iter().enumerate() {
            let symbol = SYMBOLS + (i + 1) * elf::SYMBOL_BYTES;
            put(symbol, &u32::try_from(name_at).unwrap().to_le_bytes());
            put(symbol + 8, &address.to_le_bytes());
            put(STRINGS + name_at, name.as_bytes());
            name_at += name.len() + 1;
        }
        image
    }

    #[test]
    fn functions_are_replaced_with_their_system_calls() {
        let image =
            vdso(&[("__vdso_time", 0x340), ("__vdso_unknown", 0x350), ("getrandom", 0x360)]);
        let expected = [
            // mov eax, 201 and mov eax, 318; syscall; ret
            Patch { address: BASE + 0x340, code: [0xb8, 201, 0, 0, 0, 0x0f, 0x05, 0xc3] },
            Patch { address: BASE + 0x360, code: [0xb8, 0x3e, 1, 0, 0, 0x0f, 0x05, 0xc3] },
        ];
        assert_eq!(patches(&image, BASE), expected);
    }

    #[test]
    fn an_address_that_the_loader_has_relocated_is_found() {
        let image = vdso(&[("time", BASE + 0x340)]);
        let addresses: Vec<u64> = patches(&image, BASE).iter().map(|patch| patch.address).collect();
        assert_eq!(addresses, [BASE + 0x340]);
    }

    #[test]
    fn damaged_files_have_no_patches_and_cause_no_panic() {
        let image = vdso(&[("time", 0x340), ("getcpu", 0x350)]);
        for end in 0..DYNAMIC {
            assert_eq!(patches(&image[..end], BASE), [], "{end}");
        }
        for at in 0..image.len() {
            let mut damaged = image.clone();
            damaged[at] ^= 0xff;
            assert!(patches(&damaged, BASE).len() <= 4096);
        }
        // An address outside of the file is not a function.
        assert_eq!(patches(&vdso(&[("time", 0x400)]), BASE), []);
    }
}
