//! Delivers the messages in the inboxes to JavaScript, from the event loop of the thread or from an
//! interrupt of V8.

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

/// Adds the calling environment. `handler(message, interrupted)` is called for each of its
/// messages.
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
    // Node runs hooks in reverse order, so this one runs before the threadsafe function is
    // destroyed.
    // SAFETY: the hook gets a number, and stays valid because addons are never unloaded.
    unsafe { sys::napi_add_env_cleanup_hook(env, Some(on_cleanup), number_to_pointer(id)) };
    Ok(id)
}

unsafe extern "C" fn on_cleanup(id: *mut c_void) {
    // A panic must not reach Node. The environment has ended, so the error cannot be reported.
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

/// Takes the dump lock on a thread that must not wait.
#[cfg(target_os = "linux")]
pub(super) fn try_take_dump_lock(phase: Phase) -> Option<DumpLock> {
    DumpLock::try_take(phase, dump_lock_is_free)
}

/// Sends a request, which an interrupt can deliver to a stuck thread, or a notice. Returns `false`
/// if there is no environment with this id.
pub(super) fn post(id: u32, text: String, is_request: bool) -> bool {
    let found = with(id, |environment| {
        if is_request { environment.request(text, false) } else { environment.notify(text) }
    });
    if is_request && found.is_some() {
        trigger::expect_answer();
    }
    found.is_some()
}

/// Sends a notice, unless the environment has ended.
pub(super) fn notify(id: u32, notice: &Notice) {
    with(id, |environment| environment.notify(notice.to_text()));
}

/// Returns a listener that sends the result of the dump `ticket` to the environment `id`.
pub(super) fn listener(id: u32, ticket: u32) -> Listener {
    Box::new(move |outcome| notify(id, &Notice::Finished { ticket, outcome }))
}

/// Sends a notice to the environment `id` when the dump lock is free.
pub(super) fn await_dump_lock(id: u32) {
    with(id, environment::Environment::await_dump_lock);
    if DumpLock::is_free() {
        dump_lock_is_free();
    }
}

/// Sets whether a dump keeps the event loop of the calling environment alive.
pub(super) fn keep_loop_alive(id: u32, keep: bool) {
    if let Some(link) = with(id, |environment| environment.link()) {
        link.keep_loop_alive(keep);
    }
}

/// Continues the requests that waited for the dump lock. Called when it is released.
fn dump_lock_is_free() {
    if environment::dump_lock_is_free() {
        trigger::expect_answer();
    }
}

/// The callback of the threadsafe function. Called on the JS thread, from its event loop.
unsafe extern "C" fn on_wake(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _data: *mut c_void,
) {
    // `env` is null when Node empties the queue of an environment that has ended.
    if !env.is_null() {
        deliver_from_loop(pointer_to_number(context));
    }
}

/// Delivers all messages of the environment `id`, on its JS thread.
fn deliver_from_loop(id: u32) {
    // A panic must not reach Node.
    let _ = panic::catch_unwind(|| {
        serve_requests(id, false);
        while let Some(Some((link, text))) =
            with(id, |environment| Some((environment.link(), environment.inbox().take_notice()?)))
        {
            link.call(&text, false);
        }
    });
}

extern "C" fn on_interrupt(_isolate: *mut c_void, id: *mut c_void) {
    // A panic must not reach V8.
    let _ = panic::catch_unwind(|| {
        let id = pointer_to_number(id);
        if !interrupt::is_at_safe_site() {
            postpone_interrupt(id);
            return;
        }
        serve_requests(id, true);
        // Node's inspector discards a termination that occurs while it passes on a chunk of the
        // snapshot. A worker that was terminated would then run forever, so it is terminated again.
        if let Some((link, Some(isolate))) = with(id, |e| (e.link(), e.isolate()))
            && link.is_ending()
        {
            // SAFETY: this is the thread of the isolate.
            unsafe { isolate.terminate() };
        }
    });
}

/// Schedules another interrupt of the thread of `id`. Does not run JavaScript or allocate in V8's
/// heap.
fn postpone_interrupt(id: u32) {
    if with(id, |environment| environment.inbox().postpone_interrupts()) == Some(true) {
        capture::announce(
            "the dump has to wait: WebAssembly runs in a loop in which this version of V8 cannot \
             be interrupted safely",
        );
    }
    trigger::expect_answer();
}

fn serve_requests(id: u32, interrupted: bool) {
    while let Some(Some((link, request))) =
        with(id, |environment| Some((environment.link(), environment.inbox().take_request()?)))
    {
        match link.call(&request.text, interrupted) {
            Answer::Served => {}
            Answer::Busy => {
                // Another thread takes a dump. The request waits until the dump lock is free.
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

/// Handles a request that JavaScript could not answer, because it was terminated from outside.
fn on_ended(id: u32, request: Request, interrupted: bool) {
    let was_dumping = capture::give_up_on_this_thread();
    if interrupted && !was_dumping {
        // The `timeout` of `vm` ended the code before the dump started, so the request is tried
        // again. If the thread itself ends, its requests are dropped with the environment.
        put_back(id, request, false);
        trigger::expect_answer();
    }
    with(id, |environment| {
        environment.notify(Notice::Ended.to_text());
        if let (true, Some(isolate)) = (interrupted, environment.isolate()) {
            // SAFETY: this is the thread of the isolate.
            unsafe { isolate.terminate() };
        }
    });
}

/// Returns a request to the inbox. It waits until another dump ends (`on_hold`), or for another
/// interrupt.
fn put_back(id: u32, mut request: Request, on_hold: bool) {
    if !on_hold {
        request.postpone_interrupt();
    }
    with(id, |environment| environment.inbox().put_back(request, on_hold));
    // The dump lock may have been released before `on_hold` was set.
    if DumpLock::is_free() {
        dump_lock_is_free();
    }
}
