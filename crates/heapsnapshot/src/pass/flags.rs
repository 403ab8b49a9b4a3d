//! What the console can query, and plain reachability.
//!
//! Inputs: kinds, edges. Output: one bit a node.

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph, NodeKind};

/// Marks the objects that `queryObjects` of the console can see: those that
/// the user's roots reach over edges that JavaScript itself can follow.
///
/// # Complexity
/// O(N + E) time; one bit a node, plus the list of nodes still to visit.
pub(crate) fn queryable_objects(graph: &Graph, control: &Control) -> Result<BitSet, Error> {
    let starts = graph
        .out(graph.root().index())
        .filter(|edge| !graph.is_kind(edge.to(), NodeKind::SYNTHETIC));
    let follow = |_: usize, at: usize| {
        let kind = graph.edge(at).kind().public();
        kind != EdgeKind::HIDDEN && kind != EdgeKind::INTERNAL && kind != EdgeKind::WEAK
    };
    reach(graph, starts.map(|edge| edge.to), follow, control)
}

/// Marks `starts` and everything reachable from them over edges that `follow`
/// accepts, given their source and position.
pub(crate) fn reach(
    graph: &Graph,
    starts: impl Iterator<Item = u32>,
    follow: impl Fn(usize, usize) -> bool,
    control: &Control,
) -> Result<BitSet, Error> {
    let mut marked = BitSet::new(graph.node_count());
    let mut open: Vec<u32> = starts.filter(|&node| marked.insert(node as usize)).collect();
    let mut ticker = control.ticker();
    while let Some(node) = open.pop() {
        ticker.tick()?;
        let node = node as usize;
        for (at, edge) in graph.out_at(node) {
            if follow(node, at) && marked.insert(edge.to()) {
                open.push(edge.to);
            }
        }
    }
    Ok(marked)
}
