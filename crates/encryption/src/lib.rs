//! Encryption of dumps in the format of [age](https://age-encryption.org/v1): to [`Recipients`]
//! when they are written, with [`Identities`] when they are read. The `age` command reads and
//! writes the same files.
//!
//! Only keys of the type X25519 (`age1…`, `AGE-SECRET-KEY-1…`) are supported: keys of ssh, plugins
//! and passphrases would add several hundred kilobytes, or need a terminal.
//!
//! # Examples
//! ```
//! use std::io::{Read, Write};
//! use encryption::{Identities, Recipients, is_encrypted};
//!
//! let recipients = Recipients::parse(
//!     &["age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa"],
//! )?;
//! let mut writer = recipients.encrypt(Vec::new())?;
//! writer.write_all(b"text")?;
//! let file = writer.finish()?;
//! assert!(is_encrypted(&file));
//!
//! let identities = Identities::parse(
//!     "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33",
//! )?;
//! let mut text = String::new();
//! identities.decrypt(&*file)?.read_to_string(&mut text)?;
//! assert_eq!(text, "text");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod error;
mod file;
mod identities;
mod recipients;

pub use error::{Error, Kind};
pub use file::{DecryptedFile, open_encrypted};
pub use identities::{Decrypted, Identities};
pub use recipients::{EncryptedWriter, Recipients};

/// The first line of every encrypted file.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// Returns whether a file that begins with `start` is encrypted. Needs the first 22 bytes.
#[must_use]
pub fn is_encrypted(start: &[u8]) -> bool {
    start.starts_with(MAGIC)
}
