//! Sums and maxima that the checks of nodes and edges collect while the file is
//! read.

use crate::ids::NodeIx;

/// Sums and maximum over the nodes so far.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Sum of the edge counts.
    pub(super) edges: u64,
    /// Sum of the self sizes in bytes.
    pub(super) sizes: u64,
    /// The largest position of a name in the string table, which is not known
    /// yet.
    pub(super) largest_name: Largest,
}

/// The largest name so far, and the first record that has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Largest {
    /// Position in the string table; 0 as long as there is no record.
    pub(super) name: u32,
    /// Position of the record in its section.
    pub(super) index: u64,
}

impl Largest {
    /// Replaces the name if `name` is larger. Calls `index` only then.
    #[inline]
    pub(super) fn offer(&mut self, name: u32, index: impl FnOnce() -> u64) {
        if name > self.name {
            *self = Self { name, index: index() };
        }
    }
}

/// Converts the position of a node. The header was checked: there are fewer
/// than 2^32 nodes.
#[inline]
pub(super) fn position(node: u64) -> NodeIx {
    u32::try_from(node).map_or(NodeIx::NONE, NodeIx)
}
