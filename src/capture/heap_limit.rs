//! Requests a dump when V8 is about to run out of heap.
//!
//! V8 calls a callback, added with `v8::Isolate::AddNearHeapLimitCallback`, when a garbage
//! collection has not freed enough memory. The callback may raise the limit. It raises it by the
//! memory that a dump needs to start, and sends the environment a request that interrupts
//! JavaScript, because code that leaks may never return to the event loop. The callback must not do
//! more, because V8 is in the middle of an allocation, and JavaScript can be interrupted only when
//! that is complete. V8 may call the callback again before, so the limit is raised several times
//! until the request is served.

use std::ffi::c_void;
use std::panic;
use std::sync::Mutex;

use capture::lock;

use super::environment;
use super::interrupt::Isolate;
use super::symbols;

type Callback = extern "C" fn(data: *mut c_void, current: usize, initial: usize) -> usize;
type RemoveCallback = unsafe extern "C" fn(isolate: *mut c_void, Callback, limit: usize);
type Raise = unsafe extern "C" fn(isolate: *mut c_void);
type AddCallback = unsafe extern "C" fn(isolate: *mut c_void, Callback, data: *mut c_void);

/// The request of this process's main thread.
static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

/// Whether the callback is added to V8.
static ADDED: Mutex<bool> = Mutex::new(false);

struct Watch {
    environment: u32,
    /// `None` after it was sent.
    request: Option<String>,
    extra_bytes: usize,
    raises_left: u32,
    /// Whether the request is being served: see [`serve`].
    is_serving: bool,
    /// The limit before it was raised to serve the request.
    limit_before: Option<usize>,
}

/// How often the limit is raised. V8 collects garbage up to seven times before an allocation fails.
const MAX_RAISES: u32 = 4;

/// Sends `request` to `environment`, that of the calling thread, when its heap is full. Raises the
/// limit by `extra_bytes` then, and up to [`MAX_RAISES`] times until [`serve`]. A later call
/// replaces the request. Returns `false` if this host does not export the function.
pub(super) fn watch(environment: u32, request: String, extra_bytes: usize) -> bool {
    let request = Some(request);
    *lock(&WATCH) = Some(Watch {
        environment,
        request,
        extra_bytes,
        raises_left: MAX_RAISES,
        is_serving: false,
        limit_before: None,
    });
    let mut added = lock(&ADDED);
    *added = *added || add(on_limit);
    *added
}

/// Starts to serve the request, until [`unwatch`]. A dump starts with a garbage collection, and V8
/// ends the process if the heap exceeds its limit after that. Therefore the limit is raised as far
/// as needed.
pub(super) fn serve() {
    if let Some(watch) = lock(&WATCH).as_mut() {
        watch.request = None;
        watch.is_serving = true;
    }
}

/// Removes the limit of the calling thread's heap, in a child. The child has a limit of its memory,
/// and needs heap for the chunks of the snapshot.
pub(super) fn lift() {
    add(on_limit_of_child);
}

/// Doubles the limit immediately, in a child whose heap is full.
pub(super) fn raise() {
    let name = c"_ZN2v87Isolate29IncreaseHeapLimitForDebuggingEv";
    let (Some(raise), Some(isolate)) = (symbols::find(name), Isolate::current()) else { return };
    // SAFETY: the mangled name encodes this signature. `this` is the first argument.
    let raise = unsafe { std::mem::transmute::<*mut c_void, Raise>(raise.as_ptr()) };
    // SAFETY: on the isolate's thread. The function only changes a number.
    unsafe { raise(isolate.as_ptr()) };
}

/// Adds a callback to V8. Returns `false` if this host does not export the function.
fn add(callback: Callback) -> bool {
    let name = c"_ZN2v87Isolate24AddNearHeapLimitCallbackEPFmPvmmES1_";
    let (Some(add), Some(isolate)) = (symbols::find(name), Isolate::current()) else {
        return false;
    };
    // SAFETY: the mangled name encodes this signature. `this` is the first argument.
    let add = unsafe { std::mem::transmute::<*mut c_void, AddCallback>(add.as_ptr()) };
    // SAFETY: on the isolate's thread. The callback stays valid, because addons are never unloaded.
    unsafe { add(isolate.as_ptr(), callback, std::ptr::null_mut()) };
    true
}

extern "C" fn on_limit_of_child(_data: *mut c_void, current: usize, _initial: usize) -> usize {
    current.saturating_add(current / 2)
}

/// Cancels [`watch`], or ends [`serve`]. Must be called on the thread that called [`watch`]. V8
/// calls only the callback that was added last, so a callback of `--heapsnapshot-near-heap-limit`
/// is active again afterwards.
pub(super) fn unwatch() {
    let watch = lock(&WATCH).take();
    let name = c"_ZN2v87Isolate27RemoveNearHeapLimitCallbackEPFmPvmmEm";
    let (Some(remove), Some(isolate)) = (symbols::find(name), Isolate::current()) else { return };
    // SAFETY: the mangled name encodes this signature. `this` is the first argument.
    let remove = unsafe { std::mem::transmute::<*mut c_void, RemoveCallback>(remove.as_ptr()) };
    // Restores the limit before `serve`. 0 leaves the limit as it is. V8 never sets it below 1.25
    // times the used heap.
    let limit = watch.and_then(|watch| watch.limit_before).unwrap_or(0);
    let mut added = lock(&ADDED);
    if *added {
        *added = false;
        // SAFETY: on the isolate's thread, and the callback was added.
        unsafe { remove(isolate.as_ptr(), on_limit, limit) };
    }
}

extern "C" fn on_limit(_data: *mut c_void, current: usize, _initial: usize) -> usize {
    // A panic must not reach V8. If the limit stays the same, V8 acts as without the callback.
    panic::catch_unwind(|| {
        let mut watch = lock(&WATCH);
        let Some(watch) = watch.as_mut() else { return current };
        if watch.is_serving {
            watch.limit_before.get_or_insert(current);
            return current.saturating_mul(2);
        }
        if watch.raises_left == 0 {
            return current;
        }
        watch.raises_left -= 1;
        if let Some(request) = watch.request.take() {
            environment::interrupt_with(watch.environment, request);
        }
        current.saturating_add(watch.extra_bytes)
    })
    .unwrap_or(current)
}
