//! The header of an image: facts about the dump, and the requirements on the machine that restores
//! it.

use std::env::consts::ARCH;
use std::io::{self, Read, Write};

use serde_json::{Map, Value, json};

use crate::error::{Error, Kind};

/// The first bytes of an image.
const MAGIC: [u8; 8] = *b"HEAPIMG\x1A";

/// Version of the format that this crate writes and reads.
const VERSION: u32 = 1;

/// Maximum size of the JSON header. Headers have about 4 kB.
const MAX_HEADER_BYTES: u32 = 1 << 20;

/// The only architecture of version 1, by its name in Rust.
const ARCHITECTURE: &str = "x86_64";

/// Facts about the dump, and the requirements on the machine that restores the image.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The architecture of the process.
    pub architecture: String,
    /// Size of its memory pages in bytes.
    pub page_size: u64,
    /// The release of the kernel, for information only.
    pub kernel: String,
    /// The processor features that the code of the process may use.
    pub features: Vec<String>,
    /// Number of memory protection keys that the process had allocated.
    pub protection_keys: u32,
    /// Paths and build ids of the files that the process had mapped.
    pub files: Map<String, Value>,
    /// Facts about the dump from JavaScript: versions, options, time.
    pub facts: Map<String, Value>,
}

impl Header {
    /// Returns the header of an image that this process takes.
    #[must_use]
    pub fn new(kernel: String, features: Vec<String>, facts: Map<String, Value>) -> Self {
        Self {
            architecture: ARCHITECTURE.to_owned(),
            page_size: crate::PAGE,
            kernel,
            features,
            protection_keys: 0,
            files: Map::new(),
            facts,
        }
    }

    /// Writes the prefix and the header.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let text = json!({
            "architecture": self.architecture,
            "pageSize": self.page_size,
            "kernel": self.kernel,
            "features": self.features,
            "protectionKeys": self.protection_keys,
            "files": self.files,
            "facts": self.facts,
        })
        .to_string();
        let length = u32::try_from(text.len()).ok().filter(|&length| length <= MAX_HEADER_BYTES);
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(text.as_bytes())
    }

    /// Reads the prefix and the header.
    ///
    /// # Errors
    ///
    /// [`Kind::Damaged`] if `input` is not an image, [`Kind::Unsupported`] if it has another
    /// version.
    pub fn read(input: &mut impl Read) -> Result<Self, Error> {
        let mut magic = [0; MAGIC.len()];
        let is_whole = input.read_exact(&mut magic).map(|()| magic == MAGIC);
        match is_whole {
            Ok(true) => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => return Err(Error::new(Kind::Damaged, "the file is not a heap image")),
        }
        let mut word = [0; 4];
        input.read_exact(&mut word)?;
        let version = u32::from_le_bytes(word);
        if version != VERSION {
            return Err(Error::new(
                Kind::Unsupported,
                format!(
                    "the heap image has version {version} of the format, and this version of \
                     heapdump-rs reads {VERSION}: restore it with the version that wrote it"
                ),
            ));
        }
        input.read_exact(&mut word)?;
        let length = u32::from_le_bytes(word);
        if length > MAX_HEADER_BYTES {
            return Err(Error::damaged(format_args!("a header of {length} bytes")));
        }
        let mut text = Vec::new();
        input.take(length.into()).read_to_end(&mut text)?;
        if text.len() as u64 != u64::from(length) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Self::parse(&text).ok_or_else(|| Error::damaged("its header lacks a field"))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_slice(text).ok()?;
        let text = |fields: &Map<String, Value>, name| {
            fields.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        let features = fields.get("features")?.as_array()?.iter();
        Some(Self {
            architecture: text(&fields, "architecture")?,
            page_size: fields.get("pageSize")?.as_u64()?,
            kernel: text(&fields, "kernel")?,
            features: features.map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            protection_keys: u32::try_from(fields.get("protectionKeys")?.as_u64()?).ok()?,
            files: object(&mut fields, "files")?,
            facts: object(&mut fields, "facts")?,
        })
    }

    /// Checks that this machine can restore the image. `features`: those of its processor.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`], with what is missing.
    pub fn check_machine(&self, features: &[String]) -> Result<(), Error> {
        let unsupported = |what: String| Err(Error::new(Kind::Unsupported, what));
        if self.architecture != ARCH {
            return unsupported(format!(
                "the heap image is of a process on {}, and this machine is {ARCH}: \
                 restore it on a machine of the same architecture",
                self.architecture
            ));
        }
        if self.page_size != crate::PAGE {
            return unsupported(format!(
                "the heap image has pages of {} bytes, and this machine has pages of {}",
                self.page_size,
                crate::PAGE
            ));
        }
        let missing: Vec<&str> = self
            .features
            .iter()
            .filter(|&one| !features.contains(one))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            return unsupported(format!(
                "this processor lacks {}, which the process of the heap image may use: restore it \
                 on a machine with a processor like that of the service, or a newer one",
                missing.join(", ")
            ));
        }
        Ok(())
    }
}

fn object(fields: &mut Map<String, Value>, name: &str) -> Option<Map<String, Value>> {
    match fields.remove(name)? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
