//! Finds out whether JavaScript may run at the place of an interrupt.
//!
//! Code that runs in an interrupt can cause a garbage collection, which moves objects. The function
//! of V8 that handles interrupts must therefore not be called by a function that keeps a raw
//! pointer to an object. V8 before version 12 (Node 18 and 20) has one such caller:
//! `Runtime_WasmTriggerTierUp`, which loops in WebAssembly code of the baseline compiler call. It
//! handles interrupts first and uses a pointer to the instance afterwards, so the process ends with
//! SIGSEGV. Later versions handle interrupts last.
//!
//! The callback therefore walks its own call stack up to the caller. All frames in between are C++
//! or Rust functions, which have unwind information.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use super::symbols;

/// First version of V8 that can be interrupted everywhere.
const FIRST_SAFE_MAJOR: u32 = 12;

/// Maximum number of frames to walk. Fewer are between [`is_safe`] and V8's functions.
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

/// The callers of V8's function that handles interrupts.
enum Callers {
    /// All of them are safe.
    Safe,
    /// `handler` calls the callback. It is not safe if `unsafe_caller` called it. Addresses of
    /// functions.
    Known { handler: usize, unsafe_caller: usize },
    /// The host does not export the functions.
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
            (Some(handler), Some(unsafe_caller)) => Callers::Known {
                handler: handler.as_ptr() as usize,
                unsafe_caller: unsafe_caller.as_ptr() as usize,
            },
            _ => Callers::Unknown,
        }
    })
}

/// Returns V8's version, like `process.versions.v8`.
fn version() -> Option<&'static str> {
    let get = symbols::find(c"_ZN2v82V810GetVersionEv")?.as_ptr();
    // SAFETY: the mangled name encodes this signature.
    let get =
        unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> *const c_char>(get) };
    // SAFETY: a static member function without arguments.
    let text = unsafe { get() };
    // SAFETY: the function returns a static NUL-terminated string.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// Returns why interrupts are not possible at all. `None` if [`is_safe`] can decide.
pub(super) fn obstacle() -> Option<String> {
    matches!(callers(), Callers::Unknown).then(|| {
        format!(
            "V8 {} crashes if it is interrupted in some WebAssembly loops, and this host does not \
             export the functions that these are recognized by: a dump waits until the event loop turns",
            version().unwrap_or("of this host")
        )
    })
}

/// Returns where interrupts have to wait. `None` if nowhere.
pub(super) fn limitation() -> Option<String> {
    (!matches!(callers(), Callers::Safe)).then(|| {
        format!(
            "V8 {} cannot be interrupted safely in WebAssembly loops that it has not optimized: \
             a dump waits until they end",
            version().unwrap_or("of this host")
        )
    })
}

/// Returns whether JavaScript may run. Must be called in the callback of an interrupt.
pub(super) fn is_safe() -> bool {
    match callers() {
        Callers::Safe => true,
        Callers::Unknown => false,
        Callers::Known { handler, unsafe_caller } => {
            let mut walk =
                Walk { handler: *handler, is_at_handler: false, caller: None, left: MAX_FRAMES };
            // SAFETY: `step` gets a pointer to `walk`, which outlives the call.
            unsafe { _Unwind_Backtrace(step, ptr::from_mut(&mut walk).cast()) };
            // If the caller is unknown, the dump waits, because the process could crash.
            walk.caller.is_some_and(|caller| caller != *unsafe_caller)
        }
    }
}

/// The walk up the call stack.
struct Walk {
    handler: usize,
    /// Whether the last frame was that of the handler.
    is_at_handler: bool,
    /// The address of the function that called the handler.
    caller: Option<usize>,
    /// The number of frames left.
    left: u32,
}

unsafe extern "C" fn step(context: *mut c_void, walk: *mut c_void) -> c_int {
    // SAFETY: the pointer that `is_safe` passed.
    let walk = unsafe { &mut *walk.cast::<Walk>() };
    // SAFETY: the unwinder passes a context that is valid during this call.
    let function = unsafe { _Unwind_GetRegionStart(context) };
    if walk.is_at_handler {
        walk.caller = (function != 0).then_some(function);
        return STOP;
    }
    walk.is_at_handler = function == walk.handler;
    walk.left -= 1;
    if walk.left == 0 { STOP } else { CONTINUE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_version_decides() {
        assert_eq!(major("11.3.244.8-node.25"), Some(11));
        assert_eq!(major("13"), Some(13));
        assert_eq!((major(""), major("v8")), (None, None));
    }

    #[test]
    fn a_host_without_v8s_functions_is_not_interrupted() {
        assert!(!is_safe());
        assert!(obstacle().is_some() && limitation().is_some());
    }
}
