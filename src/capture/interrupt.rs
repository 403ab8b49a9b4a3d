//! Runs code on a JS thread that is stuck in JavaScript.
//!
//! `v8::Isolate::RequestInterrupt` is V8's own way in: it may be called from any
//! thread, and V8 runs the callback at the next loop edge or function entry, and
//! wakes `Atomics.wait`. Node-API does not offer it, so it is looked up by name;
//! where the name is missing, a stuck thread is served when its loop turns.
//! In some places of some versions the callback must do nothing: `interrupt_site`.

use std::ffi::c_void;
use std::sync::OnceLock;

#[cfg(unix)]
use super::interrupt_site;
use super::symbols;

type GetCurrent = unsafe extern "C" fn() -> *mut c_void;
type Callback = extern "C" fn(isolate: *mut c_void, data: *mut c_void);
type Terminate = unsafe extern "C" fn(isolate: *mut c_void);
type RequestInterrupt = unsafe extern "C" fn(isolate: *mut c_void, Callback, data: *mut c_void);

struct Functions {
    request: RequestInterrupt,
    terminate: Terminate,
}

/// The V8 isolate of one environment.
#[derive(Clone, Copy)]
pub(super) struct Isolate(usize);

impl Isolate {
    /// The isolate of the calling JS thread; `None` where V8's functions are not exported.
    pub(super) fn current() -> Option<Self> {
        static GET_CURRENT: OnceLock<Option<GetCurrent>> = OnceLock::new();
        let current = (*GET_CURRENT.get_or_init(|| {
            let current = symbols::find(c"_ZN2v87Isolate10GetCurrentEv")?.as_ptr();
            // SAFETY: the mangled name spells this very signature.
            Some(unsafe { std::mem::transmute::<*mut c_void, GetCurrent>(current) })
        }))?;
        // SAFETY: a static member function without arguments; it reads a thread-local.
        let isolate = unsafe { current() };
        (!isolate.is_null()).then_some(Self(isolate as usize))
    }

    /// For calls of other functions of V8.
    #[cfg(target_os = "linux")]
    pub(super) fn as_ptr(self) -> *mut c_void {
        self.0 as *mut c_void
    }

    /// Asks V8 to call `callback(data)` on the isolate's thread as soon as it can.
    ///
    /// # Safety
    ///
    /// The isolate must be alive: the caller holds the lock under which
    /// environments are removed before their isolate is disposed.
    pub(super) unsafe fn interrupt(self, callback: Callback, data: usize) {
        if let Some(functions) = functions() {
            // SAFETY: the isolate is alive (above); V8 documents the call as thread-safe.
            unsafe { (functions.request)(self.0 as *mut c_void, callback, data as *mut c_void) };
        }
    }
}

impl Isolate {
    /// Ends the JavaScript that is running, again: what ended ours was meant for all of it
    /// (`worker.terminate()`, the `timeout` of `vm`).
    ///
    /// # Safety
    ///
    /// The caller must be on the isolate's thread.
    pub(super) unsafe fn terminate(self) {
        if let Some(functions) = functions() {
            // SAFETY: the isolate lives as long as its thread is in it (contract).
            unsafe { (functions.terminate)(self.0 as *mut c_void) };
        }
    }
}

/// Why threads cannot be interrupted here; `None` if they can.
pub(super) fn obstacle() -> Option<String> {
    if functions().is_none() {
        let reason = "this host does not export v8::Isolate::RequestInterrupt: a dump waits until \
                      the event loop turns";
        return Some(reason.to_owned());
    }
    #[cfg(unix)]
    let obstacle = interrupt_site::obstacle();
    #[cfg(not(unix))]
    let obstacle = None;
    obstacle
}

/// Where an interrupt has to wait, in this version of V8.
pub(super) fn limitation() -> Option<String> {
    #[cfg(unix)]
    let limitation = interrupt_site::limitation();
    #[cfg(not(unix))]
    let limitation = None;
    limitation
}

/// Whether JavaScript may run where V8 calls back. In an interrupt's callback only.
pub(super) fn is_at_safe_site() -> bool {
    #[cfg(unix)]
    let is_safe = interrupt_site::is_safe();
    #[cfg(not(unix))]
    let is_safe = true;
    is_safe
}

fn functions() -> Option<&'static Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    FUNCTIONS
        .get_or_init(|| {
            let request = symbols::find(c"_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_")?;
            let terminate = symbols::find(c"_ZN2v87Isolate18TerminateExecutionEv")?;
            Some(Functions {
                // SAFETY: the mangled name spells this very signature; member functions take
                // `this` as their first argument in the Itanium C++ ABI.
                request: unsafe {
                    std::mem::transmute::<*mut c_void, RequestInterrupt>(request.as_ptr())
                },
                // SAFETY: as above.
                terminate: unsafe {
                    std::mem::transmute::<*mut c_void, Terminate>(terminate.as_ptr())
                },
            })
        })
        .as_ref()
}
