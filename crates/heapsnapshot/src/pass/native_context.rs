//! The native context (realm) of each object.
//!
//! Inputs: names, edges. Output: one number per node. Each `vm` context, and
//! the main program, has a native context.

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph};
use crate::ids::{NodeIx, StrIx};
use crate::index_vec::IndexVec;
use crate::pass::owner::Owner;

/// The native context that a node belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NativeContext {
    /// No context reaches the node.
    None,
    /// Several contexts reach it.
    Shared,
    /// Only this context reaches it. The node is that of the context.
    Of(NodeIx),
}

/// The attribution of every node.
///
/// # Memory
/// 4 bytes a node.
#[derive(Clone, Debug)]
pub(crate) struct NativeContexts {
    owners: IndexVec<NodeIx, Owner>,
    /// All native contexts in file order.
    pub(crate) contexts: Vec<NodeIx>,
}

impl NativeContexts {
    /// Returns the context of `node`.
    pub(crate) fn of(&self, node: NodeIx) -> NativeContext {
        match self.owners[node] {
            Owner::NONE => NativeContext::None,
            owner => owner.sole().map_or(NativeContext::Shared, NativeContext::Of),
        }
    }
}

/// Computes the native context of every node.
///
/// # Semantics
/// A native context belongs to itself. An object whose map's map refers to a
/// native context belongs to that one. Every other node belongs to the context
/// whose nodes reach it over edges that are neither shortcuts nor weak; it is
/// shared if there are several.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time: the owner of a node changes at most twice. Needs 12 bytes per
/// node while it runs.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<NativeContexts, Error> {
    let context_names = context_names(graph);
    let contexts: Vec<NodeIx> =
        graph.nodes().filter(|&node| context_names.contains(graph.names[node])).collect();
    let mut is_context = BitSet::new(graph.node_count());
    is_context.extend(contexts.iter().copied());
    let links = Links::find(graph, &is_context, control)?;

    let mut owners = IndexVec::from_elem(Owner::NONE, graph.node_count());
    let mut fixed = BitSet::new(graph.node_count());
    let mut open = Vec::new();
    for node in graph.nodes() {
        let context = if is_context.contains(node) { Some(node) } else { links.context(node) };
        if let Some(context) = context {
            owners[node] = Owner::one(context);
            fixed.insert(node);
            open.push(node);
        }
    }
    drop(links);
    let mut ticker = control.ticker();
    while let Some(node) = open.pop() {
        ticker.tick()?;
        let owner = owners[node];
        for edge in graph.out(node) {
            let kind = edge.kind();
            if kind == EdgeKind::SHORTCUT
                || kind == EdgeKind::WEAK
                || edge.to == node
                || fixed.contains(edge.to)
            {
                continue;
            }
            if owners[edge.to].add(owner) {
                open.push(edge.to);
            }
        }
    }
    Ok(NativeContexts { owners, contexts })
}

/// The edges that lead from an object to its context.
struct Links {
    /// By node: its map, or [`NodeIx::NONE`].
    maps: IndexVec<NodeIx, NodeIx>,
    /// By node: the context that it refers to, or [`NodeIx::NONE`].
    contexts: IndexVec<NodeIx, NodeIx>,
}

impl Links {
    /// Collects the edges. O(N + E) time.
    fn find(graph: &Graph, is_context: &BitSet, control: &Control) -> Result<Self, Error> {
        // Of equal strings, DevTools looks at the first in the table only.
        let native_context = graph.find_strings("native_context").first().copied();
        let map = graph.find_strings("map").first().copied();
        let mut maps = IndexVec::from_elem(NodeIx::NONE, graph.node_count());
        let mut contexts = IndexVec::from_elem(NodeIx::NONE, graph.node_count());
        let mut ticker = control.ticker();
        for node in graph.nodes() {
            ticker.tick()?;
            for (at, edge) in graph.out_at(node) {
                if edge.kind().public() != EdgeKind::INTERNAL {
                    continue;
                }
                let name = Some(graph.edge_text(at));
                let is_new = contexts[node] == NodeIx::NONE;
                if name == native_context && is_new && is_context.contains(edge.to) {
                    contexts[node] = edge.to;
                } else if name == map && maps[node] == NodeIx::NONE {
                    maps[node] = edge.to;
                }
            }
        }
        Ok(Self { maps, contexts })
    }

    /// Returns the context that the map of the map of `node` refers to.
    fn context(&self, node: NodeIx) -> Option<NodeIx> {
        let follow = |column: &IndexVec<NodeIx, NodeIx>, at: NodeIx| {
            column.get(at).copied().filter(|&to| to != NodeIx::NONE)
        };
        let map = follow(&self.maps, node)?;
        follow(&self.contexts, follow(&self.maps, map)?)
    }
}

/// Returns the strings that are names of native contexts.
fn context_names(graph: &Graph) -> BitSet<StrIx> {
    const NAME: &[u8] = b"system / NativeContext";
    let mut names = BitSet::new(graph.string_count());
    for (ix, text) in graph.strings.iter() {
        let text = text.as_bytes();
        let text = text.strip_prefix(b"Detached ").unwrap_or(text);
        if text.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with(b" / ")) {
            names.insert(ix);
        }
    }
    names
}
