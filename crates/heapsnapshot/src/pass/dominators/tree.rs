//! The dominator tree, and how it looks from the nodes.

use super::number::{Number, Short};
use crate::ids::NodeIx;
use crate::index_vec::IndexVec;

/// The dominator tree over depth-first numbers.
#[derive(Debug)]
pub(crate) enum Tree {
    Short(NumberedTree<Short>),
    Long(NumberedTree<u32>),
}

#[derive(Debug)]
pub(crate) struct NumberedTree<N> {
    /// Node by number. The root has number 0.
    pub(super) order: Vec<N>,
    /// Number of the immediate dominator by number; smaller than the number
    /// itself, but for the root, which dominates itself.
    pub(super) parents: Vec<N>,
}

impl Tree {
    /// Returns the immediate dominator of each node.
    pub(crate) fn dominators(&self) -> IndexVec<NodeIx, NodeIx> {
        match self {
            Self::Short(tree) => tree.dominators(),
            Self::Long(tree) => tree.dominators(),
        }
    }

    /// Returns all nodes so that what a node dominates follows it at once.
    pub(crate) fn preorder(&self) -> Vec<NodeIx> {
        match self {
            Self::Short(tree) => tree.preorder(),
            Self::Long(tree) => tree.preorder(),
        }
    }
}

impl<N: Number> NumberedTree<N> {
    /// Returns the nodes by number.
    pub(crate) fn nodes(&self) -> impl ExactSizeIterator<Item = NodeIx> {
        self.order.iter().map(|node| NodeIx(node.get()))
    }

    /// Returns the number of the immediate dominator of `number`.
    #[inline]
    pub(crate) fn parent(&self, number: usize) -> usize {
        self.parents[number].get() as usize
    }

    fn dominators(&self) -> IndexVec<NodeIx, NodeIx> {
        let mut dominators = IndexVec::from_elem(NodeIx::NONE, self.order.len());
        for (number, node) in self.nodes().enumerate() {
            dominators[node] = NodeIx(self.order[self.parent(number)].get());
        }
        debug_assert!(dominators.iter().all(|&dominator| dominator != NodeIx::NONE));
        dominators
    }

    fn preorder(&self) -> Vec<NodeIx> {
        let mut sizes = vec![N::of(1); self.order.len()];
        for number in (1..sizes.len()).rev() {
            debug_assert!(self.parent(number) < number, "a dominator has a smaller number");
            let size = sizes[number].get();
            let parent = &mut sizes[self.parent(number)];
            *parent = N::of(parent.get() + size);
        }
        // From here on, once `n` has its place, `sizes[n]` is where the next
        // child of `n` goes. A dominator's number is smaller, so it has its place
        // before its children ask.
        let mut preorder = vec![NodeIx::NONE; sizes.len()];
        for (number, node) in self.nodes().enumerate() {
            let place = if number == 0 {
                0
            } else {
                let size = sizes[number].get();
                let slot = &mut sizes[self.parent(number)];
                let place = slot.get();
                *slot = N::of(place + size);
                place
            };
            sizes[number] = N::of(place + 1);
            preorder[place as usize] = node;
        }
        debug_assert!(preorder.iter().all(|&node| node != NodeIx::NONE));
        preorder
    }
}
