//! Asks the allocator of this process: glibc by `malloc_info`, jemalloc by `mallctl`, mimalloc by
//! `mi_process_info`. Which of them there is, decides `dlsym`: the addon links none of them.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::{size_of, transmute};
use std::ptr;
use std::time::Duration;

use ::ledger::malloc_info::{self, Arena};

use super::{AllocatorStatistics, MallocArena};
use crate::capture::find_symbol;
use crate::error::to_number;

type MallocInfo = unsafe extern "C" fn(c_int, *mut libc::FILE) -> c_int;
type MallocTrim = unsafe extern "C" fn(usize) -> c_int;
type MallCtl =
    unsafe extern "C" fn(*const c_char, *mut c_void, *mut usize, *mut c_void, usize) -> c_int;
type MimallocInfo = unsafe extern "C" fn(
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
);

/// What the allocator tells; `None` if it is one that tells nothing, such as musl's. A preloaded
/// one is asked before glibc's, which is there as well and unused.
pub(super) fn statistics() -> Option<AllocatorStatistics> {
    jemalloc().or_else(mimalloc).or_else(glibc)
}

fn glibc() -> Option<AllocatorStatistics> {
    let function = find_symbol(c"malloc_info")?;
    // SAFETY: glibc's function of this name has this type (malloc.h).
    let malloc_info: MallocInfo = unsafe { transmute(function.as_ptr()) };
    let text = written(|stream| {
        // SAFETY: the stream is open for writing; glibc locks one arena after the other.
        unsafe { malloc_info(0, stream) == 0 }
    })?;
    let info = malloc_info::parse(&text);
    let arena = |arena: &Arena| MallocArena {
        number: arena.number,
        system: to_number(arena.system),
        free: to_number(arena.free),
    };
    Some(AllocatorStatistics {
        allocated: None,
        resident: None,
        arenas: info.arenas.iter().map(arena).collect(),
        mapped: Some(to_number(info.mapped)),
        duration_ms: 0.0,
    })
}

/// Returns what `write` writes to a stream; `None` if it fails.
fn written(write: impl FnOnce(*mut libc::FILE) -> bool) -> Option<String> {
    let mut buffer: *mut c_char = ptr::null_mut();
    let mut size: usize = 0;
    // SAFETY: both places outlive the stream, which is closed below.
    let stream = unsafe { libc::open_memstream(&raw mut buffer, &raw mut size) };
    if stream.is_null() {
        return None;
    }
    let is_written = write(stream);
    // SAFETY: the stream is open, and not used afterwards.
    let is_closed = unsafe { libc::fclose(stream) } == 0;
    let text = if is_written && is_closed && !buffer.is_null() {
        // SAFETY: a closed memory stream leaves a text that ends with a null byte.
        Some(unsafe { CStr::from_ptr(buffer) }.to_string_lossy().into_owned())
    } else {
        None
    };
    // SAFETY: the buffer is the stream's, or null, and nobody else's.
    unsafe { libc::free(buffer.cast()) };
    text
}

fn jemalloc() -> Option<AllocatorStatistics> {
    let function = find_symbol(c"mallctl")?;
    // SAFETY: jemalloc's function of this name has this type; glibc and musl have none.
    let mallctl: MallCtl = unsafe { transmute(function.as_ptr()) };
    let mut epoch: u64 = 1;
    // SAFETY: `epoch` takes a number of 64 bits; the statistics are made anew.
    unsafe {
        mallctl(
            c"epoch".as_ptr(),
            ptr::null_mut(),
            ptr::null_mut(),
            (&raw mut epoch).cast(),
            size_of::<u64>(),
        )
    };
    let size_of_name = |name: &CStr| -> Option<f64> {
        let mut value: usize = 0;
        let mut length = size_of::<usize>();
        // SAFETY: these statistics are of the type `size_t`, as `length` says.
        let status = unsafe {
            mallctl(name.as_ptr(), (&raw mut value).cast(), &raw mut length, ptr::null_mut(), 0)
        };
        (status == 0).then(|| to_number(value as u64))
    };
    Some(AllocatorStatistics {
        allocated: Some(size_of_name(c"stats.allocated")?),
        resident: Some(size_of_name(c"stats.resident")?),
        arenas: Vec::new(),
        mapped: None,
        duration_ms: 0.0,
    })
}

fn mimalloc() -> Option<AllocatorStatistics> {
    let function = find_symbol(c"mi_process_info")?;
    // SAFETY: mimalloc's function of this name has this type (mimalloc.h).
    let process_info: MimallocInfo = unsafe { transmute(function.as_ptr()) };
    let mut commit: usize = 0;
    let none = ptr::null_mut();
    // SAFETY: it writes to what is not null.
    unsafe { process_info(none, none, none, none, none, &raw mut commit, none, none) };
    Some(AllocatorStatistics {
        allocated: None,
        resident: Some(to_number(commit as u64)),
        arenas: Vec::new(),
        mapped: None,
        duration_ms: 0.0,
    })
}

/// Has glibc give back what is free. `None` if this is not glibc.
pub(super) fn trim() -> Option<bool> {
    let function = find_symbol(c"malloc_trim")?;
    // SAFETY: glibc's function of this name has this type (malloc.h).
    let malloc_trim: MallocTrim = unsafe { transmute(function.as_ptr()) };
    // SAFETY: it locks each arena, and releases pages that hold no allocated byte.
    Some(unsafe { malloc_trim(0) } == 1)
}

/// Processor time of this thread.
pub(super) fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills the structure that it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The kernel's id of this thread.
pub(super) fn thread_id() -> u32 {
    // SAFETY: a system call without arguments, which cannot fail.
    let id = unsafe { libc::syscall(libc::SYS_gettid) };
    u32::try_from(id).unwrap_or(0)
}
