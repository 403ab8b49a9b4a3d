//! What this machine is, as far as a heap image depends on it.

use std::ffi::{CStr, c_int, c_void};
use std::fmt::Write as _;
use std::fs;

use serde_json::{Map, Value};

/// The release of the kernel.
pub(super) fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().to_owned()
}

/// The processor features that compilers, V8 and libc choose code by.
pub(super) fn features() -> Vec<String> {
    macro_rules! detected {
        ($($name:tt),*) => {
            [$(($name, std::is_x86_feature_detected!($name))),*]
        };
    }
    let all = detected!(
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "popcnt",
        "pclmulqdq",
        "aes",
        "sha",
        "rdrand",
        "rdseed",
        "movbe",
        "fxsr",
        "xsave",
        "xsaveopt",
        "xsavec",
        "xsaves",
        "avx",
        "avx2",
        "f16c",
        "fma",
        "bmi1",
        "bmi2",
        "lzcnt",
        "adx",
        "ermsb",
        "rtm",
        "gfni",
        "vaes",
        "vpclmulqdq",
        "cmpxchg16b",
        "avx512f",
        "avx512cd",
        "avx512bw",
        "avx512dq",
        "avx512vl",
        "avx512ifma",
        "avx512vbmi",
        "avx512vbmi2",
        "avx512vnni",
        "avx512bitalg",
        "avx512vpopcntdq",
        "avx512bf16",
        "avx512fp16",
        "avxvnni"
    );
    all.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name.to_owned()).collect()
}

/// How many memory protection keys this process has allocated.
pub(super) fn protection_keys() -> u32 {
    // The kernel gives the lowest that is free; 0 belongs to all memory.
    // SAFETY: allocates a number, which is given back.
    let free = unsafe { libc::syscall(libc::SYS_pkey_alloc, 0, 0) };
    let Ok(free) = u32::try_from(free) else { return 0 };
    // SAFETY: allocated above; no memory has it.
    unsafe { libc::syscall(libc::SYS_pkey_free, free) };
    free.saturating_sub(1)
}

/// The files that the loader has mapped, and their build ids; empty for a file without one.
pub(super) fn build_ids() -> Map<String, Value> {
    let mut files = Map::new();
    // SAFETY: `visit` gets the map, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut files).cast()) };
    files
}

unsafe extern "C" fn visit(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    files: *mut c_void,
) -> c_int {
    // SAFETY: the loader's description of an object, for the length of this call.
    let info = unsafe { &*info };
    // SAFETY: what `build_ids` gave.
    let files = unsafe { &mut *files.cast::<Map<String, Value>>() };
    // SAFETY: a text of the loader.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy();
    let name = match name.as_ref() {
        "" => fs::read_link("/proc/self/exe").unwrap_or_default().to_string_lossy().into_owned(),
        name => name.to_owned(),
    };
    // SAFETY: as many program headers as the loader says.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let mut notes = headers.iter().filter(|header| header.p_type == libc::PT_NOTE).map(|header| {
        let address = (info.dlpi_addr + header.p_vaddr) as *const u8;
        // SAFETY: a segment of a loaded object, which is never unmapped while it is described.
        unsafe { std::slice::from_raw_parts(address, usize::try_from(header.p_memsz).unwrap_or(0)) }
    });
    let id = notes.find_map(build_id).unwrap_or_default();
    files.entry(name).or_insert_with(|| id.into());
    0
}

/// `NT_GNU_BUILD_ID`.
const BUILD_ID: u32 = 3;

/// The build id in a segment of notes, in hex.
fn build_id(mut notes: &[u8]) -> Option<String> {
    loop {
        let (head, rest) = notes.split_first_chunk::<12>()?;
        let word =
            |at: usize| head.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_ne_bytes(*bytes));
        let padded = |length: u32| usize::try_from(length.next_multiple_of(4)).ok();
        let (name_bytes, id_bytes, kind) = (word(0)?, word(4)?, word(8)?);
        let (name, rest) = rest.split_at_checked(padded(name_bytes)?)?;
        let id = rest.get(..usize::try_from(id_bytes).ok()?)?;
        if kind == BUILD_ID && name.starts_with(b"GNU\0") {
            return Some(id.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }));
        }
        notes = rest.get(padded(id_bytes)?..)?;
    }
}
