//! Step 1, in the parent: finds out whether V8 is marking its heap.
//!
//! Before most mark-compact collections, V8 marks the heap for some hundred milliseconds, in small
//! steps between which JavaScript runs. A fork during that time would have to wait until V8's
//! worker threads have finished their share of the marking. V8 calls [`on_collection`] when the
//! marking starts, and at the start of the collection that completes it.

use std::cell::Cell;
use std::ffi::c_void;

use super::super::interrupt::Isolate;
use super::super::symbols;

type Callback = extern "C" fn(isolate: *mut c_void, kind: i32, flags: i32);
type AddCallback = unsafe extern "C" fn(isolate: *mut c_void, Callback, kinds: i32);

/// `v8::GCType` of the collection that ends a marking.
const MARK_SWEEP_COMPACT: i32 = 1 << 2;
/// `v8::GCType` of the start of a marking.
const INCREMENTAL_MARKING: i32 = 1 << 3;

thread_local! {
    /// Whether a marking is in progress. `None` before [`follow`].
    static IN_PROGRESS: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Starts to follow the marking of the calling JS thread's heap. If this Node does not export
/// `AddGCPrologueCallback`, [`is_in_progress`] always returns `false`.
pub(in super::super) fn follow() {
    let name = c"_ZN2v87Isolate21AddGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEES2_";
    let (Some(add), Some(isolate)) = (symbols::find(name), Isolate::current()) else { return };
    if IN_PROGRESS.get().is_some() {
        return;
    }
    IN_PROGRESS.set(Some(false));
    // SAFETY: the mangled name encodes this signature. `this` is the first argument.
    let add = unsafe { std::mem::transmute::<*mut c_void, AddCallback>(add.as_ptr()) };
    // SAFETY: on the isolate's thread. The callback stays valid, because the addon is linked
    // with `-z nodelete`.
    unsafe { add(isolate.as_ptr(), on_collection, MARK_SWEEP_COMPACT | INCREMENTAL_MARKING) };
}

/// Returns whether V8 is marking the heap of the calling JS thread.
pub(in super::super) fn is_in_progress() -> bool {
    IN_PROGRESS.get() == Some(true)
}

/// Called by V8 on the JS thread. The thread-local variable has no destructor, so it can be used
/// until the thread ends.
extern "C" fn on_collection(_isolate: *mut c_void, kind: i32, _flags: i32) {
    IN_PROGRESS.set(Some(kind == INCREMENTAL_MARKING));
}
