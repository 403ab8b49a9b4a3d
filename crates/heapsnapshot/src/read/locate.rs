//! Finds the byte offset of a number that turned out wrong only at the end.

use crate::error::{Error, ErrorKind};
use crate::format::{BadNumber, Header, Section, Sink, StringEnd};

/// Follows a second reading of the input up to one name column.
#[derive(Debug)]
pub(super) struct Locator {
    section: &'static str,
    record: u64,
    /// Position of the number among those of its section, from the header on.
    target: u64,
    seen: u64,
}

impl Locator {
    /// Returns `None` if `error` needs no second look.
    pub(super) fn new(error: &Error) -> Option<Self> {
        let section = error.section().filter(|name| matches!(*name, "nodes" | "edges"))?;
        if error.offset().is_some() {
            return None;
        }
        Some(Self { section, record: error.index()?, target: 0, seen: 0 })
    }
}

impl Sink for Locator {
    fn header(&mut self, header: Header) -> Result<(), Error> {
        let (width, column) = match self.section {
            "nodes" => (header.nodes.len, header.nodes.name),
            _ => (header.edges.len, header.edges.name),
        };
        self.target = self.record.saturating_mul(width as u64).saturating_add(column as u64);
        Ok(())
    }

    fn numbers(&mut self, section: Section, values: &[u64]) -> Result<(), BadNumber> {
        if section.name() != self.section {
            return Ok(());
        }
        let before = self.seen;
        self.seen += values.len() as u64;
        match isize::try_from(self.target - before.min(self.target)) {
            Ok(at) if at.unsigned_abs() < values.len() && before <= self.target => Err(BadNumber {
                at,
                index: self.record,
                error: Error::new(ErrorKind::Inconsistent, "found"),
            }),
            _ => Ok(()),
        }
    }

    fn string_piece(&mut self, _: &[u8]) {}

    fn string_end(&mut self, _: StringEnd) -> Result<(), Error> {
        Ok(())
    }

    fn section_end(&mut self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }
}
