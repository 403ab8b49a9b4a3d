//! Processes the bytes of one snapshot: redaction, check, encoding, file.

use std::fs::File;
use std::io;

use crate::encoder::{Encoder, Encoding};
use crate::envelope::Envelope;
use crate::error::{Code, Error, errno_of};
use crate::redaction::{Redactor, UnknownForm};
use crate::sink::Sink;
use crate::status::Sizes;

/// Writes the chunks of one snapshot to a file.
pub struct Pipeline {
    redactor: Option<Redactor>,
    envelope: Envelope,
    encoder: Encoder,
    /// Whether a chunk could not be written.
    is_broken: bool,
}

/// The reason why a chunk was not written.
#[derive(Debug)]
pub enum WriteError {
    /// Writing to the file failed.
    Io(io::Error),
    /// The chunk cannot be redacted.
    UnknownForm(UnknownForm),
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Io(error) => Self::syscall(errno_of(&error), "write"),
            WriteError::UnknownForm(form) => form.into(),
        }
    }
}

/// The output of a finished pipeline.
#[derive(Debug)]
pub struct Written {
    /// The file that the complete snapshot was written to; `None` if it is incomplete.
    pub file: Option<File>,
    /// How much was written.
    pub sizes: Sizes,
}

impl Pipeline {
    /// Starts writing to `sink`.
    ///
    /// # Errors
    ///
    /// If the encoder cannot be set up.
    pub fn new(sink: Sink, encoding: Encoding, redactor: Option<Redactor>) -> io::Result<Self> {
        Ok(Self {
            redactor,
            envelope: Envelope::default(),
            encoder: Encoder::new(sink, encoding)?,
            is_broken: false,
        })
    }

    /// Writes the next chunk.
    ///
    /// # Errors
    ///
    /// If writing to the file fails, or if the chunk cannot be redacted. The snapshot is incomplete
    /// then, and later chunks are discarded.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), WriteError> {
        if self.is_broken {
            return Ok(());
        }
        self.write_whole(chunk).inspect_err(|_| self.is_broken = true)
    }

    fn write_whole(&mut self, chunk: &[u8]) -> Result<(), WriteError> {
        let redacted = match &mut self.redactor {
            Some(redactor) => Some(redactor.apply(chunk).map_err(WriteError::UnknownForm)?),
            None => None,
        };
        let chunk = redacted.as_deref().unwrap_or(chunk);
        self.envelope.push(chunk);
        self.encoder.write_all(chunk).map_err(WriteError::Io)
    }

    /// Returns the number of bytes of the snapshot written so far, before encoding.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.envelope.bytes()
    }

    /// Returns the file.
    #[must_use]
    pub fn file(&self) -> &File {
        self.encoder.file()
    }

    /// Writes all buffered bytes, unless the snapshot is incomplete.
    ///
    /// # Errors
    ///
    /// If writing to the file fails.
    pub fn finish(self) -> io::Result<Written> {
        let is_redacted = self.redactor.is_none_or(|redactor| redactor.is_complete());
        let is_whole = !self.is_broken && is_redacted && self.envelope.is_complete();
        let snapshot = self.envelope.bytes();
        if !is_whole {
            return Ok(Written { file: None, sizes: Sizes { snapshot, stored: 0 } });
        }
        let stored = self.encoder.finish()?.finish()?;
        let sizes = Sizes { snapshot, stored: stored.bytes };
        Ok(Written { file: Some(stored.file), sizes })
    }
}

impl Written {
    /// Returns the file, and how much was written to it.
    ///
    /// # Errors
    ///
    /// [`Code::Truncated`] if the snapshot is incomplete.
    pub fn whole(self) -> Result<(File, Sizes), Error> {
        self.file.map(|file| (file, self.sizes)).ok_or_else(|| {
            let bytes = self.sizes.snapshot;
            let message = format!("V8 ended the snapshot early, after {bytes} bytes");
            Error::new(Code::Truncated, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::{Policy, Rule, Vocabulary};
    use crate::system::System;
    use crate::test_directory::Directory;
    use std::fs;

    const SNAPSHOT: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["string"]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["weak"]]},"node_count":1,"edge_count":0},
"nodes":[0,0,1,8,0],
"edges":[],
"strings":["secret"]}"#;

    fn redactor() -> Redactor {
        let vocabulary = Vocabulary { redacted: "(redacted)", is_known: |_| false, max_record: 24 };
        let rules = vec![Rule::default()];
        Redactor::new(Policy { vocabulary, rules, max_length: None, names: None })
    }

    fn pipeline(file: File, redactor: Option<Redactor>) -> Pipeline {
        Pipeline::new(Sink::new(file, System::default()), Encoding::Plain, redactor).unwrap()
    }

    #[test]
    fn what_is_written_is_redacted() {
        let directory = Directory::new("pipeline");
        let path = directory.path("a");
        let mut pipeline = pipeline(File::create(&path).unwrap(), Some(redactor()));
        pipeline.write(SNAPSHOT.as_bytes()).unwrap();
        assert!(pipeline.finish().unwrap().whole().is_ok());
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, SNAPSHOT.replace("secret", "(redacted)"));
    }

    #[test]
    fn nothing_follows_a_chunk_that_cannot_be_redacted() {
        let directory = Directory::new("broken");
        let path = directory.path("a");
        let mut pipeline = pipeline(File::create(&path).unwrap(), Some(redactor()));
        let (header, rest) = SNAPSHOT.split_at(SNAPSHOT.find("\"edges\"").unwrap());
        pipeline.write(header.as_bytes()).unwrap();
        let error = pipeline.write(b"\"edges\":[x],").unwrap_err();
        assert!(matches!(error, WriteError::UnknownForm(_)));
        pipeline.write(rest.as_bytes()).unwrap();
        let written = pipeline.finish().unwrap();
        assert_eq!(written.sizes.snapshot, header.len() as u64);
        assert_eq!(written.whole().unwrap_err().code(), Code::Truncated);
        // Nor what the encoder held back.
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut pipeline = pipeline(full, None);
        let error = pipeline.write(&vec![b' '; 2 << 20]).unwrap_err();
        assert!(matches!(error, WriteError::Io(_)));
        // Later chunks are discarded.
        pipeline.write(b"more").unwrap();
    }
}
