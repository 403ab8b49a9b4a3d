//! The system calls for the crate `capture` that need unsafe code.

#[cfg(target_os = "linux")]
use std::ffi::CString;
#[cfg(target_os = "linux")]
use std::fs;
#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io::{self, Write};
#[cfg(unix)]
use std::mem::MaybeUninit;
#[cfg(unix)]
use std::os::fd::AsRawFd;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt;
#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(unix)]
use std::ptr;
#[cfg(unix)]
use std::time::Duration;

use capture::System;

/// Returns what this platform offers beyond the standard library.
#[cfg(target_os = "linux")]
pub(super) fn system() -> System {
    System { enter_thread: block_signals, rename_if_absent, start_write_back, write_to_stream }
}

/// Returns what this platform offers beyond the standard library.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn system() -> System {
    System { enter_thread: block_signals, write_to_stream, ..System::default() }
}

/// Returns what this platform offers beyond the standard library.
#[cfg(not(unix))]
pub(super) fn system() -> System {
    System { enter_thread: block_signals, ..System::default() }
}

/// How long the reader of a stream may read nothing.
#[cfg(unix)]
pub(super) const STREAM_TIMEOUT: Duration = Duration::from_secs(60);

/// Number of bytes that can be written to a pipe without blocking when `poll` reports it as
/// writable.
#[cfg(unix)]
const STREAM_WRITE_BYTES: usize = 4096;

/// Writes up to [`STREAM_WRITE_BYTES`]. Waits up to [`STREAM_TIMEOUT`] for the reader. A larger
/// write to a stream in blocking mode would wait without a limit.
#[cfg(unix)]
fn write_to_stream(mut stream: &File, bytes: &[u8]) -> io::Result<usize> {
    let timeout = i32::try_from(STREAM_TIMEOUT.as_millis()).unwrap_or(i32::MAX);
    loop {
        let mut poll = libc::pollfd { fd: stream.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        // SAFETY: `poll` gets one entry, which outlives the call.
        let ready = unsafe { libc::poll(&raw mut poll, 1, timeout) };
        if ready == 0 {
            return Err(io::Error::from_raw_os_error(libc::ETIMEDOUT));
        }
        match stream.write(&bytes[..bytes.len().min(STREAM_WRITE_BYTES)]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            written => return written,
        }
    }
}

/// Blocks all signals on this thread. Handlers of the application must not run on its small stack,
/// and a file that exceeds the size limit must cause an error (`EFBIG`) instead of `SIGXFSZ`, which
/// ends the process.
#[cfg(unix)]
pub(super) fn block_signals() {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigfillset` initialises the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: changes the mask of this thread only. The set was initialised above.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut()) };
}

#[cfg(not(unix))]
pub(super) fn block_signals() {}

#[cfg(target_os = "linux")]
fn rename_if_absent(from: &Path, to: &Path) -> io::Result<()> {
    let (from_c, to_c) = (c_path(from)?, c_path(to)?);
    // SAFETY: the system call gets two NUL-terminated strings that outlive it.
    let result = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            from_c.as_ptr(),
            libc::AT_FDCWD,
            to_c.as_ptr(),
            libc::RENAME_NOREPLACE,
        )
    };
    if result == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        // Old kernels and some file systems do not support the call. The name was free when the
        // dump started.
        Some(libc::ENOSYS | libc::EINVAL) if !to.exists() => fs::rename(from, to),
        _ => Err(error),
    }
}

#[cfg(target_os = "linux")]
fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
}

/// Makes the kernel start to write cached pages of the file, so that a later `fsync` is short.
#[cfg(target_os = "linux")]
fn start_write_back(file: &File) {
    // SAFETY: `file` keeps the descriptor open. A failure has no effect.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::fd::OwnedFd;
    use std::thread;

    use super::*;

    #[test]
    fn a_file_is_not_renamed_over_another_one() {
        let directory =
            std::env::temp_dir().join(format!("heapdump-rs-system-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let [from, to] = ["from", "to"].map(|name| directory.join(name));
        fs::write(&from, "new").unwrap();
        rename_if_absent(&from, &to).unwrap();
        fs::write(&from, "newer").unwrap();
        let error = rename_if_absent(&from, &to).unwrap_err();
        let found = fs::read_to_string(&to).unwrap();
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!((error.kind(), found.as_str()), (io::ErrorKind::AlreadyExists, "new"));
        let invalid = rename_if_absent(Path::new("a\0b"), Path::new("c")).unwrap_err();
        assert_eq!(invalid.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_slow_reader_of_a_stream_is_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        let writer = File::from(OwnedFd::from(writer));
        let bytes = vec![b'x'; 1 << 20];
        let expected = bytes.len();
        let sending = thread::spawn(move || {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let written = write_to_stream(&writer, rest).unwrap();
                assert!(written <= STREAM_WRITE_BYTES);
                rest = &rest[written..];
            }
        });
        let mut received = Vec::new();
        io::Read::read_to_end(&mut reader, &mut received).unwrap();
        sending.join().unwrap();
        assert_eq!(received.len(), expected);
    }

    #[test]
    fn a_stream_without_a_reader_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = write_to_stream(&File::from(OwnedFd::from(writer)), b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
