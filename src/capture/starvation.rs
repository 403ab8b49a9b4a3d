//! Measures how long a thread has waited for a processor.
//!
//! On an overloaded machine, one iteration of a healthy event loop can take seconds. Only the time without
//! a processor distinguishes it from an event loop that is stuck.

use std::time::Duration;

/// A thread of this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    #[cfg(target_os = "linux")]
    id: libc::pid_t,
}

impl Thread {
    /// Returns the calling thread.
    pub(super) fn current() -> Self {
        Self {
            // SAFETY: `gettid` has no preconditions.
            #[cfg(target_os = "linux")]
            id: unsafe { libc::gettid() },
        }
    }

    /// Returns how long the thread has been ready to run without running, since it started. Zero if
    /// the kernel does not provide the time.
    pub(super) fn time_without_processor(self) -> Duration {
        #[cfg(target_os = "linux")]
        {
            let path = format!("/proc/self/task/{}/schedstat", self.id);
            std::fs::read_to_string(path)
                .ok()
                .and_then(|text| capture::procfs::time_without_processor(&text))
                .unwrap_or(Duration::ZERO)
        }
        #[cfg(not(target_os = "linux"))]
        Duration::ZERO
    }
}
