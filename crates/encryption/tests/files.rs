//! Encrypted files, whole and damaged.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use encryption::{Error, Identities, Kind, Recipients, open_encrypted};

/// Two keys of `age-keygen`: public and secret.
const KEYS: [[&str; 2]; 2] = [
    [
        "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa",
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33",
    ],
    [
        "age1cy0su9fwf3gf9mw868g5yut09p6nytfmmnktexz2ya5uqg9vl9sss4euqm",
        "AGE-SECRET-KEY-184JMZMVQH3E6U0PSL869004Y3U2NYV7R30EU99CSEDNPH02YUVFSZW44VU",
    ],
];

/// More than two chunks of the format.
fn text() -> Vec<u8> {
    (0..150_000_u32).map(|i| i.to_le_bytes()[0]).collect()
}

fn encrypted(recipients: &[&str]) -> Vec<u8> {
    let mut writer = Recipients::parse(recipients).unwrap().encrypt(Vec::new()).unwrap();
    writer.write_all(&text()).unwrap();
    writer.finish().unwrap()
}

fn decrypted(file: &[u8], secret: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Identities::parse(secret).unwrap().decrypt(file).unwrap().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn failure<T>(result: Result<T, Error>) -> Error {
    result.err().unwrap()
}

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("encryption-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_recipient_reads_what_was_written() {
    let file = encrypted(&[KEYS[0][0], KEYS[1][0]]);
    assert!(!file.windows(8).any(|window| text().starts_with(window)), "no plain text");
    for [_, secret] in KEYS {
        assert_eq!(decrypted(&file, secret).unwrap(), text());
    }
}

#[test]
fn others_do_not() {
    let file = encrypted(&[KEYS[0][0]]);
    let error = failure(Identities::parse(KEYS[1][1]).unwrap().decrypt(&*file));
    assert!(matches!(error.kind(), Kind::WrongIdentity), "{error}");
}

#[test]
fn a_cut_file_is_never_whole() {
    let file = encrypted(&[KEYS[0][0]]);
    let header = file.len() - 150_000 - 3 * 16 - 16;
    for length in [header + 16, header + 17, header + 70_000, file.len() - 16, file.len() - 1] {
        assert!(
            decrypted(&file[..length], KEYS[0][1]).is_err(),
            "{length} of {} bytes",
            file.len()
        );
    }
    let error = failure(Identities::parse(KEYS[0][1]).unwrap().decrypt(&file[..header / 2]));
    assert!(matches!(error.kind(), Kind::Damaged), "{error}");
}

#[test]
fn a_changed_file_is_an_error() {
    let file = encrypted(&[KEYS[0][0]]);
    for at in (0..file.len()).step_by(file.len() / 23) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        let identities = Identities::parse(KEYS[0][1]).unwrap();
        let read = identities.decrypt(&*changed).map(|mut reader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes)
        });
        assert!(!matches!(read, Ok(Ok(_))), "byte {at}");
    }
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing_readable() {
    let mut file = Vec::new();
    let mut writer = Recipients::parse(&[KEYS[0][0]]).unwrap().encrypt(&mut file).unwrap();
    writer.write_all(&text()).unwrap();
    drop(writer);
    assert!(decrypted(&file, KEYS[0][1]).is_err());
}

#[test]
fn files_of_identities() {
    let directory = Directory::new("identities");
    let comment = "# created: 2026-11-28T00:00:00Z\n\n";
    let both = directory.write("both", format!("{comment}{}\r\n{}\n", KEYS[1][1], KEYS[0][1]));
    let file = directory.write("a.age", encrypted(&[KEYS[0][0]]));
    let mut bytes = Vec::new();
    open_encrypted(&file, Some(&both)).unwrap().unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, text());
    for (content, message) in [
        (String::new(), "no identity"),
        (comment.to_owned(), "no identity"),
        (format!("{comment}AGE-SECRET-KEY-1GQ97"), "line 3"),
        (KEYS[0][0].to_owned(), "line 1"),
        ("age-encryption.org/v1\n".to_owned(), "encrypted"),
    ] {
        let path = directory.write("bad", &content);
        let error = failure(open_encrypted(&file, Some(&path)));
        assert!(matches!(error.kind(), Kind::BadIdentity), "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(!error.to_string().contains("GQ97"), "the error repeats a key");
        assert_eq!(error.path(), Some(&*path));
    }
    let missing = failure(open_encrypted(&file, Some(&directory.0.join("missing"))));
    assert!(matches!(missing.kind(), Kind::Io("open", _)), "{missing}");
}

#[test]
fn files_that_are_not_encrypted() {
    let directory = Directory::new("plain");
    for content in ["", "{\"snapshot\":", "age-encryption.org/v"] {
        let plain = directory.write("plain", content);
        assert!(open_encrypted(&plain, None).unwrap().is_none(), "{content:?}");
    }
    assert!(open_encrypted(&directory.0, None).unwrap().is_none(), "a directory");
    let error = failure(open_encrypted(&directory.0.join("missing"), None));
    assert!(matches!(error.kind(), Kind::Io("open", _)), "{error}");
    let file = directory.write("a.age", encrypted(&[KEYS[0][0]]));
    let error = failure(open_encrypted(&file, None));
    assert!(matches!(error.kind(), Kind::NoIdentity), "{error}");
}
