//! Prepares the process of the self-test between `fork` and `exec`.
//!
//! `kill $(pgrep node)` and signals to the process group must not end this process. It is executed
//! through `/proc/self/fd`, so its name (`comm`) is the number of a descriptor, and `pgrep node`
//! does not find it. It ignores [`SERVICE_SIGNALS`]. Node would undo both when it starts: it resets
//! all signal handlers (`rt_sigaction`), and newer versions name their main thread
//! (`prctl(PR_SET_NAME)`). A seccomp filter makes these system calls succeed without an effect.
//! Where filters are not allowed, a signal can end the self-test, which is then repeated.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use capture::HELPER_FILTER;
use capture::SERVICE_SIGNALS;

/// Returns a command for `executable`, whose process is not called `node` and ignores signals for
/// the service.
pub(super) fn command(executable: &str) -> Command {
    let file = File::open(executable).ok();
    let program = match &file {
        Some(file) => format!("/proc/self/fd/{}", file.as_raw_fd()),
        None => executable.to_owned(),
    };
    let mut command = Command::new(program);
    command.arg0("heapdump-test");
    let prepare = move || {
        prepare(file.as_ref());
        Ok::<(), io::Error>(())
    };
    // SAFETY: `prepare` makes system calls only. These are allowed between fork and exec.
    unsafe { command.pre_exec(prepare) };
    command
}

fn prepare(executable: Option<&File>) {
    if let Some(file) = executable {
        // Keeps the descriptor open after `exec`. If the executable is a script, its interpreter
        // opens it under this path.
        // SAFETY: clears a flag of a descriptor that `file` keeps open.
        unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, 0) };
    }
    for signal in SERVICE_SIGNALS {
        // SAFETY: ignoring a signal runs no code.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    // Ends this process when its parent ends: it ignores Ctrl+C and other signals that are sent to
    // the process group.
    // SAFETY: `prctl` gets numbers, and changes an attribute of this process.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    install_filter();
}

/// Installs the seccomp filter. Does nothing where this is not allowed.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn install_filter() {
    let mut program = HELPER_FILTER;
    let len = u16::try_from(program.len()).unwrap_or_default();
    let description = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    // SAFETY: `prctl` gets numbers, and changes an attribute of this process.
    unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: the description has the length of the program. The kernel checks and copies it.
    unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const description) };
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn install_filter() {}
