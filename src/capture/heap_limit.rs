//! The last moment before V8 runs out of heap.
//!
//! `v8::Isolate::AddNearHeapLimitCallback` is called when a garbage collection
//! has not helped, and may raise the limit. It does so by as much as a dump needs to
//! be begun, and sends the environment a request that interrupts its JavaScript: the
//! code that leaks may never come back to its event loop. Nothing else can be done
//! in the callback: V8 is in the middle of an allocation. V8 may call again before
//! that allocation is over, and only then JavaScript can be interrupted: the limit is
//! raised a few times until the request was served.

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

/// Who is to be told, of this process's main thread.
static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

/// Whether V8 has the callback.
static ADDED: Mutex<bool> = Mutex::new(false);

struct Watch {
    environment: u32,
    /// Gone once it was sent.
    request: Option<String>,
    extra_bytes: usize,
    raises_left: u32,
    /// The request is being served: see [`serve`].
    is_serving: bool,
    /// The limit before it was raised for that.
    limit_before: Option<usize>,
}

/// A last resort of V8 collects seven times before it gives an allocation up.
const RAISES: u32 = 4;

/// Has `request` sent to `environment`, of the calling thread, when its heap is full; `extra_bytes`
/// more are allowed from then on, and again a few times until [`unwatch`] tells that the request
/// was served. A later call replaces what was asked for. `false` if this host does not offer it.
pub(super) fn watch(environment: u32, request: String, extra_bytes: usize) -> bool {
    let request = Some(request);
    *lock(&WATCH) = Some(Watch {
        environment,
        request,
        extra_bytes,
        raises_left: RAISES,
        is_serving: false,
        limit_before: None,
    });
    let mut added = lock(&ADDED);
    *added = *added || add(on_limit);
    *added
}

/// The request is being served, until [`unwatch`]: that begins with a garbage collection, at
/// whose end V8 gives up if the heap is beyond its limit. Meanwhile it may be.
pub(super) fn serve() {
    if let Some(watch) = lock(&WATCH).as_mut() {
        watch.request = None;
        watch.is_serving = true;
    }
}

/// Lets the heap of the calling thread grow as it likes: for a child, which has its own limit and
/// needs some heap for the pieces of the snapshot.
pub(super) fn lift() {
    add(on_limit_of_child);
}

/// The same for a child whose heap is full already: it is allowed twice as much at once.
pub(super) fn raise() {
    let name = c"_ZN2v87Isolate29IncreaseHeapLimitForDebuggingEv";
    let (Some(raise), Some(isolate)) = (symbols::find(name), Isolate::current()) else { return };
    // SAFETY: the mangled name spells this very signature; `this` comes first.
    let raise = unsafe { std::mem::transmute::<*mut c_void, Raise>(raise.as_ptr()) };
    // SAFETY: on the isolate's thread. It changes a number.
    unsafe { raise(isolate.as_ptr()) };
}

fn add(callback: Callback) -> bool {
    let name = c"_ZN2v87Isolate24AddNearHeapLimitCallbackEPFmPvmmES1_";
    let (Some(add), Some(isolate)) = (symbols::find(name), Isolate::current()) else {
        return false;
    };
    // SAFETY: the mangled name spells this very signature; `this` comes first.
    let add = unsafe { std::mem::transmute::<*mut c_void, AddCallback>(add.as_ptr()) };
    // SAFETY: on the isolate's thread. The callback stays valid: an addon is never unloaded.
    unsafe { add(isolate.as_ptr(), callback, std::ptr::null_mut()) };
    true
}

extern "C" fn on_limit_of_child(_data: *mut c_void, current: usize, _initial: usize) -> usize {
    current.saturating_add(current / 2)
}

/// Nobody is to be told any more: the request was served, or nobody wants to know. On the thread
/// that called [`watch`]. V8 calls only the callback that was added last: from now on that of
/// `--heapsnapshot-near-heap-limit`, if there is one.
pub(super) fn unwatch() {
    let watch = lock(&WATCH).take();
    let name = c"_ZN2v87Isolate27RemoveNearHeapLimitCallbackEPFmPvmmEm";
    let (Some(remove), Some(isolate)) = (symbols::find(name), Isolate::current()) else { return };
    // SAFETY: the mangled name spells this very signature; `this` comes first.
    let remove = unsafe { std::mem::transmute::<*mut c_void, RemoveCallback>(remove.as_ptr()) };
    // Takes back what was allowed while the request was served; 0 leaves the limit as it is. V8
    // allows a quarter more than is in use in any case.
    let limit = watch.and_then(|watch| watch.limit_before).unwrap_or(0);
    let mut added = lock(&ADDED);
    if *added {
        *added = false;
        // SAFETY: on the isolate's thread, and the callback is there.
        unsafe { remove(isolate.as_ptr(), on_limit, limit) };
    }
}

extern "C" fn on_limit(_data: *mut c_void, current: usize, _initial: usize) -> usize {
    // A panic must not cross into V8. The same limit: V8 does what it would have done.
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
