//! Which native context (realm) each object belongs to.
//!
//! Inputs: names, edges. Output: one number a node.

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph};
use crate::ids::{NodeIx, to_u32};

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

const NOBODY: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;

/// The attribution of every node.
///
/// # Memory
/// 4 bytes a node.
#[derive(Clone, Debug)]
pub(crate) struct NativeContexts {
    owners: Vec<u32>,
    /// All native contexts in file order.
    pub(crate) contexts: Vec<u32>,
}

impl NativeContexts {
    pub(crate) fn of(&self, node: usize) -> NativeContext {
        match self.owners[node] {
            NOBODY => NativeContext::None,
            SEVERAL => NativeContext::Shared,
            context => NativeContext::Of(NodeIx(context)),
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
    let n = graph.node_count();
    let mut is_context = BitSet::new(n);
    let context_names = context_names(graph);
    let contexts: Vec<u32> = (0..to_u32(n))
        .filter(|&node| context_names.contains(graph.names[node as usize] as usize))
        .collect();
    for &node in &contexts {
        is_context.insert(node as usize);
    }

    // Of equal strings, DevTools looks at the first in the table only.
    let native_context = graph.find_strings("native_context").first().copied();
    let map = graph.find_strings("map").first().copied();
    let mut maps = vec![NOBODY; n];
    let mut links = vec![NOBODY; n];
    let mut ticker = control.ticker();
    for node in 0..n {
        ticker.tick()?;
        for (at, edge) in graph.out_at(node) {
            if edge.kind().public() != EdgeKind::INTERNAL {
                continue;
            }
            let name = Some(graph.raw_edge_name(at));
            if name == native_context && links[node] == NOBODY && is_context.contains(edge.to()) {
                links[node] = edge.to;
            } else if name == map && maps[node] == NOBODY {
                maps[node] = edge.to;
            }
        }
    }

    let mut owners = vec![NOBODY; n];
    let mut fixed = BitSet::new(n);
    let mut open = Vec::new();
    for node in 0..n {
        let owner = if is_context.contains(node) {
            to_u32(node)
        } else {
            let follow =
                |column: &[u32], at: u32| column.get(at as usize).copied().unwrap_or(NOBODY);
            follow(&links, follow(&maps, maps[node]))
        };
        if owner != NOBODY {
            owners[node] = owner;
            fixed.insert(node);
            open.push(to_u32(node));
        }
    }
    drop((maps, links));
    while let Some(node) = open.pop() {
        ticker.tick()?;
        let owner = owners[node as usize];
        for edge in graph.out(node as usize) {
            let kind = edge.kind();
            if kind == EdgeKind::SHORTCUT
                || kind == EdgeKind::WEAK
                || edge.to == node
                || fixed.contains(edge.to())
            {
                continue;
            }
            let slot = &mut owners[edge.to()];
            let merged = match *slot {
                NOBODY => owner,
                SEVERAL => continue,
                other if other == owner => continue,
                _ => SEVERAL,
            };
            *slot = merged;
            open.push(edge.to);
        }
    }
    Ok(NativeContexts { owners, contexts })
}

/// Marks the strings that are names of native contexts.
fn context_names(graph: &Graph) -> BitSet {
    const NAME: &[u8] = b"system / NativeContext";
    let mut names = BitSet::new(graph.string_count());
    for (ix, text) in graph.strings.iter() {
        let text = text.as_bytes();
        let text = text.strip_prefix(b"Detached ").unwrap_or(text);
        if text.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with(b" / ")) {
            names.insert(ix.index());
        }
    }
    names
}
