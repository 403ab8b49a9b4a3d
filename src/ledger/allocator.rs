//! Reads the statistics of this process's allocator: `malloc_info` of glibc, `mallctl` of jemalloc,
//! `mi_process_info` of mimalloc. The functions are looked up with `dlsym`, because the addon does
//! not link any of them.

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

/// Returns the statistics, or `None` if the allocator has none, such as musl's. A preloaded
/// allocator precedes glibc's, whose function also exists then.
pub(super) fn statistics() -> Option<AllocatorStatistics> {
    jemalloc().or_else(mimalloc).or_else(glibc)
}

fn glibc() -> Option<AllocatorStatistics> {
    let function = find_symbol(c"malloc_info")?;
    // SAFETY: glibc declares the function with this signature (malloc.h).
    let malloc_info: MallocInfo = unsafe { transmute(function.as_ptr()) };
    let text = written(|stream| {
        // SAFETY: the stream is open for writing. glibc locks each arena while it reads it.
        unsafe { malloc_info(0, stream) == 0 }
    })?;
    let info = malloc_info::parse(&text);
    let arena = |arena: &Arena| MallocArena {
        number: arena.number,
        system: to_number(arena.system),
        free: to_number(arena.free),
    };
    Some(AllocatorStatistics {
        arenas: info.arenas.iter().map(arena).collect(),
        mapped: Some(to_number(info.mapped)),
        ..AllocatorStatistics::default()
    })
}

/// Returns the text that `write` writes to a stream, or `None` if it fails.
fn written(write: impl FnOnce(*mut libc::FILE) -> bool) -> Option<String> {
    let mut buffer: *mut c_char = ptr::null_mut();
    let mut size: usize = 0;
    // SAFETY: `buffer` and `size` outlive the stream, which is closed below.
    let stream = unsafe { libc::open_memstream(&raw mut buffer, &raw mut size) };
    if stream.is_null() {
        return None;
    }
    let is_written = write(stream);
    // SAFETY: the stream is open, and is not used afterwards.
    let is_closed = unsafe { libc::fclose(stream) } == 0;
    let text = if is_written && is_closed && !buffer.is_null() {
        // SAFETY: a closed memory stream has stored a NUL-terminated text in the buffer.
        Some(unsafe { CStr::from_ptr(buffer) }.to_string_lossy().into_owned())
    } else {
        None
    };
    // SAFETY: the buffer is null, or the stream has allocated it and left it to the caller.
    unsafe { libc::free(buffer.cast()) };
    text
}

fn jemalloc() -> Option<AllocatorStatistics> {
    let function = find_symbol(c"mallctl")?;
    // SAFETY: jemalloc declares the function with this signature. glibc and musl have none of this
    // name.
    let mallctl: MallCtl = unsafe { transmute(function.as_ptr()) };
    let mut epoch: u64 = 1;
    // SAFETY: `epoch` is a 64-bit number. Writing it makes jemalloc update its statistics.
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
        // SAFETY: these statistics have the type `size_t`, for which `value` has room.
        let status = unsafe {
            mallctl(name.as_ptr(), (&raw mut value).cast(), &raw mut length, ptr::null_mut(), 0)
        };
        (status == 0).then(|| to_number(value as u64))
    };
    Some(AllocatorStatistics {
        allocated: Some(size_of_name(c"stats.allocated")?),
        resident: Some(size_of_name(c"stats.resident")?),
        ..AllocatorStatistics::default()
    })
}

fn mimalloc() -> Option<AllocatorStatistics> {
    let function = find_symbol(c"mi_process_info")?;
    // SAFETY: mimalloc declares the function with this signature (mimalloc.h).
    let process_info: MimallocInfo = unsafe { transmute(function.as_ptr()) };
    let mut commit: usize = 0;
    let none = ptr::null_mut();
    // SAFETY: the function skips null pointers, and writes a `size_t` to `commit`.
    unsafe { process_info(none, none, none, none, none, &raw mut commit, none, none) };
    Some(AllocatorStatistics {
        resident: Some(to_number(commit as u64)),
        ..AllocatorStatistics::default()
    })
}

/// Returns glibc's free memory to the kernel. Returns whether there was any, or `None` if the C
/// library is not glibc.
pub(super) fn trim() -> Option<bool> {
    let function = find_symbol(c"malloc_trim")?;
    // SAFETY: glibc declares the function with this signature (malloc.h).
    let malloc_trim: MallocTrim = unsafe { transmute(function.as_ptr()) };
    // SAFETY: the function locks each arena, and releases only pages without allocated bytes.
    Some(unsafe { malloc_trim(0) } == 1)
}

/// Returns the processor time of this thread.
pub(super) fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `clock_gettime` writes a `timespec`, for which there is room.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Returns the kernel's id of this thread.
pub(super) fn thread_id() -> u32 {
    // SAFETY: `gettid` has no preconditions.
    unsafe { libc::gettid() }.unsigned_abs()
}
