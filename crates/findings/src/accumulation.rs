//! Where growth accumulates: the lowest older objects below which much of it lies.
//!
//! The owner of a new object is its nearest dominator among the older objects. Growth may be
//! spread over many owners, such as the lists in a map of lists. It is therefore added up
//! along the dominator tree, from the owners to the root; the points are the deepest
//! objects that still own a good part of it.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{NodeIx, NodeKind};

use crate::heap::Heap;
use crate::new_objects::{Arrivals, NewObjects};

/// New objects below one older object.
pub(crate) struct Point {
    pub(crate) owner: NodeIx,
    pub(crate) arrivals: Arrivals,
    pub(crate) objects: Vec<NodeIx>,
}

/// The older objects that own new ones, and those that dominate them, with what came below.
struct Tree {
    below: HashMap<NodeIx, Arrivals>,
    children: HashMap<NodeIx, Vec<NodeIx>>,
}

/// Finds the points at which the growth of `objects` accumulates: objects below which at
/// least `min_bytes` a step came at a like rate, the largest first. V8's roots are no such
/// objects.
///
/// # Complexity
/// O(N) time; memory for the objects and for older objects that dominate some of them.
pub(crate) fn points(
    heap: &Heap<'_>,
    new: &NewObjects,
    objects: &[NodeIx],
    min_bytes: u64,
) -> Vec<Point> {
    let mut owned: HashMap<NodeIx, Arrivals> = HashMap::new();
    for &node in objects {
        let owner = new.owner(node);
        if let Some(step) = new.step(node).filter(|_| !is_code(heap, owner)) {
            let arrivals = owned.entry(owner).or_insert_with(|| Arrivals::new(new.steps()));
            arrivals.add(step, heap.analysis.shallow_size(node));
        }
    }
    let tree = Tree::new(heap, new, owned);
    // By marked object: the point that it belongs to.
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

/// Whether an owner is V8's own code or a hidden class, which grow for a while after the
/// start of every program; or a registry of finalizers, whose records V8 drops in time.
fn is_code(heap: &Heap<'_>, owner: NodeIx) -> bool {
    matches!(heap.graph.kind(owner), NodeKind::CODE | NodeKind::OBJECT_SHAPE)
        || heap.graph.name(owner) == "FinalizationRegistry"
}
