//! The commands to the restorer, and its replies.
//!
//! The restorer is a process that reads a command from descriptor 0, executes it, and reads the
//! next one. It is machine code without a library at a low address, so that all addresses above are
//! free for the image.

use std::io::{self, Read, Write};

use crate::record::{Registers, bytes_of};

/// Address of the restorer's code.
const CODE: u64 = 0x10000;

/// Address of its writable memory, which has the command, a stack, and [`SCRATCH`].
const MEMORY: u64 = 0x20000;
const MEMORY_BYTES: u64 = 0x4000;

/// Address of the restorer's memory for structures that system calls take by address.
pub(crate) const SCRATCH: u64 = 0x21000;

/// Size of the memory at [`SCRATCH`] in bytes.
const SCRATCH_BYTES: usize = 0x3000;

/// Size of a command in bytes: a system call's number, six arguments, the expected result, and how
/// to check it.
const COMMAND_BYTES: usize = 72;

/// Numbers of commands that are not system calls. A system call's number is below 2^32.
const FILL: u64 = 1 << 32;
const START: u64 = FILL + 1;

/// Size of a reply in bytes: the number of the command, and the result of the system call.
const REPLY_BYTES: usize = 16;

/// The action of the restorer after a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing.
    Ignore,
    /// The restorer replies and exits if the result is different.
    Expect(u64),
    /// The restorer replies, and reads the next command.
    Reply,
}

/// One system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// The number of the system call on x86-64 Linux.
    pub(crate) number: u64,
    /// The arguments.
    pub(crate) arguments: [u64; 6],
    /// The action after the call.
    pub(crate) check: Check,
}

/// The answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The number of the command.
    pub(crate) number: u64,
    /// The result, which is a negative error number if it failed.
    pub(crate) result: i64,
}

/// The commands to a restorer, and its replies.
pub struct Program<W: Write, R: Read> {
    commands: io::BufWriter<W>,
    replies: R,
}

impl<W: Write, R: Read> Program<W, R> {
    /// Writes commands to `commands`, and reads replies from `replies`.
    pub fn new(commands: W, replies: R) -> Self {
        Self { commands: io::BufWriter::with_capacity(64 << 10, commands), replies }
    }

    /// Sends a system call. Returns its result for [`Check::Reply`].
    ///
    /// # Errors
    ///
    /// If the restorer has ended. [`last_reply`](Self::last_reply) returns the reason then.
    pub(crate) fn call(&mut self, command: Command) -> io::Result<Option<i64>> {
        let Command { number, arguments, check } = command;
        let (expected, mode) = match check {
            Check::Ignore => (0, 0),
            Check::Expect(expected) => (expected, 1),
            Check::Reply => (0, 2),
        };
        let mut words = [0; COMMAND_BYTES / 8];
        words[0] = number;
        words[1..7].copy_from_slice(&arguments);
        words[7..].copy_from_slice(&[expected, mode]);
        self.send(words)?;
        if check != Check::Reply {
            return Ok(None);
        }
        self.commands.flush()?;
        let reply = self.last_reply().ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Some(reply.result))
    }

    /// Makes the restorer read the next `length` bytes into its memory at `address`. The caller
    /// must send them with [`bytes`](Self::bytes).
    ///
    /// # Errors
    ///
    /// If the restorer has ended.
    pub(crate) fn fill(&mut self, address: u64, length: u64) -> io::Result<()> {
        self.send([FILL, address, length, 0, 0, 0, 0, 0, 0])
    }

    /// Sends bytes that [`fill`](Self::fill) announced.
    ///
    /// # Errors
    ///
    /// If the restorer has ended.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.commands.write_all(bytes)
    }

    /// Stores `bytes` at [`SCRATCH`].
    ///
    /// # Errors
    ///
    /// If they are too long, or if the restorer has ended.
    pub(crate) fn scratch(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > SCRATCH_BYTES {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.fill(SCRATCH, bytes.len() as u64)?;
        self.bytes(bytes)
    }

    /// Makes the restorer close the descriptors 0 and 2, install the seccomp filter at [`SCRATCH`],
    /// and continue with these registers.
    ///
    /// # Errors
    ///
    /// If the restorer has ended.
    pub(crate) fn start(&mut self, registers: Registers) -> io::Result<()> {
        let Registers { rsp, rip, mxcsr, fcw, .. } = registers;
        self.send([START, rsp, rip, mxcsr.into(), fcw.into(), SCRATCH, 0, 0, 0])?;
        self.commands.flush()
    }

    /// Reads the next reply. Returns `None` at the end.
    pub(crate) fn last_reply(&mut self) -> Option<Reply> {
        let mut bytes = [0; REPLY_BYTES];
        self.replies.read_exact(&mut bytes).ok()?;
        let word = |half: &[u8]| half.try_into().map(u64::from_le_bytes).ok();
        let (number, result) = bytes.split_at(8);
        Some(Reply { number: word(number)?, result: word(result)?.cast_signed() })
    }

    fn send(&mut self, words: [u64; COMMAND_BYTES / 8]) -> io::Result<()> {
        self.commands.write_all(&bytes_of::<_, COMMAND_BYTES>(words))
    }
}

/// Size of the ELF header and its three program headers in bytes.
const HEADERS_BYTES: u64 = 64 + 3 * 56;

/// Returns an ELF executable of the restorer with the machine code `code`.
#[must_use]
pub fn restorer_elf(code: &[u8]) -> Vec<u8> {
    let entry = CODE + HEADERS_BYTES;
    let code_bytes = HEADERS_BYTES + code.len() as u64;
    let mut elf = Vec::new();
    // ELF, 64 bits, little-endian, version 1; an executable for x86-64.
    elf.extend(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0");
    elf.extend(bytes_of::<3, 24>([entry, 64, 0]));
    elf.extend([0, 0, 0, 0, 64, 0, 56, 0, 3, 0, 64, 0, 0, 0, 0, 0]);
    // Kind (low half) and flags, offset, two addresses, two sizes, alignment.
    let load = 1_u64;
    let stack = 0x6474_e551_u64;
    let (read_execute, read_write) = (5_u64 << 32, 6_u64 << 32);
    let header = |kind, offset, address, bytes| {
        bytes_of::<7, 56>([kind, offset, address, address, bytes, bytes, crate::PAGE])
    };
    elf.extend(header(load | read_execute, 0, CODE, code_bytes));
    elf.extend(header(load | read_write, crate::PAGE, MEMORY, MEMORY_BYTES));
    elf.extend(header(stack | read_write, 0, 0, 0));
    elf.extend(code);
    let end = usize::try_from(crate::PAGE + MEMORY_BYTES).unwrap_or_default();
    elf.resize(end, 0);
    elf
}
