//! The top-level keys of a snapshot that the parser knows.

use super::Section;

/// A top-level key. Each can occur once.
#[derive(Clone, Copy)]
pub(super) enum Key {
    /// `snapshot`.
    Header,
    /// An array of integers.
    Ints(Section),
    /// `strings`.
    Strings,
    /// `trace_tree`.
    TraceTree,
}

impl Key {
    /// Returns all keys.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let sections = Section::ALL.into_iter().map(Self::Ints);
        [Self::Header].into_iter().chain(sections).chain([Self::Strings, Self::TraceTree])
    }

    /// Returns the text of the key.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Header => "snapshot",
            Self::Ints(section) => section.name(),
            Self::Strings => "strings",
            Self::TraceTree => "trace_tree",
        }
    }

    /// Returns whether a snapshot without the key is refused.
    pub(super) fn is_required(self) -> bool {
        match self {
            Self::Header | Self::Strings => true,
            Self::Ints(section) => section.is_required(),
            Self::TraceTree => false,
        }
    }

    /// Returns the bit of the key in a set of keys.
    pub(super) fn bit(self) -> u32 {
        match self {
            Self::Header => 1,
            Self::Strings => 2,
            Self::TraceTree => 4,
            Self::Ints(section) => 8 << section as u32,
        }
    }
}
