//! Step 1, in the parent: whether V8 is in the middle of marking its heap.
//!
//! V8 marks in small steps between which JavaScript runs, for some hundred
//! milliseconds before most collections. A process that is forked meanwhile would have to
//! wait until V8's threads are done with their part. V8 tells where it begins and ends.

use std::cell::Cell;
use std::ffi::c_void;

use super::super::interrupt::Isolate;
use super::super::symbols;

type Callback = extern "C" fn(isolate: *mut c_void, kind: i32, flags: i32);
type AddCallback = unsafe extern "C" fn(isolate: *mut c_void, Callback, kinds: i32);

/// `v8::GCType`: the collection that ends a marking.
const MARK_SWEEP_COMPACT: i32 = 1 << 2;
/// `v8::GCType`: the beginning of one.
const INCREMENTAL_MARKING: i32 = 1 << 3;

thread_local! {
    /// Nothing as long as nobody follows.
    static UNDER_WAY: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Has V8 tell from now on, for the calling JS thread. Where it cannot be asked, marking
/// is never seen.
pub(in super::super) fn follow() {
    let name = c"_ZN2v87Isolate21AddGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEES2_";
    let (Some(add), Some(isolate)) = (symbols::find(name), Isolate::current()) else { return };
    if UNDER_WAY.get().is_some() {
        return;
    }
    UNDER_WAY.set(Some(false));
    // SAFETY: the mangled name spells this very signature; `this` comes first.
    let add = unsafe { std::mem::transmute::<*mut c_void, AddCallback>(add.as_ptr()) };
    // SAFETY: on the isolate's thread. The callback stays valid: an addon is never unloaded.
    unsafe { add(isolate.as_ptr(), on_collection, MARK_SWEEP_COMPACT | INCREMENTAL_MARKING) };
}

/// Whether the heap of the calling JS thread is being marked.
pub(in super::super) fn is_under_way() -> bool {
    UNDER_WAY.get() == Some(true)
}

/// Called by V8 on the JS thread. The values live as long as the thread, and need no destructor.
extern "C" fn on_collection(_isolate: *mut c_void, kind: i32, _flags: i32) {
    UNDER_WAY.set(Some(kind == INCREMENTAL_MARKING));
}
