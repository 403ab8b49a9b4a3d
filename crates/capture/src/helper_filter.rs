//! The seccomp filter of the process of the fork self-test.
//!
//! Signals for the service, which the process ignores, must stay ignored, and its name must stay.
//! Node changes both when it starts. The filter makes these system calls succeed without an effect.

use crate::service_signals::SERVICE_SIGNALS;

// `AUDIT_ARCH_X86_64` and `AUDIT_ARCH_AARCH64`.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_IF_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

// Positions of the last two instructions, and the length of the program.
const ALLOW: u8 = 13;
const PRETEND: u8 = 14;
const LENGTH: usize = 15;

/// The program of the filter. It answers `rt_sigaction` of a signal in [`SERVICE_SIGNALS`], and
/// `prctl(PR_SET_NAME)`, with success, and allows all other system calls.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
pub const HELPER_FILTER: [libc::sock_filter; LENGTH] = {
    let [hup, int, term, usr1, usr2] = SERVICE_SIGNALS;
    [
        load(ARCH),
        // The first argument of a jump is its own position in the program.
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
        // Error number 0: the call returns 0.
        answer(libc::SECCOMP_RET_ERRNO),
    ]
};

const fn load(offset: u32) -> libc::sock_filter {
    libc::sock_filter { code: LOAD, jt: 0, jf: 0, k: offset }
}

const fn answer(action: u32) -> libc::sock_filter {
    libc::sock_filter { code: RETURN, jt: 0, jf: 0, k: action }
}

/// Returns a jump from position `at` to position `yes` if the loaded value is `value`, otherwise to
/// `no`. The instruction has distances from the next instruction.
const fn jump(at: u8, value: u32, yes: u8, no: u8) -> libc::sock_filter {
    libc::sock_filter { code: JUMP_IF_EQUAL, jt: yes - at - 1, jf: no - at - 1, k: value }
}

const fn if_equal(at: u8, value: u32, target: u8) -> libc::sock_filter {
    jump(at, value, target, at + 1)
}

const fn unless_equal(at: u8, value: u32, target: u8) -> libc::sock_filter {
    jump(at, value, at + 1, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the filter on a system call, with an interpreter of the three opcodes.
    fn run(architecture: u32, number: libc::c_long, argument: libc::c_int) -> u32 {
        let (mut at, mut value) = (0, 0);
        loop {
            let libc::sock_filter { code, jt, jf, k } = HELPER_FILTER[at];
            at += 1;
            match (code, k) {
                (LOAD, NUMBER) => value = u32::try_from(number).unwrap(),
                (LOAD, ARCH) => value = architecture,
                (LOAD, FIRST_ARGUMENT) => value = u32::try_from(argument).unwrap(),
                (JUMP_IF_EQUAL, _) => at += usize::from(if value == k { jt } else { jf }),
                (RETURN, _) => return k,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn ignored_signals_stay_ignored() {
        for signal in 1..=64 {
            let expected = if SERVICE_SIGNALS.contains(&signal) {
                libc::SECCOMP_RET_ERRNO
            } else {
                libc::SECCOMP_RET_ALLOW
            };
            let found = run(ARCHITECTURE, libc::SYS_rt_sigaction, signal);
            assert_eq!(found, expected, "{signal}");
        }
    }

    #[test]
    fn only_the_name_of_the_process_is_protected() {
        let prctl = |option| run(ARCHITECTURE, libc::SYS_prctl, option);
        assert_eq!(prctl(libc::PR_SET_NAME), libc::SECCOMP_RET_ERRNO);
        for option in [libc::PR_SET_PDEATHSIG, libc::PR_GET_NAME, libc::PR_SET_DUMPABLE] {
            assert_eq!(prctl(option), libc::SECCOMP_RET_ALLOW, "{option}");
        }
    }

    #[test]
    fn other_calls_and_architectures_are_allowed() {
        for number in [libc::SYS_read, libc::SYS_kill, libc::SYS_clone, libc::SYS_rt_sigprocmask] {
            for argument in [libc::SIGUSR2, libc::PR_SET_NAME] {
                assert_eq!(run(ARCHITECTURE, number, argument), libc::SECCOMP_RET_ALLOW);
            }
        }
        // On another architecture, the numbers mean other calls.
        let i386 = 0x4000_0003;
        let found = run(i386, libc::SYS_rt_sigaction, libc::SIGUSR2);
        assert_eq!(found, libc::SECCOMP_RET_ALLOW);
    }
}
