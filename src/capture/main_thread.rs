//! Identifies the main thread of the process.

/// Returns whether the calling thread is the main thread.
#[cfg(target_os = "linux")]
pub(super) fn is_main_thread() -> bool {
    // SAFETY: `gettid` has no preconditions.
    let thread = unsafe { libc::gettid() };
    u32::try_from(thread) == Ok(std::process::id())
}

/// Returns whether the calling thread is the main thread.
#[cfg(target_os = "macos")]
pub(super) fn is_main_thread() -> bool {
    // SAFETY: `pthread_main_np` has no preconditions.
    unsafe { libc::pthread_main_np() != 0 }
}

/// Returns `true`. The result decides which thread installs the signal, which is not possible on
/// this platform.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn is_main_thread() -> bool {
    true
}
