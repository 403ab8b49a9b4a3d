//! The common parts of all findings about large owners.

use super::Owner;
use crate::finding::{Evidence, Finding, Kind, Severity};
use crate::message::{Message, Paragraph, Value, arg, messages};

messages! {
    Unknown("retained.unknown") {}
    Fix("retained-object.fix") { name }
}

/// The common parts of all findings of this rule.
pub(super) struct Common<'a> {
    /// The object that retains the memory.
    pub(super) owner: &'a Owner,
    /// How bad it is.
    pub(super) severity: Severity,
    /// The share of the heap that it retains, in percent.
    pub(super) share: u64,
    /// The contents: `` 28,000 `Frame` 2.1 MB, 28,000 `Array` 62.0 MB ``.
    pub(super) classes: Option<Value>,
    /// A sentence on memory outside the JavaScript heap.
    pub(super) outside: Option<Message>,
    /// Whether most of the memory is outside of V8's heap.
    pub(super) is_external: bool,
}

impl Common<'_> {
    /// Returns the kind of the finding: external memory if the owner mainly holds buffers.
    pub(super) fn kind(&self, otherwise: Kind) -> Kind {
        if self.is_external { Kind::EXTERNAL_MEMORY } else { otherwise }
    }

    /// Returns the bytes for a sentence.
    pub(super) fn bytes(&self) -> Option<Value> {
        arg(self.owner.bytes)
    }

    /// Returns the share for a sentence.
    pub(super) fn share(&self) -> Option<Value> {
        arg(self.share)
    }

    /// Returns a finding with the common parts filled in.
    pub(super) fn finding(&self, kind: Kind, count: u64) -> Finding {
        let bytes = self.owner.bytes;
        Finding {
            confidence: 0.5,
            evidence: Evidence::of_one(bytes, count),
            claims: self.owner.nodes().collect(),
            ..Finding::new(kind, self.severity)
        }
    }
}

/// Returns the sentences on an owner. The last one says what a single snapshot cannot show.
pub(super) fn paragraph(
    first: impl Into<Paragraph>,
    more: impl IntoIterator<Item = Message>,
) -> Paragraph {
    let mut sentences = first.into();
    sentences.extend(more);
    sentences.push(Unknown {});
    sentences
}
