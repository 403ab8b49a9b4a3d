//! The functions of libuv that the trigger thread uses.
//!
//! Node exports libuv, and keeps its ABI within a major version. The functions are looked up by
//! name. If a host does not have them (Bun, some embedders), the addon still loads, but without a
//! signal trigger. The sizes of handles and loops are queried from libuv, not taken from a header.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::OnceLock;

use super::symbols;

/// A pointer to a `uv_loop_t` or to any `uv_handle_t`.
pub(super) type Raw = *mut c_void;

/// `UV_RUN_DEFAULT`.
pub(super) const RUN_DEFAULT: c_uint = 0;

/// The types of handles used here, with their numbers in the ABI of libuv 1.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Async = 1,
    Timer = 13,
    Signal = 16,
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// Functions of Node's libuv, by their names without `uv_`.
        pub(super) struct Uv {
            $($(#[$doc])* pub(super) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Uv {
            fn load() -> Option<Self> {
                Some(Self {
                    $($name: {
                        let name = concat!("uv_", stringify!($name), "\0");
                        let name = CStr::from_bytes_with_nul(name.as_bytes()).ok()?;
                        let address = symbols::find(name)?.as_ptr();
                        // SAFETY: libuv 1 documents the function with this signature.
                        unsafe {
                            std::mem::transmute::<
                                *mut c_void,
                                unsafe extern "C" fn($($argument),*) $(-> $result)?,
                            >(address)
                        }
                    },)*
                })
            }
        }
    };
}

functions! {
    loop_size: fn() -> usize;
    handle_size: fn(c_uint) -> usize;
    loop_init: fn(Raw) -> c_int;
    loop_close: fn(Raw) -> c_int;
    run: fn(Raw, c_uint) -> c_int;
    close: fn(Raw, Option<unsafe extern "C" fn(Raw)>);
    handle_set_data: fn(Raw, *mut c_void);
    handle_get_data: fn(Raw) -> *mut c_void;
    async_init: fn(Raw, Raw, unsafe extern "C" fn(Raw)) -> c_int;
    /// The only function that may be called on any thread.
    async_send: fn(Raw) -> c_int;
    timer_init: fn(Raw, Raw) -> c_int;
    timer_start: fn(Raw, unsafe extern "C" fn(Raw), u64, u64) -> c_int;
    signal_init: fn(Raw, Raw) -> c_int;
    signal_start: fn(Raw, unsafe extern "C" fn(Raw, c_int), c_int) -> c_int;
    signal_stop: fn(Raw) -> c_int;
    strerror: fn(c_int) -> *const c_char;
}

impl Uv {
    /// Returns the functions. `None` if this process does not export all of them.
    pub(super) fn get() -> Option<&'static Self> {
        static UV: OnceLock<Option<Uv>> = OnceLock::new();
        UV.get_or_init(Self::load).as_ref()
    }

    /// Returns zeroed, aligned memory for a handle of `kind`.
    pub(super) fn handle(&self, kind: Kind) -> Box<[u64]> {
        // SAFETY: a pure function of a number that every libuv 1 knows.
        words(unsafe { (self.handle_size)(kind as c_uint) })
    }

    /// Returns zeroed, aligned memory for a loop.
    pub(super) fn event_loop(&self) -> Box<[u64]> {
        // SAFETY: a pure function.
        words(unsafe { (self.loop_size)() })
    }

    /// Returns libuv's message for an error number that it returned.
    pub(super) fn message(&self, error: c_int) -> String {
        // SAFETY: returns a static string for libuv's own errors.
        let text = unsafe { (self.strerror)(error) };
        // SAFETY: the string is NUL-terminated and static.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }
}

fn words(bytes: usize) -> Box<[u64]> {
    vec![0; bytes.div_ceil(size_of::<u64>())].into_boxed_slice()
}
