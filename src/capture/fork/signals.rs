//! Signals that reach a helper process, though they are meant for the service.
//!
//! `kill -USR2 $(pgrep -n node)` means the newest process of that name, and a terminal or a
//! supervisor signals whole groups. None of this may end a helper: neither the forked child
//! nor the process of the self-test. A request for a dump is passed on to the service.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use libc::c_int;

use super::super::trigger;

/// What people, terminals and supervisors send to a service. `SIGUSR1` starts Node's debugger.
pub(super) const MEANT_FOR_SERVICE: [c_int; 5] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];

/// Whom the child passes requests on to.
static PARENT: AtomicI32 = AtomicI32::new(0);

/// The signals of the calling thread, blocked as long as this value lives: a child forked
/// meanwhile runs no handler of the service.
pub(super) struct Blocked {
    before: libc::sigset_t,
    /// The signal that asks the service for a dump.
    request: Option<c_int>,
    pid: libc::pid_t,
}

impl Blocked {
    pub(super) fn new() -> Self {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: fills the set that it is given.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: changes the mask of this thread alone; the set was filled above.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr()) };
        Self {
            // SAFETY: filled in: the call fails for an unknown `how` only.
            before: unsafe { before.assume_init() },
            request: trigger::watched_signal(),
            // SAFETY: asks for a number.
            pid: unsafe { libc::getpid() },
        }
    }

    /// In the child: from now on signals change nothing. Those that came since the fork are
    /// handled here.
    pub(super) fn settle_in_child(self) {
        PARENT.store(self.pid, Ordering::Relaxed);
        for signal in 1..=64 {
            let action = match signal {
                signal if self.request == Some(signal) => pass_on as *const () as usize,
                libc::SIGPIPE | libc::SIGWINCH => libc::SIG_IGN,
                signal if MEANT_FOR_SERVICE.contains(&signal) => libc::SIG_IGN,
                _ => libc::SIG_DFL,
            };
            // SAFETY: the handler does only what a handler may. Signals that cannot be changed
            // are an error without effect.
            unsafe { libc::signal(signal, action) };
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: restores the mask of this thread.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut())
        };
    }
}

/// Sends the signal to the service, unless that is gone: the number may be another's.
extern "C" fn pass_on(signal: c_int) {
    let parent = PARENT.load(Ordering::Relaxed);
    // SAFETY: the thread's own variable.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    // SAFETY: asks for a number.
    if unsafe { libc::getppid() } == parent {
        // SAFETY: may be called in a handler.
        unsafe { libc::kill(parent, signal) };
    }
    // SAFETY: as above. The interrupted code may be about to read it.
    unsafe { *errno = before };
}
