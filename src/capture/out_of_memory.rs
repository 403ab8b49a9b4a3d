//! Takes a last snapshot of a process that V8 is about to end because its heap is full.
//!
//! V8 does not call the callback of `heap_limit` if a single allocation is larger than the rest of
//! the heap, for example when a table doubles. It calls its out-of-memory handler then, in the
//! middle of that allocation. This process must not call V8 any more, so a forked child takes the
//! snapshot. If the child crashes or blocks, only the child is lost. This process waits for the
//! child, then calls Node's handler, which ends the process as usual.

use std::ffi::c_char;
use std::panic;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant, SystemTime};

use capture::{
    Code, DumpLock, Error, Facts, Phase, Plan, Publication, Sizes, TargetTemplate, child_timeout,
    lock, published,
};

use super::delivery::try_take_dump_lock;
use super::fork::{self, Child, Pool, Side, Task};
use super::heap_limit;
use super::oom_handler::{self, Handler};

/// How long to wait for a dump that is already being written.
const OTHER_DUMP_TIMEOUT: Duration = Duration::from_secs(60);

/// The dump to take. `None` if no dump is requested.
static ARMED: Mutex<Option<LastDump>> = Mutex::new(None);

/// The number of published dumps when a dump at the heap limit started. `None` if none has started.
static STANDING_BY: Mutex<Option<u64>> = Mutex::new(None);

/// The id of the process that called [`arm`]. A forked child has a copy of it.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// The address of Node's handler. 0 until it is replaced.
static PREVIOUS: AtomicUsize = AtomicUsize::new(0);

/// The dump to take when the heap is full.
pub(super) struct LastDump {
    /// The options of the dump. The path may contain `{utc}` and `{clock}`.
    pub(super) plan: Plan,
    /// Whether to create the directory of the file.
    pub(super) makes_directory: bool,
    /// The known fields of the result.
    pub(super) facts: Facts,
    /// Whether to write a heap image instead of a snapshot.
    pub(super) is_image: bool,
    /// How many bytes a child could grow by at the time of [`arm`].
    pub(super) memory: Option<usize>,
}

/// Facts about the process at the time of [`arm`].
struct Host {
    /// The thread of the heap.
    thread: ThreadId,
    /// The worker threads of V8.
    pool: Pool,
    /// Resident bytes.
    resident: usize,
}

static HOST: Mutex<Option<Host>> = Mutex::new(None);

/// Requests `dump` for the time when V8 runs out of heap on the calling JS thread. A later call
/// replaces it. Returns `false` if this host does not support it.
pub(super) fn arm(dump: LastDump) -> bool {
    if PREVIOUS.load(Ordering::Relaxed) == 0 {
        if fork::obstacle().is_some() || !fork::is_direct_snapshot_available() {
            return false;
        }
        let Some(previous) = oom_handler::install(on_out_of_memory) else { return false };
        PREVIOUS.store(previous as usize, Ordering::Relaxed);
    }
    let resident = fork::resident_bytes().unwrap_or(0);
    PROCESS.store(process::id(), Ordering::Relaxed);
    *lock(&HOST) = Some(Host { thread: thread::current().id(), pool: Pool::current(), resident });
    *lock(&STANDING_BY) = None;
    *lock(&ARMED) = Some(dump);
    true
}

/// Records that a dump at the heap limit has started. The dump of [`arm`] is then taken only if
/// that one fails.
pub(super) fn stand_by() {
    *lock(&STANDING_BY) = Some(published());
}

/// Cancels [`arm`].
pub(super) fn disarm() {
    *lock(&ARMED) = None;
}

unsafe extern "C" fn on_out_of_memory(location: *const c_char, details: usize) {
    if PROCESS.load(Ordering::Relaxed) != process::id() {
        // A forked child. Node's handler would print a message and write a report in the name of
        // the parent.
        process::abort();
    }
    // A panic must not reach V8.
    let _ = panic::catch_unwind(|| {
        let dump = lock(&ARMED).take();
        if let (Some(dump), Some(host)) = (dump, lock(&HOST).as_ref()) {
            let announce = dump.plan.announce;
            if let Err(error) = take(dump, host) {
                announce.failure(&error);
            }
        }
    });
    let previous = PREVIOUS.load(Ordering::Relaxed);
    // SAFETY: `arm` has stored Node's handler, because only `arm` installs this function.
    let previous = unsafe { std::mem::transmute::<usize, Handler>(previous) };
    // SAFETY: the arguments are those of V8.
    unsafe { previous(location, details) };
}

/// Takes the snapshot, and blocks until it is published. A returned error was not printed yet.
fn take(mut dump: LastDump, host: &Host) -> Result<(), Error> {
    let started = Instant::now();
    if thread::current().id() != host.thread {
        return Err(unsupported("memory ran out on another thread than that of JavaScript"));
    }
    if let Some(Err(obstacle)) = fork::self_test_result() {
        return Err(unsupported(&format!("no dump by a forked child: {obstacle}")));
    }
    DumpLock::settle(OTHER_DUMP_TIMEOUT);
    if lock(&STANDING_BY).is_some_and(|before| published() > before) {
        return Ok(());
    }
    let dump_lock = try_take_dump_lock(Phase::Capturing).ok_or_else(Error::busy)?;
    begin(&mut dump);
    let LastDump { plan, mut facts, is_image, memory, .. } = dump;
    let resident = fork::resident_bytes().unwrap_or(0);
    let memory = memory.map(|bytes| bytes.saturating_sub(resident.saturating_sub(host.resident)));
    let (mut publication, file) = Publication::open(plan, dump_lock)?;
    let copy = file.try_clone().map_err(|e| Error::io(&e, "dup", publication.target()))?;
    let (encoding, redactor) = (publication.encoding(), publication.redactor());
    let recipients = publication.recipients();
    let (reader, status) = fork::status_pipe()?;
    match fork::fork_full_heap(&host.pool)? {
        Side::Child => {
            let partial = publication.take_partial();
            let task = Task {
                file: copy,
                encoding,
                recipients,
                status,
                redactor,
                is_in_background: true,
                memory,
                partial,
                image: is_image.then_some(facts),
            };
            // SAFETY: this is the child.
            unsafe { fork::run_child(task, take_in_child) }
        }
        Side::Parent(pid) => {
            // The pipe ends only when the parent has closed its copy, too.
            drop((copy, status));
            publication.leave_to_child();
            let written = wait(Child::new(pid, reader, child_timeout(resident)));
            let written = written.map_err(|e| e.about(publication.target().display().to_string()));
            let pause = started.elapsed().as_millis();
            facts.insert("pauseMs".to_owned(), u64::try_from(pause).unwrap_or(u64::MAX).into());
            publication.end(|| Ok((file, written?)), facts, Box::new(|_| {}));
            Ok(())
        }
    }
}

/// Inserts the time into the path and the result, and creates the directory.
fn begin(dump: &mut LastDump) {
    let now = SystemTime::now();
    let target = TargetTemplate(&dump.plan.target).at(now, monotonic());
    dump.facts.insert("path".to_owned(), target.to_string_lossy().into());
    dump.facts.insert("startedAt".to_owned(), TargetTemplate::started_at(now).into());
    dump.plan.target = target;
    if dump.makes_directory
        && let Some(directory) = dump.plan.target.parent()
    {
        use std::os::unix::fs::DirBuilderExt;
        // If this fails, creating the file fails with the reason.
        let _ = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    }
}

/// Takes the snapshot in the child. Returns whether V8 succeeded.
fn take_in_child() -> bool {
    leave_no_core();
    heap_limit::raise();
    fork::write_snapshot_directly()
}

/// Disables core dumps, because that of a crashed child would be useless and large.
fn leave_no_core() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: lowers a limit of this process.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    // The limit has no effect if the kernel pipes core dumps to a program.
    // SAFETY: `prctl` gets numbers, and changes an attribute of this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
}

fn wait(child: Child) -> Result<Sizes, Error> {
    child.watch(|| false, |_| {}).map_err(|error| match error.code() {
        Code::Child => {
            let message = "V8 ran out of heap where no snapshot can be taken";
            let message = format!("{message}: {}", error.message());
            error.with_message(message)
        }
        _ => error,
    })
}

fn unsupported(why: &str) -> Error {
    Error::new(Code::Unsupported, why)
}

/// Returns the time of `process.hrtime`.
fn monotonic() -> Duration {
    // SAFETY: a structure of numbers, for which zero is valid.
    let mut time = unsafe { std::mem::zeroed::<libc::timespec>() };
    // SAFETY: `clock_gettime` writes a `timespec`, for which there is room.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
