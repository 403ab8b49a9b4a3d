//! One dump at a time in a process.
//!
//! A dump multiplies the memory of its process several times over, so two at
//! once, in whatever threads, are never started. The turn is held from before
//! V8 is asked until the file is published; it is given back by native code
//! alone, so a JS thread that waits for it cannot be waited for in return.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::environment;
use super::sync::lock;

static HOLDER: Mutex<Option<Holder>> = Mutex::new(None);
static FREED: Condvar = Condvar::new();

struct Holder {
    thread: ThreadId,
    /// V8 is at work below us on `thread`'s stack.
    capturing: bool,
}

/// The right to dump; given back when dropped.
pub(super) struct Turn(());

impl Turn {
    /// Takes the turn if nobody has it.
    pub(super) fn try_take() -> Option<Self> {
        Self::claim(&mut lock(&HOLDER))
    }

    /// Takes the turn, waiting up to `limit` for the dump of another thread to end.
    ///
    /// `None` also, and at once, when this very thread is in the middle of taking a
    /// snapshot (a progress callback that dumps again), which waiting cannot help.
    pub(super) fn wait(limit: Duration) -> Option<Self> {
        let me = thread::current().id();
        let deadline = Instant::now() + limit;
        let mut holder = lock(&HOLDER);
        while let Some(current) = &*holder {
            if current.thread == me && current.capturing {
                return None;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            holder = FREED.wait_timeout(holder, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Self::claim(&mut holder)
    }

    /// Whether nobody is dumping.
    pub(super) fn is_free() -> bool {
        lock(&HOLDER).is_none()
    }

    /// V8 is done; what remains needs no JS thread.
    pub(super) fn captured() {
        if let Some(holder) = &mut *lock(&HOLDER) {
            holder.capturing = false;
        }
    }

    fn claim(holder: &mut Option<Holder>) -> Option<Self> {
        if holder.is_some() {
            return None;
        }
        *holder = Some(Holder { thread: thread::current().id(), capturing: true });
        Some(Self(()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *lock(&HOLDER) = None;
        FREED.notify_all();
        environment::turn_is_free();
    }
}
