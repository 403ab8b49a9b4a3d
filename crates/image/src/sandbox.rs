//! The seccomp filter of a restored process.
//!
//! Restoring an image executes the code in it, and the image may come from an untrusted source. To
//! take a snapshot, the process needs memory, the time and one descriptor. The filter refuses all
//! system calls that open a file or a socket, start a process or send a signal, and the output is
//! the only open descriptor.

use std::io;

/// System calls that only affect the memory, the signal handlers or the end of the process itself,
/// or that return a time or a number.
const ALLOWED: [u32; 26] = [
    9,   // mmap: no descriptor of a file is open
    10,  // mprotect
    11,  // munmap
    12,  // brk
    13,  // rt_sigaction
    14,  // rt_sigprocmask
    15,  // rt_sigreturn
    24,  // sched_yield
    25,  // mremap
    28,  // madvise
    35,  // nanosleep
    39,  // getpid
    60,  // exit
    96,  // gettimeofday
    98,  // getrusage
    99,  // sysinfo
    131, // sigaltstack
    186, // gettid
    201, // time
    202, // futex
    204, // sched_getaffinity
    228, // clock_gettime
    229, // clock_getres
    231, // exit_group
    309, // getcpu
    318, // getrandom
];

const READ: u32 = 0;
const WRITE: u32 = 1;
const CLOSE: u32 = 3;
const WRITEV: u32 = 20;
const PKEY_MPROTECT: u32 = 329;

/// `AUDIT_ARCH_X86_64`.
const X86_64: u32 = 0xC000_003E;

/// `__X32_SYSCALL_BIT`.
const X32: u32 = 0x4000_0000;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

/// Results of the filter, `SECCOMP_RET_…`.
const KILL: u32 = 0x8000_0000;
const ERRNO: u32 = 0x0005_0000;
const ALLOW: u32 = 0x7FFF_0000;

const EAGAIN: u32 = 11;
const ENOSYS: u32 = 38;

/// Opcodes of classic BPF.
const LOAD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_GREATER_OR_EQUAL: u16 = 0x35;
const RETURN: u16 = 0x06;

/// Returns the filter as `struct sock_filter[]` for a process that writes to the descriptor
/// `output`.
///
/// Reads, and writes to other descriptors, fail with `EAGAIN`, which libuv tolerates. `close`
/// succeeds without an effect. Other system calls fail with `ENOSYS`.
///
/// # Errors
///
/// If `output` is not a descriptor.
pub(crate) fn filter(output: u64) -> io::Result<Vec<u8>> {
    let output = u32::try_from(output).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut code: Vec<[u8; 8]> = vec![
        step(LOAD, 0, 0, ARCHITECTURE),
        step(JUMP_IF_EQUAL, 1, 0, X86_64),
        step(RETURN, 0, 0, KILL),
        step(LOAD, 0, 0, NUMBER),
        step(JUMP_IF_GREATER_OR_EQUAL, 0, 1, X32),
        step(RETURN, 0, 0, ERRNO | ENOSYS),
    ];
    let mut answer = |number: u32, answer: u32| {
        code.extend([step(JUMP_IF_EQUAL, 0, 1, number), step(RETURN, 0, 0, answer)]);
    };
    for number in ALLOWED.into_iter().chain([PKEY_MPROTECT]) {
        answer(number, ALLOW);
    }
    answer(READ, ERRNO | EAGAIN);
    answer(CLOSE, ERRNO);
    code.extend([
        step(JUMP_IF_EQUAL, 2, 0, WRITE),
        step(JUMP_IF_EQUAL, 1, 0, WRITEV),
        step(RETURN, 0, 0, ERRNO | ENOSYS),
        step(LOAD, 0, 0, FIRST_ARGUMENT),
        step(JUMP_IF_EQUAL, 0, 1, output),
        step(RETURN, 0, 0, ALLOW),
        step(RETURN, 0, 0, ERRNO | EAGAIN),
    ]);
    Ok(code.concat())
}

/// Size of one instruction, `struct sock_filter`, in bytes.
pub(crate) const STEP_BYTES: usize = 8;

fn step(code: u16, if_true: u8, if_false: u8, operand: u32) -> [u8; STEP_BYTES] {
    let [c0, c1] = code.to_le_bytes();
    let [k0, k1, k2, k3] = operand.to_le_bytes();
    [c0, c1, if_true, if_false, k0, k1, k2, k3]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the filter on a system call, with an interpreter of the four opcodes. Returns the
    /// result.
    fn answer(filter: &[u8], architecture: u32, number: u32, argument: u32) -> u32 {
        let (mut at, mut value) = (0, 0);
        loop {
            let step: [u8; 8] = filter[at * 8..][..8].try_into().unwrap();
            let code = u16::from_le_bytes([step[0], step[1]]);
            let operand = u32::from_le_bytes(step[4..].try_into().unwrap());
            at += 1;
            let is_true = match code {
                LOAD => {
                    value = match operand {
                        NUMBER => number,
                        ARCHITECTURE => architecture,
                        FIRST_ARGUMENT => argument,
                        other => panic!("{other}"),
                    };
                    continue;
                }
                RETURN => return operand,
                JUMP_IF_EQUAL => value == operand,
                JUMP_IF_GREATER_OR_EQUAL => value >= operand,
                other => panic!("{other}"),
            };
            at += usize::from(step[if is_true { 2 } else { 3 }]);
        }
    }

    #[test]
    fn only_what_a_snapshot_needs_is_allowed() {
        let filter = filter(23).unwrap();
        let allowed: Vec<u32> =
            (0..1024).filter(|&number| answer(&filter, X86_64, number, 0) == ALLOW).collect();
        let mut expected: Vec<u32> = ALLOWED.into_iter().chain([PKEY_MPROTECT]).collect();
        expected.sort_unstable();
        assert_eq!(allowed, expected);
        // open, openat, socket, clone, fork, vfork, execve, kill, tgkill, ptrace, clone3, openat2
        for forbidden in [2, 257, 41, 56, 57, 58, 59, 62, 234, 101, 435, 437] {
            assert_eq!(answer(&filter, X86_64, forbidden, 23), ERRNO | ENOSYS, "{forbidden}");
        }
    }

    #[test]
    fn only_the_output_is_written_to() {
        let filter = filter(23).unwrap();
        for write in [WRITE, WRITEV] {
            assert_eq!(answer(&filter, X86_64, write, 23), ALLOW);
            assert_eq!(answer(&filter, X86_64, write, 2), ERRNO | EAGAIN);
        }
        assert_eq!(answer(&filter, X86_64, READ, 23), ERRNO | EAGAIN);
        assert_eq!(answer(&filter, X86_64, CLOSE, 23), ERRNO);
    }

    #[test]
    fn other_ways_into_the_kernel_are_closed() {
        let filter = filter(3).unwrap();
        // i386: the numbers mean other calls.
        assert_eq!(answer(&filter, 0x4000_0003, 9, 0), KILL);
        assert_eq!(answer(&filter, X86_64, X32 | 9, 0), ERRNO | ENOSYS);
        assert!(super::filter(1 << 32).is_err());
    }
}
