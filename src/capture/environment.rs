//! The Node environments that loaded the addon, and their inboxes.
//!
//! An environment is the main thread or a worker. Adding a message to an inbox wakes the JS thread
//! through its [`Link`]. There are two kinds of messages. *Requests* (take a dump) can also be
//! delivered in an interrupt if the thread is stuck in JavaScript. *Notices* (a dump ended) are
//! delivered from the event loop only, because they reach listeners of the application. `delivery`
//! removes a message from the inbox before it delivers it, so the event loop and an interrupt
//! cannot both serve one request.
//!
//! One lock guards all environments. It is never held while JavaScript runs or while a thread is
//! joined. The cleanup hook of an environment removes it from the list, on its own thread, before
//! V8 disposes of the isolate. Therefore all isolates are alive while the lock is held.

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use capture::{Inbox, Notice, lock};

use super::interrupt::Isolate;
use super::link::Link;
use super::starvation::Thread;

static ENVIRONMENTS: Mutex<Vec<Environment>> = Mutex::new(Vec::new());

/// The callback of an interrupt. V8 calls it on the JS thread, with the id of the environment.
pub(super) type OnInterrupt = extern "C" fn(isolate: *mut c_void, id: *mut c_void);

pub(super) struct Environment {
    id: u32,
    thread: ThreadId,
    /// The kernel's id of the same thread.
    os_thread: Thread,
    link: Link,
    isolate: Option<Isolate>,
    on_interrupt: OnInterrupt,
    inbox: Inbox,
    /// Whether JavaScript waits for the dump lock.
    wants_dump_lock: bool,
}

impl Environment {
    /// Adds a request to the inbox.
    pub(super) fn request(&mut self, text: String, is_signal: bool) {
        let thread = self.os_thread;
        if self.inbox.push_request(text, is_signal, || thread.time_without_processor()) {
            self.wake();
        }
    }

    /// Adds a notice to the inbox.
    pub(super) fn notify(&mut self, text: String) {
        self.inbox.push_notice(text);
        self.wake();
    }

    /// Returns the messages that wait for delivery.
    pub(super) fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Returns the link to the JS thread.
    pub(super) fn link(&self) -> Link {
        self.link
    }

    /// Returns the isolate of the JS thread, if V8's functions are exported.
    pub(super) fn isolate(&self) -> Option<Isolate> {
        self.isolate
    }

    /// Sends a notice when the dump lock is free.
    pub(super) fn await_dump_lock(&mut self) {
        self.wants_dump_lock = true;
    }

    /// Releases requests on hold, because a dump has ended. Returns whether there were any.
    fn dump_lock_is_free(&mut self) -> bool {
        let thread = self.os_thread;
        let was_on_hold = self.inbox.release(|| thread.time_without_processor());
        if was_on_hold {
            self.wake();
        }
        if std::mem::take(&mut self.wants_dump_lock) {
            self.notify(Notice::LockFree.to_text());
        }
        was_on_hold
    }

    fn wake(&self) {
        // SAFETY: the environment is in the list, so it has not ended.
        unsafe { self.link.wake() };
    }

    fn interrupt(&self) {
        if let Some(isolate) = self.isolate {
            // SAFETY: the environment is in the list, and the list is locked, so the isolate is
            // alive.
            unsafe { isolate.interrupt(self.on_interrupt, self.id as usize) };
        }
    }

    /// Interrupts the thread if a request has waited for `timeout`. Returns the time until the next
    /// interrupt is due.
    fn interrupt_if_stuck(&mut self, timeout: Duration) -> Option<Duration> {
        self.isolate?;
        let thread = self.os_thread;
        let due = self.inbox.interrupt_due(timeout, || thread.time_without_processor());
        if due.is_due {
            self.interrupt();
        }
        due.next
    }
}

/// Returns an id for a new environment.
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
        inbox: Inbox::default(),
        wants_dump_lock: false,
    });
}

/// Removes an environment, and sends a notice to the others. Returns the link to its thread.
pub(super) fn remove(id: u32) -> Option<Link> {
    let mut environments = lock(&ENVIRONMENTS);
    let position = environments.iter().position(|environment| environment.id == id);
    let gone = position.map(|position| environments.remove(position));
    for environment in &mut *environments {
        environment.notify(Notice::Gone { from: id }.to_text());
    }
    gone.map(|environment| environment.link)
}

/// Calls `action` with an environment while the list is locked. Returns `None` if the environment
/// has ended.
pub(super) fn with<T>(id: u32, action: impl FnOnce(&mut Environment) -> T) -> Option<T> {
    lock(&ENVIRONMENTS).iter_mut().find(|environment| environment.id == id).map(action)
}

/// Returns whether an environment exists that has loaded the addon.
pub(super) fn is_any_left() -> bool {
    !lock(&ENVIRONMENTS).is_empty()
}

/// Returns the ids of the environments, oldest first, one for each thread.
pub(super) fn peers() -> Vec<u32> {
    one_per_thread(&mut lock(&ENVIRONMENTS)).map(|environment| environment.id).collect()
}

/// Requests a dump for a signal that arrived: from the environment `only`, or from every thread.
pub(super) fn signal(only: Option<u32>, message: &str) {
    if let Some(id) = only {
        with(id, |environment| environment.request(message.to_owned(), true));
    } else {
        for environment in one_per_thread(&mut lock(&ENVIRONMENTS)) {
            environment.request(message.to_owned(), true);
        }
    }
}

/// Returns one environment for each thread. A thread that loaded the package twice has two.
fn one_per_thread(environments: &mut [Environment]) -> impl Iterator<Item = &mut Environment> {
    let mut seen = Vec::new();
    environments.iter_mut().filter(move |environment| {
        let is_new = !seen.contains(&environment.thread);
        seen.push(environment.thread);
        is_new
    })
}

/// Interrupts every thread on which a request has waited for `timeout`. Returns the time until the
/// next interrupt is due.
pub(super) fn interrupt_stuck(timeout: Duration) -> Option<Duration> {
    let mut environments = lock(&ENVIRONMENTS);
    environments.iter_mut().filter_map(|environment| environment.interrupt_if_stuck(timeout)).min()
}

/// Sends a request that interrupts JavaScript immediately. Call it on the thread of `id`.
#[cfg(target_os = "linux")]
pub(super) fn interrupt_with(id: u32, text: String) {
    with(id, |environment| {
        environment.request(text, false);
        environment.interrupt();
    });
}

/// Releases requests on hold in all environments, because a dump has ended. Returns whether there
/// were any.
pub(super) fn dump_lock_is_free() -> bool {
    let mut environments = lock(&ENVIRONMENTS);
    let freed = environments.iter_mut().map(Environment::dump_lock_is_free);
    freed.fold(false, |any, was_on_hold| any | was_on_hold)
}
