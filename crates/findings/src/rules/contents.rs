//! The description of a growing collection, by the rule that recognises it.

use crate::finding::Kind;
use crate::message::{Message, Value};

/// The description of a collection.
pub(super) struct Contents {
    /// The kind of the finding.
    pub(super) kind: Kind,
    /// The kind of most entries.
    pub(super) items: Value,
    /// Sentences on the code behind them.
    pub(super) behind: Vec<Message>,
    /// How to fix it.
    pub(super) fix: Message,
}
