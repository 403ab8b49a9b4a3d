//! Which native context (realm) each object belongs to.
//!
//! Inputs: names, edges. Output: one number a node.

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph};
use crate::ids::{NodeIx, StrIx};
use crate::index_vec::IndexVec;
use crate::pass::owner::Owner;

/// The native context that a node is attributed to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NativeContext {
    /// No context holds the node.
    None,
    /// Several contexts do.
    Shared,
    /// Only this one does.
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
    pub(crate) fn of(&self, node: NodeIx) -> NativeContext {
        match self.owners[node] {
            Owner::NOBODY => NativeContext::None,
            owner => owner.sole().map_or(NativeContext::Shared, NativeContext::Of),
        }
    }
}

/// Attributes every node.
///
/// # Semantics
/// An object whose map's map names a native context belongs to that one, and
/// so does the context itself. The others belong to whoever reaches them over
/// edges that are neither shortcut nor weak, or to several.
///
/// # Complexity
/// O(N + E) time: a node changes its owner at most twice. 12 bytes a node
/// while it runs.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<NativeContexts, Error> {
    let context_names = context_names(graph);
    let contexts: Vec<NodeIx> =
        graph.nodes().filter(|&node| context_names.contains(graph.names[node])).collect();
    let mut is_context = BitSet::new(graph.node_count());
    is_context.extend(contexts.iter().copied());
    let links = Links::find(graph, &is_context, control)?;

    let mut owners = IndexVec::from_elem(Owner::NOBODY, graph.node_count());
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

/// The links that lead from an object to its context.
struct Links {
    /// The map of each node, or [`NodeIx::NONE`].
    maps: IndexVec<NodeIx, NodeIx>,
    /// The context that each node names, or [`NodeIx::NONE`].
    contexts: IndexVec<NodeIx, NodeIx>,
}

impl Links {
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

    /// Returns the context that the map of the map of `node` names.
    fn context(&self, node: NodeIx) -> Option<NodeIx> {
        let follow = |column: &IndexVec<NodeIx, NodeIx>, at: NodeIx| {
            column.get(at).copied().filter(|&to| to != NodeIx::NONE)
        };
        let map = follow(&self.maps, node)?;
        follow(&self.contexts, follow(&self.maps, map)?)
    }
}

/// Marks the strings that are names of native contexts.
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
