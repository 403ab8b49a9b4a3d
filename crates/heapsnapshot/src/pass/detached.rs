//! DOM state: propagates "attached" and "detached" over native nodes, and
//! renames the detached ones.
//!
//! Inputs: kinds, edges, the `detachedness` column. Output: that column and the
//! names, changed in place. Node has no DOM, but V8 of Node 20 and 22 reports
//! native objects of Node as detached.

use std::collections::HashMap;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Detachedness, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx, StrIx};

/// Starts the name of a detached node.
const PREFIX: &str = "Detached ";

/// Completes the DOM state of `graph`.
///
/// # Semantics
/// A state in the file is final. Attached native nodes attach the native nodes
/// that they reach; then detached ones detach those that are left. The
/// propagation stops at every other node, and visits each node once. The name
/// of a detached native node gets the prefix `Detached `: one new string per
/// original string. Snapshots without the column (V8 before 2021) contain
/// only nodes that already have such a name.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time and one bit per node; nothing to do if no node has a state.
pub(crate) fn apply(graph: &mut Graph, control: &Control) -> Result<(), Error> {
    control.enter(Stage::Detachedness)?;
    if !graph.has_detachedness {
        graph.detachedness = graph
            .nodes()
            .filter(|&node| {
                graph.is_kind(node, NodeKind::NATIVE) && graph.name(node).starts_with(PREFIX)
            })
            .map(|node| (node, Detachedness::Detached))
            .collect();
        return Ok(());
    }
    let seeds = std::mem::take(&mut graph.detachedness);
    if seeds.is_empty() {
        return Ok(());
    }
    let mut spread = Spread {
        visited: BitSet::new(graph.node_count()),
        states: seeds.iter().copied().collect(),
        renamed: HashMap::new(),
        attached: Vec::new(),
        detached: Vec::new(),
    };
    for (node, state) in seeds {
        spread.reach(graph, node, state);
    }
    let mut ticker = control.ticker();
    while let Some(node) = spread.attached.pop() {
        ticker.tick()?;
        spread.follow(graph, node, Detachedness::Attached);
    }
    while let Some(node) = spread.detached.pop() {
        ticker.tick()?;
        spread.follow(graph, node, Detachedness::Detached);
    }
    graph.detachedness = spread.states.into_iter().collect();
    graph.detachedness.sort_unstable();
    Ok(())
}

/// The propagation.
struct Spread {
    /// Nodes that were reached, native or not.
    visited: BitSet,
    /// The state of the native nodes that were reached.
    states: HashMap<NodeIx, Detachedness>,
    /// By original name: the name with prefix.
    renamed: HashMap<StrIx, StrIx>,
    /// Attached nodes whose edges still have to be followed.
    attached: Vec<NodeIx>,
    /// Detached nodes whose edges still have to be followed.
    detached: Vec<NodeIx>,
}

impl Spread {
    /// Visits `node`. If it is native and was not visited before, it gets
    /// `state`.
    fn reach(&mut self, graph: &mut Graph, node: NodeIx, state: Detachedness) {
        if !self.visited.insert(node) || !graph.is_kind(node, NodeKind::NATIVE) {
            return;
        }
        debug_assert_ne!(state, Detachedness::Unknown, "only known states spread");
        self.states.insert(node, state);
        if state == Detachedness::Attached {
            self.attached.push(node);
        } else {
            let name = graph.names[node];
            let strings = &mut graph.strings;
            let renamed =
                *self.renamed.entry(name).or_insert_with(|| strings.push_prefixed(PREFIX, name));
            graph.names[node] = renamed;
            self.detached.push(node);
        }
    }

    /// Visits the targets of the edges of `node` that are neither hidden nor
    /// weak.
    fn follow(&mut self, graph: &mut Graph, node: NodeIx, state: Detachedness) {
        for at in graph.edge_range(node) {
            let edge = graph.edge(EdgeIx(at));
            if edge.kind() != EdgeKind::HIDDEN && !edge.is_weak() {
                self.reach(graph, edge.to, state);
            }
        }
    }
}
