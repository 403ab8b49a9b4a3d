//! What a growing collection is about, as one of several rules knows it.

use crate::finding::Kind;
use crate::message::{Message, Value};

/// What a collection is about.
pub(super) struct Contents {
    pub(super) kind: Kind,
    /// What most entries are.
    pub(super) items: Value,
    /// Sentences on who stands behind them.
    pub(super) behind: Vec<Message>,
    pub(super) fix: Message,
}
