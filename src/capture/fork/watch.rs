//! Step 6, in the parent, on a thread of its own: follows the child until it ends.

use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use capture::{ChildEnd, Code, Error, Report, STACK_SIZE, Sizes, procfs};

use super::super::system::STREAM_TIMEOUT;
use super::memory;
use super::status::{Reader, Received};

/// Minimum interval between two calls of `on_progress`.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Interval in milliseconds at which the child is checked while it sends no reports.
const CHECK_INTERVAL_MS: i32 = 250;

/// How long a child may be idle: it sends no report, uses no processor time, and does not wait for
/// a processor. A child that writes to a stream gets [`STREAM_TIMEOUT`] more, because it waits for
/// the reader.
const STALL_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a killed child may take to end. A child in an uninterruptible system call, for example
/// on a file system that does not respond, ends when that call returns.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// The process id of a killed child that has not ended; 0 if there is none.
static LINGERING: AtomicI32 = AtomicI32::new(0);

/// Returns whether a killed child of an earlier dump has not ended yet.
pub(super) fn has_lingering_child() -> bool {
    LINGERING.load(Ordering::Acquire) != 0
}

/// A running child. Killed when dropped before [`watch`](Self::watch).
pub(in super::super) struct Child {
    /// `None` as soon as `reap` is responsible for the child: after `waitpid`, another process may
    /// have this id, so `drop` must not kill it.
    pid: Option<libc::pid_t>,
    status: Reader,
    /// The value of `memory::kills` when the child started.
    kills_before: u64,
    forked: Instant,
    /// How long the child may take.
    timeout: Duration,
    /// How long the child may be idle, see [`STALL_TIMEOUT`].
    stall_timeout: Duration,
}

impl Child {
    /// Takes charge of a child that was just forked, and of its pipe. [`watch`](Self::watch) kills
    /// the child after `timeout`.
    pub(in super::super) fn new(pid: libc::pid_t, status: Reader, timeout: Duration) -> Self {
        let (kills_before, forked) = (memory::kills(), Instant::now());
        Self { pid: Some(pid), status, kills_before, forked, timeout, stall_timeout: STALL_TIMEOUT }
    }

    /// Allows the child to wait for the reader of a stream.
    pub(in super::super) fn writing_to_stream(mut self) -> Self {
        self.stall_timeout = STREAM_TIMEOUT + STALL_TIMEOUT;
        self
    }

    /// Returns the rest of the child's timeout.
    pub(in super::super) fn time_left(&self) -> Duration {
        self.timeout.saturating_sub(self.forked.elapsed())
    }

    /// Blocks until the child has ended, but not much longer than its timeout. Returns the sizes of
    /// the complete snapshot. Kills the child when `is_abandoned` returns `true`. Calls
    /// `on_progress` with the number of bytes written so far.
    ///
    /// # Errors
    ///
    /// Why there is no complete snapshot.
    pub(in super::super) fn watch(
        mut self,
        is_abandoned: impl Fn() -> bool,
        on_progress: impl Fn(u64),
    ) -> Result<Sizes, Error> {
        let Some(pid) = self.pid else { return Err(Error::internal("watch")) };
        let end = self.follow(pid, is_abandoned, on_progress);
        self.pid = None;
        let (killed, report) = match end {
            Followed::Ended { killed, report } => (killed, report),
            Followed::Lingers(error) => {
                reap_later(pid);
                return Err(error);
            }
        };
        let ending = reap(pid);
        match killed {
            Some(error) => Err(error),
            None => ending.conclude(report, memory::kills() > self.kills_before),
        }
    }

    /// Follows the child until it closes its end of the pipe, or lingers after it was killed.
    fn follow(
        &self,
        child: libc::pid_t,
        is_abandoned: impl Fn() -> bool,
        on_progress: impl Fn(u64),
    ) -> Followed {
        let mut report = None;
        let mut processor_ticks = None;
        let mut last_activity = Instant::now();
        let mut last_progress: Option<Instant> = None;
        let mut killed: Option<(Instant, Error)> = None;
        loop {
            match self.status.receive(CHECK_INTERVAL_MS) {
                Received::Report(received) => {
                    report = Some(received);
                    last_activity = Instant::now();
                    if let Report::Progress(bytes) = received
                        && last_progress.is_none_or(|time| time.elapsed() > PROGRESS_INTERVAL)
                    {
                        last_progress = Some(Instant::now());
                        on_progress(bytes);
                    }
                }
                Received::End => {
                    return Followed::Ended { killed: killed.map(|(_, error)| error), report };
                }
                Received::Silence => {
                    let stat = stat_of(child);
                    let now = procfs::processor_time_ticks(&stat);
                    // On a busy machine, a child of low priority waits for a processor for long.
                    if now != processor_ticks || procfs::is_runnable(&stat) {
                        processor_ticks = now;
                        last_activity = Instant::now();
                    }
                }
            }
            killed = match killed {
                Some((time, error)) if time.elapsed() > KILL_TIMEOUT => {
                    return Followed::Lingers(error);
                }
                None => self.reason_to_kill(last_activity, &is_abandoned).map(|reason| {
                    // SAFETY: `waitpid` was not called for the child yet, so the process id still
                    // belongs to it.
                    unsafe { libc::kill(child, libc::SIGKILL) };
                    (Instant::now(), reason)
                }),
                killed => killed,
            };
        }
    }

    fn reason_to_kill(
        &self,
        last_activity: Instant,
        is_abandoned: impl Fn() -> bool,
    ) -> Option<Error> {
        if is_abandoned() {
            Some(Error::aborted())
        } else if self.time_left().is_zero() {
            Some(Error::new(
                Code::Deadline,
                "the forked child did not finish before its deadline and was killed",
            ))
        } else if last_activity.elapsed() > self.stall_timeout {
            Some(ChildEnd::failure("stopped making progress and was killed"))
        } else {
            None
        }
    }
}

/// Why the parent stopped following a child.
enum Followed {
    /// The child closed the pipe. `killed`: why it was killed, if it was. `report`: its last
    /// report.
    Ended { killed: Option<Error>, report: Option<Report> },
    /// The child was killed for this reason, but has not ended.
    Lingers(Error),
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            // SAFETY: `waitpid` was not called for the child yet, so the process id still belongs
            // to it.
            unsafe { libc::kill(pid, libc::SIGKILL) };
            reap(pid);
        }
    }
}

/// Waits for a killed child on a new thread. This process does not fork again until the child ends.
fn reap_later(child: libc::pid_t) {
    LINGERING.store(child, Ordering::Release);
    let wait = move || {
        reap(child);
        LINGERING.store(0, Ordering::Release);
    };
    // If no thread can be started, this process never forks again.
    let _ =
        thread::Builder::new().name("heapdump-reap".to_owned()).stack_size(STACK_SIZE).spawn(wait);
}

/// Waits for one child. Leaves the children of the application alone.
fn reap(child: libc::pid_t) -> ChildEnd {
    let mut status = 0;
    loop {
        // SAFETY: `waitpid` writes the status, for which there is room.
        if unsafe { libc::waitpid(child, &raw mut status, 0) } == child {
            break;
        }
        if std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            // The application ignores SIGCHLD, so the kernel has already discarded the status.
            return ChildEnd::Unknown;
        }
    }
    if libc::WIFSIGNALED(status) {
        ChildEnd::Signal(libc::WTERMSIG(status))
    } else {
        ChildEnd::Code(libc::WEXITSTATUS(status))
    }
}

/// Returns the file `stat` of the child; empty if it cannot be read.
fn stat_of(child: libc::pid_t) -> String {
    std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default()
}
