//! Reachability flags: what belongs to the page, what the console can query.
//!
//! Inputs: kinds, names of the root's children, edges. Output: one bit a node.

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph, NodeKind};
use crate::pass::edge_policy::DOM_TREES;

/// Marks the objects of the page: everything that the targets of the root's
/// shortcuts, and the documents, reach over edges that are not weak.
///
/// # Complexity
/// O(N + E) time; one bit a node, plus the list of nodes still to visit.
pub(crate) fn page_objects(graph: &Graph, control: &Control) -> Result<BitSet, Error> {
    control.enter(Stage::Flags)?;
    let starts = graph.out(graph.root().index()).iter().filter(|edge| {
        edge.kind() == EdgeKind::SHORTCUT
            || (edge.kind() == EdgeKind::ELEMENT
                && graph.is_kind(edge.to(), NodeKind::SYNTHETIC)
                && graph.name_of(edge.to()) == DOM_TREES)
    });
    reach(graph, starts.map(|edge| edge.to), |_, at| !graph.edges[at].is_weak(), control)
}

/// Marks the objects that `queryObjects` of the console can see: those that
/// the user's roots reach over edges that JavaScript itself can follow.
///
/// # Complexity
/// As [`page_objects`].
pub(crate) fn queryable_objects(graph: &Graph, control: &Control) -> Result<BitSet, Error> {
    let starts = graph
        .out(graph.root().index())
        .iter()
        .filter(|edge| !graph.is_kind(edge.to(), NodeKind::SYNTHETIC));
    let follow = |_: usize, at: usize| {
        let kind = graph.edges[at].kind().public();
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
        let range = graph.edge_range(node);
        for (at, edge) in range.clone().zip(&graph.edges[range]) {
            if follow(node, at) && marked.insert(edge.to()) {
                open.push(edge.to);
            }
        }
    }
    Ok(marked)
}
