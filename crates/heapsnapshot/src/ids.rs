//! Typed indices. The only place where positions are converted between
//! integer widths, so that a node position can never be used as an edge
//! position or as a V8 id.

use std::fmt;

macro_rules! index_type {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub(crate) u32);

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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

index_type! {
    /// Position of a node in one graph, `0..graph.node_count()`. Not stable
    /// across snapshots; use [`NodeId`] for that.
    NodeIx
}
index_type! {
    /// Position of an edge in one graph, in file order.
    EdgeIx
}
index_type! {
    /// Position of a text in the string table of one graph.
    StrIx
}
index_type! {
    /// Position of a class in one [`crate::Classes`] table.
    ClassIx
}

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
