//! The Node environments that loaded the addon, and their mail.
//!
//! An environment is the main thread or a worker. Whoever puts something into
//! its mailbox wakes its JS thread through its [`Link`]. *Requests* (dump now)
//! may also be taken out by an interrupt when the thread is stuck in JavaScript;
//! *notices* (a dump ended) wait for the loop, since they reach listeners of the
//! application. Taking a message out is the claim to it: loop and interrupt
//! cannot both serve one request.
//!
//! One lock guards everything. It is held neither while JavaScript runs nor while
//! a thread is joined. An environment leaves the list in its cleanup hook, on its
//! own thread, before V8 disposes of the isolate: nobody who holds the lock ever
//! meets a dead one.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use napi::sys;
use serde_json::json;

use super::failure::Failure;
#[cfg(target_os = "linux")]
use super::fork;
use super::interrupt::{self, Isolate};
use super::link::{Answer, Link, number_to_pointer, pointer_to_number};
use super::publication::{self, Outcome};
use super::request::Request;
use super::starvation::Thread;
use super::sync::lock;
use super::trigger;
use super::turn::Turn;
use super::writer;

static ENVIRONMENTS: Mutex<Vec<Environment>> = Mutex::new(Vec::new());

struct Environment {
    id: u32,
    thread: ThreadId,
    /// The same thread, for the kernel.
    os_thread: Thread,
    link: Link,
    isolate: Option<Isolate>,
    requests: VecDeque<Request>,
    notices: VecDeque<String>,
    /// Requests wait for the dump of another thread to end.
    on_hold: bool,
    /// A caller waits for its turn.
    wants_turn: bool,
}

impl Environment {
    fn request(&mut self, text: String, is_signal: bool) {
        // Signals that come faster than dumps coalesce into one more.
        if is_signal && self.requests.iter().any(|request| request.is_signal) {
            return;
        }
        self.requests.push_back(Request::new(text, is_signal, self.os_thread));
        self.wake();
    }

    fn notify(&mut self, text: String) {
        self.notices.push_back(text);
        self.wake();
    }

    fn wake(&self) {
        // SAFETY: the environment is in the list, so it lives.
        unsafe { self.link.wake() };
    }

    fn take_request(&mut self) -> Option<Request> {
        if self.on_hold { None } else { self.requests.pop_front() }
    }
}

/// Adds the calling environment; `handler(message, interrupted)` gets its mail.
///
/// # Safety
///
/// `env` must be the calling environment and `handler` a function of it.
pub(super) unsafe fn attach(env: sys::napi_env, handler: sys::napi_value) -> Result<u32, Failure> {
    static IDS: AtomicU32 = AtomicU32::new(1);
    let id = IDS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the contract of this function.
    let link = unsafe { Link::create(env, handler, id) }?;
    #[cfg(target_os = "linux")]
    fork::follow_marking();
    lock(&ENVIRONMENTS).push(Environment {
        id,
        thread: thread::current().id(),
        os_thread: Thread::current(),
        link,
        isolate: Isolate::current(),
        requests: VecDeque::new(),
        notices: VecDeque::new(),
        on_hold: false,
        wants_turn: false,
    });
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
    let gone = {
        let mut environments = lock(&ENVIRONMENTS);
        let position = environments.iter().position(|environment| environment.id == id);
        let gone = position.map(|position| environments.remove(position));
        for environment in &mut *environments {
            environment.notify(json!({ "kind": "gone", "from": id }).to_string());
        }
        gone
    };
    if let Some(environment) = gone {
        environment.link.release();
    }
    trigger::environment_ended(id);
}

/// Whether any environment has the addon loaded.
pub(super) fn is_any_left() -> bool {
    !lock(&ENVIRONMENTS).is_empty()
}

/// The environments there are, oldest first, one for each thread.
pub(super) fn peers() -> Vec<u32> {
    one_per_thread(&mut lock(&ENVIRONMENTS)).map(|environment| environment.id).collect()
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

/// A signal arrived: asks `only` one environment, or every thread, for a dump.
pub(super) fn signal(only: Option<u32>, message: &str) {
    if let Some(id) = only {
        with(id, |environment| environment.request(message.to_owned(), true));
    } else {
        for environment in one_per_thread(&mut lock(&ENVIRONMENTS)) {
            environment.request(message.to_owned(), true);
        }
    }
}

/// A thread that loaded the package twice is one thread, and dumped once.
fn one_per_thread(environments: &mut [Environment]) -> impl Iterator<Item = &mut Environment> {
    let mut seen = Vec::new();
    environments.iter_mut().filter(move |environment| {
        let is_new = !seen.contains(&environment.thread);
        seen.push(environment.thread);
        is_new
    })
}

/// Interrupts every thread that has left a request lying for `patience`.
/// Gives the time until the next one is due.
pub(super) fn interrupt_stuck(patience: Duration) -> Option<Duration> {
    let mut next: Option<Duration> = None;
    for environment in &mut *lock(&ENVIRONMENTS) {
        let Some(isolate) = environment.isolate else { continue };
        if environment.on_hold {
            continue;
        }
        for request in environment.requests.iter_mut().filter(|request| !request.interrupted) {
            let left = request.time_left(patience);
            if left.is_zero() {
                request.interrupted = true;
                // SAFETY: the environment is in the list and the list is locked.
                unsafe { isolate.interrupt(on_interrupt, environment.id as usize) };
            } else {
                next = Some(next.map_or(left, |next| next.min(left)));
            }
        }
    }
    next
}

/// Sends a request that interrupts JavaScript at once. On the thread of `id` itself.
#[cfg(target_os = "linux")]
pub(super) fn interrupt_with(id: u32, text: String) {
    with(id, |environment| {
        environment.request(text, false);
        if let Some(isolate) = environment.isolate {
            // SAFETY: the environment is in the list and the list is locked.
            unsafe { isolate.interrupt(on_interrupt, id as usize) };
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
        if let Some((link, Some(isolate))) = with(id, |e| (e.link, e.isolate))
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
    let is_news = with(id, |environment| {
        let news = environment.requests.iter_mut().map(Request::postpone_interrupt);
        news.fold(false, |any, is_news| any | is_news)
    });
    if is_news == Some(true) {
        publication::announce_line(
            "the dump has to wait: WebAssembly runs in a loop in which this version of V8 cannot \
             be interrupted safely",
        );
    }
    trigger::expect_answer();
}

/// Hands out all mail of `id`, on its JS thread, from its loop.
pub(super) fn deliver_from_loop(id: u32) {
    // A panic must not cross into Node.
    let _ = panic::catch_unwind(|| {
        serve_requests(id, false);
        while let Some(Some((link, text))) =
            with(id, |environment| Some((environment.link, environment.notices.pop_front()?)))
        {
            link.call(&text, false);
        }
    });
}

fn serve_requests(id: u32, interrupted: bool) {
    while let Some(Some((link, request))) =
        with(id, |environment| Some((environment.link, environment.take_request()?)))
    {
        match link.call(&request.text, interrupted) {
            Answer::Served => {}
            Answer::Busy => {
                // Another thread is dumping: put it back until the turn is free.
                put_back(id, request, true);
                return;
            }
            Answer::NoStack => {
                put_back(id, request, false);
                trigger::expect_answer();
                return;
            }
            Answer::Ended => {
                let was_dumping = writer::give_up_on_this_thread();
                if interrupted && !was_dumping {
                    // A timeout of `vm` before anything was begun: nobody would be told.
                    // Of a thread that ends, requests end with its environment.
                    put_back(id, request, false);
                    trigger::expect_answer();
                }
                with(id, |environment| {
                    environment.notify(json!({ "kind": "ended" }).to_string());
                    if let (true, Some(isolate)) = (interrupted, environment.isolate) {
                        // SAFETY: this is its thread.
                        unsafe { isolate.terminate() };
                    }
                });
                return;
            }
        }
    }
}

/// Puts a request back, to wait for the end of another dump (`on_hold`), or to interrupt again.
fn put_back(id: u32, mut request: Request, on_hold: bool) {
    if !on_hold {
        request.postpone_interrupt();
    }
    with(id, |environment| {
        let is_repeated = request.is_signal && environment.requests.iter().any(|r| r.is_signal);
        if !is_repeated {
            environment.requests.push_front(request);
        }
        environment.on_hold |= on_hold;
    });
    // The turn may have been given back between the answer and the hold.
    if Turn::is_free() {
        turn_is_free();
    }
}

/// Tells the caller of `id` when the next dump may begin.
pub(super) fn await_turn(id: u32) {
    with(id, |environment| environment.wants_turn = true);
    if Turn::is_free() {
        turn_is_free();
    }
}

/// A dump ended: whoever waited for it may try.
pub(super) fn turn_is_free() {
    let mut any_request = false;
    for environment in &mut *lock(&ENVIRONMENTS) {
        if std::mem::take(&mut environment.on_hold) {
            any_request = true;
            for request in &mut environment.requests {
                request.restart();
            }
            environment.wake();
        }
        if std::mem::take(&mut environment.wants_turn) {
            environment.notify(json!({ "kind": "turn" }).to_string());
        }
    }
    if any_request {
        trigger::expect_answer();
    }
}

/// Tells `id` how far the dump with this `ticket` is.
#[cfg(target_os = "linux")]
pub(super) fn progress(id: u32, ticket: u32, bytes: u64) {
    let text = json!({ "kind": "progress", "ticket": ticket, "bytes": bytes }).to_string();
    with(id, |environment| environment.notify(text));
}

/// Tells `id` how the dump with this `ticket` ended.
pub(super) fn finished(id: u32, ticket: u32, outcome: Outcome) {
    let text = match outcome {
        // The result is JSON already.
        Ok(result) => format!(r#"{{"kind":"finished","ticket":{ticket},"result":{result}}}"#),
        Err(failure) => {
            json!({ "kind": "finished", "ticket": ticket, "failure": failure.to_json() })
                .to_string()
        }
    };
    with(id, |environment| environment.notify(text));
}

/// Keeps the loop of the calling environment alive, or no longer.
pub(super) fn keep_loop_alive(id: u32, keep: bool) {
    if let Some(link) = with(id, |environment| environment.link) {
        link.keep_loop_alive(keep);
    }
}

fn with<T>(id: u32, action: impl FnOnce(&mut Environment) -> T) -> Option<T> {
    lock(&ENVIRONMENTS).iter_mut().find(|environment| environment.id == id).map(action)
}

/// Whether the calling thread is the one that the process began with.
pub(super) fn is_main_thread() -> bool {
    platform::is_main_thread()
}

#[cfg(target_os = "linux")]
mod platform {
    pub(super) fn is_main_thread() -> bool {
        // SAFETY: asks the kernel for a number.
        let thread = unsafe { libc::gettid() };
        u32::try_from(thread) == Ok(std::process::id())
    }
}

#[cfg(target_os = "macos")]
mod platform {
    pub(super) fn is_main_thread() -> bool {
        // SAFETY: asks for a number.
        unsafe { libc::pthread_main_np() != 0 }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod platform {
    /// Only decides who installs the signal, and there is none to install.
    pub(super) fn is_main_thread() -> bool {
        true
    }
}
