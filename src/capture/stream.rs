//! Descriptors to which a snapshot is written instead of a file.
#![expect(
    clippy::must_use_candidate,
    reason = "the callers are in JavaScript, which Node-API hands values"
)]

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

use capture::{Error, errno_of};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use super::failure::Failure;

/// Size of the pipe's buffer in bytes, if the kernel allows it. With a larger buffer, the event
/// loop that reads the pipe turns less often.
#[cfg(target_os = "linux")]
const PIPE_BYTES: i32 = 1 << 20;

/// Returns a duplicate of a descriptor of this process.
pub(super) fn duplicate(descriptor: RawFd) -> Result<File, Error> {
    if descriptor < 0 {
        return Err(Error::syscall(libc::EBADF, "dup"));
    }
    // SAFETY: the descriptor is only duplicated here, which fails if it is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let owned = borrowed.try_clone_to_owned();
    owned.map(File::from).map_err(|e| Error::syscall(errno_of(&e), "dup"))
}

/// Opens a pipe. Returns the descriptor to read from and the descriptor to write to.
#[napi(catch_unwind)]
pub fn open_pipe() -> Either<Vec<i32>, Failure> {
    match pipe() {
        Ok(ends) => Either::A(ends.to_vec()),
        Err(error) => Either::B(Error::syscall(errno_of(&error), "pipe").into()),
    }
}

#[cfg(target_os = "linux")]
fn pipe() -> io::Result<[RawFd; 2]> {
    let mut ends = [0; 2];
    // SAFETY: `pipe2` writes two descriptors, for which there is room.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open. If the call fails, the buffer is smaller.
    unsafe { libc::fcntl(ends[1], libc::F_SETPIPE_SZ, PIPE_BYTES) };
    Ok(ends)
}

#[cfg(not(target_os = "linux"))]
fn pipe() -> io::Result<[RawFd; 2]> {
    use std::os::fd::IntoRawFd;
    let (reader, writer) = io::pipe()?;
    Ok([reader.into_raw_fd(), writer.into_raw_fd()])
}
