//! `v8::HeapProfiler` of the calling thread: assigns ids to objects, and tracks allocations.
//!
//! V8 assigns an id to an object when a snapshot first contains it. `StartTrackingHeapObjects`
//! assigns ids to all objects. It costs a garbage collection and one walk over the heap. The
//! inspector's command of the same name is not used, because it also starts a timer that assigns ids
//! every 50 ms, and its counterpart takes a snapshot. V8 forgets what allocated an object if the
//! object moves after it got its id, so that a timer would lose most stacks.

use std::ffi::c_void;
use std::sync::OnceLock;

use super::interrupt::Isolate;
use super::symbols;

type GetHeapProfiler = unsafe extern "C" fn(isolate: *mut c_void) -> *mut c_void;
type StartTracking = unsafe extern "C" fn(profiler: *mut c_void, track_allocations: bool);
type StopTracking = unsafe extern "C" fn(profiler: *mut c_void);

struct Functions {
    profiler: GetHeapProfiler,
    start: StartTracking,
    stop: StopTracking,
}

/// Returns whether this Node exports the functions.
#[cfg(target_os = "linux")]
pub(super) fn is_available() -> bool {
    functions().is_some()
}

/// Returns the `v8::HeapProfiler` of the calling thread's isolate.
pub(super) fn current() -> Option<*mut c_void> {
    let (functions, isolate) = (functions()?, Isolate::current()?);
    // SAFETY: the isolate belongs to this thread, so it is alive.
    Some(unsafe { (functions.profiler)(isolate.as_ptr()) })
}

/// Assigns an id to every object of the calling thread's heap. Ids that V8 assigns in a child are
/// lost when the child ends, so this is step 1 of a forked dump, in the parent.
#[cfg(target_os = "linux")]
pub(super) fn assign_ids() {
    start(false);
}

/// Starts to record the stack of every allocation of the calling thread, until [`stop_tracking`].
/// Returns whether this host can.
pub(super) fn start_tracking() -> bool {
    start(true)
}

/// Ends [`start_tracking`], and discards the stacks.
pub(super) fn stop_tracking() {
    let (Some(functions), Some(profiler)) = (functions(), current()) else { return };
    // SAFETY: the profiler belongs to this thread's isolate. V8 allows it at any time.
    unsafe { (functions.stop)(profiler) };
}

fn start(track_allocations: bool) -> bool {
    let (Some(functions), Some(profiler)) = (functions(), current()) else { return false };
    // SAFETY: the profiler belongs to this thread's isolate. Without allocation tracking, nothing
    // has to be stopped later.
    unsafe { (functions.start)(profiler, track_allocations) };
    true
}

fn functions() -> Option<&'static Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    FUNCTIONS
        .get_or_init(|| {
            let profiler = symbols::find(c"_ZN2v87Isolate15GetHeapProfilerEv")?.as_ptr();
            let start =
                symbols::find(c"_ZN2v812HeapProfiler24StartTrackingHeapObjectsEb")?.as_ptr();
            let stop = symbols::find(c"_ZN2v812HeapProfiler23StopTrackingHeapObjectsEv")?.as_ptr();
            Some(Functions {
                // SAFETY: the mangled name encodes this signature. `this` is the first argument in
                // the Itanium C++ ABI.
                profiler: unsafe { std::mem::transmute::<*mut c_void, GetHeapProfiler>(profiler) },
                // SAFETY: as above.
                start: unsafe { std::mem::transmute::<*mut c_void, StartTracking>(start) },
                // SAFETY: as above.
                stop: unsafe { std::mem::transmute::<*mut c_void, StopTracking>(stop) },
            })
        })
        .as_ref()
}
