//! Step 6, in the parent, on a thread of its own: until the child is gone.

use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use capture::{ChildEnd, Code, Error, Report, STACK_SIZE, Sizes};

use super::super::system::STREAM_TIMEOUT;
use super::memory;
use super::status::{Reader, Received};

/// How often progress is passed on.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// How often the child is looked after.
const TICK_MS: i32 = 250;

/// A child that neither writes nor uses the processor for so long is stuck, unless it writes to a
/// stream.
const STUCK_AFTER: Duration = Duration::from_secs(8);

/// How long a killed child may take to end. One in an uninterruptible system call, as of a file
/// system that does not answer, takes until that returns.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// The process id of a killed child that has not ended; 0 if there is none.
static LINGERING: AtomicI32 = AtomicI32::new(0);

/// Whether a child of an earlier dump was killed and is still there.
pub(super) fn has_lingering_child() -> bool {
    LINGERING.load(Ordering::Acquire) != 0
}

/// A child at work; killed when dropped without [`watch`](Self::watch).
pub(in super::super) struct Child {
    /// `None` once it has been waited for: the number may be another's.
    pid: Option<libc::pid_t>,
    status: Reader,
    /// As `memory::kills` said before the fork.
    kills_before: u64,
    forked: Instant,
    /// How long it may take.
    timeout: Duration,
    /// It is stuck if it neither writes nor uses the processor for so long.
    stuck_after: Duration,
}

impl Child {
    /// A child just forked, and the pipe that it writes to. It is killed after `timeout`.
    pub(in super::super) fn new(pid: libc::pid_t, status: Reader, timeout: Duration) -> Self {
        let (kills_before, forked) = (memory::kills(), Instant::now());
        Self { pid: Some(pid), status, kills_before, forked, timeout, stuck_after: STUCK_AFTER }
    }

    /// The child may wait for the reader of a stream.
    pub(in super::super) fn writing_to_stream(mut self) -> Self {
        self.stuck_after = STREAM_TIMEOUT + STUCK_AFTER;
        self
    }

    /// What is left of the child's time.
    pub(in super::super) fn time_left(&self) -> Duration {
        self.timeout.saturating_sub(self.forked.elapsed())
    }

    /// Waits for the child's end, but not much longer than its timeout. Gives the sizes of the
    /// whole snapshot it wrote, or why there is none. `is_abandoned` asks whether anybody still
    /// wants it; `on_progress` gets the bytes written so far, now and then.
    pub(in super::super) fn watch(
        mut self,
        is_abandoned: impl Fn() -> bool,
        on_progress: impl Fn(u64),
    ) -> Result<Sizes, Error> {
        let Some(pid) = self.pid else { return Err(Error::internal("watch")) };
        let end = self.attend(pid, is_abandoned, on_progress);
        self.pid = None;
        let (killed, report) = match end {
            Attended::Ended { killed, report } => (killed, report),
            Attended::Lingers(error) => {
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

    /// Follows the child until it closes its end of the pipe.
    fn attend(
        &self,
        child: libc::pid_t,
        is_abandoned: impl Fn() -> bool,
        on_progress: impl Fn(u64),
    ) -> Attended {
        let mut report = None;
        let mut used = None;
        let mut last_sign = Instant::now();
        let mut passed_on: Option<Instant> = None;
        let mut killed: Option<(Instant, Error)> = None;
        loop {
            match self.status.receive(TICK_MS) {
                Received::Report(received) => {
                    report = Some(received);
                    last_sign = Instant::now();
                    if let Report::Progress(bytes) = received
                        && passed_on.is_none_or(|time| time.elapsed() > PROGRESS_EVERY)
                    {
                        passed_on = Some(Instant::now());
                        on_progress(bytes);
                    }
                }
                Received::End => {
                    return Attended::Ended { killed: killed.map(|(_, error)| error), report };
                }
                Received::Silence => {
                    let now = processor_time(child);
                    if now != used {
                        used = now;
                        last_sign = Instant::now();
                    }
                }
            }
            killed = match killed {
                Some((time, error)) if time.elapsed() > KILL_TIMEOUT => {
                    return Attended::Lingers(error);
                }
                None => self.reason_to_kill(last_sign, &is_abandoned).map(|reason| {
                    // SAFETY: our own child, not waited for yet: the number is still its.
                    unsafe { libc::kill(child, libc::SIGKILL) };
                    (Instant::now(), reason)
                }),
                killed => killed,
            };
        }
    }

    fn reason_to_kill(&self, last_sign: Instant, is_abandoned: impl Fn() -> bool) -> Option<Error> {
        if is_abandoned() {
            Some(Error::aborted())
        } else if self.time_left().is_zero() {
            Some(Error::new(
                Code::Deadline,
                "the forked child was not done when its time was up, and was killed",
            ))
        } else if last_sign.elapsed() > self.stuck_after {
            Some(ChildEnd::failure("stopped making progress and was killed"))
        } else {
            None
        }
    }
}

/// How the parent stopped following a child.
enum Attended {
    /// The child has closed the pipe: its last report, and why it was killed.
    Ended { killed: Option<Error>, report: Option<Report> },
    /// The child was killed for this reason, and does not end.
    Lingers(Error),
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            // SAFETY: our own child, not waited for yet: the number is still its.
            unsafe { libc::kill(pid, libc::SIGKILL) };
            reap(pid);
        }
    }
}

/// Waits for a killed child on a thread of its own. Until then no other child is forked.
fn reap_later(child: libc::pid_t) {
    LINGERING.store(child, Ordering::Release);
    let wait = move || {
        reap(child);
        LINGERING.store(0, Ordering::Release);
    };
    // Without a thread, this process forks no more.
    let _ =
        thread::Builder::new().name("heapdump-reap".to_owned()).stack_size(STACK_SIZE).spawn(wait);
}

/// Waits for this child and no other.
fn reap(child: libc::pid_t) -> ChildEnd {
    let mut status = 0;
    loop {
        // SAFETY: our own child.
        if unsafe { libc::waitpid(child, &raw mut status, 0) } == child {
            break;
        }
        if std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            // The application ignores SIGCHLD: the kernel has waited for it.
            return ChildEnd::Unknown;
        }
    }
    if libc::WIFSIGNALED(status) {
        ChildEnd::Signal(libc::WTERMSIG(status))
    } else {
        ChildEnd::Code(libc::WEXITSTATUS(status))
    }
}

/// User and system time of the child in clock ticks.
fn processor_time(child: libc::pid_t) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).ok()?;
    // The name, in parentheses, may hold anything: count from its end.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}
