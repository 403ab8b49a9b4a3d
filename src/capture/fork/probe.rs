//! The fork self-test: whether forked dumps work here, found out where it does no harm.
//!
//! All that can be looked up may be in place and forking still fail: a seccomp
//! filter, an allocator that is not ready for a fork. So another Node process, small and of
//! the same executable, dumps itself once. It is started when somebody first wants to know,
//! and its verdict holds for the life of this process. The thread that waits for it is a
//! native one: the JS thread may get stuck meanwhile.
//!
//! A self-test that was killed, took too long, or could not be started says nothing about
//! forked dumps. It is repeated, with growing pauses, by the dumps that need a verdict.

use std::io;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use capture::{STACK_SIZE, lock};

use super::super::system::block_signals;
use super::helper;

/// Some hundred milliseconds suffice on an idle machine.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Who is in a hurry is told after this time, verdict or not: the dump of a signal is not to come
/// much later for it. Not sooner: a self-test that takes seconds means a busy machine, on which a
/// dump in place stops the service for longer than that.
const LATE: Duration = Duration::from_secs(15);

/// Pauses before an inconclusive self-test is repeated at once.
const SHORT_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// The pause after that, before another dump repeats it. It doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// What the other process prints if its forked dump was whole.
const PASSED: &str = "passed";

/// What it prints before a reason that says nothing about forked dumps in general.
const INCONCLUSIVE: &str = "inconclusive: ";

static STATE: Mutex<State> = Mutex::new(State::Unknown);
static CHANGED: Condvar = Condvar::new();

enum State {
    Unknown,
    Running {
        /// Who wants to be told; nobody in a hurry any more if it is late.
        waiting: Vec<Waiting>,
        is_late: bool,
        /// How many inconclusive self-tests there were before.
        failures: u32,
    },
    Inconclusive {
        reason: String,
        failures: u32,
        retry_at: Instant,
    },
    Known(Verdict),
}

struct Waiting {
    then: Box<dyn FnOnce() + Send>,
    in_a_hurry: bool,
}

/// `Err`: why forked dumps do not work.
pub(in super::super) type Verdict = Result<(), String>;

/// How one self-test ended.
enum Outcome {
    Verdict(Verdict),
    Inconclusive {
        reason: String,
        /// It may be another at once: it did not take long.
        is_quick: bool,
    },
}

impl State {
    /// What is known now; `None` if a self-test has to be awaited.
    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Known(verdict) => Some(verdict.clone()),
            Self::Inconclusive { reason, retry_at, .. } if Instant::now() < *retry_at => {
                Some(Err(format!("the self-test was inconclusive ({reason}) and will be repeated")))
            }
            _ => None,
        }
    }

    fn failures(&self) -> u32 {
        match self {
            Self::Running { failures, .. } | Self::Inconclusive { failures, .. } => *failures,
            _ => 0,
        }
    }

    /// After one more inconclusive self-test.
    fn inconclusive(reason: String, failures: u32) -> Self {
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(MAX_PAUSE);
        let retry_at = Instant::now() + pause;
        Self::Inconclusive { reason, failures: failures.saturating_add(1), retry_at }
    }
}

/// What is known so far; never waits.
pub(in super::super) fn verdict() -> Option<Verdict> {
    lock(&STATE).verdict()
}

/// The program that dumps itself.
pub(in super::super) struct Probe {
    /// This very Node.
    pub(in super::super) executable: String,
    pub(in super::super) script: String,
}

impl Probe {
    /// Calls `then` when there is a verdict, from any thread, or at once. If it is `in_a_hurry`,
    /// also when there has been none for too long.
    pub(in super::super) fn find_out_later(self, then: Box<dyn FnOnce() + Send>, in_a_hurry: bool) {
        {
            let mut state = lock(&STATE);
            match &mut *state {
                State::Running { is_late: true, .. } if in_a_hurry => {}
                State::Running { waiting, .. } => {
                    waiting.push(Waiting { then, in_a_hurry });
                    return;
                }
                known if known.verdict().is_some() => {}
                _ => {
                    let failures = state.failures();
                    match self.start() {
                        Ok(()) => {
                            let waiting = vec![Waiting { then, in_a_hurry }];
                            *state = State::Running { waiting, is_late: false, failures };
                            return;
                        }
                        Err(error) => {
                            let reason = format!("no thread can be started: {error}");
                            *state = State::inconclusive(reason, failures);
                        }
                    }
                }
            }
        }
        then();
    }

    /// Blocks until there is a verdict, or a self-test was inconclusive.
    pub(in super::super) fn find_out(self) {
        self.find_out_later(Box::new(|| {}), false);
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
        let builder = thread::Builder::new().name("heapdump-probe".to_owned());
        builder.stack_size(STACK_SIZE).spawn(run).map(|_| ())
    }

    /// Runs the self-test, and again if it was inconclusive.
    fn run(&self) -> Outcome {
        for pause in SHORT_PAUSES {
            match self.run_once() {
                Outcome::Inconclusive { is_quick: true, .. } => thread::sleep(pause),
                outcome => return outcome,
            }
        }
        self.run_once()
    }

    fn run_once(&self) -> Outcome {
        let spawned = helper::command(&self.executable)
            .arg(&self.script)
            // That of this process may be gone.
            .current_dir("/")
            // Hooks of the application have no business there, nor has our own signal.
            .env_remove("NODE_OPTIONS")
            .env("ELECTRON_RUN_AS_NODE", "1")
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
                        Outcome::Inconclusive { reason, is_quick: true }
                    }
                    _ => Outcome::Verdict(Err(reason)),
                };
            }
        };
        let answer = read_all(&mut child);
        if answer.is_none() {
            let _ = child.kill();
        }
        // An error means that the application ignores SIGCHLD: the kernel has waited.
        let status = child.wait().ok();
        let Some(answer) = answer else {
            let reason = format!("it took more than {} s", TIMEOUT.as_secs());
            return Outcome::Inconclusive { reason, is_quick: false };
        };
        match answer.trim() {
            PASSED => Outcome::Verdict(Ok(())),
            "" if status.is_none_or(|status| status.signal().is_some()) => {
                let reason = status.map_or_else(|| "it ended".to_owned(), |s| s.to_string());
                Outcome::Inconclusive { reason, is_quick: true }
            }
            "" => Outcome::Verdict(Err("the self-test failed without a reason".to_owned())),
            answer => match answer.strip_prefix(INCONCLUSIVE) {
                Some(reason) => Outcome::Inconclusive { reason: reason.to_owned(), is_quick: true },
                None => Outcome::Verdict(Err(format!("the self-test failed: {answer}"))),
            },
        }
    }
}

/// Tells who is in a hurry that there is no verdict yet.
fn excuse() {
    let waiting: Vec<Waiting> = match &mut *lock(&STATE) {
        State::Running { waiting, is_late, .. } => {
            *is_late = true;
            let (hasty, patient) =
                std::mem::take(waiting).into_iter().partition(|one| one.in_a_hurry);
            *waiting = patient;
            hasty
        }
        _ => Vec::new(),
    };
    for Waiting { then, .. } in waiting {
        then();
    }
}

fn conclude(outcome: Outcome) {
    let previous = {
        let mut state = lock(&STATE);
        let next = match outcome {
            Outcome::Verdict(verdict) => State::Known(verdict),
            Outcome::Inconclusive { reason, .. } => State::inconclusive(reason, state.failures()),
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

/// All that the child prints until it ends; `None` if that takes too long.
fn read_all(child: &mut Child) -> Option<String> {
    let mut output = child.stdout.take()?;
    let begun = Instant::now();
    let mut is_late = false;
    let mut text = Vec::new();
    loop {
        let deadline = if is_late { TIMEOUT } else { LATE };
        let left = deadline.saturating_sub(begun.elapsed()).as_millis();
        let mut poll = libc::pollfd { fd: output.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry.
        if unsafe { libc::poll(&raw mut poll, 1, i32::try_from(left).unwrap_or(0)) } == 0 {
            if is_late {
                return None;
            }
            is_late = true;
            excuse();
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
