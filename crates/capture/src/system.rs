//! System calls that need unsafe code, provided by the host.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The calls that the standard library lacks. The default is portable.
#[derive(Clone, Copy)]
pub struct System {
    /// Renames a file. Fails with [`io::ErrorKind::AlreadyExists`] if the new name exists.
    pub rename_if_absent: fn(from: &Path, to: &Path) -> io::Result<()>,
    /// Asks the kernel to start writing back the cached pages of a file, so that a later `fsync` is
    /// short.
    pub start_write_back: fn(&File),
    /// Writes some bytes to a pipe or socket. Waits for its reader up to a limit.
    pub write_to_stream: fn(&File, &[u8]) -> io::Result<usize>,
    /// Prepares a thread started by this crate. Called on that thread.
    pub enter_thread: fn(),
}

impl Default for System {
    fn default() -> Self {
        Self {
            rename_if_absent: link_and_remove,
            start_write_back: |_| {},
            write_to_stream: |mut stream, bytes| stream.write(bytes),
            enter_thread: || {},
        }
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("System")
    }
}

/// Requires a file system with hard links.
fn link_and_remove(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_directory::Directory;

    #[test]
    fn a_file_is_renamed_only_if_the_new_name_is_free() {
        let directory = Directory::new("system");
        let (from, to) = (directory.path("from"), directory.path("to"));
        fs::write(&from, "1").unwrap();
        link_and_remove(&from, &to).unwrap();
        assert!(!from.exists());
        fs::write(&from, "2").unwrap();
        let error = link_and_remove(&from, &to).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&to).unwrap(), "1");
    }
}
