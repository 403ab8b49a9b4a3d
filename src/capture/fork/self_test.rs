//! The fork self-test: finds out in another process whether forked dumps work.
//!
//! A forked dump can fail although all required functions exist, for example because of a seccomp
//! filter, or of an allocator that does not support `fork`. Therefore a small Node process of the
//! same executable takes a forked dump of itself. It is started when the result is first needed,
//! and the result is valid for the life of this process. A native thread waits for it, because the
//! JS thread may be stuck in JavaScript.
//!
//! A self-test that was killed, took too long, or could not be started for lack of resources is
//! inconclusive. If it did not time out, the same thread repeats it up to two times. After that,
//! the first dump after a delay repeats it; dumps during the delay do not wait. The delay grows with
//! each inconclusive self-test.

use std::io;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use capture::{STACK_SIZE, SelfTestOutcome, lock};

use super::super::system::block_signals;
use super::helper;

/// How long a self-test may take. It takes some hundred milliseconds on an idle machine.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How long an urgent callback waits for the result of one attempt. A dump that was requested by a
/// signal then continues without a result. A shorter timeout would not help: if the self-test takes
/// seconds, the machine is busy, and a dump without a fork would pause the service for longer than
/// the self-test takes.
const URGENT_TIMEOUT: Duration = Duration::from_secs(15);

/// Delays before the same thread repeats an inconclusive self-test that did not time out.
const SHORT_RETRY_DELAYS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

static STATE: Mutex<State> = Mutex::new(State::Unknown);
static CHANGED: Condvar = Condvar::new();

enum State {
    Unknown,
    Running {
        /// Callbacks that wait for the result. If `is_late`, none of them is urgent.
        waiting: Vec<Waiting>,
        /// Whether `URGENT_TIMEOUT` has passed.
        is_late: bool,
        /// Number of inconclusive self-tests before this one.
        inconclusive_count: u32,
    },
    Inconclusive {
        reason: String,
        /// Number of inconclusive self-tests so far.
        inconclusive_count: u32,
        retry_at: Instant,
    },
    Known(SelfTestResult),
}

struct Waiting {
    then: Box<dyn FnOnce() + Send>,
    is_urgent: bool,
}

/// Whether forked dumps work. The error is the reason why they do not.
pub(in super::super) type SelfTestResult = Result<(), String>;

impl State {
    /// Returns the result, or `None` if a self-test has to run first.
    fn result(&self) -> Option<SelfTestResult> {
        match self {
            Self::Known(result) => Some(result.clone()),
            Self::Inconclusive { reason, retry_at, .. } if Instant::now() < *retry_at => {
                Some(Err(format!("the self-test was inconclusive ({reason}) and will be repeated")))
            }
            _ => None,
        }
    }

    fn inconclusive_count(&self) -> u32 {
        match self {
            Self::Running { inconclusive_count, .. }
            | Self::Inconclusive { inconclusive_count, .. } => *inconclusive_count,
            _ => 0,
        }
    }

    /// Returns the state after another inconclusive self-test.
    fn inconclusive(reason: String, inconclusive_count: u32) -> Self {
        let retry_at = Instant::now() + SelfTestOutcome::retry_delay(inconclusive_count);
        Self::Inconclusive {
            reason,
            inconclusive_count: inconclusive_count.saturating_add(1),
            retry_at,
        }
    }
}

/// Returns the result so far. Does not start a self-test, and does not block.
pub(in super::super) fn result() -> Option<SelfTestResult> {
    lock(&STATE).result()
}

/// The program of the self-test, which takes a forked dump of itself.
pub(in super::super) struct SelfTest {
    /// The path of the executable of this process.
    pub(in super::super) executable: String,
    /// The path of the script that it runs.
    pub(in super::super) script: String,
}

impl SelfTest {
    /// Starts a self-test if there is no result and none is running. Calls `then` on any thread
    /// when the self-test has ended, or at once if there is a result or no thread can be started.
    /// An urgent `then` is called without a result once an attempt has taken longer than
    /// [`URGENT_TIMEOUT`].
    pub(in super::super) fn run_later(self, then: Box<dyn FnOnce() + Send>, is_urgent: bool) {
        {
            let mut state = lock(&STATE);
            match &mut *state {
                State::Running { is_late: true, .. } if is_urgent => {}
                State::Running { waiting, .. } => {
                    waiting.push(Waiting { then, is_urgent });
                    return;
                }
                known if known.result().is_some() => {}
                _ => {
                    let inconclusive_count = state.inconclusive_count();
                    match self.start() {
                        Ok(()) => {
                            let waiting = vec![Waiting { then, is_urgent }];
                            *state = State::Running { waiting, is_late: false, inconclusive_count };
                            return;
                        }
                        Err(error) => {
                            let reason = format!("no thread can be started: {error}");
                            *state = State::inconclusive(reason, inconclusive_count);
                        }
                    }
                }
            }
        }
        then();
    }

    /// Runs the self-test if there is no result and none is running, and blocks until it has ended.
    pub(in super::super) fn run_blocking(self) {
        self.run_later(Box::new(|| {}), false);
        let mut state = lock(&STATE);
        while matches!(*state, State::Running { .. }) {
            state = CHANGED.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn start(self) -> io::Result<()> {
        let run = move || {
            block_signals();
            conclude(self.run());
        };
        let builder = thread::Builder::new().name("heapdump-test".to_owned());
        builder.stack_size(STACK_SIZE).spawn(run).map(|_| ())
    }

    /// Runs the self-test. Repeats it up to two times if it is inconclusive but did not time out.
    fn run(&self) -> SelfTestOutcome {
        for delay in SHORT_RETRY_DELAYS {
            match self.run_once() {
                SelfTestOutcome::Inconclusive { is_quick: true, .. } => thread::sleep(delay),
                outcome => return outcome,
            }
        }
        self.run_once()
    }

    fn run_once(&self) -> SelfTestOutcome {
        let spawned = helper::command(&self.executable)
            .arg(&self.script)
            // The working directory of this process may have been removed.
            .current_dir("/")
            // The self-test must not load preloaded modules of the application.
            .env_remove("NODE_OPTIONS")
            .env("ELECTRON_RUN_AS_NODE", "1")
            // It must not install the signal handler.
            .env("NODE_HEAPDUMP_OPTIONS", "nosignal")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                let reason = format!("no process can be started: {error}");
                return match error.raw_os_error() {
                    Some(libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE) => {
                        SelfTestOutcome::Inconclusive { reason, is_quick: true }
                    }
                    _ => SelfTestOutcome::Known(Err(reason)),
                };
            }
        };
        let answer = read_answer(&mut child);
        if answer.is_none() {
            let _ = child.kill();
        }
        // Fails if the application ignores SIGCHLD, because the kernel has discarded the status
        // then.
        let status = child.wait().ok();
        let Some(answer) = answer else {
            let reason =
                format!("no result within {} s, or its output cannot be read", TIMEOUT.as_secs());
            return SelfTestOutcome::Inconclusive { reason, is_quick: false };
        };
        let killed = match status {
            None => Some("it ended without an answer".to_owned()),
            Some(status) => status.signal().map(|_| status.to_string()),
        };
        SelfTestOutcome::from_answer(&answer, killed)
    }
}

/// Calls the urgent callbacks, although there is no result yet.
fn call_urgent() {
    let waiting: Vec<Waiting> = match &mut *lock(&STATE) {
        State::Running { waiting, is_late, .. } => {
            *is_late = true;
            let (urgent, others) =
                std::mem::take(waiting).into_iter().partition(|one| one.is_urgent);
            *waiting = others;
            urgent
        }
        _ => Vec::new(),
    };
    for Waiting { then, .. } in waiting {
        then();
    }
}

/// Stores the outcome, and calls all waiting callbacks.
fn conclude(outcome: SelfTestOutcome) {
    let previous = {
        let mut state = lock(&STATE);
        let next = match outcome {
            SelfTestOutcome::Known(result) => State::Known(result),
            SelfTestOutcome::Inconclusive { reason, .. } => {
                State::inconclusive(reason, state.inconclusive_count())
            }
        };
        std::mem::replace(&mut *state, next)
    };
    CHANGED.notify_all();
    if let State::Running { waiting, .. } = previous {
        for Waiting { then, .. } in waiting {
            then();
        }
    }
}

/// Returns everything that the child prints until it closes its output. Calls the urgent callbacks
/// after [`URGENT_TIMEOUT`]. Returns `None` after [`TIMEOUT`], or if reading fails.
fn read_answer(child: &mut Child) -> Option<String> {
    let mut output = child.stdout.take()?;
    let begun = Instant::now();
    let mut is_late = false;
    let mut text = Vec::new();
    loop {
        let deadline = if is_late { TIMEOUT } else { URGENT_TIMEOUT };
        let left = deadline.saturating_sub(begun.elapsed()).as_millis();
        let mut poll = libc::pollfd { fd: output.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: `poll` gets one entry, which outlives the call.
        if unsafe { libc::poll(&raw mut poll, 1, i32::try_from(left).unwrap_or(0)) } == 0 {
            if is_late {
                return None;
            }
            is_late = true;
            call_urgent();
            continue;
        }
        let mut piece = [0; 512];
        match output.read(&mut piece) {
            Ok(0) => return Some(String::from_utf8_lossy(&text).into_owned()),
            Ok(count) => text.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn an_inconclusive_self_test_is_an_error_until_it_may_be_repeated() {
        let inconclusive = |retry_at| State::Inconclusive {
            reason: "it was killed".to_owned(),
            inconclusive_count: 1,
            retry_at,
        };
        let error = inconclusive(Instant::now() + HOUR).result().unwrap().unwrap_err();
        assert!(error.contains("it was killed"), "{error}");
        assert!(inconclusive(Instant::now()).result().is_none());
    }

    #[test]
    fn inconclusive_self_tests_are_counted_until_there_is_a_result() {
        let second = State::inconclusive(String::new(), State::Unknown.inconclusive_count() + 1);
        assert_eq!(second.inconclusive_count(), 2);
        let running = State::Running { waiting: Vec::new(), is_late: false, inconclusive_count: 2 };
        assert_eq!(running.inconclusive_count(), 2);
        assert!(running.result().is_none());
        assert_eq!(State::Known(Ok(())).inconclusive_count(), 0);
        assert_eq!(State::Known(Ok(())).result(), Some(Ok(())));
    }
}
