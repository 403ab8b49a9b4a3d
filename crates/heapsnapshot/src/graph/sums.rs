//! What the checks of nodes and edges add up, piece by piece.

use crate::ids::NodeIx;

/// What the checks of nodes add up.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) edges: u64,
    pub(super) sizes: u64,
    pub(super) largest_name: Largest,
}

/// The largest name so far, with the first record that has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Largest {
    pub(super) name: u32,
    pub(super) index: u64,
}

impl Largest {
    /// Takes `name` if it is larger; only then is `index` asked for.
    #[inline]
    pub(super) fn offer(&mut self, name: u32, index: impl FnOnce() -> u64) {
        if name > self.name {
            *self = Self { name, index: index() };
        }
    }
}

/// Narrows a node position; `header` bounded the number of nodes by `u32`.
#[inline]
pub(super) fn position(node: u64) -> NodeIx {
    u32::try_from(node).map_or(NodeIx::NONE, NodeIx)
}
