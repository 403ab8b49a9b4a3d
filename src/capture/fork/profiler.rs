//! Step 1, in the parent: assigns an id to every object.
//!
//! V8 assigns an id to an object when a snapshot first contains it. Ids that it assigns in a child
//! are lost when the child ends. `StartTrackingHeapObjects` assigns ids to all objects. It costs a
//! garbage collection and one walk over the heap. The inspector's command of the same name is not
//! used, because it also starts a timer that fires every 50 ms.

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

/// Returns whether this Node exports the functions that the step needs.
pub(super) fn is_available() -> bool {
    functions().is_some()
}

/// Returns the `v8::HeapProfiler` of the calling thread's isolate.
pub(super) fn current() -> Option<*mut c_void> {
    let (functions, isolate) = (functions()?, Isolate::current()?);
    // SAFETY: the isolate belongs to this thread, so it is alive.
    Some(unsafe { (functions.profiler)(isolate.as_ptr()) })
}

/// Assigns an id to every object of the calling thread's heap.
pub(super) fn assign_ids() {
    let (Some(functions), Some(profiler)) = (functions(), current()) else { return };
    // SAFETY: the profiler belongs to this thread's isolate. Without allocation tracking (`false`),
    // nothing has to be stopped later.
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
                // SAFETY: the mangled name encodes this signature. `this` is the first argument in
                // the Itanium C++ ABI.
                profiler: unsafe { std::mem::transmute::<*mut c_void, GetHeapProfiler>(profiler) },
                // SAFETY: as above.
                start: unsafe { std::mem::transmute::<*mut c_void, StartTracking>(start) },
            })
        })
        .as_ref()
}
