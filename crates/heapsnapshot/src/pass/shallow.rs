//! Shallow sizes: what V8 keeps in helper objects counts for their owner.
//!
//! Inputs: kinds, names, self sizes, edges. Output: one size a node.

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Column, ColumnMut, Graph, NodeKind};
use crate::ids::NodeIx;
use crate::index_vec::IndexVec;
use crate::pass::edge_policy::is_user_root;
use crate::pass::owner::Owner;

/// Moves the self size of each helper node (hidden nodes, engine arrays,
/// external string data) to the one node that owns it.
///
/// # Semantics
/// The owners of a helper are the other nodes that reach it over edges that
/// are not weak and through helpers only. With exactly one owner, which is
/// neither synthetic nor the root, the helper's size moves there. Nothing
/// moves in a snapshot without user roots (`exposeInternals`). DevTools adds
/// modulo 4 GiB; this does not.
///
/// # Complexity
/// O(N + E) time: a helper changes its owner at most twice. 4 bytes a node
/// while it runs.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Column, Error> {
    control.enter(Stage::ShallowSizes)?;
    let root = graph.root();
    if !graph.out(root).any(|edge| is_user_root(graph, edge.to)) {
        return Ok(graph.self_sizes.clone());
    }
    let mut ticker = control.ticker();
    let helpers = helpers(graph);
    let mut owners = IndexVec::from_elem(Owner::NOBODY, graph.node_count());
    let mut open = Vec::new();
    for node in graph.nodes() {
        ticker.tick()?;
        if !helpers.contains(node) {
            spread(graph, &helpers, &mut owners, node, Owner::one(node), &mut open);
        }
    }
    while let Some(node) = open.pop() {
        ticker.tick()?;
        let owner = owners[node];
        spread(graph, &helpers, &mut owners, node, owner, &mut open);
    }

    let mut sizes = ColumnMut::copy(&graph.self_sizes);
    for (node, owner) in owners.iter_enumerated() {
        ticker.tick()?;
        let Some(owner) = owner.sole() else { continue };
        if graph.self_sizes.is_zero(node)
            || owner == root
            || graph.is_kind(owner, NodeKind::SYNTHETIC)
        {
            continue;
        }
        debug_assert!(!helpers.contains(owner), "the size of {owner} would move, too");
        // Owners are never helpers, so no size moves twice.
        sizes.set(owner, sizes.get(owner).saturating_add(graph.self_sizes.get(node)));
        sizes.set(node, 0);
    }
    Ok(sizes.finish())
}

fn helpers(graph: &Graph) -> BitSet {
    let external = graph.find_strings("system / ExternalStringData");
    let mut helpers = BitSet::new(graph.node_count());
    for node in graph.nodes() {
        let helps = match graph.kinds[node] {
            NodeKind::HIDDEN | NodeKind::ARRAY => true,
            NodeKind::NATIVE => external.contains(&graph.names[node]),
            _ => false,
        };
        if helps {
            helpers.insert(node);
        }
    }
    helpers
}

/// Makes `owner` an owner of the helpers that `node` points to.
#[inline]
fn spread(
    graph: &Graph,
    helpers: &BitSet,
    owners: &mut IndexVec<NodeIx, Owner>,
    node: NodeIx,
    owner: Owner,
    open: &mut Vec<NodeIx>,
) {
    for edge in graph.out(node) {
        if !edge.is_weak() && helpers.contains(edge.to) && owners[edge.to].add(owner) {
            open.push(edge.to);
        }
    }
}
