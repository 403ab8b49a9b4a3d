//! Blocks threads until it is opened.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::sync::lock;

/// A gate at which threads wait. It opens once, and stays open.
#[derive(Debug)]
pub struct ThreadGate {
    state: Mutex<State>,
    changed: Condvar,
    max_block: Duration,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    is_open: bool,
}

impl ThreadGate {
    /// Returns a closed gate. No thread waits at it for longer than `max_block`.
    #[must_use]
    pub fn new(max_block: Duration) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), max_block }
    }

    /// Blocks until the gate is open.
    pub fn wait(&self) {
        let mut state = lock(&self.state);
        if state.is_open {
            return;
        }
        state.waiting += 1;
        self.changed.notify_all();
        let _ = self.changed.wait_timeout_while(state, self.max_block, |state| !state.is_open);
    }

    /// Blocks until `threads` threads have arrived. Returns `false` if that takes longer than
    /// `timeout`.
    #[must_use]
    pub fn has_all_within(&self, threads: usize, timeout: Duration) -> bool {
        let state = lock(&self.state);
        let waited =
            self.changed.wait_timeout_while(state, timeout, |state| state.waiting < threads);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Opens the gate.
    pub fn open(&self) {
        lock(&self.state).is_open = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(10);

    #[test]
    fn threads_wait_until_the_gate_is_open() {
        let (gate, passed) = (ThreadGate::new(LONG), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    gate.wait();
                    passed.fetch_add(1, Ordering::SeqCst);
                });
            }
            assert!(gate.has_all_within(4, LONG));
            assert_eq!(passed.load(Ordering::SeqCst), 0);
            gate.open();
        });
        assert_eq!(passed.load(Ordering::SeqCst), 4);
    }

    #[test]
    fn a_missing_thread_is_not_waited_for_longer_than_the_timeout() {
        let gate = ThreadGate::new(LONG);
        assert!(gate.has_all_within(0, SHORT));
        assert!(!gate.has_all_within(1, SHORT));
    }

    #[test]
    fn an_open_gate_does_not_block() {
        let gate = ThreadGate::new(LONG);
        gate.open();
        gate.wait();
    }

    #[test]
    fn no_thread_is_blocked_for_longer_than_the_maximum() {
        ThreadGate::new(SHORT).wait();
    }
}
