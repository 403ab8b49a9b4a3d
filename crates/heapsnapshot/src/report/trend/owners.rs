//! The development of the objects that owners retain. An owner is an object
//! that all snapshots have.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Lineage, Trend};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::graph::NodeKind;
use crate::ids::{NodeId, NodeIx};
use crate::index_vec::IndexVec;

/// An owner. The nodes are those of the last snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrendOwner {
    /// The owner; the root if none owns the objects.
    pub owner: NodeIx,
    /// The object that retains most of those that the owner owns in the last
    /// snapshot; of several, the one with the lowest id. An internal object of
    /// V8 only if there is no other. `None` if it owns nothing then.
    pub example: Option<NodeIx>,
}

/// Returns the development of what each owner owns, without verdicts.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
pub(super) fn follow(
    snapshots: &[&Analysis],
    last: &Analysis,
    lineage: &Lineage,
    control: &Control,
) -> Result<Vec<Trend<TrendOwner>>, Error> {
    let mut rows: Vec<Trend<TrendOwner>> = Vec::new();
    let mut by_id: HashMap<NodeId, usize> = HashMap::new();
    for (at, snapshot) in snapshots.iter().enumerate() {
        let is_last = at + 1 == snapshots.len();
        let lasting = &lineage.lasting[at];
        let root = snapshot.graph.root();
        let mut owners = IndexVec::from_elem(root, snapshot.graph.node_count());
        let mut ticker = control.ticker();
        // In preorder, a dominator comes before the nodes that it dominates.
        for &node in &snapshot.order {
            ticker.tick()?;
            let dominator = snapshot.dominators[node];
            let is_topmost = lasting.contains(dominator);
            let owner = if is_topmost { dominator } else { owners[dominator] };
            owners[node] = owner;
            let (shallow, retained) = (snapshot.shallow.get(node), snapshot.retained.get(node));
            if lasting.contains(node) || retained == 0 {
                continue;
            }
            let id = if owner == root {
                // Roots of different snapshots have different ids.
                last.graph.id(last.graph.root())
            } else {
                snapshot.graph.id(owner)
            };
            let slot = *by_id.entry(id).or_insert_with(|| {
                let found = last.by_id().find(&last.graph, id);
                let owner = found.unwrap_or_else(|| last.graph.root());
                rows.push(Trend::new(TrendOwner { owner, example: None }, snapshots.len()));
                rows.len() - 1
            });
            let row = &mut rows[slot];
            if is_topmost {
                row.points[at].retained_size += retained;
            }
            if is_last && is_better(last, node, row.of.example) {
                row.of.example = Some(node);
            }
            if shallow == 0 {
                continue;
            }
            row.points[at].all.add(shallow);
            if lineage.survivors[at].contains(node) {
                row.points[at].survivors.add(shallow);
            }
            if is_last {
                row.points[lineage.births[node] as usize].stayed.add(shallow);
            }
        }
    }
    Ok(rows)
}

/// Returns whether `node` is a better example than the current one.
fn is_better(last: &Analysis, node: NodeIx, example: Option<NodeIx>) -> bool {
    let is_own = |node| {
        let kind = last.graph.kind(node);
        // The table of a map retains all entries, but its name says nothing.
        matches!(kind, NodeKind::HIDDEN | NodeKind::ARRAY | NodeKind::CODE | NodeKind::OBJECT_SHAPE)
    };
    let rank = |node| (is_own(node), Reverse(last.retained_size(node)), last.graph.id(node));
    example.is_none_or(|example| rank(node) < rank(example))
}
