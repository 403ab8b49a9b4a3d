//! How long a thread has been kept waiting for a processor.
//!
//! On a machine with more work than processors, an event loop that is well takes seconds for a
//! turn. Only the kernel can tell it from one that is stuck.

use std::time::Duration;

/// A thread of this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    #[cfg(target_os = "linux")]
    id: libc::pid_t,
}

impl Thread {
    pub(super) fn current() -> Self {
        Self {
            // SAFETY: asks the kernel for a number.
            #[cfg(target_os = "linux")]
            id: unsafe { libc::gettid() },
        }
    }

    /// Returns how long, in all of its life, the thread has been ready to run without running.
    /// Zero where the kernel does not say.
    pub(super) fn time_without_processor(self) -> Duration {
        #[cfg(target_os = "linux")]
        {
            let path = format!("/proc/self/task/{}/schedstat", self.id);
            std::fs::read_to_string(path)
                .ok()
                .and_then(|text| parse(&text))
                .unwrap_or(Duration::ZERO)
        }
        #[cfg(not(target_os = "linux"))]
        Duration::ZERO
    }
}

/// Reads "time on a processor, time without, number of time slices", in nanoseconds.
#[cfg(target_os = "linux")]
fn parse(schedstat: &str) -> Option<Duration> {
    schedstat.split_ascii_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn takes_the_second_number() {
        assert_eq!(parse("12 3000000 4\n"), Some(Duration::from_millis(3)));
        for text in ["", "12", "12 x 4"] {
            assert_eq!(parse(text), None);
        }
    }

    #[test]
    fn never_decreases() {
        let thread = Thread::current();
        let before = thread.time_without_processor();
        std::thread::yield_now();
        assert!(thread.time_without_processor() >= before);
    }
}
