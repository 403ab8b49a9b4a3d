//! Finds the offset of a number that only the end of the file showed to be
//! wrong, by reading the input a second time.

use crate::error::{Error, ErrorKind};
use crate::format::{BadNumber, Header, Section, Sink, StringEnd};

/// Receives the second reading, and refuses the number at the wrong name
/// column.
#[derive(Debug)]
pub(super) struct Locator {
    /// Section of the number.
    section: &'static str,
    /// Position of its record in the section.
    record: u64,
    /// Position of the number in the section. Known from the header on.
    target: u64,
    /// Numbers of the section so far.
    seen: u64,
}

impl Locator {
    /// Returns a locator for `error`, or `None` if it has an offset already, or
    /// no record.
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

    fn trace_node(&mut self, _: &[u64]) -> Result<(), BadNumber> {
        Ok(())
    }

    fn trace_node_end(&mut self) {}

    fn string_piece(&mut self, _: &[u8]) {}

    fn string_end(&mut self, _: StringEnd) -> Result<(), Error> {
        Ok(())
    }

    fn section_end(&mut self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }
}
