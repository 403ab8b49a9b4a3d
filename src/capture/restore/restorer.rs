//! The restorer: the process whose memory becomes that of the image.
//!
//! Its program is a loop that reads system calls from a pipe and executes them. All decisions are
//! made on this side of the pipe. The restorer has no library and little memory, because the image
//! may use all addresses above two megabytes. Its machine code is part of the addon, and is
//! executed from a file in memory.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use image::{mappings, restorer_elf};

// r15 points to the command `{number, six arguments, expected, mode}`, which `image::Program` has
// written. The code is in a data section, because it is not executed in this process.
std::arch::global_asm!(
    ".pushsection .rodata.heapdump_restorer,\"a\",@progbits",
    ".globl heapdump_restorer",
    ".hidden heapdump_restorer",
    ".globl heapdump_restorer_end",
    ".hidden heapdump_restorer_end",
    "heapdump_restorer:",
    "mov esp, 0x21000",
    "mov r15d, 0x20000",
    "20:", // the next command
    "mov rsi, r15",
    "mov edx, 72",
    "call 30f",
    "mov rax, [r15]",
    "mov rcx, rax",
    "shr rcx, 32",
    "jnz 24f",
    "mov rdi, [r15 + 8]",
    "mov rsi, [r15 + 16]",
    "mov rdx, [r15 + 24]",
    "mov r10, [r15 + 32]",
    "mov r8, [r15 + 40]",
    "mov r9, [r15 + 48]",
    "syscall",
    "cmp dword ptr [r15 + 64], 1",
    "jb 20b",
    "ja 22f",
    "cmp rax, [r15 + 56]",
    "je 20b",
    "call 40f",
    "mov edi, 70",
    "jmp 50f",
    "22:", // with a reply
    "call 40f",
    "jmp 20b",
    "24:", // not a system call
    "test eax, eax",
    "jnz 26f",
    "mov rsi, [r15 + 8]", // fill memory
    "mov rdx, [r15 + 16]",
    "call 30f",
    "jmp 20b",
    "26:", // start
    "xor edi, edi",
    "mov eax, 3", // close
    "syscall",
    "mov edi, 2",
    "mov eax, 3",
    "syscall",
    "mov edi, 1", // SECCOMP_SET_MODE_FILTER
    "xor esi, esi",
    "mov rdx, [r15 + 40]",
    "mov eax, 317", // seccomp
    "syscall",
    "mov edi, 71",
    "test rax, rax",
    "jnz 50f",
    "ldmxcsr [r15 + 24]",
    "fldcw [r15 + 32]",
    "mov rsp, [r15 + 8]",
    "jmp qword ptr [r15 + 16]",
    "30:", // reads rdx bytes to rsi
    "test rdx, rdx",
    "jz 32f",
    "xor edi, edi",
    "xor eax, eax", // read
    "syscall",
    "mov edi, 72",
    "test rax, rax",
    "jle 50f",
    "add rsi, rax",
    "sub rdx, rax",
    "jmp 30b",
    "32:",
    "ret",
    "40:", // replies with the number and the result in rax
    "mov [r15 + 8], rax",
    "mov edi, 2",
    "mov rsi, r15",
    "mov edx, 16",
    "mov eax, 1", // write
    "syscall",
    "ret",
    "50:",          // ends with the code edi
    "mov eax, 231", // exit_group
    "syscall",
    "ud2",
    "heapdump_restorer_end:",
    ".popsection",
);

unsafe extern "C" {
    static heapdump_restorer: u8;
    static heapdump_restorer_end: u8;
}

/// The exit code of the restorer if the kernel refuses the sandbox.
pub(super) const NO_SANDBOX: i32 = 71;

/// Returns the machine code of the restorer.
fn code() -> &'static [u8] {
    let (start, end) = (&raw const heapdump_restorer, &raw const heapdump_restorer_end);
    // SAFETY: both labels are in one read-only section, in this order.
    unsafe { std::slice::from_raw_parts(start, end as usize - start as usize) }
}

/// A restorer process. Killed when dropped.
pub(super) struct Restorer {
    process: Child,
}

impl Restorer {
    /// Starts the process. It reads commands from its standard input, writes replies to its
    /// standard error, and the snapshot to its standard output.
    pub(super) fn start() -> io::Result<Self> {
        // Some systems do not allow to execute a file in memory.
        let process = memory_file()
            .and_then(|file| Self::spawn(&file))
            .or_else(|_| unlinked_file().and_then(|file| Self::spawn(&file)))?;
        let restorer = Self { process };
        // Makes the kernel kill this process first if memory runs out.
        let _ = fs::write(restorer.file("oom_score_adj"), "1000");
        Ok(restorer)
    }

    fn spawn(executable: &File) -> io::Result<Child> {
        let path = format!("/proc/self/fd/{}", executable.as_raw_fd());
        Command::new(path)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    /// Takes the three pipes: commands, output, replies.
    pub(super) fn pipes(&mut self) -> Option<(impl Write + use<>, File, File)> {
        let commands = self.process.stdin.take()?;
        let output = std::os::fd::OwnedFd::from(self.process.stdout.take()?);
        let replies = std::os::fd::OwnedFd::from(self.process.stderr.take()?);
        Some((commands, output.into(), replies.into()))
    }

    /// Returns the address ranges of its mappings.
    pub(super) fn memory(&self) -> io::Result<Vec<Range<u64>>> {
        let maps = fs::read(self.file("maps"))?;
        Ok(mappings(&maps).map(|mapping| mapping.start..mapping.end).collect())
    }

    /// Returns the path of a file below its directory in `/proc`.
    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.process.id())
    }

    /// Blocks until the process has ended. Fails if the application ignores `SIGCHLD`.
    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        self.process.wait()
    }

    /// Kills the process.
    pub(super) fn kill(&mut self) {
        let _ = self.process.kill();
    }
}

impl Drop for Restorer {
    fn drop(&mut self) {
        self.kill();
        let _ = self.wait();
    }
}

/// `MFD_EXEC`, since Linux 6.3.
const MFD_EXEC: libc::c_uint = 0x10;

/// Writes the restorer's program to a file in memory.
fn memory_file() -> io::Result<File> {
    let create = |flags: libc::c_uint| {
        // SAFETY: `memfd_create` gets a NUL-terminated name.
        let descriptor = unsafe { libc::memfd_create(c"heapdump-restorer".as_ptr(), flags) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just opened the descriptor, and nothing else owns it.
        Ok(unsafe { File::from_raw_fd(descriptor) })
    };
    let file = create(libc::MFD_CLOEXEC | MFD_EXEC).or_else(|_| create(libc::MFD_CLOEXEC));
    let mut file = file?;
    file.write_all(&restorer_elf(code()))?;
    Ok(file)
}

/// Writes the restorer's program to a file on disk, and removes the name of the file.
fn unlinked_file() -> io::Result<File> {
    let name = format!(".heapdump-rs.{}.restorer", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut options = File::options();
    let mut file = options.write(true).create_new(true).mode(0o700).open(&path)?;
    let written = file.write_all(&restorer_elf(code())).and_then(|()| File::open(&path));
    fs::remove_file(&path)?;
    // The kernel does not execute a file that is open for writing.
    drop(file);
    written
}
