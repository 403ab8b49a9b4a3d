//! A request for a dump that lies in the mailbox of an environment.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::starvation::Thread;

/// How long until a thread that could not be interrupted safely is interrupted again.
const INTERRUPT_RETRY: Duration = Duration::from_millis(20);

/// How many times longer than `patience` a request waits for a thread that lacks a processor: such
/// a thread may be stuck as well.
const MAX_SLOWDOWN: u32 = 5;

/// A request, and since when it waits.
pub(super) struct Request {
    pub(super) text: String,
    pub(super) is_signal: bool,
    /// V8 was asked to interrupt the thread for it.
    pub(super) interrupted: bool,
    since: Instant,
    /// The thread that is to serve it, and how long that was without a processor before.
    thread: Thread,
    starved_before: Duration,
    /// When to interrupt again; set where the thread could not be interrupted safely.
    retry_at: Option<Instant>,
}

impl Request {
    /// A request to `thread`.
    pub(super) fn new(text: String, is_signal: bool, thread: Thread) -> Self {
        Self {
            text,
            is_signal,
            interrupted: false,
            since: Instant::now(),
            thread,
            starved_before: thread.time_without_processor(),
            retry_at: None,
        }
    }

    /// Starts its time anew: until now it could not be served.
    pub(super) fn restart(&mut self) {
        (self.interrupted, self.since, self.retry_at) = (false, Instant::now(), None);
        self.starved_before = self.thread.time_without_processor();
    }

    /// How long until its thread is interrupted, which takes `patience` the first time. While the
    /// thread lacks a processor it is not to blame.
    pub(super) fn time_left(&self, patience: Duration) -> Duration {
        if let Some(time) = self.retry_at {
            return time.saturating_duration_since(Instant::now());
        }
        let elapsed = self.since.elapsed();
        let left = patience.saturating_sub(elapsed);
        if !left.is_zero() {
            return left;
        }
        let starved = self.thread.time_without_processor().saturating_sub(self.starved_before);
        patience.saturating_sub(idle(elapsed, starved))
    }

    /// Has its thread interrupted again a little later. Returns whether the user should be told:
    /// once for each signal, unless the installation is quiet.
    pub(super) fn postpone_interrupt(&mut self) -> bool {
        let is_first = self.retry_at.is_none();
        self.interrupted = false;
        self.retry_at = Some(Instant::now() + INTERRUPT_RETRY);
        is_first && self.is_signal && !self.is_quiet()
    }

    fn is_quiet(&self) -> bool {
        let request = serde_json::from_str::<Value>(&self.text).unwrap_or_default();
        request["settings"]["quiet"] == true
    }
}

/// What counts of the time `elapsed` if the thread lacked a processor for `starved` of it.
fn idle(elapsed: Duration, starved: Duration) -> Duration {
    elapsed.saturating_sub(starved).max(elapsed / MAX_SLOWDOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_without_a_processor_does_not_count() {
        let seconds = Duration::from_secs;
        assert_eq!(idle(seconds(3), seconds(0)), seconds(3));
        assert_eq!(idle(seconds(3), seconds(2)), seconds(1));
    }

    #[test]
    fn a_fifth_of_the_time_always_counts() {
        let seconds = Duration::from_secs;
        assert_eq!(idle(seconds(30), seconds(29)), seconds(6));
        // Two clocks.
        assert_eq!(idle(seconds(30), seconds(31)), seconds(6));
    }
}
