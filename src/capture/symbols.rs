//! Finds functions that the Node executable exports but Node-API does not offer.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

/// The address of an exported function, if this Node exports it.
#[cfg(unix)]
pub(super) fn find(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: a lookup by name in the images already loaded; it runs no code of theirs.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}

/// No lookup on this platform: the features behind it report themselves absent.
#[cfg(not(unix))]
pub(super) fn find(_name: &CStr) -> Option<NonNull<c_void>> {
    None
}
