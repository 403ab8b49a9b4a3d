//! Typed indices. The only place where positions are converted between
//! integer widths, so that a node position can never be used as an edge
//! position or as a V8 id.

use std::fmt;

/// A typed position, to index an [`IndexVec`](crate::index_vec::IndexVec) or a
/// [`BitSet`](crate::graph::BitSet).
pub(crate) trait Idx: Copy {
    /// Makes the handle of a position that construction has already bounded by `u32`.
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
            /// Stands for no position in columns that nearly always have one: there are
            /// fewer nodes, edges, strings and classes than this.
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

/// What the users of this crate may do with a position.
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
    /// Position of a node in one graph, `0..graph.node_count()`. Not stable
    /// across snapshots; use [`NodeId`] for that.
    pub NodeIx
}
index_type! {
    /// Position of an edge in one graph, in file order.
    pub EdgeIx
}
index_type! {
    /// Position of a text in the string table of one graph.
    pub StrIx
}
index_type! {
    /// Position of a class in one [`crate::Classes`] table.
    pub ClassIx
}

index_type! {
    /// Number of an entry of a `WeakMap` in one graph.
    pub(crate) PartIx
}
index_type! {
    /// Position of a list of properties that plain objects have.
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

/// V8's identifier of a heap object. It stays the same between snapshots of
/// one process, and it is the only handle that people see. Objects of the
/// JavaScript heap have odd ids, nodes added by the embedder even ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Wraps a number that came from a user or from another snapshot.
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

/// Narrows a position that construction has already bounded by `u32`.
///
/// Saturates instead of wrapping: a bug then shows up as an out-of-range
/// position, never as a wrong but valid one.
pub(crate) fn to_u32(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
