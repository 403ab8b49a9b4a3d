//! The outcome of a fork self-test: another process of the same Node takes a forked dump of itself,
//! and prints the result.

use std::time::Duration;

/// The output of the other process if its forked dump was complete.
const PASSED: &str = "passed";

/// The start of its output if the dump failed for a reason that need not affect other dumps.
const INCONCLUSIVE: &str = "inconclusive: ";

/// Delay before a later dump repeats an inconclusive self-test. It doubles each time, up to the
/// maximum.
const MIN_RETRY_DELAY: Duration = Duration::from_secs(1);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(600);

/// The outcome of one self-test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SelfTestOutcome {
    /// Whether forked dumps work. The error is the reason why they do not.
    Known(Result<(), String>),
    /// The self-test has to be repeated.
    Inconclusive {
        /// Why there is no result.
        reason: String,
        /// Whether it may be repeated at once, because it did not take long.
        is_quick: bool,
    },
}

impl SelfTestOutcome {
    /// Returns the outcome for the output `answer` of the other process. `killed`: how the process
    /// was killed, unless it exited.
    #[must_use]
    pub fn from_answer(answer: &str, killed: Option<String>) -> Self {
        match (answer.trim(), killed) {
            (PASSED, _) => Self::Known(Ok(())),
            ("", Some(reason)) => Self::Inconclusive { reason, is_quick: true },
            ("", None) => Self::Known(Err("the self-test failed without a reason".to_owned())),
            (answer, _) => match answer.strip_prefix(INCONCLUSIVE) {
                Some(reason) => Self::Inconclusive { reason: reason.to_owned(), is_quick: true },
                None => Self::Known(Err(format!("the self-test failed: {answer}"))),
            },
        }
    }

    /// Returns the delay before an inconclusive self-test is repeated. `failures`: the number of
    /// inconclusive self-tests before it.
    #[must_use]
    pub fn retry_delay(failures: u32) -> Duration {
        MIN_RETRY_DELAY.saturating_mul(1 << failures.min(16)).min(MAX_RETRY_DELAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inconclusive(reason: &str) -> SelfTestOutcome {
        SelfTestOutcome::Inconclusive { reason: reason.to_owned(), is_quick: true }
    }

    fn failed(reason: &str) -> SelfTestOutcome {
        SelfTestOutcome::Known(Err(reason.to_owned()))
    }

    #[test]
    fn an_answer_decides_also_if_the_process_was_killed_afterwards() {
        for killed in [None, Some("signal: 9".to_owned())] {
            assert_eq!(
                SelfTestOutcome::from_answer("passed\n", killed.clone()),
                SelfTestOutcome::Known(Ok(()))
            );
            let answer = SelfTestOutcome::from_answer("inconclusive: EAGAIN", killed.clone());
            assert_eq!(answer, inconclusive("EAGAIN"));
            let answer = SelfTestOutcome::from_answer("no inspector\n", killed);
            assert_eq!(answer, failed("the self-test failed: no inspector"));
        }
    }

    #[test]
    fn without_an_answer_the_end_of_the_process_decides() {
        let killed = Some("signal: 9 (SIGKILL)".to_owned());
        assert_eq!(
            SelfTestOutcome::from_answer(" \n", killed),
            inconclusive("signal: 9 (SIGKILL)")
        );
        assert_eq!(
            SelfTestOutcome::from_answer("", None),
            failed("the self-test failed without a reason")
        );
    }

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        let seconds: Vec<u64> = [0, 1, 2, 9, 10, u32::MAX]
            .map(|failures| SelfTestOutcome::retry_delay(failures).as_secs())
            .into();
        assert_eq!(seconds, [1, 2, 4, 512, 600, 600]);
    }
}
