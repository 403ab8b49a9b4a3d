//! V8's out-of-memory handler of one isolate, chained.
//!
//! V8 calls the handler when an allocation has failed for good, and ends the process if it
//! returns. Node installs its own, which prints what happened, writes the report of
//! `--report-on-fatalerror` and aborts. V8 has no function that tells the present handler. It
//! stores its address in the isolate, so it is replaced only if the address of
//! `node::OOMErrorHandler` is found there, once, and if ours is in its place afterwards. With
//! any other handler, of an embedder or of another addon, nothing is changed.

use std::ffi::{CStr, c_char, c_void};
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::interrupt::Isolate;
use super::symbols;

/// The second argument is a `bool` on Node 18, and the address of `v8::OOMDetails` since then.
pub(super) type Handler = unsafe extern "C" fn(location: *const c_char, details: usize);
type SetHandler = unsafe extern "C" fn(isolate: *mut c_void, Handler);

/// `v8::Isolate::SetOOMErrorHandler` and `node::OOMErrorHandler`, on Node 20 and newer, and on 18.
const NAMES: [(&CStr, &CStr); 2] = [
    (
        c"_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcRKNS_10OOMDetailsEE",
        c"_ZN4node15OOMErrorHandlerEPKcRKN2v810OOMDetailsE",
    ),
    (c"_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcbE", c"_ZN4node15OOMErrorHandlerEPKcb"),
];

/// The isolate is about as large as this; the handler lies at 56 KB (Node 18) to 66 KB (Node 26).
const ISOLATE_BYTES: usize = 128 << 10;

/// Installs `handler` for the isolate of the calling thread. Returns Node's handler, which
/// `handler` must call, or `None` if nothing was changed.
pub(super) fn install(handler: Handler) -> Option<Handler> {
    let isolate = Isolate::current()?;
    let (set, node) = NAMES
        .into_iter()
        .find_map(|(set, node)| Some((symbols::find(set)?, symbols::find(node)?)))?;
    // SAFETY: the mangled name spells this very signature; `this` comes first.
    let set = unsafe { std::mem::transmute::<*mut c_void, SetHandler>(set.as_ptr()) };
    // SAFETY: as above; a `bool` is passed in the same register as an address.
    let previous = unsafe { std::mem::transmute::<*mut c_void, Handler>(node.as_ptr()) };
    let before = words_of(isolate)?;
    let mut slots = (0..before.len()).filter(|&slot| before[slot] == node.as_ptr() as usize);
    let (Some(slot), None) = (slots.next(), slots.next()) else { return None };
    // SAFETY: on the isolate's thread. The handler stays valid: an addon is never unloaded.
    unsafe { set(isolate.as_ptr(), handler) };
    if words_of(isolate)?.get(slot) == Some(&(handler as usize)) {
        return Some(previous);
    }
    // SAFETY: as above.
    unsafe { set(isolate.as_ptr(), previous) };
    None
}

/// A copy of the isolate's memory, and of what lies behind it. Read by the kernel: not all of it
/// may be mapped.
fn words_of(isolate: Isolate) -> Option<Vec<usize>> {
    let mut bytes = vec![0; ISOLATE_BYTES];
    let memory = File::open("/proc/self/mem").ok()?;
    let length = memory.read_at(&mut bytes, isolate.as_ptr() as u64).ok()?;
    let words = bytes[..length].chunks_exact(size_of::<usize>());
    words.map(|word| Some(usize::from_ne_bytes(word.try_into().ok()?))).collect()
}
