//! Whether JavaScript may run where V8 has just been interrupted.
//!
//! An interrupt may collect garbage, which moves objects, so its caller must not keep a raw
//! pointer to one. V8 before version 12 (Node 18 and 20) has one caller that does:
//! `Runtime_WasmTriggerTierUp`, which WebAssembly of the baseline compiler calls from its loops.
//! It handles interrupts first and uses the instance afterwards, so the process ends with
//! SIGSEGV. Later versions handle interrupts last.
//!
//! The callback therefore looks up its own call stack. It needs two steps only, both over
//! functions of V8 that are written in C++, for which there is unwind information.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use super::symbols;

/// The first version of V8 that can be interrupted everywhere.
const FIRST_SAFE_MAJOR: u32 = 12;

/// More frames than lie between [`is_safe`] and V8's own.
const MAX_FRAMES: u32 = 32;

const CONTINUE: c_int = 0;
/// `_URC_NORMAL_STOP`
const STOP: c_int = 4;

unsafe extern "C" {
    fn _Unwind_Backtrace(
        step: unsafe extern "C" fn(context: *mut c_void, data: *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetRegionStart(context: *mut c_void) -> usize;
}

/// Where interrupts come from, by the addresses of functions.
enum Callers {
    /// All of them are safe.
    Safe,
    /// `handler` calls the callback; it must not have been called by `unsafe_caller`.
    Told { handler: usize, unsafe_caller: usize },
    /// This host does not export the functions.
    Unknown,
}

fn callers() -> &'static Callers {
    static CALLERS: OnceLock<Callers> = OnceLock::new();
    CALLERS.get_or_init(|| {
        if version().and_then(major).is_some_and(|major| major >= FIRST_SAFE_MAJOR) {
            return Callers::Safe;
        }
        let handler = symbols::find(c"_ZN2v88internal10StackGuard16HandleInterruptsEv");
        let unsafe_caller =
            symbols::find(c"_ZN2v88internal25Runtime_WasmTriggerTierUpEiPmPNS0_7IsolateE");
        match (handler, unsafe_caller) {
            (Some(handler), Some(unsafe_caller)) => Callers::Told {
                handler: handler.as_ptr() as usize,
                unsafe_caller: unsafe_caller.as_ptr() as usize,
            },
            _ => Callers::Unknown,
        }
    })
}

/// V8's version, as in `process.versions.v8`.
fn version() -> Option<&'static str> {
    let get = symbols::find(c"_ZN2v82V810GetVersionEv")?.as_ptr();
    // SAFETY: the mangled name spells this very signature.
    let get =
        unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> *const c_char>(get) };
    // SAFETY: a static member function without arguments.
    let text = unsafe { get() };
    // SAFETY: it returns a static string.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// Why interrupts are not possible at all; `None` if [`is_safe`] can decide on each.
pub(super) fn obstacle() -> Option<String> {
    matches!(callers(), Callers::Unknown).then(|| {
        format!(
            "V8 {} crashes if it is interrupted in some WebAssembly loops, and this host does not \
             export the functions that these are recognized by: a dump waits until the event loop turns",
            version().unwrap_or("of this host")
        )
    })
}

/// Where interrupts have to wait; `None` if nowhere.
pub(super) fn limitation() -> Option<String> {
    (!matches!(callers(), Callers::Safe)).then(|| {
        format!(
            "V8 {} cannot be interrupted safely in WebAssembly loops that it has not optimized: \
             a dump waits until they end",
            version().unwrap_or("of this host")
        )
    })
}

/// Whether JavaScript may run. Must be called from an interrupt's callback.
pub(super) fn is_safe() -> bool {
    match callers() {
        Callers::Safe => true,
        Callers::Unknown => false,
        Callers::Told { handler, unsafe_caller } => {
            let mut walk =
                Walk { handler: *handler, is_at_handler: false, caller: None, left: MAX_FRAMES };
            // SAFETY: `step` gets the walk, which outlives the call.
            unsafe { _Unwind_Backtrace(step, ptr::from_mut(&mut walk).cast()) };
            // Without an answer the dump waits: later is better than a crash.
            walk.caller.is_some_and(|caller| caller != *unsafe_caller)
        }
    }
}

struct Walk {
    handler: usize,
    /// The last frame was the handler's.
    is_at_handler: bool,
    /// The function that called the handler.
    caller: Option<usize>,
    left: u32,
}

unsafe extern "C" fn step(context: *mut c_void, walk: *mut c_void) -> c_int {
    // SAFETY: what `is_safe` gave.
    let walk = unsafe { &mut *walk.cast::<Walk>() };
    // SAFETY: the unwinder's own context, for the length of this call.
    let function = unsafe { _Unwind_GetRegionStart(context) };
    if walk.is_at_handler {
        walk.caller = (function != 0).then_some(function);
        return STOP;
    }
    walk.is_at_handler = function == walk.handler;
    walk.left -= 1;
    if walk.left == 0 { STOP } else { CONTINUE }
}
