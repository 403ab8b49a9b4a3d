//! Finds the predecessors of an object in earlier snapshots: the same object, or the one that the
//! same variable held.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, NodeIx};

use super::Case;
use crate::heap::Heap;

/// Maximum number of retainers of an object to examine.
const MAX_RETAINERS: usize = 32;

/// Finds objects of the last snapshot in the earlier ones.
///
/// Code such as `list = [...list, item]` creates a new collection each time. The predecessor of
/// such a collection is the value of the same variable or property.
pub(super) struct Histories {
    /// For each earlier snapshot: the relevant objects by id.
    known: Vec<HashMap<u32, NodeIx>>,
}

impl Histories {
    /// Looks up `nodes` and their retainers in the earlier snapshots. O(N) time per snapshot.
    pub(super) fn new(case: &Case<'_>, nodes: impl Iterator<Item = NodeIx>) -> Self {
        let mut ids = HashSet::new();
        for node in nodes {
            ids.insert(case.heap.id(node));
            if let Some((holder, ..)) = slot(case, node) {
                ids.insert(case.heap.id(holder));
            }
        }
        Self { known: case.earlier.iter().map(|heap| heap.find_ids(&ids)).collect() }
    }

    /// Returns the predecessors of `node`, oldest snapshot first. Returns `None` if the first
    /// snapshot has none: a collection that was created later shows no growth yet.
    pub(super) fn of(&self, case: &Case<'_>, node: NodeIx) -> Option<Vec<Option<NodeIx>>> {
        let id = case.heap.id(node);
        let found: Vec<Option<NodeIx>> = if self.known.first()?.contains_key(&id) {
            self.known.iter().map(|known| known.get(&id).copied()).collect()
        } else {
            let (holder, kind, name) = slot(case, node)?;
            let holder = case.heap.id(holder);
            let earlier = case.earlier.iter().zip(&self.known);
            earlier
                .map(|(heap, known)| {
                    known.get(&holder).and_then(|&at| in_slot(heap, at, kind, &name))
                })
                .collect()
        };
        found.first()?.is_some().then_some(found)
    }
}

/// Returns the variable or property of an older object that holds the new `node`.
fn slot(case: &Case<'_>, node: NodeIx) -> Option<(NodeIx, EdgeKind, String)> {
    let new = case.new.as_ref().filter(|new| new.is_new(node))?;
    let heap = &case.heap;
    let mut slots: Vec<(String, NodeIx, EdgeKind)> = heap
        .analysis
        .incoming(node)
        .take(MAX_RETAINERS)
        .filter(|&(edge, source)| {
            matches!(heap.graph.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT)
                && !heap.is_bookkeeping(edge)
                && !new.is_new(source)
        })
        .filter_map(|(edge, source)| {
            Some((heap.edge_text(edge)?, source, heap.graph.edge_kind(edge)))
        })
        .collect();
    slots.sort();
    let (name, holder, kind) = slots.into_iter().next()?;
    Some((holder, kind, name))
}

/// Returns the value of a variable or property of `holder`.
fn in_slot(heap: &Heap<'_>, holder: NodeIx, kind: EdgeKind, name: &str) -> Option<NodeIx> {
    let mut edges = heap.graph.edges(holder);
    let edge = edges.find(|&edge| {
        heap.graph.edge_kind(edge) == kind && heap.edge_text(edge).as_deref() == Some(name)
    })?;
    Some(heap.graph.target(edge))
}
