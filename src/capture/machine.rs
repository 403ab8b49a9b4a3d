//! Facts about this machine and process that a heap image depends on.

use std::ffi::{CStr, c_int, c_void};
use std::fs;

use image::build_id;
use serde_json::{Map, Value};

/// Returns the release of the kernel.
pub(super) fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().to_owned()
}

/// Returns the features of the processor that compilers, V8 and libc select code by.
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

/// Returns how many memory protection keys this process has allocated.
pub(super) fn protection_keys() -> u32 {
    // The kernel allocates the lowest free key. Key 0 is the default key of all memory.
    // SAFETY: allocates a key, which is freed below.
    let free = unsafe { libc::syscall(libc::SYS_pkey_alloc, 0, 0) };
    let Ok(free) = u32::try_from(free) else { return 0 };
    // SAFETY: the key was allocated above, and no memory has it.
    unsafe { libc::syscall(libc::SYS_pkey_free, free) };
    free.saturating_sub(1)
}

/// Returns the paths and build ids of the loaded object files. The id is empty for a file without
/// one.
pub(super) fn build_ids() -> Map<String, Value> {
    let mut files = Map::new();
    // SAFETY: `visit` gets a pointer to `files`, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut files).cast()) };
    files
}

unsafe extern "C" fn visit(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    files: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a description of an object file that is valid during this call.
    let info = unsafe { &*info };
    // SAFETY: the pointer that `build_ids` passed.
    let files = unsafe { &mut *files.cast::<Map<String, Value>>() };
    // SAFETY: the name is NUL-terminated, and valid during this call.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy();
    let name = match name.as_ref() {
        "" => fs::read_link("/proc/self/exe").unwrap_or_default().to_string_lossy().into_owned(),
        name => name.to_owned(),
    };
    // SAFETY: the loader passes the number of program headers.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let mut notes = headers.iter().filter(|header| header.p_type == libc::PT_NOTE).map(|header| {
        let address = (info.dlpi_addr + header.p_vaddr) as *const u8;
        // SAFETY: a segment of a loaded object file, which is not unmapped during this call.
        unsafe { std::slice::from_raw_parts(address, usize::try_from(header.p_memsz).unwrap_or(0)) }
    });
    let id = notes.find_map(build_id).unwrap_or_default();
    files.entry(name).or_insert_with(|| id.into());
    0
}
