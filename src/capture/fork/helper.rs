//! The process of the self-test, before it is Node.
//!
//! It must not be taken for the service. Its name (`comm`) is the number of a descriptor,
//! because it is executed through `/proc/self/fd`, and the signals in [`MEANT_FOR_SERVICE`] are
//! ignored. Node undoes both when it starts: it resets all signals, and newer versions name their main
//! thread. A seccomp filter lets these calls do nothing. Where filters are not allowed, a
//! signal may end the self-test, which is then repeated.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::signals::MEANT_FOR_SERVICE;

/// A command for `executable` that signals do not end and that is not called `node`.
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
    // SAFETY: system calls only, which may be made between fork and exec.
    unsafe { command.pre_exec(prepare) };
    command
}

fn prepare(executable: Option<&File>) {
    if let Some(file) = executable {
        // An interpreter, as of a script, opens it by its name.
        // SAFETY: a flag of a descriptor of this process.
        unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, 0) };
    }
    for signal in MEANT_FOR_SERVICE {
        // SAFETY: a setting of this process.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    // It ignores what would end it otherwise.
    // SAFETY: a setting of this process.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    filter::install();
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod filter {
    use super::MEANT_FOR_SERVICE;

    #[cfg(target_arch = "x86_64")]
    const ARCHITECTURE: u32 = 0xc000_003e; // AUDIT_ARCH_X86_64
    #[cfg(target_arch = "aarch64")]
    const ARCHITECTURE: u32 = 0xc000_00b7; // AUDIT_ARCH_AARCH64

    // `struct seccomp_data`
    const NUMBER: u32 = 0;
    const ARCH: u32 = 4;
    const FIRST_ARGUMENT: u32 = 16;

    const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const JUMP_IF_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K

    // The last two instructions.
    const ALLOW: u8 = 13;
    const PRETEND: u8 = 14;
    const LENGTH: u8 = 15;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
    const PROGRAM: [libc::sock_filter; LENGTH as usize] = {
        let [hup, int, term, usr1, usr2] = MEANT_FOR_SERVICE;
        [
            load(ARCH),
            // `at`: where in the program the jump is.
            unless_equal(1, ARCHITECTURE, ALLOW),
            load(NUMBER),
            if_equal(3, libc::SYS_rt_sigaction as u32, 7),
            unless_equal(4, libc::SYS_prctl as u32, ALLOW),
            load(FIRST_ARGUMENT),
            jump(6, libc::PR_SET_NAME as u32, PRETEND, ALLOW),
            load(FIRST_ARGUMENT),
            if_equal(8, hup as u32, PRETEND),
            if_equal(9, int as u32, PRETEND),
            if_equal(10, term as u32, PRETEND),
            if_equal(11, usr1 as u32, PRETEND),
            if_equal(12, usr2 as u32, PRETEND),
            answer(libc::SECCOMP_RET_ALLOW),
            // Errno 0: success.
            answer(libc::SECCOMP_RET_ERRNO),
        ]
    };

    const fn load(offset: u32) -> libc::sock_filter {
        libc::sock_filter { code: LOAD, jt: 0, jf: 0, k: offset }
    }

    const fn answer(action: u32) -> libc::sock_filter {
        libc::sock_filter { code: RETURN, jt: 0, jf: 0, k: action }
    }

    /// From `at` to `yes` or `no`; jumps are relative to the next instruction.
    const fn jump(at: u8, value: u32, yes: u8, no: u8) -> libc::sock_filter {
        libc::sock_filter { code: JUMP_IF_EQUAL, jt: yes - at - 1, jf: no - at - 1, k: value }
    }

    const fn if_equal(at: u8, value: u32, target: u8) -> libc::sock_filter {
        jump(at, value, target, at + 1)
    }

    const fn unless_equal(at: u8, value: u32, target: u8) -> libc::sock_filter {
        jump(at, value, at + 1, target)
    }

    /// Without the right to do so, nothing changes.
    pub(super) fn install() {
        let mut program = PROGRAM;
        let description = libc::sock_fprog { len: LENGTH.into(), filter: program.as_mut_ptr() };
        // SAFETY: a setting of this process.
        unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        // SAFETY: a whole program, which the kernel copies.
        unsafe {
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const description)
        };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod filter {
    pub(super) fn install() {}
}
