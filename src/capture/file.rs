//! A file that exists is complete: temporary name, fsync, rename.
//!
//! The temporary lies in the directory of the target under a name of our own
//! (`.heapdump-rs.<pid>.<n>.partial`) and is locked (`flock`) as long as it is
//! being written. The kernel drops the lock with the process, so a temporary
//! that can be locked was left behind by a process that is gone, whatever
//! container it ran in; the next dump in that directory removes it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{self, Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::Failure;

const PREFIX: &str = ".heapdump-rs.";
const SUFFIX: &str = ".partial";

/// A file in the making; removed when dropped before [`publish`](Self::publish).
#[derive(Debug)]
pub(super) struct PartialFile {
    /// As the caller gave it: errors name it.
    target: PathBuf,
    /// The same file, wherever the process goes meanwhile.
    absolute: PathBuf,
    /// `None` for a device, which is written in place.
    temporary: Option<PathBuf>,
    replace: bool,
}

impl PartialFile {
    /// Creates the temporary for `target`.
    ///
    /// `replace` allows an existing regular file to be replaced when all is done.
    /// A symbolic link is refused (`ELOOP`), as `O_NOFOLLOW` does: in a shared
    /// directory it may be a trap.
    pub(super) fn create(target: &Path, replace: bool) -> Result<(Self, File), Failure> {
        let open_failure = |error: io::Error| Failure::io(&error, "open", target);
        if target.as_os_str().is_empty() {
            return Err(Failure::errno(libc::ENOENT, "open", target));
        }
        let absolute = path::absolute(target).map_err(open_failure)?;
        let partial = |temporary| Self {
            target: target.to_owned(),
            absolute: absolute.clone(),
            temporary,
            replace,
        };
        // Whatever stands in the way is found now, not after V8 has stopped the process.
        if is_directory_by_name(target) {
            return Err(Failure::errno(libc::EISDIR, "open", target));
        }
        let existing = match fs::symlink_metadata(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            existing => Some(existing.map_err(open_failure)?),
        };
        if let Some(kind) = existing.map(|existing| existing.file_type()) {
            let refusal = match () {
                () if kind.is_symlink() => Some(libc::ELOOP),
                () if kind.is_dir() => Some(libc::EISDIR),
                () if is_device(kind) => None,
                () if !kind.is_file() || !replace => Some(libc::EEXIST),
                () => None,
            };
            if let Some(errno) = refusal {
                return Err(Failure::errno(errno, "open", target));
            }
            if is_device(kind) {
                let device = OpenOptions::new().write(true).open(target).map_err(open_failure)?;
                return Ok((partial(None), device));
            }
        }
        let directory = directory_of(&absolute);
        remove_abandoned(directory);
        loop {
            let temporary = temporary_in(directory);
            let file = match private_file().open(&temporary) {
                // Left by an earlier process of the same pid, and locked by somebody: next name.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                opened => opened.map_err(open_failure)?,
            };
            // Another process may have taken the file for abandoned before it was locked.
            if lock_exclusively(&file) && is_linked(&file) {
                return Ok((partial(Some(temporary)), file));
            }
        }
    }

    /// The file that will exist in the end, wherever the process goes meanwhile.
    pub(super) fn absolute(&self) -> &Path {
        &self.absolute
    }

    /// Makes the written file durable and gives it its name.
    pub(super) fn publish(self, file: &File) -> Result<(), Failure> {
        self.make_durable(file)?;
        self.rename()
    }

    /// Waits until the file system has stored what was written to `file`.
    pub(super) fn make_durable(&self, file: &File) -> Result<(), Failure> {
        if self.temporary.is_none() {
            return Ok(());
        }
        file.sync_all().map_err(|e| Failure::io(&e, "fsync", &self.target))
    }

    /// Gives the file its name.
    pub(super) fn rename(mut self) -> Result<(), Failure> {
        let Some(temporary) = self.temporary.as_deref() else { return Ok(()) };
        let renamed = if self.replace {
            fs::rename(temporary, &self.absolute)
        } else {
            rename_if_absent(temporary, &self.absolute)
        };
        renamed.map_err(|e| Failure::io(&e, "rename", &self.target))?;
        self.temporary = None;
        // The name is durable once its directory is; some file systems cannot do that.
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

/// `name/` can only be a directory; `Path` hides the difference.
fn is_directory_by_name(target: &Path) -> bool {
    target
        .as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|&last| path::is_separator(last.into()))
}

fn temporary_in(directory: &Path) -> PathBuf {
    static SEQUENCE: AtomicU64 = AtomicU64::new(0);
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    directory.join(format!("{PREFIX}{}.{sequence}{SUFFIX}", process::id()))
}

/// Removes temporaries of processes that are gone. Best effort.
fn remove_abandoned(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if !is_temporary_name(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = read_without_following(&path)
            && lock_exclusively(&file)
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// `.heapdump-rs.<digits>.<digits>.partial`, and nothing else.
fn is_temporary_name(name: &OsStr) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('.'))
        .is_some_and(|(pid, sequence)| is_number(pid) && is_number(sequence))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(unix)]
mod platform {
    use std::ffi::CString;
    use std::fs::{File, FileType, OpenOptions};
    use std::io;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    /// Only the owner may read a heap: it holds tokens and passwords.
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

    /// File systems without locks count as locked by us when we create, and as
    /// locked by somebody else when we look: nothing is ever removed there.
    pub(super) fn lock_exclusively(file: &File) -> bool {
        // SAFETY: a call on a descriptor that `file` keeps open.
        let result = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
        result == 0
    }

    pub(super) fn is_linked(file: &File) -> bool {
        file.metadata().is_ok_and(|metadata| metadata.nlink() > 0)
    }

    /// Renames, but fails with `EEXIST` when `to` exists.
    #[cfg(target_os = "linux")]
    pub(super) fn rename_if_absent(from: &Path, to: &Path) -> io::Result<()> {
        let (from_c, to_c) = (c_path(from)?, c_path(to)?);
        // SAFETY: a system call on two NUL-terminated strings that outlive it.
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
            // Old kernels and some file systems cannot; the name was free when the dump began.
            Some(libc::ENOSYS | libc::EINVAL) if !to.exists() => std::fs::rename(from, to),
            _ => Err(error),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn rename_if_absent(from: &Path, to: &Path) -> io::Result<()> {
        std::fs::hard_link(from, to)?;
        std::fs::remove_file(from)
    }

    #[cfg(target_os = "linux")]
    fn c_path(path: &Path) -> io::Result<CString> {
        CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
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

    /// Nothing is taken for abandoned where files cannot be locked.
    pub(super) fn read_without_following(_path: &Path) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn is_device(_kind: FileType) -> bool {
        false
    }

    pub(super) fn lock_exclusively(_file: &File) -> bool {
        true
    }

    pub(super) fn is_linked(_file: &File) -> bool {
        true
    }

    pub(super) fn rename_if_absent(from: &Path, to: &Path) -> io::Result<()> {
        std::fs::hard_link(from, to)?;
        std::fs::remove_file(from)
    }
}

use platform::{
    is_device, is_linked, lock_exclusively, private_file, read_without_following, rename_if_absent,
};
