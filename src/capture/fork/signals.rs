//! Protects a forked child from signals that are meant for the service.
//!
//! `kill -USR2 $(pgrep -n node)` signals the newest process of that name, and terminals and
//! supervisors signal whole process groups. Such a signal must not end a forked child. (`helper`
//! protects the process of the self-test.) A child passes a request for a dump on to the service.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use capture::SERVICE_SIGNALS;
use libc::c_int;

use super::super::trigger;

/// The process id of the service, in the child.
static PARENT: AtomicI32 = AtomicI32::new(0);

/// Blocks all signals of the calling thread until it is dropped, so that a child that is forked
/// meanwhile does not run a handler of the service.
pub(super) struct Blocked {
    before: libc::sigset_t,
    /// The signal that requests a dump from the service.
    request: Option<c_int>,
    pid: libc::pid_t,
}

impl Blocked {
    pub(super) fn new() -> Self {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `sigfillset` initialises the set.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: changes the mask of this thread only. The set was initialised above.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr()) };
        Self {
            // SAFETY: `pthread_sigmask` has initialised it. It fails only for an unknown `how`.
            before: unsafe { before.assume_init() },
            request: trigger::watched_signal(),
            // SAFETY: `getpid` has no preconditions.
            pid: unsafe { libc::getpid() },
        }
    }

    /// In the child: replaces all handlers. The signal that requests a dump is forwarded; other
    /// signals for the service have no effect. Dropping `self` then restores the signal mask, so
    /// signals that arrived since the fork are handled.
    pub(super) fn reset_handlers_in_child(self) {
        PARENT.store(self.pid, Ordering::Relaxed);
        for signal in 1..=64 {
            let action = match signal {
                signal if self.request == Some(signal) => pass_on as *const () as usize,
                libc::SIGPIPE | libc::SIGWINCH => libc::SIG_IGN,
                signal if SERVICE_SIGNALS.contains(&signal) => libc::SIG_IGN,
                _ => libc::SIG_DFL,
            };
            // SAFETY: `pass_on` is async-signal-safe. For signals that cannot be changed, the call
            // fails without an effect.
            unsafe { libc::signal(signal, action) };
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: `before` is a mask that `pthread_sigmask` returned.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut())
        };
    }
}

/// Forwards the signal to the service. Does nothing if the service has ended, because another
/// process may have its process id. Async-signal-safe.
extern "C" fn pass_on(signal: c_int) {
    let parent = PARENT.load(Ordering::Relaxed);
    // SAFETY: returns the address of this thread's `errno`.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: the address is valid for the life of the thread.
    let before = unsafe { *errno };
    // SAFETY: `getppid` has no preconditions, and is async-signal-safe.
    if unsafe { libc::getppid() } == parent {
        // SAFETY: `kill` is async-signal-safe.
        unsafe { libc::kill(parent, signal) };
    }
    // The interrupted code may be about to read `errno`.
    // SAFETY: as above.
    unsafe { *errno = before };
}
