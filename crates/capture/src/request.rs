//! A request for a dump that waits in the mailbox of an environment.

use std::time::{Duration, Instant};

use serde_json::Value;

/// How long until a thread that could not be interrupted safely is interrupted again.
const INTERRUPT_RETRY: Duration = Duration::from_millis(20);

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
    /// When to interrupt again; set where the thread could not be interrupted safely.
    retry_at: Option<Instant>,
}

impl Request {
    /// A request that waits from now on.
    #[must_use]
    pub fn new(text: String, is_signal: bool) -> Self {
        Self { text, is_signal, interrupted: false, since: Instant::now(), retry_at: None }
    }

    /// Starts its time anew: until now it could not be served.
    pub fn restart(&mut self) {
        (self.interrupted, self.since, self.retry_at) = (false, Instant::now(), None);
    }

    /// Returns how long until its thread is interrupted, which takes `patience` the first time.
    #[must_use]
    pub fn time_left(&self, patience: Duration) -> Duration {
        self.retry_at.map_or_else(
            || patience.saturating_sub(self.since.elapsed()),
            |time| time.saturating_duration_since(Instant::now()),
        )
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

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3600);

    #[test]
    fn a_request_is_due_after_its_patience_or_a_retry() {
        let mut request = Request::new("{}".to_owned(), true);
        assert_eq!(request.time_left(Duration::ZERO), Duration::ZERO);
        assert!(request.time_left(PATIENCE) > PATIENCE / 2);
        request.interrupted = true;
        request.postpone_interrupt();
        assert!(!request.interrupted);
        assert!(request.time_left(PATIENCE) <= INTERRUPT_RETRY);
        request.restart();
        assert!(request.time_left(PATIENCE) > PATIENCE / 2);
    }

    #[test]
    fn the_user_is_told_once_of_a_signal_that_has_to_wait() {
        let mut signal = Request::new("{}".to_owned(), true);
        assert!(signal.postpone_interrupt());
        assert!(!signal.postpone_interrupt());
        let quiet = r#"{"settings":{"quiet":true}}"#.to_owned();
        assert!(!Request::new(quiet, true).postpone_interrupt());
        assert!(!Request::new("{}".to_owned(), false).postpone_interrupt());
        assert!(Request::new("no JSON".to_owned(), true).postpone_interrupt());
    }
}
