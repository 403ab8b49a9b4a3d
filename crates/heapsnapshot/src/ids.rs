//! Typed positions. The compiler rejects the position of an edge where that of
//! a node is expected. Only this module converts positions between widths of
//! integers.

use std::fmt;

/// A typed position. Indexes an [`IndexVec`](crate::index_vec::IndexVec) or a
/// [`BitSet`](crate::graph::BitSet).
pub(crate) trait Idx: Copy {
    /// Returns the typed position. The caller made sure that it fits in 32
    /// bits.
    fn at(position: usize) -> Self;

    /// Returns the position.
    fn position(self) -> usize;
}

macro_rules! index_type {
    ($(#[$meta:meta])* $vis:vis $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        $vis struct $name(pub(crate) u32);

        impl Idx for $name {
            #[inline]
            fn at(position: usize) -> Self {
                Self(to_u32(position))
            }

            #[inline]
            fn position(self) -> usize {
                self.0 as usize
            }
        }

        impl $name {
            /// Stands for no position, in columns that nearly always contain
            /// one. There are fewer nodes, edges, strings and classes than
            /// this.
            #[allow(dead_code, reason = "not every kind of position has such a column")]
            pub(crate) const NONE: Self = Self(u32::MAX);
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// Adds what users of this crate need of a position.
macro_rules! public_index {
    ($name:ident) => {
        impl $name {
            /// Returns the handle for position `index`, or `None` beyond `u32`.
            #[must_use]
            pub fn from_index(index: usize) -> Option<Self> {
                u32::try_from(index).ok().map(Self)
            }

            /// Returns the position as a `usize`, ready for slicing.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_type! {
    /// Position of a node in one graph, below
    /// [`Graph::node_count`](crate::Graph::node_count). Different in every
    /// snapshot; [`NodeId`] is not.
    pub NodeIx
}
index_type! {
    /// Position of an edge in one graph, in the order of the file. The edges of
    /// one node are consecutive.
    pub EdgeIx
}
index_type! {
    /// Position of a string in the string table of one graph.
    pub StrIx
}
index_type! {
    /// Position of a class in one [`crate::Classes`] table. Different in every
    /// snapshot; [`crate::Classes::key`] is not.
    pub ClassIx
}
index_type! {
    /// Position of an allocation stack in one graph: a node of the tree of calls.
    pub TraceIx
}

index_type! {
    /// Number of an entry of a `WeakMap` in one graph.
    pub(crate) PartIx
}
index_type! {
    /// Position of a list of properties of plain objects.
    pub(crate) ShapeIx
}
index_type! {
    /// Position of an inferred interface.
    pub(crate) DefinitionIx
}
public_index!(NodeIx);
public_index!(EdgeIx);
public_index!(StrIx);
public_index!(ClassIx);
public_index!(TraceIx);

/// V8's id of an object. The same in all snapshots of a process, for as long as
/// the object lives. V8 never assigns it again.
///
/// Users see ids, not positions. Objects of V8's heap have odd ids; nodes of
/// the embedder have even ids, which are different in every snapshot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Returns the id with a number that a user or another snapshot provided.
    #[must_use]
    pub fn new(id: u32) -> Self {
        Self(id)
    }

    /// Returns the number as V8 wrote it.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Converts a position that fits in 32 bits, as the caller made sure.
///
/// Saturates instead of wrapping: a bug then gives a position out of range, and
/// not a valid but wrong one.
pub(crate) fn to_u32(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
