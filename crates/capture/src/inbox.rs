//! The messages that wait for the JS thread of one environment.

use std::collections::VecDeque;
use std::time::Duration;

use crate::request::Request;

/// The requests and notices for one JS thread. Requests can be on hold, until the dump of another
/// thread ends.
#[derive(Debug, Default)]
pub struct Inbox {
    requests: VecDeque<Request>,
    notices: VecDeque<String>,
    on_hold: bool,
}

/// Whether to interrupt a JS thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Whether a request has waited for the timeout.
    pub is_due: bool,
    /// The time until the next request is due.
    pub next: Option<Duration>,
}

impl Inbox {
    /// Adds a request. Returns `false` if it is a signal and another one is waiting: signals that
    /// arrive during a dump cause one more dump only. `starved`: how long the thread has lacked a
    /// processor since it started.
    pub fn push_request(
        &mut self,
        text: String,
        is_signal: bool,
        starved: impl FnOnce() -> Duration,
    ) -> bool {
        if is_signal && self.has_signal() {
            return false;
        }
        self.requests.push_back(Request::new(text, is_signal, starved()));
        true
    }

    /// Adds a notice.
    pub fn push_notice(&mut self, text: String) {
        self.notices.push_back(text);
    }

    /// Removes and returns the next request, unless requests are on hold.
    pub fn take_request(&mut self) -> Option<Request> {
        if self.on_hold { None } else { self.requests.pop_front() }
    }

    /// Removes and returns the next notice.
    pub fn take_notice(&mut self) -> Option<String> {
        self.notices.pop_front()
    }

    /// Returns a request to the front. With `on_hold`, puts requests on hold.
    pub fn put_back(&mut self, request: Request, on_hold: bool) {
        if !(request.is_signal && self.has_signal()) {
            self.requests.push_front(request);
        }
        self.on_hold |= on_hold;
    }

    /// Schedules another interrupt for all requests. Returns whether to inform the user.
    pub fn postpone_interrupts(&mut self) -> bool {
        let informs = self.requests.iter_mut().map(Request::postpone_interrupt);
        informs.fold(false, |any, inform| any | inform)
    }

    /// Ends the hold, and restarts the wait of all requests. Returns whether requests were on hold.
    /// `starved`: as in [`Self::push_request`].
    pub fn release(&mut self, starved: impl FnOnce() -> Duration) -> bool {
        let was_on_hold = std::mem::take(&mut self.on_hold);
        if was_on_hold {
            let starved = starved();
            self.requests.iter_mut().for_each(|request| request.restart(starved));
        }
        was_on_hold
    }

    /// Marks the requests that have waited for `timeout` as interrupted. `starved`: as in
    /// [`Self::push_request`].
    pub fn interrupt_due(&mut self, timeout: Duration, starved: impl Fn() -> Duration) -> Due {
        let mut due = Due { is_due: false, next: None };
        if self.on_hold {
            return due;
        }
        for request in self.requests.iter_mut().filter(|request| !request.interrupted) {
            let left = request.time_left(timeout, &starved);
            if left.is_zero() {
                request.interrupted = true;
                due.is_due = true;
            } else {
                due.next = Some(due.next.map_or(left, |next| next.min(left)));
            }
        }
        due
    }

    fn has_signal(&self) -> bool {
        self.requests.iter().any(|request| request.is_signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn zero() -> Duration {
        Duration::ZERO
    }

    /// An inbox with a signal and two calls.
    fn inbox() -> Inbox {
        let mut inbox = Inbox::default();
        assert!(inbox.push_request("signal".to_owned(), true, zero));
        assert!(inbox.push_request("a".to_owned(), false, zero));
        assert!(inbox.push_request("b".to_owned(), false, zero));
        inbox
    }

    fn texts(inbox: &mut Inbox) -> Vec<String> {
        std::iter::from_fn(|| inbox.take_request()).map(|request| request.text).collect()
    }

    #[test]
    fn signals_coalesce_and_calls_do_not() {
        let mut inbox = inbox();
        assert!(!inbox.push_request("again".to_owned(), true, zero));
        assert_eq!(texts(&mut inbox), ["signal", "a", "b"]);
        assert!(inbox.push_request("later".to_owned(), true, zero));
    }

    #[test]
    fn a_request_that_is_put_back_stays_the_first() {
        let mut inbox = inbox();
        let first = inbox.take_request().unwrap();
        inbox.put_back(first, false);
        assert_eq!(texts(&mut inbox), ["signal", "a", "b"]);
    }

    #[test]
    fn a_signal_is_not_put_back_beside_a_newer_one() {
        let mut inbox = inbox();
        let first = inbox.take_request().unwrap();
        assert!(inbox.push_request("newer".to_owned(), true, zero));
        inbox.put_back(first, false);
        assert_eq!(texts(&mut inbox), ["a", "b", "newer"]);
    }

    #[test]
    fn requests_on_hold_wait_and_notices_do_not() {
        let mut inbox = inbox();
        inbox.push_notice("notice".to_owned());
        let first = inbox.take_request().unwrap();
        inbox.put_back(first, true);
        assert!(inbox.take_request().is_none());
        assert_eq!(inbox.take_notice().as_deref(), Some("notice"));
        let due = inbox.interrupt_due(Duration::ZERO, zero);
        assert_eq!(due, Due { is_due: false, next: None });
        assert!(inbox.release(zero));
        assert!(!inbox.release(zero));
        assert_eq!(texts(&mut inbox), ["signal", "a", "b"]);
    }

    #[test]
    fn each_request_interrupts_once_until_it_is_postponed() {
        let mut inbox = inbox();
        let early = inbox.interrupt_due(HOUR, zero);
        assert!(!early.is_due && early.next.is_some_and(|next| next <= HOUR));
        assert!(inbox.interrupt_due(Duration::ZERO, zero).is_due);
        assert_eq!(inbox.interrupt_due(Duration::ZERO, zero), Due { is_due: false, next: None });
        // The user is informed of a signal that has to wait, once.
        assert!(inbox.postpone_interrupts());
        assert!(!inbox.postpone_interrupts());
        assert!(inbox.interrupt_due(HOUR, zero).next.is_some_and(|next| next < HOUR / 2));
    }

    #[test]
    fn a_released_request_waits_for_the_whole_timeout_again() {
        let mut inbox = inbox();
        assert!(inbox.interrupt_due(Duration::ZERO, zero).is_due);
        let first = inbox.take_request().unwrap();
        inbox.put_back(first, true);
        inbox.release(zero);
        let due = inbox.interrupt_due(HOUR, zero);
        assert!(!due.is_due && due.next.is_some_and(|next| next > HOUR / 2));
    }
}
