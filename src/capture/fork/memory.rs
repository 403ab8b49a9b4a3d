//! Step 5, in the child: the dump runs out of memory before the service does.
//!
//! The kernel is told to kill the child first (`oom_score_adj`). Where it would
//! not get so far, because no limit of a cgroup stands in the way, the child may
//! not grow beyond the room there was: the limit of its address space makes an
//! allocation fail, V8 then ends the process, and a handler of that end tells
//! the parent why. Only calls that are safe in a signal handler happen there.

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use capture::Report;

use super::status::Sender;

/// How a process ends that gets no memory: V8, libc and Rust each have their own way.
const DEATHS: [libc::c_int; 4] = [libc::SIGABRT, libc::SIGTRAP, libc::SIGILL, libc::SIGSEGV];

static STATUS: AtomicI32 = AtomicI32::new(-1);
static BUDGET: AtomicUsize = AtomicUsize::new(0);

/// Makes the kernel kill this process before any other.
pub(super) fn volunteer() {
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// Lets this process grow by `budget` bytes at most; what fails for it is told through `status`.
pub(super) fn limit(budget: usize, status: &Sender) {
    let Some(size) = address_space() else { return };
    STATUS.store(status.descriptor(), Ordering::Relaxed);
    BUDGET.store(budget, Ordering::Relaxed);
    for signal in DEATHS {
        // SAFETY: the handler below does only what a handler may.
        unsafe { libc::signal(signal, on_death as *const () as libc::sighandler_t) };
    }
    let most = size.saturating_add(budget) as libc::rlim_t;
    let mut limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    let mut present = limit;
    // SAFETY: room for the answer.
    if unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut present) } == 0 {
        limit.rlim_max = present.rlim_max;
        limit.rlim_cur = most.min(present.rlim_cur);
    }
    // SAFETY: a setting of this process.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
}

/// The size of this process in bytes.
fn address_space() -> Option<usize> {
    statm(0)
}

/// The memory that this process has, in bytes.
pub(in super::super) fn resident() -> Option<usize> {
    statm(1)
}

/// A field of `/proc/self/statm`, in bytes.
fn statm(field: usize) -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_ascii_whitespace().nth(field)?.parse().ok()?;
    // SAFETY: asks for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    pages.checked_mul(page)
}

extern "C" fn on_death(signal: libc::c_int) {
    // What failed may have been a table that doubles: if not even half of the budget is left,
    // memory it was.
    let half = BUDGET.load(Ordering::Relaxed) / 2;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: asks for address space that nobody has.
    let room = unsafe { libc::mmap(std::ptr::null_mut(), half, libc::PROT_NONE, flags, -1, 0) };
    if room == libc::MAP_FAILED {
        let record = Report::OutOfMemory(BUDGET.load(Ordering::Relaxed) as u64).encode();
        // SAFETY: a descriptor and a buffer of this process; `write` may be called here.
        unsafe {
            libc::write(STATUS.load(Ordering::Relaxed), record.as_ptr().cast(), record.len())
        };
    }
    // SAFETY: restores what the signal does by itself; both calls are allowed here.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // SAFETY: as above.
    unsafe { libc::raise(signal) };
}

/// How often the kernel has killed for want of memory, anywhere.
pub(super) fn kills() -> u64 {
    std::fs::read_to_string("/proc/vmstat")
        .ok()
        .and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "))?;
            line.trim().parse().ok()
        })
        .unwrap_or(0)
}
