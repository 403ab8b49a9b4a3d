//! A request for a dump that waits in the mailbox of an environment.

use std::time::{Duration, Instant};

use serde_json::Value;

/// How long until a thread that could not be interrupted safely is interrupted again.
const INTERRUPT_RETRY: Duration = Duration::from_millis(20);

/// How many times longer than its timeout a request waits at most for a thread that lacks a
/// processor: such a thread may be stuck as well.
const MAX_SLOWDOWN: u32 = 5;

/// A request, and since when it waits.
#[derive(Clone, Debug)]
pub struct Request {
    /// The message that JavaScript gets.
    pub text: String,
    /// Sent by a signal, not by a call.
    pub is_signal: bool,
    /// V8 was asked to interrupt the thread for it.
    pub interrupted: bool,
    since: Instant,
    /// How long its thread had lacked a processor before.
    starved_before: Duration,
    /// When to interrupt again; set where the thread could not be interrupted safely.
    retry_at: Option<Instant>,
}

impl Request {
    /// Returns a request that waits from now on. `starved`: how long its thread has lacked a
    /// processor in all of its life.
    #[must_use]
    pub fn new(text: String, is_signal: bool, starved: Duration) -> Self {
        let since = Instant::now();
        Self { text, is_signal, interrupted: false, since, starved_before: starved, retry_at: None }
    }

    /// Starts its time anew: until now it could not be served. `starved`: as in [`Self::new`].
    pub fn restart(&mut self, starved: Duration) {
        (self.interrupted, self.since, self.retry_at) = (false, Instant::now(), None);
        self.starved_before = starved;
    }

    /// Returns how long until its thread is interrupted, which takes `timeout` the first time.
    /// Time for which the thread lacks a processor does not count; `starved` is called only if it
    /// matters.
    #[must_use]
    pub fn time_left(&self, timeout: Duration, starved: impl FnOnce() -> Duration) -> Duration {
        if let Some(time) = self.retry_at {
            return time.saturating_duration_since(Instant::now());
        }
        let elapsed = self.since.elapsed();
        let left = timeout.saturating_sub(elapsed);
        if !left.is_zero() {
            return left;
        }
        timeout.saturating_sub(counted(elapsed, starved().saturating_sub(self.starved_before)))
    }

    /// Has its thread interrupted again a little later. Returns whether the user should be told:
    /// once for each signal, unless the installation is quiet.
    pub fn postpone_interrupt(&mut self) -> bool {
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

/// Returns what counts of the time `elapsed` if the thread lacked a processor for `starved` of it.
fn counted(elapsed: Duration, starved: Duration) -> Duration {
    elapsed.saturating_sub(starved).max(elapsed / MAX_SLOWDOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(3600);

    #[test]
    fn a_request_is_due_after_its_patience_or_a_retry() {
        let mut request = Request::new("{}".to_owned(), true, Duration::ZERO);
        assert_eq!(request.time_left(Duration::ZERO, || Duration::ZERO), Duration::ZERO);
        assert!(request.time_left(TIMEOUT, || Duration::ZERO) > TIMEOUT / 2);
        request.interrupted = true;
        request.postpone_interrupt();
        assert!(!request.interrupted);
        assert!(request.time_left(TIMEOUT, || Duration::ZERO) <= INTERRUPT_RETRY);
        request.restart(Duration::ZERO);
        assert!(request.time_left(TIMEOUT, || Duration::ZERO) > TIMEOUT / 2);
    }

    #[test]
    fn time_without_a_processor_does_not_count() {
        let seconds = Duration::from_secs;
        assert_eq!(counted(seconds(3), seconds(0)), seconds(3));
        assert_eq!(counted(seconds(3), seconds(2)), seconds(1));
        // A fifth of the time always counts; the two numbers are of two clocks.
        assert_eq!(counted(seconds(30), seconds(29)), seconds(6));
        assert_eq!(counted(seconds(30), seconds(31)), seconds(6));
    }

    #[test]
    fn the_user_is_told_once_of_a_signal_that_has_to_wait() {
        let mut signal = Request::new("{}".to_owned(), true, Duration::ZERO);
        assert!(signal.postpone_interrupt());
        assert!(!signal.postpone_interrupt());
        let quiet = r#"{"settings":{"quiet":true}}"#.to_owned();
        assert!(!Request::new(quiet, true, Duration::ZERO).postpone_interrupt());
        assert!(!Request::new("{}".to_owned(), false, Duration::ZERO).postpone_interrupt());
        assert!(Request::new("no JSON".to_owned(), true, Duration::ZERO).postpone_interrupt());
    }
}
