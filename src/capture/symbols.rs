//! Looks up functions that the Node executable exports, but that Node-API does not offer.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
#[cfg(unix)]
use std::sync::OnceLock;

/// Returns the address of a function, if this Node exports it. Returns `None` for all functions if
/// the host only imitates Node. Bun exports V8's and libuv's functions under their names, but many
/// of them end the process when they are called.
#[cfg(unix)]
pub(crate) fn find(name: &CStr) -> Option<NonNull<c_void>> {
    static HOST_HAS_V8: OnceLock<bool> = OnceLock::new();
    // Every Node exports this function, and a host that imitates Node does not, because addons do
    // not use it.
    let has_v8 = HOST_HAS_V8.get_or_init(|| look_up(c"_ZN2v82V810GetVersionEv").is_some());
    if *has_v8 { look_up(name) } else { None }
}

#[cfg(unix)]
fn look_up(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: `dlsym` searches the loaded object files for a NUL-terminated name, and runs no code.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}

/// Returns `None`: symbols cannot be looked up on this platform, so the features that need them are
/// not available.
#[cfg(not(unix))]
pub(crate) fn find(_name: &CStr) -> Option<NonNull<c_void>> {
    None
}
