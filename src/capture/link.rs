//! The way into one JS thread, in raw Node-API calls.
//!
//! Raw, because an interrupt needs them: it runs between two instructions of
//! JavaScript, where no napi-rs callback is on the stack.

use std::ffi::c_void;
use std::ptr;

use capture::Error;
use napi::sys;

/// A threadsafe function to wake the thread, and the JS function that gets its mail.
#[derive(Clone, Copy)]
pub(super) struct Link {
    env: sys::napi_env,
    wake: sys::napi_threadsafe_function,
    handler: sys::napi_ref,
}

// SAFETY: `wake` is documented as thread-safe; everything else is only used on the JS thread,
// which the safety contracts below demand.
unsafe impl Send for Link {}

/// How a request was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The dump is done, or on its way.
    Served,
    /// Another thread is dumping.
    Busy,
    /// There was too little stack left for the call: the handler catches everything else itself.
    NoStack,
    /// JavaScript of this thread was ended from outside before it could answer.
    Ended,
}

impl Link {
    /// Links the calling environment, with the number `id`. The threadsafe function keeps no loop
    /// alive; it calls `on_wake` with that number as its context.
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
        // SAFETY: both are values of the calling environment (contract).
        ok(unsafe { sys::napi_create_reference(env, handler, 1, &raw mut link.handler) })?;
        // SAFETY: a literal of the length given.
        ok(unsafe { sys::napi_create_string_latin1(env, text.as_ptr(), length, &raw mut name) })?;
        // SAFETY: without a JS function, `on_wake` alone is called; the context is a number.
        ok(unsafe {
            sys::napi_create_threadsafe_function(
                env,
                ptr::null_mut(),
                ptr::null_mut(),
                name,
                0, // unbounded: at most one call per message is under way
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

    /// Makes the JS thread call the environment's mail function soon. From any thread.
    ///
    /// # Safety
    ///
    /// The environment must not have ended: see the lock in `environment`.
    pub(super) unsafe fn wake(self) {
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: not released as long as the environment lives (contract).
        unsafe { sys::napi_call_threadsafe_function(self.wake, ptr::null_mut(), mode) };
    }

    /// Whether the environment's loop stays alive for us. JS thread only.
    pub(super) fn keep_loop_alive(self, keep: bool) {
        if keep {
            // SAFETY: on the JS thread.
            unsafe { sys::napi_ref_threadsafe_function(self.env, self.wake) };
        } else {
            // SAFETY: on the JS thread.
            unsafe { sys::napi_unref_threadsafe_function(self.env, self.wake) };
        }
    }

    /// Whether JavaScript of the environment is being ended for good, as `worker.terminate()`
    /// does. JS thread only.
    pub(super) fn is_ending(self) -> bool {
        let env = self.env;
        let mut scope = ptr::null_mut();
        // SAFETY: on the JS thread.
        if unsafe { sys::napi_open_handle_scope(env, &raw mut scope) } != sys::Status::napi_ok {
            return true;
        }
        let [mut object, mut value] = [ptr::null_mut(); 2];
        // SAFETY: on the JS thread, in a scope.
        unsafe { sys::napi_create_object(env, &raw mut object) };
        // SAFETY: as above.
        unsafe { sys::napi_get_undefined(env, &raw mut value) };
        // SAFETY: as above. Refused, without being tried, where JavaScript may not run any more.
        let status = unsafe { sys::napi_set_named_property(env, object, c"_".as_ptr(), value) };
        // What is left here would make the next call fail.
        self.clear_error();
        // SAFETY: opened above.
        unsafe { sys::napi_close_handle_scope(env, scope) };
        status != sys::Status::napi_ok
    }

    /// Calls `handler(text, interrupted)`. JS thread only, from its loop or from an interrupt.
    /// Never leaves an exception behind.
    pub(super) fn call(self, text: &str, interrupted: bool) -> Answer {
        let env = self.env;
        let mut scope = ptr::null_mut();
        // SAFETY: on the JS thread.
        if unsafe { sys::napi_open_handle_scope(env, &raw mut scope) } != sys::Status::napi_ok {
            return Answer::Ended;
        }
        let answer = match self.call_in_scope(text, interrupted) {
            Ok(true) => Answer::Served,
            Ok(false) => Answer::Busy,
            Err(_) if self.clear_error() => Answer::NoStack,
            Err(_) => Answer::Ended,
        };
        // SAFETY: opened above.
        unsafe { sys::napi_close_handle_scope(env, scope) };
        answer
    }

    /// Clears the exception, and tells whether it was an error: JavaScript that is ended from
    /// outside leaves something else, or nothing.
    fn clear_error(self) -> bool {
        let mut exception = ptr::null_mut();
        // SAFETY: on the JS thread, in a scope; a no-op without an exception.
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
        // SAFETY: on the JS thread, in a scope; the reference lives as long as the environment.
        ok(unsafe { sys::napi_get_reference_value(env, self.handler, &raw mut handler) })?;
        // SAFETY: as above.
        ok(unsafe { sys::napi_get_undefined(env, &raw mut this) })?;
        // SAFETY: as above; the length is that of `text`.
        ok(unsafe {
            let length = text.len().cast_signed();
            sys::napi_create_string_utf8(env, text.as_ptr().cast(), length, &raw mut message)
        })?;
        // SAFETY: as above.
        ok(unsafe { sys::napi_get_boolean(env, interrupted, &raw mut flag) })?;
        let arguments = [message, flag];
        // SAFETY: as above; two arguments.
        ok(unsafe {
            sys::napi_call_function(env, this, handler, 2, arguments.as_ptr(), &raw mut result)
        })?;
        let mut answer = false;
        // SAFETY: as above. Anything but a boolean is an error here, and means "no".
        ok(unsafe { sys::napi_get_value_bool(env, result, &raw mut answer) })?;
        Ok(answer)
    }

    /// Ends the link. JS thread only; nobody may call [`wake`](Self::wake) any more.
    pub(super) fn release(self) {
        let mode = sys::ThreadsafeFunctionReleaseMode::abort;
        // SAFETY: the only thread that ever acquired it, once.
        unsafe { sys::napi_release_threadsafe_function(self.wake, mode) };
    }
}

/// Numbers travel through Node-API's `void *` contexts.
pub(super) fn number_to_pointer(number: u32) -> *mut c_void {
    number as usize as *mut c_void
}

/// Back from [`number_to_pointer`].
pub(super) fn pointer_to_number(pointer: *mut c_void) -> u32 {
    u32::try_from(pointer as usize).unwrap_or(0)
}

fn ok(status: sys::napi_status) -> Result<(), Error> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Error::internal("a Node-API call")) }
}
