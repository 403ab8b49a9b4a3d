//! Shallow sizes: V8 stores parts of objects in helper objects, whose size
//! counts for the object.
//!
//! Inputs: kinds, names, self sizes, edges. Output: one size per node.

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Column, ColumnMut, Graph, NodeKind};
use crate::ids::NodeIx;
use crate::index_vec::IndexVec;
use crate::pass::edge_policy::is_user_root;
use crate::pass::owner::Owner;

/// Moves the self size of each helper node to the one node that owns it. Helper
/// nodes are hidden nodes, arrays of V8 and the data of external strings.
///
/// # Semantics
/// The owners of a helper are the nodes, other than helpers, that reach it over
/// non-weak edges through helpers only. If it has exactly one owner, which is
/// neither synthetic nor the root, its size moves to that owner. In a snapshot
/// without user roots (taken with `exposeInternals`), no size moves. DevTools
/// adds modulo 4 GiB; this function does not.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time: the owner of a helper changes at most twice. Needs 4 bytes
/// per node while it runs.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Column, Error> {
    control.enter(Stage::ShallowSizes)?;
    let root = graph.root();
    if !graph.out(root).any(|edge| is_user_root(graph, edge.to)) {
        return Ok(graph.self_sizes.clone());
    }
    let mut ticker = control.ticker();
    let helpers = helpers(graph);
    let mut owners = IndexVec::from_elem(Owner::NONE, graph.node_count());
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

/// Returns the helper nodes.
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

/// Adds `owner` to the owners of the helpers that `node` points to. Appends
/// helpers whose owner changed to `open`.
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
