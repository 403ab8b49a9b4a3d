//! Collects the text of `snapshot` from chunks, and parses it at its end.

use super::skip::{Skip, SkipStep};
use super::{Header, parse_error};
use crate::error::{Error, ErrorKind};

/// Maximum length of the header in bytes. V8's has about two kilobytes.
const MAX_BYTES: usize = 16 << 20;

/// The header being read.
#[derive(Debug)]
pub(super) struct HeaderText {
    /// Finds its end.
    skip: Skip,
    /// The text so far.
    text: Vec<u8>,
    /// Its offset in the input.
    start: u64,
}

impl HeaderText {
    /// Returns an empty text, which starts at `start` of the input.
    pub(super) fn new(start: u64) -> Self {
        Self { skip: Skip::default(), text: Vec::new(), start }
    }

    /// Returns the offset of the header in the input.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Collects bytes from `at` on; `bytes` start at `base` of the input.
    /// Returns the position after them, and the header if it is complete.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`], and those of [`Header::parse`].
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        at: usize,
        base: u64,
    ) -> Result<(usize, Option<Header>), Error> {
        let (next, step) = self.skip.scan(bytes, at);
        self.text.extend_from_slice(&bytes[at..next]);
        if self.text.len() > MAX_BYTES {
            return Err(Error::new(ErrorKind::Limit, "the header is too long")
                .with_limit(MAX_BYTES as u64, self.text.len() as u64)
                .in_section("snapshot")
                .at_offset(self.start));
        }
        match step {
            SkipStep::More => Ok((next, None)),
            SkipStep::Bad(expected) => {
                let found = bytes.get(next).copied().unwrap_or_default();
                Err(parse_error(expected, found, base + next as u64).in_section("snapshot"))
            }
            SkipStep::End => {
                Header::parse(&self.text, self.start).map(|header| (next, Some(header)))
            }
        }
    }
}
