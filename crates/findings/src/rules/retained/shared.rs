//! Finds objects that several owners retain together, so that none of them dominates the objects.
//! An example is a list and an index of the same objects.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use heapsnapshot::{ClassIx, Error, NodeIx, NodeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::points::{holds_modules, is_module, is_part};
use crate::heap::Heap;
use crate::rules::{Accumulations, Case};

/// Maximum number of retainers of an object to examine.
const MAX_RETAINERS: usize = 32;

/// Maximum number of objects from an object up to its collection.
const MAX_LEVELS: usize = 3;

/// Maximum number of objects of a class whose retainers are examined.
const MAX_MEMBERS: usize = 200_000;

/// Objects that are retained together.
pub(super) struct Group {
    /// The collections that hold most of them, the largest share first. Empty if the objects only
    /// have their class in common.
    pub(super) holders: Vec<NodeIx>,
    /// The objects that they retain together.
    pub(super) members: Vec<NodeIx>,
    /// Bytes that would be freed with them.
    pub(super) bytes: u64,
}

/// Returns groups of small objects directly below `containers`.
pub(super) fn find(
    case: &Case<'_>,
    containers: &FxHashSet<NodeIx>,
    least: u64,
) -> Result<Vec<Group>, Error> {
    let heap = &case.heap;
    // Few nodes pass the first test.
    let is_loose = |node: NodeIx| {
        containers.contains(&heap.analysis.dominator(node))
            && !containers.contains(&node)
            && heap.retained(node) < least
            && heap.graph.kind(node) != NodeKind::SYNTHETIC
            && !is_part(heap, node)
            && !is_module(heap, node)
    };
    let mut classes: BTreeMap<ClassIx, u64> = BTreeMap::new();
    for node in heap.graph.nodes().filter(|&node| is_loose(node)) {
        *classes.entry(heap.analysis.class(node)).or_default() += heap.retained(node);
    }
    // The objects of a collection can be of several classes.
    classes.retain(|_, bytes| *bytes >= least / 4);
    case.control.check()?;
    let mut members: BTreeMap<ClassIx, Vec<NodeIx>> = BTreeMap::new();
    for node in heap.graph.nodes().filter(|&node| is_loose(node)) {
        let class = heap.analysis.class(node);
        if classes.contains_key(&class) {
            members.entry(class).or_default().push(node);
        }
    }
    let mut held: Vec<(NodeIx, BTreeSet<NodeIx>)> = Vec::new();
    let mut collections = Collections::default();
    for members in members.values_mut() {
        members.sort_by_key(|&node| (std::cmp::Reverse(heap.retained(node)), heap.id(node)));
        members.truncate(MAX_MEMBERS);
        for &node in members.iter() {
            held.push((node, collections.above(heap, node, containers)));
        }
        case.control.check()?;
    }
    let mut groups = by_holder(heap, held, least);
    let taken: HashSet<NodeIx> = groups.iter().flat_map(|group| &group.members).copied().collect();
    groups.extend(members.into_values().filter_map(|mut members| {
        members.retain(|node| !taken.contains(node));
        let first = *members.first()?;
        let bytes = members.iter().map(|&node| heap.retained(node)).sum();
        let is_owner = bytes >= least && members.len() > 1 && heap.constructor(first).is_some();
        is_owner.then_some(Group { holders: Vec::new(), members, bytes })
    }));
    groups.sort_by_key(|group| std::cmp::Reverse(group.bytes));
    Ok(groups)
}

/// Groups objects by the collection that holds most of them, then the rest by the next one.
fn by_holder(heap: &Heap<'_>, mut held: Vec<(NodeIx, BTreeSet<NodeIx>)>, least: u64) -> Vec<Group> {
    /// Maximum number of groups.
    const MAX_GROUPS: usize = 8;
    let mut groups = Vec::new();
    while groups.len() < MAX_GROUPS {
        let mut holders: BTreeMap<NodeIx, (u64, usize)> = BTreeMap::new();
        for (node, above) in &held {
            for &holder in above {
                let entry = holders.entry(holder).or_default();
                entry.0 += heap.retained(*node);
                entry.1 += 1;
            }
        }
        let Some((&holder, &(bytes, count))) = holders
            .iter()
            .max_by_key(|&(&holder, &(bytes, _))| (bytes, std::cmp::Reverse(heap.id(holder))))
        else {
            break;
        };
        if bytes < least {
            break;
        }
        let (inside, rest): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|(_, above)| above.contains(&holder));
        let mut counts: BTreeMap<NodeIx, usize> = BTreeMap::new();
        for other in inside.iter().flat_map(|(_, above)| above) {
            *counts.entry(*other).or_default() += 1;
        }
        let mut others: Vec<NodeIx> = counts
            .iter()
            .filter(|&(&other, &shared)| other != holder && shared * 2 >= count)
            .map(|(&other, _)| other)
            .collect();
        others.sort_by_key(|other| (std::cmp::Reverse(counts[other]), heap.id(*other)));
        let own: u64 = others.iter().chain([&holder]).map(|&node| heap.retained(node)).sum();
        groups.push(Group {
            holders: std::iter::once(holder).chain(others).collect(),
            members: inside.into_iter().map(|(node, _)| node).collect(),
            bytes: bytes + own,
        });
        held = rest;
    }
    groups
}

/// Caches whether objects are collections, because counting the entries of a large one is slow.
#[derive(Default)]
struct Collections(FxHashMap<NodeIx, bool>);

impl Collections {
    /// Returns whether a node is a collection with many entries other than modules.
    fn is_one(&mut self, heap: &Heap<'_>, node: NodeIx) -> bool {
        *self
            .0
            .entry(node)
            .or_insert_with(|| Accumulations::holds_many(heap, node) && !holds_modules(heap, node))
    }

    /// Returns the nearest collections above an object, along references of the program.
    fn above(
        &mut self,
        heap: &Heap<'_>,
        node: NodeIx,
        containers: &FxHashSet<NodeIx>,
    ) -> BTreeSet<NodeIx> {
        let mut found = BTreeSet::new();
        let mut seen: FxHashSet<NodeIx> = [node].into_iter().collect();
        let mut level = vec![node];
        for _ in 0..MAX_LEVELS {
            let mut next = Vec::new();
            let mut open = level;
            while let Some(at) = open.pop() {
                for (edge, source) in heap.analysis.incoming(at).take(MAX_RETAINERS) {
                    let is_way = !heap.is_bookkeeping(edge)
                        && matches!(heap.graph.kind(source), NodeKind::OBJECT | NodeKind::ARRAY)
                        && !heap.is_context(source);
                    if !is_way || !seen.insert(source) {
                        continue;
                    }
                    if heap.is_engine(source) {
                        open.push(source);
                    } else if !containers.contains(&source) {
                        if self.is_one(heap, source) {
                            found.insert(source);
                        } else {
                            next.push(source);
                        }
                    }
                }
            }
            if !found.is_empty() || next.is_empty() {
                break;
            }
            level = next;
        }
        found
    }
}
