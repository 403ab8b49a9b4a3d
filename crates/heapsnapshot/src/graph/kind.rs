//! Kinds of nodes and edges.

/// The kind of a node: V8's `type`. The same number in all snapshots, unlike
/// the numbers in a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeKind(pub(crate) u8);

impl NodeKind {
    /// Returns the number of the kind: a position in the names of kinds.
    #[inline]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The kinds that this crate knows. V8 adds new kinds now and then; those have
/// a name only, see [`crate::Graph::kind_name`].
impl NodeKind {
    /// An internal object of V8.
    pub const HIDDEN: Self = Self(0);

    /// An array that V8 uses internally: a backing store or a table. A
    /// JavaScript array is an [`Self::OBJECT`].
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

    /// A number stored on the heap.
    pub const NUMBER: Self = Self(7);

    /// Memory outside of V8's heap, or an object of the embedder (Node).
    pub const NATIVE: Self = Self(8);

    /// A node that V8 adds to group others, such as `(GC roots)`.
    pub const SYNTHETIC: Self = Self(9);

    /// A concatenated string: two other strings, not yet copied into one.
    pub const CONS_STRING: Self = Self(10);

    /// A part of another string, which it keeps alive.
    pub const SLICED_STRING: Self = Self(11);
    /// A symbol.
    pub const SYMBOL: Self = Self(12);
    /// A `BigInt`.
    pub const BIGINT: Self = Self(13);

    /// A hidden class of objects, or a part of one.
    pub const OBJECT_SHAPE: Self = Self(14);

    /// Returns whether this is one of the kinds of strings: flat, concatenated or sliced.
    #[must_use]
    pub fn is_string(self) -> bool {
        matches!(self, Self::STRING | Self::CONS_STRING | Self::SLICED_STRING)
    }
}

/// The kind of an edge: V8's `type`. The same number in all snapshots, unlike
/// the numbers in a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EdgeKind(pub(crate) u8);

/// The kinds that this crate knows. Others have a name only, see
/// [`crate::Graph::edge_kind_name`].
impl EdgeKind {
    /// A variable in the scope of a function.
    pub const CONTEXT: Self = Self(0);

    /// An element of an array. Has an index instead of a name.
    pub const ELEMENT: Self = Self(1);
    /// A named property.
    pub const PROPERTY: Self = Self(2);

    /// A named reference inside of V8 that JavaScript cannot follow.
    pub const INTERNAL: Self = Self(3);

    /// A numbered reference inside of V8. Has an index instead of a name.
    pub const HIDDEN: Self = Self(4);

    /// A shortcut past internal references, such as from the root to a global
    /// object.
    pub const SHORTCUT: Self = Self(5);

    /// A reference that does not keep its target alive.
    pub const WEAK: Self = Self(6);

    /// An [`Self::INTERNAL`] edge of an entry of a `WeakMap`. Never leaves this
    /// crate: [`Self::public`] converts it.
    pub(crate) const EPHEMERON: Self = Self(7);

    /// Returns whether edges of this kind have an index instead of a name.
    #[inline]
    pub(crate) fn has_index(self) -> bool {
        self == Self::ELEMENT || self == Self::HIDDEN
    }

    /// Returns the kind as the public API shows it.
    #[inline]
    pub(crate) fn public(self) -> Self {
        if self == Self::EPHEMERON { Self::INTERNAL } else { self }
    }

    /// Returns whether this crate knows the kind.
    #[inline]
    pub(crate) fn is_known(self) -> bool {
        self.0 <= Self::EPHEMERON.0
    }
}

/// Whether a node belongs to a DOM tree that a document contains.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Detachedness {
    /// Not a DOM node, or not known.
    Unknown,
    /// Part of a document.
    Attached,
    /// Removed from its document, but alive.
    Detached,
}

impl Detachedness {
    /// Returns the state with V8's number `code`, or `None` if there is none.
    #[inline]
    pub(crate) fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::Unknown),
            1 => Some(Self::Attached),
            2 => Some(Self::Detached),
            _ => None,
        }
    }

    /// Returns V8's number: 0, 1 or 2, in the order of the variants.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Attached => 1,
            Self::Detached => 2,
        }
    }
}
