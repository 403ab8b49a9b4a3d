//! Calls JavaScript of one environment, with raw Node-API calls.
//!
//! napi-rs cannot be used in an interrupt, which runs between two instructions of JavaScript, where
//! no callback of napi-rs is on the stack.

use std::ffi::c_void;
use std::ptr;

use capture::Error;
use napi::sys;

/// A threadsafe function that wakes the JS thread, and the JavaScript function that handles
/// messages.
#[derive(Clone, Copy)]
pub(super) struct Link {
    env: sys::napi_env,
    wake: sys::napi_threadsafe_function,
    handler: sys::napi_ref,
}

// SAFETY: `wake` is a threadsafe function, which any thread may call. The other fields are used on
// the JS thread only, as the methods require.
unsafe impl Send for Link {}

/// How JavaScript handled a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The dump is complete or in progress.
    Served,
    /// Another thread takes a dump.
    Busy,
    /// Too little stack was left for the call. The handler catches all other errors itself.
    NoStack,
    /// JavaScript of this thread was terminated from outside before it could answer.
    Ended,
}

impl Link {
    /// Creates the link to the calling environment. The threadsafe function calls `on_wake` with
    /// `id` as its context. It does not keep the event loop alive.
    ///
    /// # Safety
    ///
    /// `env` must be the calling environment and `handler` a function of it.
    pub(super) unsafe fn create(
        env: sys::napi_env,
        handler: sys::napi_value,
        id: u32,
        on_wake: sys::napi_threadsafe_function_call_js,
    ) -> Result<Self, Error> {
        let mut link = Self { env, wake: ptr::null_mut(), handler: ptr::null_mut() };
        let mut name = ptr::null_mut();
        let text = c"heapdump-rs";
        let length = text.count_bytes().cast_signed();
        // SAFETY: `env` is the calling environment, and `handler` a value of it (contract).
        ok(unsafe { sys::napi_create_reference(env, handler, 1, &raw mut link.handler) })?;
        // SAFETY: `env` is the calling environment, and `length` is the length of the text.
        ok(unsafe { sys::napi_create_string_latin1(env, text.as_ptr(), length, &raw mut name) })?;
        // SAFETY: `env` is the calling environment. There is no JavaScript function, so only
        // `on_wake` is called. Its context is a number.
        ok(unsafe {
            sys::napi_create_threadsafe_function(
                env,
                ptr::null_mut(),
                ptr::null_mut(),
                name,
                0, // no limit of the queue, because there is at most one call for each message
                1,
                ptr::null_mut(),
                None,
                number_to_pointer(id),
                on_wake,
                &raw mut link.wake,
            )
        })?;
        link.keep_loop_alive(false);
        Ok(link)
    }

    /// Makes the JS thread call `on_wake` soon. May be called on any thread.
    ///
    /// # Safety
    ///
    /// The environment must not have ended. The lock in `environment` ensures that.
    pub(super) unsafe fn wake(self) {
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: the threadsafe function is released when the environment ends, which it has not
        // (contract).
        unsafe { sys::napi_call_threadsafe_function(self.wake, ptr::null_mut(), mode) };
    }

    /// Sets whether the link keeps the event loop of the environment alive. JS thread only.
    pub(super) fn keep_loop_alive(self, keep: bool) {
        if keep {
            // SAFETY: on the JS thread, whose environment has not ended.
            unsafe { sys::napi_ref_threadsafe_function(self.env, self.wake) };
        } else {
            // SAFETY: as above.
            unsafe { sys::napi_unref_threadsafe_function(self.env, self.wake) };
        }
    }

    /// Returns whether JavaScript of the environment was terminated for good, for example by
    /// `worker.terminate()`. JS thread only.
    pub(super) fn is_ending(self) -> bool {
        let env = self.env;
        let mut scope = ptr::null_mut();
        // SAFETY: on the JS thread, whose environment has not ended.
        if unsafe { sys::napi_open_handle_scope(env, &raw mut scope) } != sys::Status::napi_ok {
            return true;
        }
        let [mut object, mut value] = [ptr::null_mut(); 2];
        // SAFETY: on the JS thread, in a handle scope.
        unsafe { sys::napi_create_object(env, &raw mut object) };
        // SAFETY: as above.
        unsafe { sys::napi_get_undefined(env, &raw mut value) };
        // SAFETY: as above. Node-API refuses this call if JavaScript may not run any more.
        let status = unsafe { sys::napi_set_named_property(env, object, c"_".as_ptr(), value) };
        // A pending exception would make the next call fail.
        self.clear_error();
        // SAFETY: the scope was opened above.
        unsafe { sys::napi_close_handle_scope(env, scope) };
        status != sys::Status::napi_ok
    }

    /// Calls `handler(text, interrupted)`. JS thread only, from its event loop or from an
    /// interrupt. Clears exceptions.
    pub(super) fn call(self, text: &str, interrupted: bool) -> Answer {
        let env = self.env;
        let mut scope = ptr::null_mut();
        // SAFETY: on the JS thread, whose environment has not ended.
        if unsafe { sys::napi_open_handle_scope(env, &raw mut scope) } != sys::Status::napi_ok {
            return Answer::Ended;
        }
        let answer = match self.call_in_scope(text, interrupted) {
            Ok(true) => Answer::Served,
            Ok(false) => Answer::Busy,
            Err(_) if self.clear_error() => Answer::NoStack,
            Err(_) => Answer::Ended,
        };
        // SAFETY: the scope was opened above.
        unsafe { sys::napi_close_handle_scope(env, scope) };
        answer
    }

    /// Clears the pending exception. Returns whether it was an error. Terminated JavaScript leaves
    /// another value, or none.
    fn clear_error(self) -> bool {
        let mut exception = ptr::null_mut();
        // SAFETY: on the JS thread, in a handle scope. Without an exception, the value is
        // `undefined`.
        unsafe { sys::napi_get_and_clear_last_exception(self.env, &raw mut exception) };
        let mut is_error = false;
        if !exception.is_null() {
            // SAFETY: as above.
            unsafe { sys::napi_is_error(self.env, exception, &raw mut is_error) };
        }
        is_error
    }

    fn call_in_scope(self, text: &str, interrupted: bool) -> Result<bool, Error> {
        let env = self.env;
        let [mut handler, mut this, mut message, mut flag, mut result] = [ptr::null_mut(); 5];
        // SAFETY: on the JS thread, in a handle scope. The reference lives as long as the
        // environment.
        ok(unsafe { sys::napi_get_reference_value(env, self.handler, &raw mut handler) })?;
        // SAFETY: as above.
        ok(unsafe { sys::napi_get_undefined(env, &raw mut this) })?;
        // SAFETY: as above. `length` is the length of `text`.
        ok(unsafe {
            let length = text.len().cast_signed();
            sys::napi_create_string_utf8(env, text.as_ptr().cast(), length, &raw mut message)
        })?;
        // SAFETY: as above.
        ok(unsafe { sys::napi_get_boolean(env, interrupted, &raw mut flag) })?;
        let arguments = [message, flag];
        // SAFETY: as above. There are two arguments.
        ok(unsafe {
            sys::napi_call_function(env, this, handler, 2, arguments.as_ptr(), &raw mut result)
        })?;
        let mut answer = false;
        // SAFETY: as above. A value that is not a boolean is an error.
        ok(unsafe { sys::napi_get_value_bool(env, result, &raw mut answer) })?;
        Ok(answer)
    }

    /// Ends the link. JS thread only. [`wake`](Self::wake) must not be called afterwards.
    pub(super) fn release(self) {
        let mode = sys::ThreadsafeFunctionReleaseMode::abort;
        // SAFETY: this thread has acquired the function, once, when it created it.
        unsafe { sys::napi_release_threadsafe_function(self.wake, mode) };
    }
}

/// Converts a number to a `void *` context of Node-API.
pub(super) fn number_to_pointer(number: u32) -> *mut c_void {
    number as usize as *mut c_void
}

/// Converts a context from [`number_to_pointer`] back.
pub(super) fn pointer_to_number(pointer: *mut c_void) -> u32 {
    u32::try_from(pointer as usize).unwrap_or(0)
}

fn ok(status: sys::napi_status) -> Result<(), Error> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Error::internal("a Node-API call")) }
}
