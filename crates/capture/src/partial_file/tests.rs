//! Tests of files that are being written.

use super::*;
use crate::test_directory::Directory;
use std::io::Write;

fn create(target: &Path, replace: bool) -> Result<(PartialFile, File), Error> {
    PartialFile::create(target, replace, System::default())
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let directory = Directory::new("whole");
    let target = directory.path("a");
    let (partial, mut file) = create(&target, false).unwrap();
    file.write_all(b"text").unwrap();
    assert!(!target.exists());
    assert!(directory.names()[0].ends_with(SUFFIX));
    partial.publish(&file).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"text");
    assert_eq!(directory.names(), ["a"]);
    drop(create(&directory.path("b"), false).unwrap());
    assert_eq!(directory.names(), ["a"]);
}

#[test]
fn an_existing_file_is_replaced_only_on_demand() {
    let directory = Directory::new("replace");
    let target = directory.path("a");
    let (late, mut file) = create(&target, false).unwrap();
    file.write_all(b"late").unwrap();
    fs::write(&target, "old").unwrap();
    assert_eq!(create(&target, false).unwrap_err().errno(), Some(libc::EEXIST));
    // The target did not exist when the dump started.
    let error = late.publish(&file).unwrap_err();
    assert_eq!((error.errno(), error.syscall_name()), (Some(libc::EEXIST), Some("rename")));
    assert_eq!(fs::read(&target).unwrap(), b"old");
    let (partial, mut file) = create(&target, true).unwrap();
    file.write_all(b"new").unwrap();
    partial.publish(&file).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert_eq!(directory.names(), ["a"]);
}

#[test]
fn what_stands_in_the_way_is_found_at_once() {
    let directory = Directory::new("obstacles");
    let errno = |target: &Path| create(target, true).unwrap_err().errno();
    assert_eq!(errno(Path::new("")), Some(libc::ENOENT));
    assert_eq!(errno(&directory.path("")), Some(libc::EISDIR));
    assert_eq!(errno(&directory.path("missing/a")), Some(libc::ENOENT));
    #[cfg(unix)]
    {
        let link = directory.path("link");
        std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
        assert_eq!(errno(&link), Some(libc::ELOOP));
    }
}

#[test]
#[cfg(unix)]
fn a_device_is_written_in_place_and_nothing_else_is() {
    // Not /dev/null: a container may have a regular file in its place.
    let (partial, mut file) = create(Path::new("/dev/zero"), false).unwrap();
    file.write_all(b"text").unwrap();
    partial.publish(&file).unwrap();
    assert!(is_device(fs::metadata("/dev/zero").unwrap().file_type()));
}

#[test]
#[cfg(unix)]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new("mode");
    let target = directory.path("a");
    let (partial, file) = create(&target, false).unwrap();
    partial.publish(&file).unwrap();
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
#[cfg(unix)]
fn temporaries_of_processes_that_are_gone_are_removed() {
    let directory = Directory::new("abandoned");
    let abandoned = format!("{PREFIX}1.2{SUFFIX}");
    fs::write(directory.path(&abandoned), "").unwrap();
    let other = format!("{PREFIX}1.x{SUFFIX}");
    fs::write(directory.path(&other), "").unwrap();
    let busy = format!("{PREFIX}1.3{SUFFIX}");
    let locked = File::create(directory.path(&busy)).unwrap();
    locked.lock().unwrap();
    drop(create(&directory.path("a"), false).unwrap());
    assert_eq!(directory.names(), [busy, other]);
}

#[test]
fn a_temporary_has_a_name_of_its_own_form() {
    let path = temporary_in(Path::new("d"));
    assert!(is_temporary_name(path.file_name().unwrap()));
    for other in [".heapdump-rs.1.partial", ".heapdump-rs..1.partial", "heapdump-rs.1.1.partial"] {
        assert!(!is_temporary_name(OsStr::new(other)), "{other}");
    }
}
