//! Takes messages out of mailboxes and hands them to JavaScript: from the loop of the thread, or
//! from an interrupt of V8.

use std::ffi::c_void;
use std::panic;

use capture::{DumpLock, Error, Listener, Notice, Phase, Request};
use napi::sys;

use super::environment::{self, with};
#[cfg(target_os = "linux")]
use super::fork;
use super::interrupt;
use super::link::{Answer, Link, number_to_pointer, pointer_to_number};
use super::trigger;

/// Adds the calling environment; `handler(message, interrupted)` gets its mail.
///
/// # Safety
///
/// `env` must be the calling environment and `handler` a function of it.
pub(super) unsafe fn attach(env: sys::napi_env, handler: sys::napi_value) -> Result<u32, Error> {
    let id = environment::new_id();
    // SAFETY: the contract of this function.
    let link = unsafe { Link::create(env, handler, id, Some(on_wake)) }?;
    #[cfg(target_os = "linux")]
    fork::follow_marking();
    environment::add(id, link, on_interrupt);
    // Hooks run last in, first out: ours finds the threadsafe function still there.
    // SAFETY: the hook gets back the number it was given.
    unsafe { sys::napi_add_env_cleanup_hook(env, Some(on_cleanup), number_to_pointer(id)) };
    Ok(id)
}

unsafe extern "C" fn on_cleanup(id: *mut c_void) {
    // A panic must not cross into Node; there is nobody left to tell.
    let _ = panic::catch_unwind(|| detach(pointer_to_number(id)));
}

fn detach(id: u32) {
    if let Some(link) = environment::remove(id) {
        link.release();
    }
    trigger::environment_ended(id);
}

/// Takes the dump lock. With `wait`, blocks until the dump of another thread has ended.
pub(crate) fn take_dump_lock(phase: Phase, wait: bool) -> Option<DumpLock> {
    DumpLock::take(phase, wait, dump_lock_is_free)
}

/// The same, for a thread that cannot wait.
#[cfg(target_os = "linux")]
pub(super) fn try_take_dump_lock(phase: Phase) -> Option<DumpLock> {
    DumpLock::try_take(phase, dump_lock_is_free)
}

/// Sends a request (served even by a stuck thread) or a notice. `false` if nobody has that id.
pub(super) fn post(id: u32, text: String, is_request: bool) -> bool {
    let found = with(id, |environment| {
        if is_request { environment.request(text, false) } else { environment.notify(text) }
    });
    if is_request && found.is_some() {
        trigger::expect_answer();
    }
    found.is_some()
}

/// Sends a notice, unless the environment is gone.
pub(super) fn notify(id: u32, notice: &Notice) {
    with(id, |environment| environment.notify(notice.to_text()));
}

/// Tells `id` how the dump with this `ticket` ended.
pub(super) fn listener(id: u32, ticket: u32) -> Listener {
    Box::new(move |outcome| notify(id, &Notice::Finished { ticket, outcome }))
}

/// Tells the caller of `id` when the next dump may begin.
pub(super) fn await_dump_lock(id: u32) {
    with(id, environment::Environment::await_dump_lock);
    if DumpLock::is_free() {
        dump_lock_is_free();
    }
}

/// Keeps the loop of the calling environment alive, or no longer.
pub(super) fn keep_loop_alive(id: u32, keep: bool) {
    if let Some(link) = with(id, |environment| environment.link()) {
        link.keep_loop_alive(keep);
    }
}

/// A dump ended: whoever waited for it may try.
fn dump_lock_is_free() {
    if environment::dump_lock_is_free() {
        trigger::expect_answer();
    }
}

/// The callback of a threadsafe function, on the JS thread, from its loop.
unsafe extern "C" fn on_wake(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _data: *mut c_void,
) {
    // Without an environment this is a queue being emptied at the end of one.
    if !env.is_null() {
        deliver_from_loop(pointer_to_number(context));
    }
}

/// Hands out all mail of `id`, on its JS thread.
fn deliver_from_loop(id: u32) {
    // A panic must not cross into Node.
    let _ = panic::catch_unwind(|| {
        serve_requests(id, false);
        while let Some(Some((link, text))) =
            with(id, |environment| Some((environment.link(), environment.take_notice()?)))
        {
            link.call(&text, false);
        }
    });
}

extern "C" fn on_interrupt(_isolate: *mut c_void, id: *mut c_void) {
    // A panic must not cross into V8.
    let _ = panic::catch_unwind(|| {
        let id = pointer_to_number(id);
        if !interrupt::is_at_safe_site() {
            postpone_interrupt(id);
            return;
        }
        serve_requests(id, true);
        // Node's inspector swallows a termination that strikes while it hands over a chunk:
        // without another one a worker that was terminated would run on for ever.
        if let Some((link, Some(isolate))) = with(id, |e| (e.link(), e.isolate()))
            && link.is_ending()
        {
            // SAFETY: this is its thread.
            unsafe { isolate.terminate() };
        }
    });
}

/// Has the thread of `id` interrupted again a little later. Runs no JavaScript, and allocates
/// nothing in V8's heap.
fn postpone_interrupt(id: u32) {
    if with(id, environment::Environment::postpone_interrupts) == Some(true) {
        capture::announce(
            "the dump has to wait: WebAssembly runs in a loop in which this version of V8 cannot \
             be interrupted safely",
        );
    }
    trigger::expect_answer();
}

fn serve_requests(id: u32, interrupted: bool) {
    while let Some(Some((link, request))) =
        with(id, |environment| Some((environment.link(), environment.take_request()?)))
    {
        match link.call(&request.text, interrupted) {
            Answer::Served => {}
            Answer::Busy => {
                // Another thread is dumping: put it back until the dump lock is free.
                put_back(id, request, true);
                return;
            }
            Answer::NoStack => {
                put_back(id, request, false);
                trigger::expect_answer();
                return;
            }
            Answer::Ended => {
                on_ended(id, request, interrupted);
                return;
            }
        }
    }
}

/// JavaScript was ended from outside before it could answer `request`.
fn on_ended(id: u32, request: Request, interrupted: bool) {
    let was_dumping = capture::give_up_on_this_thread();
    if interrupted && !was_dumping {
        // A timeout of `vm` before anything was begun: nobody would be told.
        // Of a thread that ends, requests end with its environment.
        put_back(id, request, false);
        trigger::expect_answer();
    }
    with(id, |environment| {
        environment.notify(Notice::Ended.to_text());
        if let (true, Some(isolate)) = (interrupted, environment.isolate()) {
            // SAFETY: this is its thread.
            unsafe { isolate.terminate() };
        }
    });
}

/// Puts a request back, to wait for the end of another dump (`on_hold`), or to interrupt again.
fn put_back(id: u32, mut request: Request, on_hold: bool) {
    if !on_hold {
        request.postpone_interrupt();
    }
    with(id, |environment| environment.put_back(request, on_hold));
    // The dump lock may have been released between the answer and the hold.
    if DumpLock::is_free() {
        dump_lock_is_free();
    }
}
