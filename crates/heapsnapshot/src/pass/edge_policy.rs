//! Which edges count. DevTools follows different edges for different
//! computations.
//!
//! | computation | skipped edges |
//! |---|---|
//! | dominators | [`Essential`]: weak; self; shortcuts, except from the root; `WeakMap` edges from the table; edges into the page from outside |
//! | distances | weak; `sloppy_function_map` of a native context; some of an array of map descriptors; the first edge of a `WeakMap` entry |
//! | page objects, shallow sizes | weak |
//! | queryable objects | hidden, internal, weak |
//! | DOM state | hidden, weak |
//! | native contexts | shortcut, weak |
//! | Retainers view | weak; those from the root |

use crate::graph::{BitSet, Edge, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx};

/// The edges that the dominator tree is computed over.
///
/// An edge is essential unless
///
/// * it is weak;
/// * it leads to its own source;
/// * it is a shortcut and does not start at the root;
/// * it is the edge of a `WeakMap` entry that starts at the table. The one that
///   starts at the key is essential: without the key, the entry goes away, too;
/// * it leads from an object outside of the page to a page object, and does not
///   start at the root. References of the debugger would otherwise retain
///   objects of the page.
pub(crate) struct Essential<'a> {
    graph: &'a Graph,
    /// The page objects; `None` if all nodes in question are page objects.
    page: Option<&'a BitSet>,
    root: NodeIx,
}

impl<'a> Essential<'a> {
    /// Returns the essential edges of `graph`, whose page objects are `page`.
    pub(crate) fn new(graph: &'a Graph, page: &'a BitSet) -> Self {
        Self { graph, page: Some(page), root: graph.root() }
    }

    /// Returns the essential edges between page objects other than the root.
    /// Needs no set of page objects.
    pub(crate) fn in_page(graph: &'a Graph) -> Self {
        Self { graph, page: None, root: graph.root() }
    }

    /// Returns the facts about a source node that the rules need. Computed once
    /// for all of its edges.
    #[inline]
    pub(crate) fn source(&self, node: NodeIx) -> Source {
        let is_root = node == self.root;
        Source { node, is_root, enters_page: is_root || self.in_page_or_unknown(node) }
    }

    /// Returns whether the edge at position `at` is essential.
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

    /// Returns whether `node` is a page object; true if only page objects are
    /// in question.
    #[inline]
    fn in_page_or_unknown(&self, node: NodeIx) -> bool {
        self.page.is_none_or(|page| page.contains(node))
    }

    /// Returns whether an edge of a `WeakMap` entry starts at the table.
    #[cold]
    fn starts_at_table(&self, node: NodeIx, at: EdgeIx) -> bool {
        self.graph
            .ephemerons
            .get(self.graph.edge_text(at))
            .is_some_and(|ephemeron| ephemeron.table == u64::from(self.graph.ids[node].get()))
    }
}

/// The facts about the source of an edge that [`Essential`] needs.
pub(crate) struct Source {
    node: NodeIx,
    is_root: bool,
    /// Whether its edges to page objects are essential.
    enters_page: bool,
}

impl Source {
    /// Returns the facts about a page object other than the root.
    #[inline]
    pub(crate) fn in_page(node: NodeIx) -> Self {
        Self { node, is_root: false, enters_page: true }
    }
}

/// Returns the nodes where the page starts: the targets of the root's
/// shortcuts, and the list of documents. May contain a node twice.
pub(crate) fn page_starts(graph: &Graph) -> Vec<NodeIx> {
    let starts = graph.out(graph.root()).filter(|edge| {
        edge.kind() == EdgeKind::SHORTCUT
            || (edge.kind() == EdgeKind::ELEMENT
                && graph.is_kind(edge.to, NodeKind::SYNTHETIC)
                && graph.name(edge.to) == DOM_TREES)
    });
    starts.map(|edge| edge.to).collect()
}

/// Name of the synthetic node whose children are the documents.
pub(crate) const DOM_TREES: &str = "(Document DOM trees)";

/// Returns whether `node`, a target of the root, is a user root: a global
/// object or the list of documents, in contrast to V8's own roots, which are
/// synthetic.
pub(crate) fn is_user_root(graph: &Graph, node: NodeIx) -> bool {
    !graph.is_kind(node, NodeKind::SYNTHETIC) || graph.name(node) == DOM_TREES
}
