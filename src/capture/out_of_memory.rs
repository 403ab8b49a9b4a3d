//! The last snapshot of a process that V8 is about to end for want of heap.
//!
//! `heap_limit` is told when the heap is nearly full, unless one allocation is larger than
//! what is left: a table that doubles. Then V8's out-of-memory handler is called, in the middle
//! of that allocation. Nothing is asked of V8 in this process any more. A forked child takes the
//! snapshot; if it crashes or gets stuck, nothing but the child is lost. This process waits for it,
//! and then calls Node's handler and ends as it would have ended.

use std::ffi::c_char;
use std::panic;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant, SystemTime};

use capture::{
    Code, DumpLock, Error, Facts, Phase, Plan, Publication, Sizes, TargetTemplate, lock, published,
};

use super::delivery::try_take_dump_lock;
use super::fork::{self, Child, Pool, Side, Task};
use super::heap_limit;
use super::oom_handler::{self, Handler};

/// How long a dump that is being written already may take, before the last one is given up.
const OTHER_DUMP_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the child may take for a small process, and for each gigabyte of memory. A
/// gigabyte takes 50 s on a quiet machine.
const CHILD_TIMEOUT: Duration = Duration::from_secs(60);
const CHILD_TIMEOUT_PER_GB: Duration = Duration::from_secs(180);

static ARMED: Mutex<Option<LastDump>> = Mutex::new(None);

/// How many dumps were published when a dump at the heap limit began.
static STANDING_BY: Mutex<Option<u64>> = Mutex::new(None);

/// The process that called [`arm`]: a child of it has a copy of all this.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Node's handler; 0 until ours is installed.
static PREVIOUS: AtomicUsize = AtomicUsize::new(0);

/// What is to be done when V8 gives up.
pub(super) struct LastDump {
    /// The name of the target may contain `{utc}` and `{clock}`.
    pub(super) plan: Plan,
    pub(super) makes_directory: bool,
    pub(super) facts: Facts,
    /// An image of the memory instead of a snapshot.
    pub(super) is_image: bool,
    /// How many bytes a child could grow by when this was armed.
    pub(super) memory: Option<usize>,
}

/// What [`arm`] adds: whose heap it is about.
struct Host {
    thread: ThreadId,
    pool: Pool,
    resident: usize,
}

static HOST: Mutex<Option<Host>> = Mutex::new(None);

/// Takes `dump` when V8 runs out of heap on the calling JS thread. A later call replaces it.
/// Returns `false` if this host does not offer it.
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

/// A dump at the heap limit has begun: what [`arm`] asked for is done only if that fails.
pub(super) fn stand_by() {
    *lock(&STANDING_BY) = Some(published());
}

/// Nothing is to be done any more.
pub(super) fn disarm() {
    *lock(&ARMED) = None;
}

unsafe extern "C" fn on_out_of_memory(location: *const c_char, details: usize) {
    if PROCESS.load(Ordering::Relaxed) != process::id() {
        // A forked child. Node's handler would speak, and write a report, for its parent.
        process::abort();
    }
    // A panic must not cross into V8.
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
    // SAFETY: `arm` stored a handler, or this function would not be installed.
    let previous = unsafe { std::mem::transmute::<usize, Handler>(previous) };
    // SAFETY: V8's own arguments.
    unsafe { previous(location, details) };
}

/// Takes the snapshot and blocks until it is published. A failure that is returned is not
/// announced yet.
fn take(mut dump: LastDump, host: &Host) -> Result<(), Error> {
    let started = Instant::now();
    if thread::current().id() != host.thread {
        return Err(unsupported("memory ran out on another thread than that of JavaScript"));
    }
    if let Some(Err(obstacle)) = fork::verdict() {
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
    let (reader, status) = fork::status_pipe()?;
    match fork::fork_full_heap(&host.pool)? {
        Side::Child => {
            let partial = publication.take_partial();
            let task = Task {
                file: copy,
                encoding,
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
            // Otherwise the pipe would not end with the child.
            drop((copy, status));
            publication.leave_to_child();
            let written = wait(Child::new(pid, reader, timeout(resident)));
            let written = written.map_err(|e| e.about(publication.target().display().to_string()));
            let pause = started.elapsed().as_millis();
            facts.insert("pauseMs".to_owned(), u64::try_from(pause).unwrap_or(u64::MAX).into());
            publication.end(|| Ok((file, written?)), facts, Box::new(|_| {}));
            Ok(())
        }
    }
}

/// Fills in what was not known before: the time.
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
        // If that fails, so does the opening of the file, which tells why.
        let _ = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    }
}

/// Runs in the child.
fn take_in_child() -> bool {
    leave_no_core();
    heap_limit::raise();
    fork::write_snapshot_directly()
}

/// What is dumped by a child that crashes is of no use to anybody.
fn leave_no_core() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a setting of this process.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    // A program that the kernel pipes cores to disregards that limit.
    // SAFETY: a setting of this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
}

/// How long the child of a process of `resident` bytes may take.
fn timeout(resident: usize) -> Duration {
    let gigabytes = u32::try_from(resident >> 30).unwrap_or(u32::MAX).saturating_add(1);
    CHILD_TIMEOUT.saturating_add(CHILD_TIMEOUT_PER_GB.saturating_mul(gigabytes))
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

/// The clock of `process.hrtime`.
fn monotonic() -> Duration {
    // SAFETY: a structure of numbers.
    let mut time = unsafe { std::mem::zeroed::<libc::timespec>() };
    // SAFETY: room for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
