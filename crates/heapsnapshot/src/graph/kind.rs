//! Kinds of nodes and edges.

/// The kind of a node: V8's `type`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeKind(pub(crate) u8);

impl NodeKind {
    /// Returns the number of the kind: a position in the names of kinds.
    #[inline]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The kinds that this crate knows; V8 adds new ones now and then, and those
/// only have a name, see [`crate::Graph::kind_name`].
impl NodeKind {
    /// V8 internals.
    pub const HIDDEN: Self = Self(0);
    /// Arrays of the engine: backing stores, tables.
    pub const ARRAY: Self = Self(1);
    /// A flat string.
    pub const STRING: Self = Self(2);
    /// A JavaScript object that is not a function.
    pub const OBJECT: Self = Self(3);
    /// Compiled code.
    pub const CODE: Self = Self(4);
    /// A function.
    pub const CLOSURE: Self = Self(5);
    /// A regular expression.
    pub const REGEXP: Self = Self(6);
    /// A number on the heap.
    pub const NUMBER: Self = Self(7);
    /// Memory outside the JavaScript heap.
    pub const NATIVE: Self = Self(8);
    /// A node made up for grouping, such as `(GC roots)`.
    pub const SYNTHETIC: Self = Self(9);
    /// A string made of two others.
    pub const CONS_STRING: Self = Self(10);
    /// A string that is a part of another.
    pub const SLICED_STRING: Self = Self(11);
    /// A symbol.
    pub const SYMBOL: Self = Self(12);
    /// A `BigInt`.
    pub const BIGINT: Self = Self(13);
    /// The hidden class of objects and its parts.
    pub const OBJECT_SHAPE: Self = Self(14);

    /// Returns whether this is one of the kinds of strings: flat, concatenated or sliced.
    #[must_use]
    pub fn is_string(self) -> bool {
        matches!(self, Self::STRING | Self::CONS_STRING | Self::SLICED_STRING)
    }
}

/// The kind of an edge: V8's `type`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EdgeKind(pub(crate) u8);

/// The kinds that this crate knows; others only have a name, see
/// [`crate::Graph::edge_kind_name`].
impl EdgeKind {
    /// A variable of a function context.
    pub const CONTEXT: Self = Self(0);
    /// An element of an array, with a number.
    pub const ELEMENT: Self = Self(1);
    /// A named property.
    pub const PROPERTY: Self = Self(2);
    /// A link of the engine, invisible to JavaScript.
    pub const INTERNAL: Self = Self(3);
    /// A link of the engine, with a number.
    pub const HIDDEN: Self = Self(4);
    /// A shortcut past the engine's own links.
    pub const SHORTCUT: Self = Self(5);
    /// A link that does not keep its target alive.
    pub const WEAK: Self = Self(6);
    /// An internal edge that stands for half an ephemeron. Never leaves this
    /// crate: [`Self::public`] turns it into `INTERNAL`.
    pub(crate) const EPHEMERON: Self = Self(7);

    #[inline]
    pub(crate) fn has_index(self) -> bool {
        self == Self::ELEMENT || self == Self::HIDDEN
    }

    #[inline]
    pub(crate) fn public(self) -> Self {
        if self == Self::EPHEMERON { Self::INTERNAL } else { self }
    }

    /// Kinds whose meaning this crate knows.
    #[inline]
    pub(crate) fn is_known(self) -> bool {
        self.0 <= Self::EPHEMERON.0
    }
}

/// Whether a node belongs to a DOM tree that a page shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Detachedness {
    /// Not a DOM node, or not known.
    Unknown,
    /// Part of a document.
    Attached,
    /// Removed from its document but still alive.
    Detached,
}

impl Detachedness {
    /// Returns the state for V8's number, or `None` if V8 has no such number.
    #[inline]
    pub(crate) fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::Unknown),
            1 => Some(Self::Attached),
            2 => Some(Self::Detached),
            _ => None,
        }
    }

    /// Returns V8's number: 0, 1 or 2.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Attached => 1,
            Self::Detached => 2,
        }
    }
}
