//! A request for a dump in the inbox of an environment.

use std::time::{Duration, Instant};

use serde_json::Value;

/// Delay before the next attempt to interrupt a thread that could not be interrupted safely.
const INTERRUPT_RETRY_DELAY: Duration = Duration::from_millis(20);

/// Upper bound on how long a request waits for a thread that lacks a processor, as a multiple of
/// its timeout: the thread can also be stuck.
const MAX_SLOWDOWN: u32 = 5;

/// A request and the time it has waited.
#[derive(Clone, Debug)]
pub struct Request {
    /// The message for JavaScript.
    pub text: String,
    /// Whether a signal caused it, not a call.
    pub is_signal: bool,
    /// Whether V8 was asked to interrupt the thread for it.
    pub interrupted: bool,
    since: Instant,
    /// How long its thread had lacked a processor when the request was made.
    starved_before: Duration,
    /// When to interrupt again, if the thread could not be interrupted safely.
    retry_at: Option<Instant>,
}

impl Request {
    /// Returns a request that starts to wait now. `starved`: how long its thread has lacked a
    /// processor since it started.
    #[must_use]
    pub fn new(text: String, is_signal: bool, starved: Duration) -> Self {
        let since = Instant::now();
        Self { text, is_signal, interrupted: false, since, starved_before: starved, retry_at: None }
    }

    /// Restarts the wait, because the request could not be served before. `starved`: as in
    /// [`Self::new`].
    pub fn restart(&mut self, starved: Duration) {
        (self.interrupted, self.since, self.retry_at) = (false, Instant::now(), None);
        self.starved_before = starved;
    }

    /// Returns the time until its thread is interrupted: initially `timeout`. Time for which the
    /// thread lacks a processor does not count. `starved` is called only if needed, because it
    /// reads `/proc`.
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

    /// Schedules another interrupt. Returns whether to inform the user: once per signal, unless the
    /// installation is quiet.
    pub fn postpone_interrupt(&mut self) -> bool {
        let is_first = self.retry_at.is_none();
        self.interrupted = false;
        self.retry_at = Some(Instant::now() + INTERRUPT_RETRY_DELAY);
        is_first && self.is_signal && !self.is_quiet()
    }

    fn is_quiet(&self) -> bool {
        let request = serde_json::from_str::<Value>(&self.text).unwrap_or_default();
        request["settings"]["quiet"] == true
    }
}

/// Returns how much of `elapsed` counts, given that the thread lacked a processor for `starved`.
fn counted(elapsed: Duration, starved: Duration) -> Duration {
    elapsed.saturating_sub(starved).max(elapsed / MAX_SLOWDOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(3600);

    #[test]
    fn a_request_is_due_after_its_timeout_or_a_retry() {
        let mut request = Request::new("{}".to_owned(), true, Duration::ZERO);
        assert_eq!(request.time_left(Duration::ZERO, || Duration::ZERO), Duration::ZERO);
        assert!(request.time_left(TIMEOUT, || Duration::ZERO) > TIMEOUT / 2);
        request.interrupted = true;
        request.postpone_interrupt();
        assert!(!request.interrupted);
        assert!(request.time_left(TIMEOUT, || Duration::ZERO) <= INTERRUPT_RETRY_DELAY);
        request.restart(Duration::ZERO);
        assert!(request.time_left(TIMEOUT, || Duration::ZERO) > TIMEOUT / 2);
    }

    #[test]
    fn time_without_a_processor_does_not_count() {
        let seconds = Duration::from_secs;
        assert_eq!(counted(seconds(3), seconds(0)), seconds(3));
        assert_eq!(counted(seconds(3), seconds(2)), seconds(1));
        // At least a fifth of the time counts, because the two numbers come from different clocks.
        assert_eq!(counted(seconds(30), seconds(29)), seconds(6));
        assert_eq!(counted(seconds(30), seconds(31)), seconds(6));
    }

    #[test]
    fn the_user_is_informed_once_of_a_signal_that_has_to_wait() {
        let mut signal = Request::new("{}".to_owned(), true, Duration::ZERO);
        assert!(signal.postpone_interrupt());
        assert!(!signal.postpone_interrupt());
        let quiet = r#"{"settings":{"quiet":true}}"#.to_owned();
        assert!(!Request::new(quiet, true, Duration::ZERO).postpone_interrupt());
        assert!(!Request::new("{}".to_owned(), false, Duration::ZERO).postpone_interrupt());
        assert!(Request::new("no JSON".to_owned(), true, Duration::ZERO).postpone_interrupt());
    }
}
