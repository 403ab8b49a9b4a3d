//! Allows one dump at a time in a process.
//!
//! A dump multiplies the memory of its process several times, so two dumps never run at once, in
//! any threads. The lock is held from the request to V8 until the file is published, and is
//! released by native code only.
//!
//! Newer V8 takes a snapshot only when the event loop of the thread turns. A thread that *blocks*
//! for the lock must not wait forever for a loop that in turn may wait for that thread. It
//! therefore takes over the lock of a dump that has not started in time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::sync::lock;

static HOLDER: Mutex<Option<Holder>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

/// A loop that has not turned for this long counts as blocked, possibly waiting for this thread.
const BEGIN_LIMIT: Duration = Duration::from_secs(2);

/// How long a blocking caller waits for the dump of another thread: longer than any snapshot that
/// ever finished.
const WAIT_TIMEOUT: Duration = Duration::from_secs(600);

struct Holder {
    dump_lock: DumpLockId,
    thread: ThreadId,
    phase: Phase,
}

/// The phase of the dump that holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// V8 takes the snapshot when the loop of the thread turns.
    Asked,
    /// V8 is taking the snapshot, on the stack of the thread.
    Capturing,
    /// V8 is done; the rest needs no JS thread.
    Writing,
}

/// Identifies a holder of the lock, because the lock can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DumpLockId(u64);

/// The dump lock of the process. Released on drop.
#[derive(Debug)]
pub struct DumpLock {
    id: DumpLockId,
    /// Called after the release.
    on_release: fn(),
}

impl Phase {
    /// Returns the first phase of a dump. `is_deferred`: V8 takes the snapshot only when the loop
    /// turns.
    #[must_use]
    pub fn first(is_deferred: bool) -> Self {
        if is_deferred { Self::Asked } else { Self::Capturing }
    }
}

impl DumpLock {
    /// Takes the lock. With `wait`, blocks until the dump of another thread has ended, instead of
    /// failing. `on_release` is called on the thread that releases the lock.
    #[must_use]
    pub fn take(phase: Phase, wait: bool, on_release: fn()) -> Option<Self> {
        if wait {
            Self::wait(phase, WAIT_TIMEOUT, on_release)
        } else {
            Self::try_take(phase, on_release)
        }
    }

    /// Takes the lock if no dump holds it, or if its holder cannot start before this one ends.
    #[must_use]
    pub fn try_take(phase: Phase, on_release: fn()) -> Option<Self> {
        let mut holder = lock(&HOLDER);
        is_open_to(phase, holder.as_ref()).then(|| Self::claim(&mut holder, phase, on_release))
    }

    /// Takes the lock, blocking up to `limit` until the dump of another thread has ended.
    ///
    /// Returns `None` at the limit, and immediately if this thread is taking a snapshot (a progress
    /// callback that dumps again), because waiting cannot help then.
    #[must_use]
    pub fn wait(phase: Phase, limit: Duration, on_release: fn()) -> Option<Self> {
        let me = thread::current().id();
        let start = Instant::now();
        let mut holder = lock(&HOLDER);
        while let Some(current) = &*holder {
            let timeout = match current.phase {
                Phase::Capturing if current.thread == me => return None,
                Phase::Asked if current.thread == me => Duration::ZERO,
                Phase::Asked => BEGIN_LIMIT.min(limit),
                Phase::Capturing | Phase::Writing => limit,
            };
            let left = timeout.saturating_sub(start.elapsed());
            match (left.is_zero(), current.phase) {
                (false, _) => holder = wait_for_change(holder, left),
                (true, Phase::Asked) => break,
                (true, _) => return None,
            }
        }
        Some(Self::claim(&mut holder, phase, on_release))
    }

    /// Returns whether no dump is in progress.
    #[must_use]
    pub fn is_free() -> bool {
        lock(&HOLDER).is_none()
    }

    /// Blocks up to `limit` until no snapshot that V8 has handed out is still being written.
    pub fn settle(limit: Duration) {
        let start = Instant::now();
        let mut holder = lock(&HOLDER);
        while holder.as_ref().is_some_and(|current| current.phase == Phase::Writing) {
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            holder = wait_for_change(holder, left);
        }
    }

    /// Returns the id of this holder.
    #[must_use]
    pub fn id(&self) -> DumpLockId {
        self.id
    }

    fn claim(holder: &mut Option<Holder>, phase: Phase, on_release: fn()) -> Self {
        static CLAIMS: AtomicU64 = AtomicU64::new(1);
        let id = DumpLockId(CLAIMS.fetch_add(1, Ordering::Relaxed));
        *holder = Some(Holder { dump_lock: id, thread: thread::current().id(), phase });
        Self { id, on_release }
    }
}

impl DumpLockId {
    /// Records the phase of the dump, if it still holds the lock.
    pub fn enter(self, phase: Phase) {
        if let Some(holder) = &mut *lock(&HOLDER)
            && holder.dump_lock == self
        {
            holder.phase = phase;
        }
        CHANGED.notify_all();
    }
}

impl Drop for DumpLock {
    fn drop(&mut self) {
        {
            let mut holder = lock(&HOLDER);
            if holder.as_ref().is_none_or(|holder| holder.dump_lock != self.id) {
                return; // Taken over.
            }
            *holder = None;
        }
        CHANGED.notify_all();
        (self.on_release)();
    }
}

/// Returns whether a dump that starts with `phase` may start, on this thread.
fn is_open_to(phase: Phase, holder: Option<&Holder>) -> bool {
    holder.is_none_or(|current| {
        // A dump that runs now on the thread of the holder interrupts its loop, so that loop is
        // blocked.
        phase == Phase::Capturing
            && current.phase == Phase::Asked
            && current.thread == thread::current().id()
    })
}

fn wait_for_change(
    holder: MutexGuard<'_, Option<Holder>>,
    limit: Duration,
) -> MutexGuard<'_, Option<Holder>> {
    CHANGED.wait_timeout(holder, limit).unwrap_or_else(PoisonError::into_inner).0
}
