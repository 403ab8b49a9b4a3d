//! Integers that another thread decodes before the parser reaches them.

use super::digits::{self, Numbers};

/// Integers decoded from a block, on the assumption that the block starts just
/// after a comma inside an array of integers. Nearly all blocks of a snapshot
/// do.
///
/// [`Parser::push_speculated`](super::Parser::push_speculated) checks the
/// assumption.
#[derive(Debug, Default)]
pub(crate) struct Speculation {
    /// The integers.
    values: Numbers,
    /// Number of bytes that they take.
    consumed: usize,
}

impl Speculation {
    /// Decodes integers from the start of `bytes`, up to the first byte that
    /// contradicts the assumption.
    pub(crate) fn scan(&mut self, bytes: &[u8]) {
        // An integer and its comma take two bytes or more, so all integers fit.
        self.values.restart(bytes.len() / 2 + 64);
        self.consumed = digits::run(bytes, 0, &mut self.values);
    }

    /// Returns the integers.
    pub(super) fn values(&self) -> &[u64] {
        self.values.as_slice()
    }

    /// Returns the number of bytes that the integers take.
    pub(super) fn consumed(&self) -> usize {
        self.consumed
    }
}
