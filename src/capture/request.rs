//! A request for a dump that lies in the mailbox of an environment.

use std::time::{Duration, Instant};

use serde_json::Value;

/// How long until a thread that could not be interrupted safely is interrupted again.
const INTERRUPT_RETRY: Duration = Duration::from_millis(20);

/// A request, and since when it waits.
pub(super) struct Request {
    pub(super) text: String,
    pub(super) is_signal: bool,
    /// V8 was asked to interrupt the thread for it.
    pub(super) interrupted: bool,
    since: Instant,
    /// When to interrupt again; set where the thread could not be interrupted safely.
    retry_at: Option<Instant>,
}

impl Request {
    pub(super) fn new(text: String, is_signal: bool) -> Self {
        Self { text, is_signal, interrupted: false, since: Instant::now(), retry_at: None }
    }

    /// Starts its time anew: until now it could not be served.
    pub(super) fn restart(&mut self) {
        (self.interrupted, self.since, self.retry_at) = (false, Instant::now(), None);
    }

    /// How long until its thread is interrupted, which takes `patience` the first time.
    pub(super) fn time_left(&self, patience: Duration) -> Duration {
        self.retry_at.map_or_else(
            || patience.saturating_sub(self.since.elapsed()),
            |time| time.saturating_duration_since(Instant::now()),
        )
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
