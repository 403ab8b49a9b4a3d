//! DOM state: spreads "attached" and "detached" over native nodes and renames
//! the detached ones.
//!
//! Inputs: kinds, edges, the `detachedness` column. Output: that column and
//! the names, in place.

use std::collections::HashMap;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Detachedness, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx, StrIx};

const PREFIX: &str = "Detached ";

/// Completes the DOM state of `graph`.
///
/// # Semantics
/// Every node with a known state is final; then attached native nodes attach
/// the native nodes they reach, then detached ones detach what is left. A
/// non-native node stops the spread, and once reached it is not reached again.
/// Detached native nodes get `Detached ` before their name, one new string for
/// each string position. Snapshots without the column (V8 before 2021) only
/// know nodes that are named so already.
///
/// # Complexity
/// O(N + E) time, one bit a node; nothing if no node has a state.
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

struct Spread {
    visited: BitSet,
    states: HashMap<NodeIx, Detachedness>,
    renamed: HashMap<StrIx, StrIx>,
    attached: Vec<NodeIx>,
    detached: Vec<NodeIx>,
}

impl Spread {
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

    fn follow(&mut self, graph: &mut Graph, node: NodeIx, state: Detachedness) {
        for at in graph.edge_range(node) {
            let edge = graph.edge(EdgeIx(at));
            if edge.kind() != EdgeKind::HIDDEN && !edge.is_weak() {
                self.reach(graph, edge.to, state);
            }
        }
    }
}
