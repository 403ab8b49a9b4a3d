//! The dominator tree, and how it looks from the nodes.

/// The dominator tree over depth-first numbers.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Node by number. The root has number 0.
    pub(crate) order: Vec<u32>,
    /// Number of the immediate dominator by number; smaller than the number
    /// itself, but for the root, which dominates itself.
    pub(crate) parents: Vec<u32>,
}

impl Tree {
    /// Returns the immediate dominator of each node.
    pub(crate) fn dominators(self) -> Vec<u32> {
        let Self { order, parents } = self;
        let mut dominators = vec![0u32; order.len()];
        for (number, &node) in order.iter().enumerate() {
            dominators[node as usize] = order[parents[number] as usize];
        }
        dominators
    }

    /// Returns all nodes so that what a node dominates follows it at once.
    pub(crate) fn preorder(&self) -> Vec<u32> {
        let Self { order, parents } = self;
        let mut sizes = vec![1u32; order.len()];
        for number in (1..order.len()).rev() {
            sizes[parents[number] as usize] += sizes[number];
        }
        // From here on, once `n` has its place, `sizes[n]` is where the next
        // child of `n` goes. A dominator's number is smaller, so it has its place
        // before its children ask.
        let mut preorder = vec![0u32; order.len()];
        for (number, &node) in order.iter().enumerate() {
            let place = if number == 0 {
                0
            } else {
                let size = sizes[number];
                let slot = &mut sizes[parents[number] as usize];
                let place = *slot;
                *slot += size;
                place
            };
            sizes[number] = place + 1;
            preorder[place as usize] = node;
        }
        preorder
    }
}
