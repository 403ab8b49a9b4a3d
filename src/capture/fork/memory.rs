//! Step 5, in the child: makes the child run out of memory before the service does.
//!
//! `oom_score_adj` makes the kernel kill the child first if memory runs out. Outside of a cgroup
//! with a memory limit, the child could take all memory of the machine before that. Therefore the
//! address space of every child with a budget is limited, so that an allocation beyond it fails. V8
//! then ends the process by a signal, whose handler reports the reason to the parent. The handler
//! makes async-signal-safe calls only.

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use capture::{Report, procfs};

use super::status::Sender;

/// Signals by which V8, libc and Rust end a process whose allocation fails.
const FATAL_SIGNALS: [libc::c_int; 4] = [libc::SIGABRT, libc::SIGTRAP, libc::SIGILL, libc::SIGSEGV];

static STATUS: AtomicI32 = AtomicI32::new(-1);
static BUDGET: AtomicUsize = AtomicUsize::new(0);

/// Makes the kernel kill this process first if memory runs out.
pub(super) fn be_killed_first() {
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// Lets this process grow by at most `budget` bytes. If it ends because of that, it sends a report
/// through `status`.
pub(super) fn limit(budget: usize, status: &Sender) {
    let Some(size) = address_space() else { return };
    STATUS.store(status.descriptor(), Ordering::Relaxed);
    BUDGET.store(budget, Ordering::Relaxed);
    for signal in FATAL_SIGNALS {
        // SAFETY: the handler makes async-signal-safe calls only.
        unsafe { libc::signal(signal, on_fatal_signal as *const () as libc::sighandler_t) };
    }
    let max_bytes = size.saturating_add(budget) as libc::rlim_t;
    let mut limit = libc::rlimit { rlim_cur: max_bytes, rlim_max: max_bytes };
    let mut present = limit;
    // SAFETY: `getrlimit` writes a `rlimit`, for which there is room.
    if unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut present) } == 0 {
        limit.rlim_max = present.rlim_max;
        limit.rlim_cur = max_bytes.min(present.rlim_cur);
    }
    // SAFETY: lowers a limit of this process.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
}

/// Returns the size of the address space of this process in bytes.
fn address_space() -> Option<usize> {
    statm(0)
}

/// Returns the resident memory of this process in bytes.
pub(in super::super) fn resident() -> Option<usize> {
    statm(1)
}

/// Returns a field of `/proc/self/statm` in bytes.
fn statm(field: usize) -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages = procfs::statm_pages(&statm, field)?;
    // SAFETY: `sysconf` returns a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    pages.checked_mul(page)
}

extern "C" fn on_fatal_signal(signal: libc::c_int) {
    // Lack of memory was the reason if less than half of the budget is left. The budget need not be
    // used up, because the failed allocation may have been large, such as a table that doubles.
    let half = BUDGET.load(Ordering::Relaxed) / 2;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: maps new memory at an address that the kernel chooses. `mmap` is a system call, and
    // safe in a handler.
    let room = unsafe { libc::mmap(std::ptr::null_mut(), half, libc::PROT_NONE, flags, -1, 0) };
    if room == libc::MAP_FAILED {
        let record = Report::OutOfMemory(BUDGET.load(Ordering::Relaxed) as u64).encode();
        // SAFETY: the buffer outlives the call. `write` is async-signal-safe.
        unsafe {
            libc::write(STATUS.load(Ordering::Relaxed), record.as_ptr().cast(), record.len())
        };
    }
    // SAFETY: restores the default action. `signal` and `raise` are async-signal-safe.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // SAFETY: as above.
    unsafe { libc::raise(signal) };
}

/// Returns how many processes of this machine the kernel has killed for lack of memory.
pub(super) fn kills() -> u64 {
    let vmstat = std::fs::read_to_string("/proc/vmstat").unwrap_or_default();
    procfs::out_of_memory_kills(&vmstat).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_a_part_of_the_address_space() {
        let (all, resident) = (address_space().unwrap(), resident().unwrap());
        assert!(0 < resident && resident < all, "{resident} of {all}");
        assert_eq!(statm(99), None);
    }
}
