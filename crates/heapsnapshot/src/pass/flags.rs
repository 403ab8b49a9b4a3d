//! DevTools' flags of a node, the objects that the console can query, and plain
//! reachability.
//!
//! Inputs: kinds, edges. Output: one bit per node.

use std::ops::BitOr;

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx};

/// The flags that DevTools has for a node: a set of flags, with the bits that
/// DevTools uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct NodeFlags(u8);

impl NodeFlags {
    /// The console's `queryObjects` can find the node.
    pub const QUERYABLE: Self = Self(1);

    /// The node is native and detached from the document.
    pub const DETACHED_DOM_NODE: Self = Self(2);

    /// The page reaches the node: a document or a global object, over edges
    /// that are not weak.
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

/// Returns the objects that the console's `queryObjects` can find: those that
/// the user roots reach over edges that JavaScript can follow, which are all
/// but hidden, internal and weak ones.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time. Needs one bit per node, and 4 bytes per node that is still to
/// be visited.
pub(crate) fn queryable_objects(graph: &Graph, control: &Control) -> Result<BitSet, Error> {
    let starts =
        graph.out(graph.root()).filter(|edge| !graph.is_kind(edge.to, NodeKind::SYNTHETIC));
    let follow = |_: NodeIx, at: EdgeIx| {
        let kind = graph.edge(at).kind().public();
        kind != EdgeKind::HIDDEN && kind != EdgeKind::INTERNAL && kind != EdgeKind::WEAK
    };
    reach(graph, starts.map(|edge| edge.to), follow, control)
}

/// Returns `starts` and every node reachable from them over edges that `follow`
/// accepts, given their source and position.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time.
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
