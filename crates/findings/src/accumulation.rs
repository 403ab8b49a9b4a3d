//! Finds the deepest older objects that still own a large part of the growth.
//!
//! The owner of a new object is its nearest dominator that already existed in the first snapshot.
//! Growth can be spread over many owners, such as the lists in a map of lists. This module
//! therefore sums it along the dominator tree, from the owners up to the root. An accumulation
//! point is the deepest object whose sum still reaches a threshold.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{NodeIx, NodeKind};

use crate::heap::Heap;
use crate::new_objects::{Arrivals, NewObjects};

/// The new objects below one older object.
pub(crate) struct Point {
    /// The older object.
    pub(crate) owner: NodeIx,
    /// Number and bytes of the new objects, by the step that added them.
    pub(crate) arrivals: Arrivals,
    /// The new objects.
    pub(crate) objects: Vec<NodeIx>,
}

/// The dominator tree of older objects that own new ones, with the sum of the growth below each.
struct Tree {
    /// By older object: the growth of all objects that it dominates.
    below: HashMap<NodeIx, Arrivals>,
    /// By older object: the older objects that it dominates directly.
    children: HashMap<NodeIx, Vec<NodeIx>>,
}

/// Returns the accumulation points of `objects`, those with most bytes first: older objects that
/// gain at least `min_bytes` in every step. V8's roots and V8's own structures are not accumulation
/// points.
///
/// # Complexity
/// O(N) time. Memory is proportional to `objects` and to the older objects that dominate them.
pub(crate) fn points(
    heap: &Heap<'_>,
    new: &NewObjects,
    objects: &[NodeIx],
    min_bytes: u64,
) -> Vec<Point> {
    let mut direct: HashMap<NodeIx, Arrivals> = HashMap::new();
    for &node in objects {
        let owner = new.owner(node);
        if let Some(step) = new.step(node).filter(|_| !is_code(heap, owner)) {
            let arrivals = direct.entry(owner).or_insert_with(|| Arrivals::new(new.steps()));
            arrivals.add(step, heap.analysis.shallow_size(node));
        }
    }
    let tree = Tree::new(heap, new, direct);
    // By older object: its accumulation point.
    let mut point_of: HashMap<NodeIx, NodeIx> = HashMap::new();
    let mut open = vec![(heap.graph.root(), None::<NodeIx>)];
    while let Some((node, above)) = open.pop() {
        let is_large = tree.below.get(&node).is_some_and(|b| b.steady_bytes() >= min_bytes);
        let can_own = is_large && !heap.is_root(node) && !heap.is_engine(node);
        let point = if can_own { Some(node) } else { above };
        point_of.extend(point.map(|point| (node, point)));
        open.extend(tree.children.get(&node).into_iter().flatten().map(|&child| (child, point)));
    }
    let mut points: HashMap<NodeIx, Vec<NodeIx>> = HashMap::new();
    for &node in objects {
        if let Some(&point) = point_of.get(&new.owner(node)) {
            points.entry(point).or_default().push(node);
        }
    }
    let mut points: Vec<Point> = points
        .into_iter()
        .map(|(owner, objects)| {
            let arrivals = new.arrivals(heap, objects.iter().copied());
            Point { owner, arrivals, objects }
        })
        .filter(|point| point.arrivals.steady_bytes() >= min_bytes)
        .collect();
    points.sort_by_key(|point| {
        (std::cmp::Reverse(point.arrivals.steady_bytes()), heap.id(point.owner))
    });
    points
}

impl Tree {
    /// Sums up `owned`, the new objects by owner, along the dominator tree.
    fn new(heap: &Heap<'_>, new: &NewObjects, owned: HashMap<NodeIx, Arrivals>) -> Self {
        let mut marked: HashSet<NodeIx> = HashSet::new();
        for &owner in owned.keys() {
            let mut at = owner;
            while marked.insert(at) {
                at = heap.analysis.dominator(at);
            }
        }
        let mut below = owned;
        let mut children: HashMap<NodeIx, Vec<NodeIx>> = HashMap::new();
        let order: Vec<NodeIx> =
            heap.analysis.preorder().filter(|node| marked.contains(node)).collect();
        for &node in order.iter().rev() {
            let dominator = heap.analysis.dominator(node);
            if dominator == node {
                continue;
            }
            children.entry(dominator).or_default().push(node);
            if let Some(own) = below.get(&node).cloned() {
                let above = below.entry(dominator).or_insert_with(|| Arrivals::new(new.steps()));
                above.extend(&own);
            }
        }
        Self { below, children }
    }
}

/// Returns whether growth below this owner is a warm-up effect: compiled code and hidden classes
/// grow for a while after every start, and V8 removes records of finalizers some time after their
/// objects.
fn is_code(heap: &Heap<'_>, owner: NodeIx) -> bool {
    matches!(heap.graph.kind(owner), NodeKind::CODE | NodeKind::OBJECT_SHAPE)
        || heap.graph.name(owner) == "FinalizationRegistry"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::{TestHeap, ix};

    const LISTS: usize = 10;
    const ITEM_BYTES: u64 = 1000;

    /// Returns a heap with a registry of lists, and the positions of the registry and the lists.
    /// Every step adds an item to each list.
    fn heap(steps: usize) -> (TestHeap, usize, Vec<usize>) {
        let mut heap = TestHeap::new();
        let registry = heap.node("object", "Registry", 32);
        heap.edge(heap.global, "property", "registry", registry);
        let mut lists = Vec::new();
        for nth in 0..LISTS {
            let list = heap.node("object", "List", 32);
            heap.edge(registry, "property", &format!("list{nth}"), list);
            lists.push(list);
        }
        for _ in 0..steps {
            for &list in &lists {
                let item = heap.node("object", "Item", ITEM_BYTES);
                heap.push(list, item);
            }
        }
        (heap, registry, lists)
    }

    /// Returns owner, counts and bytes of the points that gain `min_bytes` per step.
    fn found(min_bytes: u64) -> Vec<(NodeIx, Vec<u64>, usize)> {
        let mut found = Vec::new();
        let last = heap(3).0;
        last.with_new(&[&heap(0).0, &heap(1).0, &heap(2).0], |heap, new| {
            let objects: Vec<NodeIx> =
                heap.graph.nodes().filter(|&node| new.is_new(node)).collect();
            for Point { owner, arrivals, objects } in points(heap, new, &objects, min_bytes) {
                found.push((owner, arrivals.counts, objects.len()));
            }
        });
        found
    }

    #[test]
    fn a_point_is_the_deepest_owner_that_gains_enough() {
        let (_, registry, lists) = heap(0);
        let whole = found(LISTS as u64 * ITEM_BYTES);
        assert_eq!(whole, [(ix(registry), vec![LISTS as u64; 3], 3 * LISTS)]);
        let single: Vec<NodeIx> = found(ITEM_BYTES).into_iter().map(|(owner, ..)| owner).collect();
        assert_eq!(single, lists.into_iter().map(ix).collect::<Vec<_>>());
        assert_eq!(found(LISTS as u64 * ITEM_BYTES + 1), []);
    }
}
