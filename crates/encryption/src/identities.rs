//! Decrypts a file.

use std::fs;
use std::io::Read;
use std::path::Path;

use age::x25519::Identity;

use crate::error::{Error, Kind};
use crate::is_encrypted;

/// The content of an encrypted file. Damaged content is an error of kind
/// [`InvalidData`](std::io::ErrorKind::InvalidData), and missing content one of kind
/// [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof).
pub type Decrypted<R> = age::stream::StreamReader<R>;

/// Maximum size of a file of identities in bytes. An identity has 74 bytes, and a comment.
const MAX_IDENTITIES_BYTES: u64 = 1 << 20;

/// The secret keys of a file as `age-keygen` writes it.
pub struct Identities(Vec<Identity>);

impl Identities {
    /// Reads a file of identities.
    ///
    /// # Errors
    /// Those of [`Identities::parse`], and [`Kind::Io`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let read = || {
            let file = fs::File::open(path).map_err(|error| Error::io(error, "open"))?;
            let mut bytes = Vec::new();
            file.take(MAX_IDENTITIES_BYTES)
                .read_to_end(&mut bytes)
                .map_err(|error| Error::io(error, "read"))?;
            Self::parse(&String::from_utf8_lossy(&bytes))
        };
        read().map_err(|error| error.about(path))
    }

    /// Parses the text of a file of identities: a secret key a line. Lines that begin with `#` are
    /// comments.
    ///
    /// # Errors
    /// [`Kind::BadIdentity`] if the text is encrypted, has no key, or has a line that is not one.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = |message: &str| Err(Error::new(Kind::BadIdentity, message));
        if is_encrypted(text.as_bytes()) || text.starts_with("-----BEGIN AGE ENCRYPTED FILE") {
            return bad("this file of identities is encrypted: decrypt it first, with `age -d`");
        }
        let lines = text.lines().map(str::trim).enumerate();
        let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let mut identities = Vec::new();
        for (at, line) in keys {
            // The line must not reach a log: it may be a secret key with a typing mistake.
            let Ok(identity) = line.parse() else {
                let line = at + 1;
                return bad(&format!(
                    "line {line} is not an X25519 key of age (AGE-SECRET-KEY-1…)"
                ));
            };
            identities.push(identity);
        }
        if identities.is_empty() {
            bad("no identity is in this file")
        } else {
            Ok(Self(identities))
        }
    }

    /// Decrypts `input`, which must not have been read from.
    ///
    /// # Errors
    /// [`Kind::WrongIdentity`] if it is encrypted to others, [`Kind::Damaged`] if its header is
    /// damaged or has another version, [`Kind::Io`] if it cannot be read.
    pub fn decrypt<R: Read>(&self, input: R) -> Result<Decrypted<R>, Error> {
        age::Decryptor::new(input)
            .and_then(|file| file.decrypt(self.0.iter().map(|one| one as &dyn age::Identity)))
            .map_err(|error| match error {
                age::DecryptError::Io(error) if error.raw_os_error().is_some() => {
                    Error::io(error, "read")
                }
                age::DecryptError::NoMatchingKeys => {
                    Error::new(Kind::WrongIdentity, "it is encrypted to other keys")
                }
                _ => Error::new(Kind::Damaged, "the header of the encrypted file is damaged"),
            })
    }
}
