//! Publishes files atomically: temporary name, fsync, rename. A file under its final name is
//! complete.
//!
//! The temporary file is in the directory of the target, is named `.heapdump-rs.<pid>.<n>.partial`,
//! and is locked with `flock` while it is written. The kernel releases the lock with the process. A
//! temporary file that can be locked was therefore abandoned by a dead process, in
//! this or another container; the next dump in that directory removes it.

use std::ffi::OsStr;
use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io;
use std::path::{self, Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Error;
use crate::system::System;

const PREFIX: &str = ".heapdump-rs.";
const SUFFIX: &str = ".partial";

/// A file that is being written. Removed when dropped before [`publish`](Self::publish).
#[derive(Debug)]
pub struct PartialFile {
    /// The path given by the caller; errors contain it.
    target: PathBuf,
    /// The absolute path, so that a later change of the working directory has no effect.
    absolute: PathBuf,
    /// `None` for a device or a stream, which is written in place.
    temporary: Option<PathBuf>,
    replace: bool,
    system: System,
}

impl PartialFile {
    /// Creates the temporary file for `target`.
    ///
    /// `replace` allows an existing regular file to be replaced on publication. A symbolic link is
    /// refused (`ELOOP`) like with `O_NOFOLLOW`, because in a shared directory it can be an attack.
    /// Also removes files that dead processes abandoned in the directory.
    ///
    /// # Errors
    ///
    /// If the file cannot be created, or if the target exists and must not be replaced.
    pub fn create(target: &Path, replace: bool, system: System) -> Result<(Self, File), Error> {
        let open_error = |error: io::Error| Error::io(&error, "open", target);
        if target.as_os_str().is_empty() {
            return Err(Error::errno_on(libc::ENOENT, "open", target));
        }
        let absolute = path::absolute(target).map_err(open_error)?;
        let partial = |temporary| Self {
            target: target.to_owned(),
            absolute: absolute.clone(),
            temporary,
            replace,
            system,
        };
        // Checks the target now, not after V8 has paused the process for the snapshot.
        if is_directory_by_name(target) {
            return Err(Error::errno_on(libc::EISDIR, "open", target));
        }
        let existing = match fs::symlink_metadata(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            existing => Some(existing.map_err(open_error)?.file_type()),
        };
        if let Some(errno) = existing.and_then(|kind| refusal(kind, replace)) {
            return Err(Error::errno_on(errno, "open", target));
        }
        if existing.is_some_and(is_device) {
            let device = OpenOptions::new().write(true).open(target).map_err(open_error)?;
            return Ok((partial(None), device));
        }
        let directory = directory_of(&absolute);
        remove_abandoned(directory);
        let (temporary, file) = create_temporary(directory).map_err(open_error)?;
        Ok((partial(Some(temporary)), file))
    }

    /// Returns the target for an open stream. Errors call it `name`.
    #[must_use]
    pub fn stream(name: &Path, system: System) -> Self {
        let (target, absolute) = (name.to_owned(), name.to_owned());
        Self { target, absolute, temporary: None, replace: false, system }
    }

    /// Returns the absolute path of the final file.
    #[must_use]
    pub fn absolute(&self) -> &Path {
        &self.absolute
    }

    /// Makes the file durable with `fsync`, and renames it to its final name.
    ///
    /// # Errors
    ///
    /// If a call of the file system fails.
    pub fn publish(self, file: &File) -> Result<(), Error> {
        self.make_durable(file)?;
        self.rename()
    }

    /// Blocks until the file system has stored the contents of `file`.
    ///
    /// # Errors
    ///
    /// If the file system fails. A device, which is written in place, is never an error.
    pub fn make_durable(&self, file: &File) -> Result<(), Error> {
        if self.temporary.is_none() {
            return Ok(());
        }
        file.sync_all().map_err(|e| Error::io(&e, "fsync", &self.target))
    }

    /// Renames the file to its final name.
    ///
    /// # Errors
    ///
    /// If the file system fails, or if the target was created in the meantime and must not be
    /// replaced.
    pub fn rename(mut self) -> Result<(), Error> {
        let Some(temporary) = self.temporary.as_deref() else { return Ok(()) };
        let renamed = if self.replace {
            fs::rename(temporary, &self.absolute)
        } else {
            (self.system.rename_if_absent)(temporary, &self.absolute)
        };
        renamed.map_err(|e| Error::io(&e, "rename", &self.target))?;
        self.temporary = None;
        // The rename is durable once the directory is synced, which some file systems do not
        // support.
        if let Ok(directory) = File::open(directory_of(&self.absolute)) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary);
        }
    }
}

fn directory_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// `name/` can only be a directory, but `Path` drops the slash.
fn is_directory_by_name(target: &Path) -> bool {
    target
        .as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|&last| path::is_separator(last.into()))
}

/// Returns the error number for a target that exists as a file of this kind.
fn refusal(kind: FileType, replace: bool) -> Option<i32> {
    if kind.is_symlink() {
        Some(libc::ELOOP)
    } else if kind.is_dir() {
        Some(libc::EISDIR)
    } else if is_device(kind) || kind.is_file() && replace {
        None
    } else {
        Some(libc::EEXIST)
    }
}

/// Creates a locked file under a new name.
fn create_temporary(directory: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let path = temporary_in(directory);
        let file = match private_file().open(&path) {
            // Left by an earlier process with the same pid, and locked by another: try the next
            // name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            opened => opened?,
        };
        // Another process may have removed the file as abandoned before it was locked.
        if lock_exclusively(&file) != Lock::HeldElsewhere && is_linked(&file) {
            return Ok((path, file));
        }
    }
}

fn temporary_in(directory: &Path) -> PathBuf {
    static SEQUENCE: AtomicU64 = AtomicU64::new(0);
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    directory.join(format!("{PREFIX}{}.{sequence}{SUFFIX}", process::id()))
}

/// Removes temporary files of dead processes. Ignores failures.
fn remove_abandoned(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if !is_temporary_name(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = read_without_following(&path)
            && lock_exclusively(&file) == Lock::Held
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Returns whether the name is `.heapdump-rs.<digits>.<digits>.partial`.
fn is_temporary_name(name: &OsStr) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('.'))
        .is_some_and(|(pid, sequence)| is_number(pid) && is_number(sequence))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The state of the lock of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Held,
    HeldElsewhere,
    /// The file system has no locks. Files are created unlocked, and none is ever removed.
    Unsupported,
}

fn lock_exclusively(file: &File) -> Lock {
    match file.try_lock() {
        Ok(()) => Lock::Held,
        Err(TryLockError::WouldBlock) => Lock::HeldElsewhere,
        Err(TryLockError::Error(_)) => Lock::Unsupported,
    }
}

#[cfg(unix)]
mod platform {
    use std::fs::{File, FileType, OpenOptions};
    use std::io;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    /// Readable by the owner only, because a heap contains tokens and passwords.
    pub(super) fn private_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        options
    }

    pub(super) fn read_without_following(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
    }

    pub(super) fn is_device(kind: FileType) -> bool {
        kind.is_char_device()
    }

    pub(super) fn is_linked(file: &File) -> bool {
        file.metadata().is_ok_and(|metadata| metadata.nlink() > 0)
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::{File, FileType, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) fn private_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        options
    }

    /// Without locks, no file counts as abandoned.
    pub(super) fn read_without_following(_path: &Path) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn is_device(_kind: FileType) -> bool {
        false
    }

    pub(super) fn is_linked(_file: &File) -> bool {
        true
    }
}

use platform::{is_device, is_linked, private_file, read_without_following};

#[cfg(test)]
mod tests;
