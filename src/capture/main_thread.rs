//! Tells the thread that the process began with from all others.

/// Whether the calling thread is the one that the process began with.
#[cfg(target_os = "linux")]
pub(super) fn is_main_thread() -> bool {
    // SAFETY: asks the kernel for a number.
    let thread = unsafe { libc::gettid() };
    u32::try_from(thread) == Ok(std::process::id())
}

/// Whether the calling thread is the one that the process began with.
#[cfg(target_os = "macos")]
pub(super) fn is_main_thread() -> bool {
    // SAFETY: asks for a number.
    unsafe { libc::pthread_main_np() != 0 }
}

/// Always: it only decides who installs the signal, and here there is none to install.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn is_main_thread() -> bool {
    true
}
