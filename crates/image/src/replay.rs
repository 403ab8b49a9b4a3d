//! From an image to the commands for the restorer.

use std::io::{self, Read, Write};

use crate::error::{Error, Kind};
use crate::program::{Check, Command, Program, SCRATCH};
use crate::reader::{MAX_ADDRESS, MIN_ADDRESS, Reader};
use crate::record::{Record, Registers, bytes_of};
use crate::sandbox;

/// System calls of x86-64 Linux.
mod call {
    pub(super) const MMAP: u64 = 9;
    pub(super) const MPROTECT: u64 = 10;
    pub(super) const MUNMAP: u64 = 11;
    pub(super) const BRK: u64 = 12;
    pub(super) const CLOSE: u64 = 3;
    pub(super) const DUP2: u64 = 33;
    pub(super) const PRCTL: u64 = 157;
    pub(super) const ARCH_PRCTL: u64 = 158;
    pub(super) const SETRLIMIT: u64 = 160;
    pub(super) const PKEY_ALLOC: u64 = 330;
}

/// `PROT_READ | PROT_WRITE`.
const READ_WRITE: u64 = 3;

/// `MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE`.
const MAP_FLAGS: u64 = 0x02 | 0x20 | 0x4000 | 0x10_0000;

const PR_SET_PDEATHSIG: u64 = 1;
const PR_SET_NAME: u64 = 15;
const PR_SET_MM: u64 = 35;
const PR_SET_MM_MAP: u64 = 14;
const PR_SET_NO_NEW_PRIVS: u64 = 38;
const ARCH_SET_FS: u64 = 0x1002;
const RLIMIT_CORE: u64 = 4;
const RLIMIT_NOFILE: u64 = 7;
const SIGKILL: u64 = 9;

/// Builds the memory of the image in the restorer, and continues the process of the image there.
///
/// `occupied` lists the mappings that the restorer has when it starts; it unmaps them. `check` is
/// called after every 8 MB of records, and once more when the trailer has been checked, before the
/// process continues. Its error cancels the restore.
///
/// # Errors
///
/// [`Kind::Damaged`] if the image is damaged. [`Kind::Conflict`] if the restorer has memory at an
/// address of the image; another restorer may not have it. [`Kind::Unsupported`] if the kernel
/// refuses a system call. The error of `check`.
pub fn replay<I: Read, W: Write, R: Read>(
    image: &mut Reader<I>,
    program: &mut Program<W, R>,
    occupied: &[std::ops::Range<u64>],
    check: &mut impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    match steps(image, program, occupied, check) {
        // The restorer has ended. Its last reply is the system call that failed.
        Err(Step::Restorer(error)) => Err(match program.last_reply() {
            Some(reply) => refused(reply.number, reply.result),
            None => Error::new(
                Kind::Unsupported,
                format!("the restoring process ended early ({error})"),
            ),
        }),
        Err(Step::Image(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Which side failed.
enum Step {
    Restorer(io::Error),
    Image(Error),
}

impl From<io::Error> for Step {
    fn from(error: io::Error) -> Self {
        Self::Restorer(error)
    }
}

impl From<Error> for Step {
    fn from(error: Error) -> Self {
        Self::Image(error)
    }
}

/// Bytes of records between two calls of `check`.
const CHECK_BYTES: u64 = 8 << 20;

fn steps<I: Read, W: Write, R: Read>(
    image: &mut Reader<I>,
    program: &mut Program<W, R>,
    occupied: &[std::ops::Range<u64>],
    check: &mut impl FnMut() -> Result<(), Error>,
) -> Result<(), Step> {
    prepare(program, occupied)?;
    let mut buffer = vec![0; 256 << 10];
    let mut checked_bytes = 0;
    while let Some(record) = image.next()? {
        match record {
            Record::Map { address, length } => {
                let arguments = [address, length, READ_WRITE, MAP_FLAGS, u64::MAX, 0];
                call(program, call::MMAP, arguments, Check::Expect(address))?;
            }
            Record::Data { address, length } => {
                program.fill(address, length)?;
                let mut left = usize::try_from(length).unwrap_or(0);
                while left > 0 {
                    let part = left.min(buffer.len());
                    let part = &mut buffer[..part];
                    image.read_content(part)?;
                    program.bytes(part)?;
                    left -= part.len();
                }
                if image.raw_bytes() - checked_bytes > CHECK_BYTES {
                    checked_bytes = image.raw_bytes();
                    check()?;
                }
            }
            Record::Protect { address, length, protection } => {
                let arguments = [address, length, protection, 0, 0, 0];
                call(program, call::MPROTECT, arguments, Check::Expect(0))?;
            }
            Record::Break { address, length } => set_break(program, address, length)?,
            Record::Start { registers, output } => {
                let keys = image.header().protection_keys;
                prepare_start(program, registers, output, keys)?;
                check()?;
                program.start(registers)?;
            }
        }
    }
    Ok(())
}

fn call<W: Write, R: Read>(
    program: &mut Program<W, R>,
    number: u64,
    arguments: [u64; 6],
    check: Check,
) -> io::Result<Option<i64>> {
    program.call(Command { number, arguments, check })
}

/// Unmaps everything except the restorer's own memory, and makes the kernel kill the restorer when
/// this process ends.
fn prepare<W: Write, R: Read>(
    program: &mut Program<W, R>,
    occupied: &[std::ops::Range<u64>],
) -> io::Result<()> {
    call(program, call::PRCTL, [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0], Check::Expect(0))?;
    call(program, call::PRCTL, [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0], Check::Expect(0))?;
    program.scratch(b"heapdump-image\0")?;
    call(program, call::PRCTL, [PR_SET_NAME, SCRATCH, 0, 0, 0, 0], Check::Ignore)?;
    program.scratch(&[0; 16])?;
    call(program, call::SETRLIMIT, [RLIMIT_CORE, SCRATCH, 0, 0, 0, 0], Check::Ignore)?;
    for range in occupied.iter().filter(|range| range.start >= MIN_ADDRESS) {
        let end = range.end.min(MAX_ADDRESS);
        // Fails if the kernel has sealed the vDSO. A later `mmap` at that address fails, too.
        let length = end.saturating_sub(range.start);
        call(program, call::MUNMAP, [range.start, length, 0, 0, 0, 0], Check::Ignore)?;
    }
    Ok(())
}

/// Sets the restorer's `brk` heap to that of the image.
fn set_break<W: Write, R: Read>(
    program: &mut Program<W, R>,
    address: u64,
    length: u64,
) -> Result<(), Step> {
    // The reader has checked the sum.
    let end = address + length;
    // `struct prctl_mm_map`: code, data, heap, stack, arguments, environment, no auxiliary vector,
    // and the executable as it is.
    let (code, data) = (0x10000, 0x20000);
    let top = 0x21000;
    let mm: [u8; 104] = bytes_of([
        code,
        code + 0x1000,
        data,
        top,
        address,
        end,
        top,
        top,
        top,
        top,
        top,
        0,
        0xFFFF_FFFF << 32,
    ]);
    program.scratch(&mm)?;
    let arguments = [PR_SET_MM, PR_SET_MM_MAP, SCRATCH, mm.len() as u64, 0, 0];
    call(program, call::PRCTL, arguments, Check::Ignore)?;
    let found = call(program, call::BRK, [0; 6], Check::Reply)?.unwrap_or_default();
    // `brk` fails by returning the present end of the heap. libc takes an end above the one that it
    // asked for as success, and would then write to memory that is not mapped.
    if found.cast_unsigned() != end && found.cast_unsigned() >= address {
        return Err(Error::new(
            Kind::Conflict,
            "the kernel has put the heap of the restoring process above that of the image",
        )
        .into());
    }
    Ok(())
}

/// Gives the restorer the output descriptor, the protection keys and the thread-local base of the
/// image, and stores the sandbox filter in its scratch memory.
fn prepare_start<W: Write, R: Read>(
    program: &mut Program<W, R>,
    registers: Registers,
    output: u64,
    keys: u32,
) -> io::Result<()> {
    // Raises the limit of descriptors above `output`, if the hard limit allows it.
    let limit: [u8; 16] = bytes_of([output + 1, output + 1]);
    program.scratch(&limit)?;
    call(program, call::SETRLIMIT, [RLIMIT_NOFILE, SCRATCH, 0, 0, 0, 0], Check::Ignore)?;
    call(program, call::DUP2, [1, output, 0, 0, 0, 0], Check::Expect(output))?;
    call(program, call::CLOSE, [1, 0, 0, 0, 0, 0], Check::Expect(0))?;
    for key in 1..=u64::from(keys.min(15)) {
        call(program, call::PKEY_ALLOC, [0; 6], Check::Expect(key))?;
    }
    call(program, call::ARCH_PRCTL, [ARCH_SET_FS, registers.fs, 0, 0, 0, 0], Check::Expect(0))?;
    // `struct sock_fprog`, and the filter behind it.
    let filter = sandbox::filter(output)?;
    let steps = (filter.len() / sandbox::STEP_BYTES) as u64;
    let mut scratch = bytes_of::<2, 16>([steps, SCRATCH + 16]).to_vec();
    scratch.extend(filter);
    program.scratch(&scratch)
}

/// Returns the error for a failed system call of the restorer.
fn refused(number: u64, result: i64) -> Error {
    const EEXIST: i64 = -17;
    const ENOMEM: i64 = -12;
    const EBADF: i64 = -9;
    let text = |errno: i64| {
        let errno = i32::try_from(-errno).unwrap_or_default();
        io::Error::from_raw_os_error(errno).to_string()
    };
    match (number, result) {
        (call::MMAP, ENOMEM) => Error::new(
            Kind::Unsupported,
            "the kernel gives the restoring process no address space: allow overcommit \
             (vm.overcommit_memory), and check `ulimit -v` and vm.max_map_count",
        ),
        // Kernels before 4.17 return another address.
        (call::MMAP, EEXIST | 0..) => Error::new(
            Kind::Conflict,
            "memory of the restoring process lies where the image needs it",
        ),
        (call::DUP2, EBADF) => Error::new(
            Kind::Unsupported,
            "the process of the image has more descriptors than the limit here: raise `ulimit -n`",
        ),
        (call::PKEY_ALLOC, _) => Error::new(
            Kind::Unsupported,
            "this machine has no memory protection keys, which the process of the image uses",
        ),
        _ => Error::new(
            Kind::Unsupported,
            format!("system call {number} of the restoring process failed: {}", text(result)),
        ),
    }
}
