//! The Node environments that loaded the addon, and their mailboxes.
//!
//! An environment is the main thread or a worker. A message that is put into a mailbox wakes its
//! JS thread through its [`Link`]. *Requests* (dump now) may also be taken out by an interrupt
//! when the thread is stuck in JavaScript; *notices* (a dump ended) wait for the loop, since they
//! reach listeners of the application. Taking a message out is the claim to it: loop and interrupt
//! cannot both serve one request. `delivery` takes messages out; nothing here does.
//!
//! One lock guards everything. It is held neither while JavaScript runs nor while
//! a thread is joined. An environment leaves the list in its cleanup hook, on its
//! own thread, before V8 disposes of the isolate: nobody who holds the lock ever
//! meets a dead one.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use capture::{Notice, Request, lock};

use super::interrupt::Isolate;
use super::link::Link;
use super::starvation::Thread;

static ENVIRONMENTS: Mutex<Vec<Environment>> = Mutex::new(Vec::new());

/// Called by V8 on the JS thread that was interrupted, with the number of its environment.
pub(super) type OnInterrupt = extern "C" fn(isolate: *mut c_void, id: *mut c_void);

pub(super) struct Environment {
    id: u32,
    thread: ThreadId,
    /// The same thread, for the kernel.
    os_thread: Thread,
    link: Link,
    isolate: Option<Isolate>,
    on_interrupt: OnInterrupt,
    requests: VecDeque<Request>,
    notices: VecDeque<String>,
    /// Requests wait for the dump of another thread to end.
    on_hold: bool,
    /// A caller waits for the dump lock.
    wants_dump_lock: bool,
}

impl Environment {
    /// Puts a request into the mailbox.
    pub(super) fn request(&mut self, text: String, is_signal: bool) {
        // Signals that come faster than dumps coalesce into one more.
        if is_signal && self.has_signal() {
            return;
        }
        self.requests.push_back(Request::new(
            text,
            is_signal,
            self.os_thread.time_without_processor(),
        ));
        self.wake();
    }

    /// Puts a notice into the mailbox.
    pub(super) fn notify(&mut self, text: String) {
        self.notices.push_back(text);
        self.wake();
    }

    /// The way into the JS thread.
    pub(super) fn link(&self) -> Link {
        self.link
    }

    /// The isolate of the JS thread, if V8's functions are exported.
    pub(super) fn isolate(&self) -> Option<Isolate> {
        self.isolate
    }

    /// Takes out the next request, unless requests have to wait.
    pub(super) fn take_request(&mut self) -> Option<Request> {
        if self.on_hold { None } else { self.requests.pop_front() }
    }

    /// Takes out the next notice.
    pub(super) fn take_notice(&mut self) -> Option<String> {
        self.notices.pop_front()
    }

    /// Puts a request back, to wait for the end of another dump if `on_hold`.
    pub(super) fn put_back(&mut self, request: Request, on_hold: bool) {
        if !(request.is_signal && self.has_signal()) {
            self.requests.push_front(request);
        }
        self.on_hold |= on_hold;
    }

    /// Has the thread interrupted again a little later. Returns whether the user should be told.
    pub(super) fn postpone_interrupts(&mut self) -> bool {
        let news = self.requests.iter_mut().map(Request::postpone_interrupt);
        news.fold(false, |any, is_news| any | is_news)
    }

    /// Tells the caller when the next dump may begin.
    pub(super) fn await_dump_lock(&mut self) {
        self.wants_dump_lock = true;
    }

    /// A dump has ended. Returns whether requests waited for that.
    fn dump_lock_is_free(&mut self) -> bool {
        let was_on_hold = std::mem::take(&mut self.on_hold);
        if was_on_hold {
            let starved = self.os_thread.time_without_processor();
            self.requests.iter_mut().for_each(|request| request.restart(starved));
            self.wake();
        }
        if std::mem::take(&mut self.wants_dump_lock) {
            self.notify(Notice::LockFree.to_text());
        }
        was_on_hold
    }

    fn has_signal(&self) -> bool {
        self.requests.iter().any(|request| request.is_signal)
    }

    fn wake(&self) {
        // SAFETY: the environment is in the list, so it lives.
        unsafe { self.link.wake() };
    }

    fn interrupt(&self) {
        if let Some(isolate) = self.isolate {
            // SAFETY: the environment is in the list and the list is locked.
            unsafe { isolate.interrupt(self.on_interrupt, self.id as usize) };
        }
    }

    /// Interrupts the thread if it has left a request lying for `patience`. Returns the time
    /// until the next one is due.
    fn interrupt_if_stuck(&mut self, patience: Duration) -> Option<Duration> {
        if self.isolate.is_none() || self.on_hold {
            return None;
        }
        let thread = self.os_thread;
        let mut next: Option<Duration> = None;
        let mut is_due = false;
        for request in self.requests.iter_mut().filter(|request| !request.interrupted) {
            let left = request.time_left(patience, || thread.time_without_processor());
            if left.is_zero() {
                request.interrupted = true;
                is_due = true;
            } else {
                next = Some(next.map_or(left, |next| next.min(left)));
            }
        }
        if is_due {
            self.interrupt();
        }
        next
    }
}

/// Returns a number for a new environment.
pub(super) fn new_id() -> u32 {
    static IDS: AtomicU32 = AtomicU32::new(1);
    IDS.fetch_add(1, Ordering::Relaxed)
}

/// Adds the environment of the calling thread.
pub(super) fn add(id: u32, link: Link, on_interrupt: OnInterrupt) {
    lock(&ENVIRONMENTS).push(Environment {
        id,
        thread: thread::current().id(),
        os_thread: Thread::current(),
        link,
        isolate: Isolate::current(),
        on_interrupt,
        requests: VecDeque::new(),
        notices: VecDeque::new(),
        on_hold: false,
        wants_dump_lock: false,
    });
}

/// Removes an environment and tells the others. Returns the way into its thread.
pub(super) fn remove(id: u32) -> Option<Link> {
    let mut environments = lock(&ENVIRONMENTS);
    let position = environments.iter().position(|environment| environment.id == id);
    let gone = position.map(|position| environments.remove(position));
    for environment in &mut *environments {
        environment.notify(Notice::Gone { from: id }.to_text());
    }
    gone.map(|environment| environment.link)
}

/// Calls `action` with an environment, unless it is gone. The list is locked meanwhile.
pub(super) fn with<T>(id: u32, action: impl FnOnce(&mut Environment) -> T) -> Option<T> {
    lock(&ENVIRONMENTS).iter_mut().find(|environment| environment.id == id).map(action)
}

/// Whether any environment has the addon loaded.
pub(super) fn is_any_left() -> bool {
    !lock(&ENVIRONMENTS).is_empty()
}

/// The environments there are, oldest first, one for each thread.
pub(super) fn peers() -> Vec<u32> {
    one_per_thread(&mut lock(&ENVIRONMENTS)).map(|environment| environment.id).collect()
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
/// Returns the time until the next one is due.
pub(super) fn interrupt_stuck(patience: Duration) -> Option<Duration> {
    let mut environments = lock(&ENVIRONMENTS);
    environments.iter_mut().filter_map(|environment| environment.interrupt_if_stuck(patience)).min()
}

/// Sends a request that interrupts JavaScript at once. On the thread of `id` itself.
#[cfg(target_os = "linux")]
pub(super) fn interrupt_with(id: u32, text: String) {
    with(id, |environment| {
        environment.request(text, false);
        environment.interrupt();
    });
}

/// A dump ended: its successors may try. Returns whether any request waited for that.
pub(super) fn dump_lock_is_free() -> bool {
    let mut environments = lock(&ENVIRONMENTS);
    let freed = environments.iter_mut().map(Environment::dump_lock_is_free);
    freed.fold(false, |any, was_on_hold| any | was_on_hold)
}
