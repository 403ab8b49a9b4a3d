//! Encrypts an image while it is written, in a process of its own.
//!
//! Encryption allocates memory, and the memory of the child must not change while it is written. A
//! fork of the child therefore reads the image from a pipe, and encrypts it. No plain text is
//! written to a file, and the image needs neither the parent nor one of its threads.

use std::fs::File;
use std::io::{self, BufReader, PipeReader};
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use capture::{Report, Sink, Sizes, errno_of};
use encryption::Recipients;

use super::super::super::system::{block_signals, system};
use super::super::status::{self, Reader, Received, Sender};

/// Size of the pipe in bytes, if the kernel allows it.
const PIPE_BYTES: i32 = 1 << 20;

/// Size of one read in bytes: two chunks of the encrypted format.
const READ_BYTES: usize = 128 << 10;

/// The process that encrypts.
pub(super) struct Encryptor {
    pid: libc::pid_t,
    replies: Reader,
}

impl Encryptor {
    /// Starts the process, which writes to `file`. Returns the pipe for the image, too.
    ///
    /// # Errors
    ///
    /// If no pipe can be opened, or no process can be started.
    ///
    /// # Safety
    ///
    /// The calling process must have one thread, and locks that are free.
    pub(super) unsafe fn start(
        file: &File,
        recipients: &Recipients,
        status: &Sender,
    ) -> io::Result<(Self, File)> {
        let (image, pipe) = io::pipe()?;
        let (replies, sender) = io::pipe()?;
        // SAFETY: the descriptor is open. If the call fails, the pipe is smaller.
        unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, PIPE_BYTES) };
        // SAFETY: the child of this process may do everything that this one may (contract).
        let pid = unsafe { libc::fork() };
        if pid < 0 {
            return Err(io::Error::last_os_error());
        }
        let (replies, sender) = status::pair([replies.into_raw_fd(), sender.into_raw_fd()]);
        if pid > 0 {
            drop((image, sender));
            return Ok((Self { pid, replies }, File::from(OwnedFd::from(pipe))));
        }
        // SAFETY: `prctl` gets numbers, and changes an attribute of this process.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        // A file that exceeds the size limit must cause an error instead of SIGXFSZ.
        block_signals();
        drop(pipe);
        // The parent of all waits for the end of this pipe.
        // SAFETY: nothing in this process uses the descriptor any more.
        unsafe { libc::close(status.descriptor()) };
        sender.send(match encrypt(image, file, recipients) {
            Ok(stored) => Report::Complete(Sizes { snapshot: 0, stored }),
            Err(error) => Report::WriteFailed(errno_of(&error)),
        });
        // SAFETY: `_exit` ends the process without running destructors or exit handlers.
        unsafe { libc::_exit(0) }
    }

    /// Waits for the end of the process. The pipe must be closed. Returns the size of the encrypted
    /// file in bytes.
    ///
    /// # Errors
    ///
    /// The report to send to the parent.
    pub(super) fn finish(self) -> Result<u64, Report> {
        let reply = loop {
            match self.replies.receive(-1) {
                Received::Report(report) => break report,
                Received::Silence => {}
                // It was killed.
                Received::End => break Report::WriteFailed(libc::EPIPE),
            }
        };
        // SAFETY: waits for a child of this process, and stores no status.
        while unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), 0) } < 0
            && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
        {}
        match reply {
            Report::Complete(Sizes { stored, .. }) => Ok(stored),
            failure => Err(failure),
        }
    }
}

/// Copies the image, encrypted, to `file`. Returns the number of bytes written.
fn encrypt(image: PipeReader, file: &File, recipients: &Recipients) -> io::Result<u64> {
    let mut sink = Sink::encrypted(file.try_clone()?, system(), Some(recipients))?;
    io::copy(&mut BufReader::with_capacity(READ_BYTES, image), &mut sink)?;
    Ok(sink.finish()?.bytes)
}
