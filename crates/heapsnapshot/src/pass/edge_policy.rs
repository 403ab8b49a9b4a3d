//! Which edges count, side by side: DevTools follows different edges for
//! different questions.
//!
//! | question | skipped edges |
//! |---|---|
//! | dominators | [`Essential`]: weak, self, shortcuts but from the root, ephemeron edges from the table, edges into the page from outside |
//! | distances | weak; `sloppy_function_map` of a native context; some of a descriptor array; the first half of an ephemeron |
//! | page objects, shallow sizes | weak |
//! | queryable objects | hidden, internal, weak |
//! | DOM state | hidden, weak |
//! | native contexts | shortcut, weak |
//! | retainers view | weak, those from the root |

use crate::graph::{BitSet, Edge, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx};

/// The edges of the dominator tree.
///
/// An edge is not essential if it is weak, a self loop, a shortcut that does
/// not start at the root, the half of an ephemeron that starts at the table
/// (the one from the key stays), or leads into the page from an object outside
/// it, the root excepted: the debugger's own references must not count.
pub(crate) struct Essential<'a> {
    graph: &'a Graph,
    /// `None` if only edges between page objects are asked about.
    page: Option<&'a BitSet>,
    root: NodeIx,
}

impl<'a> Essential<'a> {
    pub(crate) fn new(graph: &'a Graph, page: &'a BitSet) -> Self {
        Self { graph, page: Some(page), root: graph.root() }
    }

    /// The same for sources that are page objects, of which none is the root.
    pub(crate) fn in_page(graph: &'a Graph) -> Self {
        Self { graph, page: None, root: graph.root() }
    }

    /// Returns what the rules need to know about a source node.
    #[inline]
    pub(crate) fn source(&self, node: NodeIx) -> Source {
        let is_root = node == self.root;
        Source { node, is_root, enters_page: is_root || self.in_page_or_unknown(node) }
    }

    /// Returns whether the edge at position `at` counts.
    #[inline]
    pub(crate) fn contains(&self, source: &Source, at: EdgeIx, edge: Edge) -> bool {
        let kind = edge.kind();
        let to = edge.to;
        if to == source.node || kind == EdgeKind::WEAK {
            return false;
        }
        if kind.0 >= EdgeKind::SHORTCUT.0 {
            if kind == EdgeKind::SHORTCUT && !source.is_root {
                return false;
            }
            if kind == EdgeKind::EPHEMERON && self.starts_at_table(source.node, at) {
                return false;
            }
        }
        source.enters_page || !self.in_page_or_unknown(to)
    }

    #[inline]
    fn in_page_or_unknown(&self, node: NodeIx) -> bool {
        self.page.is_none_or(|page| page.contains(node))
    }

    #[cold]
    fn starts_at_table(&self, node: NodeIx, at: EdgeIx) -> bool {
        self.graph
            .ephemerons
            .get(self.graph.edge_text(at))
            .is_some_and(|ephemeron| ephemeron.table == u64::from(self.graph.ids[node].get()))
    }
}

/// What [`Essential`] knows about the source of the edges being looked at.
pub(crate) struct Source {
    node: NodeIx,
    is_root: bool,
    enters_page: bool,
}

impl Source {
    /// A page object other than the root.
    #[inline]
    pub(crate) fn in_page(node: NodeIx) -> Self {
        Self { node, is_root: false, enters_page: true }
    }
}

/// Returns the nodes where the page starts: the targets of the root's
/// shortcuts, and documents.
pub(crate) fn page_starts(graph: &Graph) -> Vec<NodeIx> {
    let starts = graph.out(graph.root()).filter(|edge| {
        edge.kind() == EdgeKind::SHORTCUT
            || (edge.kind() == EdgeKind::ELEMENT
                && graph.is_kind(edge.to, NodeKind::SYNTHETIC)
                && graph.name(edge.to) == DOM_TREES)
    });
    starts.map(|edge| edge.to).collect()
}

pub(crate) const DOM_TREES: &str = "(Document DOM trees)";

/// Returns whether `node`, a target of the root, starts what the user made:
/// global objects and documents, not V8's own roots.
pub(crate) fn is_user_root(graph: &Graph, node: NodeIx) -> bool {
    !graph.is_kind(node, NodeKind::SYNTHETIC) || graph.name(node) == DOM_TREES
}
