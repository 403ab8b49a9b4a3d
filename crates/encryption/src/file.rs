//! Opens a file that may be encrypted.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::{Error, Kind};
use crate::identities::{Decrypted, Identities};
use crate::{MAGIC, is_encrypted};

/// The content of an encrypted file on the disk.
pub type DecryptedFile = Decrypted<BufReader<File>>;

/// Size of one read in bytes: four chunks of the format.
const READ_BYTES: usize = 256 << 10;

/// Opens `path` if it is an encrypted file, with the identities in the file `identity`. Returns
/// `None` if it is not encrypted; so is every pipe and device, because reading from them would
/// take their first bytes.
///
/// # Errors
/// [`Kind::NoIdentity`] if the file is encrypted and `identity` is absent; those of
/// [`Identities::read`] and [`Identities::decrypt`]; [`Kind::Io`] if it cannot be opened or read.
pub fn open_encrypted(
    path: &Path,
    identity: Option<&Path>,
) -> Result<Option<DecryptedFile>, Error> {
    let open = || {
        let io = |syscall| move |error| Error::io(error, syscall);
        if !path.metadata().map_err(io("open"))?.is_file() {
            return Ok(None);
        }
        let mut start = Vec::new();
        let file = File::open(path).map_err(io("open"))?;
        (&file).take(MAGIC.len() as u64).read_to_end(&mut start).map_err(io("read"))?;
        if !is_encrypted(&start) {
            return Ok(None);
        }
        let Some(identity) = identity else {
            let message = "it is encrypted, and no file of secret keys is given (identity, \
                           --identity, HEAPDUMP_IDENTITY)";
            return Err(Error::new(Kind::NoIdentity, message));
        };
        let identities = Identities::read(identity)?;
        let file = File::open(path).map_err(io("open"))?;
        identities.decrypt(BufReader::with_capacity(READ_BYTES, file)).map(Some)
    };
    open().map_err(|error| error.about(path))
}
