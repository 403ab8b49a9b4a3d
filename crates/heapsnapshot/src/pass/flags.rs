//! DevTools' flags of a node, what the console can query, and plain reachability.
//!
//! Inputs: kinds, edges. Output: one bit a node.

use std::ops::BitOr;

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx};

/// What DevTools notes about a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct NodeFlags(u8);

impl NodeFlags {
    /// `queryObjects` of the console finds the node.
    pub const QUERYABLE: Self = Self(1);
    /// The node is a DOM node that no document has.
    pub const DETACHED_DOM_NODE: Self = Self(2);
    /// The node belongs to the page.
    pub const PAGE_OBJECT: Self = Self(4);

    /// Returns these flags if `is_set`, else none.
    #[must_use]
    pub fn when(self, is_set: bool) -> Self {
        if is_set { self } else { Self::default() }
    }

    /// Returns whether all of `flags` are set.
    #[must_use]
    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for NodeFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Marks the objects that `queryObjects` of the console can see: those that
/// the user's roots reach over edges that JavaScript itself can follow.
///
/// # Complexity
/// O(N + E) time; one bit a node, plus the list of nodes still to visit.
pub(crate) fn queryable_objects(graph: &Graph, control: &Control) -> Result<BitSet, Error> {
    let starts =
        graph.out(graph.root()).filter(|edge| !graph.is_kind(edge.to, NodeKind::SYNTHETIC));
    let follow = |_: NodeIx, at: EdgeIx| {
        let kind = graph.edge(at).kind().public();
        kind != EdgeKind::HIDDEN && kind != EdgeKind::INTERNAL && kind != EdgeKind::WEAK
    };
    reach(graph, starts.map(|edge| edge.to), follow, control)
}

/// Marks `starts` and everything reachable from them over edges that `follow`
/// accepts, given their source and position.
pub(crate) fn reach(
    graph: &Graph,
    starts: impl Iterator<Item = NodeIx>,
    follow: impl Fn(NodeIx, EdgeIx) -> bool,
    control: &Control,
) -> Result<BitSet, Error> {
    let mut marked = BitSet::new(graph.node_count());
    let mut open: Vec<NodeIx> = starts.filter(|&node| marked.insert(node)).collect();
    let mut ticker = control.ticker();
    while let Some(node) = open.pop() {
        ticker.tick()?;
        for (at, edge) in graph.out_at(node) {
            if follow(node, at) && marked.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    Ok(marked)
}
