//! Trends of what objects own that are there all the time.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Lineage, Trend};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::graph::NodeKind;
use crate::ids::{NodeId, NodeIx};

/// An owner that is followed; its positions are of the last snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrendOwner {
    /// The object that all snapshots have.
    pub owner: NodeIx,
    /// Of what it owns in the last snapshot, the object that retains most, of
    /// these the first by id; an object of V8's own only if there is no other.
    /// `None` if it owns nothing by then.
    pub example: Option<NodeIx>,
}

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
        let mut owners = vec![0u32; snapshot.graph.node_count()];
        let mut ticker = control.ticker();
        // In this order a dominator comes before what it dominates.
        for &node in &snapshot.order {
            ticker.tick()?;
            let place = node as usize;
            let dominator = snapshot.dominators[place] as usize;
            let is_topmost = lasting.contains(dominator);
            let owner = if is_topmost { snapshot.dominators[place] } else { owners[dominator] };
            owners[place] = owner;
            let (shallow, retained) = (snapshot.shallow.get(place), snapshot.retained.get(place));
            if lasting.contains(place) || retained == 0 {
                continue;
            }
            let id = match snapshot.graph.root() {
                // Its id says nothing.
                NodeIx(root) if root == owner => last.graph.id(last.graph.root()),
                _ => snapshot.graph.id(NodeIx(owner)),
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
                row.of.example = Some(NodeIx(node));
            }
            if shallow == 0 {
                continue;
            }
            row.points[at].all.add(shallow);
            if lineage.survivors[at].contains(place) {
                row.points[at].survivors.add(shallow);
            }
            if is_last {
                row.points[lineage.births[place] as usize].stayed.add(shallow);
            }
        }
    }
    Ok(rows)
}

fn is_better(last: &Analysis, node: u32, example: Option<NodeIx>) -> bool {
    let is_own = |node| {
        let kind = last.graph.kind(node);
        // The table of a map retains all that is in it, and tells nothing.
        matches!(kind, NodeKind::HIDDEN | NodeKind::ARRAY | NodeKind::CODE | NodeKind::OBJECT_SHAPE)
    };
    let rank = |node| (is_own(node), Reverse(last.retained_size(node)), last.graph.id(node));
    example.is_none_or(|example| rank(NodeIx(node)) < rank(example))
}
