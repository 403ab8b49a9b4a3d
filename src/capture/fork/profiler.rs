//! Step 1, in the parent: every object gets its id.
//!
//! V8 numbers objects when a snapshot first meets them; numbers given in a child
//! are lost with it. `StartTrackingHeapObjects` numbers everything there is. It
//! costs a garbage collection and one walk over the heap. The inspector's call
//! of the same name is not used: it also starts a timer that fires every 50 ms.

use std::ffi::c_void;
use std::sync::OnceLock;

use super::super::interrupt::Isolate;
use super::super::symbols;

type GetHeapProfiler = unsafe extern "C" fn(isolate: *mut c_void) -> *mut c_void;
type StartTracking = unsafe extern "C" fn(profiler: *mut c_void, track_allocations: bool);

struct Functions {
    profiler: GetHeapProfiler,
    start: StartTracking,
}

/// Whether this Node exports what the step needs.
pub(super) fn is_available() -> bool {
    functions().is_some()
}

/// The `v8::HeapProfiler` of the calling thread's isolate.
pub(super) fn current() -> Option<*mut c_void> {
    let (functions, isolate) = (functions()?, Isolate::current()?);
    // SAFETY: the isolate of this thread.
    Some(unsafe { (functions.profiler)(isolate.as_ptr()) })
}

/// Numbers every object of the calling thread's heap.
pub(super) fn assign_ids() {
    let (Some(functions), Some(profiler)) = (functions(), current()) else { return };
    // SAFETY: the profiler of this thread's isolate; without allocation tracking there is
    // nothing to stop later.
    unsafe { (functions.start)(profiler, false) };
}

fn functions() -> Option<&'static Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    FUNCTIONS
        .get_or_init(|| {
            let profiler = symbols::find(c"_ZN2v87Isolate15GetHeapProfilerEv")?.as_ptr();
            let start =
                symbols::find(c"_ZN2v812HeapProfiler24StartTrackingHeapObjectsEb")?.as_ptr();
            Some(Functions {
                // SAFETY: the mangled name spells this very signature; `this` comes first in the
                // Itanium C++ ABI.
                profiler: unsafe { std::mem::transmute::<*mut c_void, GetHeapProfiler>(profiler) },
                // SAFETY: as above.
                start: unsafe { std::mem::transmute::<*mut c_void, StartTracking>(start) },
            })
        })
        .as_ref()
}
