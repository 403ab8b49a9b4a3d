//! Integers that another thread decodes before the parser gets to them.

use super::digits::{self, Numbers};

/// Integers decoded from a block on the assumption that the block starts just
/// after a comma inside an array of integers. See [`Parser::push_speculated`](super::Parser::push_speculated).
#[derive(Debug, Default)]
pub(crate) struct Speculation {
    values: Numbers,
    consumed: usize,
}

impl Speculation {
    /// Decodes as much of `bytes` as the assumption explains.
    pub(crate) fn scan(&mut self, bytes: &[u8]) {
        // A value takes two bytes at least: a whole block is never beyond this.
        self.values.restart(bytes.len() / 2 + 64);
        self.consumed = digits::run(bytes, 0, &mut self.values);
    }
    /// Returns the integers.
    pub(super) fn values(&self) -> &[u64] {
        self.values.as_slice()
    }

    /// Returns the number of bytes that they take.
    pub(super) fn consumed(&self) -> usize {
        self.consumed
    }
}
