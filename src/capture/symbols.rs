//! Finds functions that the Node executable exports but Node-API does not offer.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
#[cfg(unix)]
use std::sync::OnceLock;

/// The address of an exported function, if this Node exports it. `None` for all of them where the
/// host only imitates Node: Bun exports V8's and libuv's functions under their names, and many of
/// them end the process when they are called.
#[cfg(unix)]
pub(crate) fn find(name: &CStr) -> Option<NonNull<c_void>> {
    static HOST_HAS_V8: OnceLock<bool> = OnceLock::new();
    // Every Node exports it, and no addon has a use for it that would be worth imitating.
    let has_v8 = HOST_HAS_V8.get_or_init(|| look_up(c"_ZN2v82V810GetVersionEv").is_some());
    if *has_v8 { look_up(name) } else { None }
}

#[cfg(unix)]
fn look_up(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: a lookup by name in the images already loaded; it runs no code of theirs.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}

/// No lookup on this platform: the features behind it report themselves absent.
#[cfg(not(unix))]
pub(crate) fn find(_name: &CStr) -> Option<NonNull<c_void>> {
    None
}
