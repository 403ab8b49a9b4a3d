//! The dominator tree by depth-first number, and its conversion to nodes.

use super::number::{Number, Short};
use crate::ids::NodeIx;
use crate::index_vec::IndexVec;

/// The dominator tree over depth-first numbers.
#[derive(Debug)]
pub(crate) enum Tree {
    /// A tree of fewer than 2^24 - 1 nodes.
    Short(NumberedTree<Short>),
    /// A larger tree.
    Long(NumberedTree<u32>),
}

/// The dominator tree with numbers of one width.
#[derive(Debug)]
pub(crate) struct NumberedTree<N> {
    /// By number: the node. The root has number 0; unreached nodes have the
    /// largest numbers.
    pub(super) order: Vec<N>,
    /// By number: the number of the immediate dominator, which is smaller. The
    /// root is its own dominator.
    pub(super) dominators: Vec<N>,
}

impl Tree {
    /// Returns the immediate dominator of each node.
    pub(crate) fn dominators(&self) -> IndexVec<NodeIx, NodeIx> {
        match self {
            Self::Short(tree) => tree.dominators(),
            Self::Long(tree) => tree.dominators(),
        }
    }

    /// Returns the nodes in preorder: after each node come all nodes that it
    /// dominates, before any other. Children are in the order of their numbers.
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
    pub(crate) fn dominator(&self, number: usize) -> usize {
        self.dominators[number].get() as usize
    }

    /// See [`Tree::dominators`].
    fn dominators(&self) -> IndexVec<NodeIx, NodeIx> {
        let mut dominators = IndexVec::from_elem(NodeIx::NONE, self.order.len());
        for (number, node) in self.nodes().enumerate() {
            dominators[node] = NodeIx(self.order[self.dominator(number)].get());
        }
        debug_assert!(dominators.iter().all(|&dominator| dominator != NodeIx::NONE));
        dominators
    }

    /// See [`Tree::preorder`]. O(N) time, without recursion.
    fn preorder(&self) -> Vec<NodeIx> {
        // By number: how many nodes it dominates, itself included.
        let mut sizes = vec![N::of(1); self.order.len()];
        for number in (1..sizes.len()).rev() {
            debug_assert!(self.dominator(number) < number, "a dominator has a smaller number");
            let size = sizes[number].get();
            let parent = &mut sizes[self.dominator(number)];
            *parent = N::of(parent.get() + size);
        }
        // From here on, `sizes[n]` changes its meaning as soon as `n` has its place
        // in the preorder: it is then the place of the next child of `n`. A
        // dominator has a smaller number, so it has its place before its children.
        let mut preorder = vec![NodeIx::NONE; sizes.len()];
        for (number, node) in self.nodes().enumerate() {
            let place = if number == 0 {
                0
            } else {
                let size = sizes[number].get();
                let slot = &mut sizes[self.dominator(number)];
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
