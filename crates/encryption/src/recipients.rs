//! Encrypts a file.

use std::io::{self, Write};

use age::x25519::Recipient;

use crate::error::{Error, Kind};

/// Encrypts the bytes that are written to it. [`finish`](EncryptedWriter::finish) writes the last
/// ones; a writer that is dropped before leaves a file that no reader accepts.
///
/// Allocates 64 kB for each 64 kB that it encrypts, one after the other.
pub type EncryptedWriter<W> = age::stream::StreamWriter<W>;

/// The public keys of those who can read a file.
#[derive(Clone)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Parses public keys, such as `age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa`.
    ///
    /// # Errors
    /// [`Kind::BadRecipient`] for the first text that is not a key, and if there is none.
    pub fn parse<S: AsRef<str>>(keys: &[S]) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Error::new(Kind::BadRecipient, "no public key is given"));
        }
        keys.iter().map(|key| parse(key.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Starts an encrypted file in `out`, and writes its header.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn encrypt<W: Write>(&self, out: W) -> io::Result<EncryptedWriter<W>> {
        let recipients = self.0.iter().map(|one| one as &dyn age::Recipient);
        // It refuses only a mix of passphrases and keys, and no keys.
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        encryptor.wrap_output(out)
    }
}

fn parse(key: &str) -> Result<Recipient, Error> {
    let bad = |message: String| Error::new(Kind::BadRecipient, message);
    if key.get(.."AGE-SECRET-KEY".len()).is_some_and(|s| s.eq_ignore_ascii_case("AGE-SECRET-KEY")) {
        // The text must not reach a log.
        return Err(bad("a secret key is given where its public key (age1…) belongs".to_owned()));
    }
    key.parse().map_err(|_| bad(format!("{key:?} is not a public X25519 key of age (age1…)")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_key_is_not_repeated() {
        let secret = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
        let error = Recipients::parse(&[secret]).err().unwrap();
        assert!(matches!(error.kind(), Kind::BadRecipient));
        assert!(!error.to_string().contains("GQ9778"), "{error}");
        assert!(Recipients::parse(&[secret.to_lowercase()]).is_err());
    }

    #[test]
    fn other_texts_are_named() {
        for text in ["", "age1", "ssh-ed25519 AAAA", "age1pq1xyz", "ågé1"] {
            let error = Recipients::parse(&[text]).err().unwrap();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
        assert!(Recipients::parse::<&str>(&[]).is_err());
    }
}
