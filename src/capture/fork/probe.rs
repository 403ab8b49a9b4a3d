//! Whether forked dumps work here, found out where it does no harm.
//!
//! All that can be looked up may be in place and forking still fail: a seccomp
//! filter, a limit on processes, an allocator that is not ready for a fork. So
//! another Node process, small and of the same executable, dumps itself once.
//! It is started when somebody first wants to know, and its verdict holds for
//! the life of this process. The thread that waits for it is a native one: the
//! JS thread may get stuck meanwhile.

use std::io::Read;
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::sync::lock;
use super::super::writer::{STACK_SIZE, block_signals};

/// Some hundred milliseconds suffice on an idle machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who is in a hurry is told after this time, verdict or not: the dump of a signal is not to come
/// much later for it.
const LATE: Duration = Duration::from_secs(5);

/// What the other process prints if its forked dump was whole.
const PASSED: &str = "passed";

static STATE: Mutex<State> = Mutex::new(State::Unknown);
static CHANGED: Condvar = Condvar::new();

enum State {
    Unknown,
    /// Who wants to be told; nobody in a hurry any more if it is late.
    Running {
        waiting: Vec<Waiting>,
        is_late: bool,
    },
    Known(Verdict),
}

struct Waiting {
    then: Box<dyn FnOnce() + Send>,
    in_a_hurry: bool,
}

/// `Err`: why forked dumps do not work.
pub(in super::super) type Verdict = Result<(), String>;

/// What is known so far; never waits.
pub(in super::super) fn verdict() -> Option<Verdict> {
    match &*lock(&STATE) {
        State::Known(verdict) => Some(verdict.clone()),
        _ => None,
    }
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
                State::Known(_) => {}
                State::Running { is_late: true, .. } if in_a_hurry => {}
                State::Running { waiting, .. } => {
                    waiting.push(Waiting { then, in_a_hurry });
                    return;
                }
                State::Unknown => {
                    let run = move || {
                        block_signals();
                        conclude(self.run());
                    };
                    let spawned = thread::Builder::new()
                        .name("heapdump-probe".to_owned())
                        .stack_size(STACK_SIZE)
                        .spawn(run);
                    if let Err(error) = spawned {
                        *state = State::Known(Err(format!("no thread can be started: {error}")));
                    } else {
                        *state = State::Running {
                            waiting: vec![Waiting { then, in_a_hurry }],
                            is_late: false,
                        };
                        return;
                    }
                }
            }
        }
        then();
    }

    /// Blocks until there is a verdict.
    pub(in super::super) fn find_out(self) -> Verdict {
        self.find_out_later(Box::new(|| {}), false);
        let mut state = lock(&STATE);
        loop {
            if let State::Known(verdict) = &*state {
                return verdict.clone();
            }
            state = CHANGED.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn run(self) -> Verdict {
        let mut child = Command::new(&self.executable)
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
            .spawn()
            .map_err(|error| format!("no process can be started: {error}"))?;
        let answer = read_all(&mut child);
        if answer.is_none() {
            let _ = child.kill();
        }
        // An error means that the application ignores SIGCHLD: the kernel has waited.
        let ending = child.wait().map_or_else(|_| "ended".to_owned(), |status| status.to_string());
        match answer.as_deref().map(str::trim) {
            Some(PASSED) => Ok(()),
            None => Err(format!("a trial took more than {} s", PATIENCE.as_secs())),
            Some("") => Err(format!("a trial failed without a word: {ending}")),
            Some(reason) => Err(format!("a trial failed: {reason}")),
        }
    }
}

/// Tells who is in a hurry that there is no verdict yet.
fn excuse() {
    let waiting: Vec<Waiting> = match &mut *lock(&STATE) {
        State::Running { waiting, is_late } => {
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

fn conclude(verdict: Verdict) {
    let previous = std::mem::replace(&mut *lock(&STATE), State::Known(verdict));
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
        let deadline = if is_late { PATIENCE } else { LATE };
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
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
