//! Runs code on a JS thread that is stuck in JavaScript.
//!
//! `v8::Isolate::RequestInterrupt` may be called from any thread. V8 runs the callback at the next
//! loop edge or function entry, and wakes `Atomics.wait`. Node-API does not offer the function, so
//! it is looked up by name. If a host does not export it, a stuck thread serves requests when its
//! event loop turns. `interrupt_site` detects the places where the callback must not run
//! JavaScript.

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
    /// Returns the isolate of the calling JS thread. `None` if V8's functions are not exported.
    pub(super) fn current() -> Option<Self> {
        static GET_CURRENT: OnceLock<Option<GetCurrent>> = OnceLock::new();
        let current = (*GET_CURRENT.get_or_init(|| {
            let current = symbols::find(c"_ZN2v87Isolate10GetCurrentEv")?.as_ptr();
            // SAFETY: the mangled name encodes this signature.
            Some(unsafe { std::mem::transmute::<*mut c_void, GetCurrent>(current) })
        }))?;
        // SAFETY: a static member function without arguments, which reads a thread-local variable.
        let isolate = unsafe { current() };
        (!isolate.is_null()).then_some(Self(isolate as usize))
    }

    /// Returns the `v8::Isolate *` for calls of other functions.
    #[cfg(target_os = "linux")]
    pub(super) fn as_ptr(self) -> *mut c_void {
        self.0 as *mut c_void
    }

    /// Makes V8 call `callback(data)` on the isolate's thread as soon as possible.
    ///
    /// # Safety
    ///
    /// The isolate must be alive. The caller ensures this by holding the lock of `environment`,
    /// because environments are removed under that lock before their isolate is disposed of.
    pub(super) unsafe fn interrupt(self, callback: Callback, data: usize) {
        if let Some(functions) = functions() {
            // SAFETY: the isolate is alive (contract), and V8 documents the function as
            // thread-safe.
            unsafe { (functions.request)(self.0 as *mut c_void, callback, data as *mut c_void) };
        }
    }
}

impl Isolate {
    /// Terminates the JavaScript that is running. Called after a termination (`worker.terminate()`,
    /// the `timeout` of `vm`) has ended only the handler of this addon, because it was meant for
    /// all JavaScript on the stack.
    ///
    /// # Safety
    ///
    /// The caller must be on the isolate's thread.
    pub(super) unsafe fn terminate(self) {
        if let Some(functions) = functions() {
            // SAFETY: on the isolate's thread (contract), so the isolate is alive.
            unsafe { (functions.terminate)(self.0 as *mut c_void) };
        }
    }
}

/// Returns why threads cannot be interrupted. `None` if they can.
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

/// Returns where interrupts have to wait, in this version of V8. `None` if nowhere.
pub(super) fn limitation() -> Option<String> {
    #[cfg(unix)]
    let limitation = interrupt_site::limitation();
    #[cfg(not(unix))]
    let limitation = None;
    limitation
}

/// Returns whether JavaScript may run at the place of the interrupt. In the callback of an
/// interrupt only.
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
                // SAFETY: the mangled name encodes this signature. `this` is the first argument in
                // the Itanium C++ ABI.
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
