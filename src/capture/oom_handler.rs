//! Replaces V8's out-of-memory handler of one isolate with one that calls the previous handler.
//!
//! V8 calls the handler when an allocation has finally failed, and ends the process if the handler
//! returns. Node's handler prints a message, writes the report of `--report-on-fatalerror` and
//! aborts. V8 has no function that returns the present handler, but it stores the address in the
//! isolate. The handler is replaced only if the address of `node::OOMErrorHandler` is found there
//! exactly once, and if the new address is in the same place afterwards. A handler of an embedder
//! or of another addon is left alone.

use std::ffi::{CStr, c_char, c_void};
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::interrupt::Isolate;
use super::symbols;

/// A handler. The second argument is a `bool` on Node 18, and the address of a `v8::OOMDetails` on
/// later versions.
pub(super) type Handler = unsafe extern "C" fn(location: *const c_char, details: usize);
type SetHandler = unsafe extern "C" fn(isolate: *mut c_void, Handler);

/// `v8::Isolate::SetOOMErrorHandler` and `node::OOMErrorHandler`: on Node 20 and newer, and on Node
/// 18.
const NAMES: [(&CStr, &CStr); 2] = [
    (
        c"_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcRKNS_10OOMDetailsEE",
        c"_ZN4node15OOMErrorHandlerEPKcRKN2v810OOMDetailsE",
    ),
    (c"_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcbE", c"_ZN4node15OOMErrorHandlerEPKcb"),
];

/// Number of bytes of the isolate to search. The address is at 56 KB (Node 18) to 66 KB (Node 26).
const ISOLATE_BYTES: usize = 128 << 10;

/// Installs `handler` for the isolate of the calling thread. Returns Node's handler, which
/// `handler` must call. Returns `None`, without a change, if Node's handler was not found.
pub(super) fn install(handler: Handler) -> Option<Handler> {
    let isolate = Isolate::current()?;
    let (set, node) = NAMES
        .into_iter()
        .find_map(|(set, node)| Some((symbols::find(set)?, symbols::find(node)?)))?;
    // SAFETY: the mangled name encodes this signature. `this` is the first argument.
    let set = unsafe { std::mem::transmute::<*mut c_void, SetHandler>(set.as_ptr()) };
    // SAFETY: the mangled name encodes this signature. A `bool` is passed in the register of an
    // address.
    let previous = unsafe { std::mem::transmute::<*mut c_void, Handler>(node.as_ptr()) };
    let before = words_of(isolate)?;
    let mut slots = (0..before.len()).filter(|&slot| before[slot] == node.as_ptr() as usize);
    let (Some(slot), None) = (slots.next(), slots.next()) else { return None };
    // SAFETY: on the isolate's thread. The handler stays valid, because addons are never unloaded.
    unsafe { set(isolate.as_ptr(), handler) };
    if words_of(isolate)?.get(slot) == Some(&(handler as usize)) {
        return Some(previous);
    }
    // SAFETY: as above.
    unsafe { set(isolate.as_ptr(), previous) };
    None
}

/// Returns a copy of the first [`ISOLATE_BYTES`] of the isolate. Reads them through the kernel,
/// because the isolate may be smaller, and the memory after it need not be mapped.
fn words_of(isolate: Isolate) -> Option<Vec<usize>> {
    let mut bytes = vec![0; ISOLATE_BYTES];
    let memory = File::open("/proc/self/mem").ok()?;
    let length = memory.read_at(&mut bytes, isolate.as_ptr() as u64).ok()?;
    let words = bytes[..length].chunks_exact(size_of::<usize>());
    words.map(|word| Some(usize::from_ne_bytes(word.try_into().ok()?))).collect()
}
