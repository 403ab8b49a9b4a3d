//! Reports the three largest owners of a single snapshot, whether they grow or not.
//!
//! An owner is an object that the program itself named. V8's roots, Node's tables of modules and
//! module scopes hold the program as a whole, so they are not owners.

mod code;
mod common;
mod contents;
mod points;
mod report;
mod shared;
mod together;

use std::collections::{HashMap, HashSet};

use heapsnapshot::{Error, NodeIx};
use rustc_hash::{FxHashMap, FxHashSet};

use self::contents::Contents;
use self::points::Shape;
use super::{Case, MIN_WASTE_BYTES};
use crate::finding::{Doc, Finding, Kind, Severity};
use crate::heap::Heap;
#[cfg(test)]
use crate::message::Declared;
use crate::sample::sample;

impl Kind {
    /// One object that alone retains much of the heap.
    pub(crate) const RETAINED_OBJECT: Self = Self("retained-object");
    /// Objects of one constructor that together retain much of the heap.
    pub(crate) const RETAINED_GROUP: Self = Self("retained-group");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::RETAINED_OBJECT, Kind::RETAINED_GROUP, Kind::EXTERNAL_MEMORY],
    about: "from one snapshot: an object, a group of objects with several owners, or buffers, that hold much of the heap. From several: accumulating buffers that are a fifth of it",
}];

/// The messages of this rule, for the test that compares them with the catalogues.
#[cfg(test)]
pub(super) const MESSAGES: [&[Declared]; 5] =
    [code::MESSAGES, contents::MESSAGES, report::MESSAGES, together::MESSAGES, common::MESSAGES];

/// An owner is a suspect if it retains at least `1 / MIN_SHARE` of the heap.
const MIN_SHARE: u64 = 10;

/// Minimum number of bytes of an owner, however small the heap is.
const MIN_OWNER_BYTES: u64 = 1 << 18;

/// Maximum number of owners to report.
const MAX_OWNERS: usize = 3;

/// An owner of much of the heap.
pub(super) struct Owner {
    /// The object or objects.
    holder: Holder,
    /// Bytes that would be freed with them.
    bytes: u64,
}

/// The objects of an owner.
enum Holder {
    /// One object.
    Object(NodeIx),
    /// Objects that refer to each other; the first of them.
    Chain(NodeIx),
    /// Objects that several others retain together, or that have the same class.
    Group(shared::Group),
    /// All variables of a module together.
    Module(NodeIx),
}

impl Owner {
    /// Returns the objects that together dominate the contents of the owner.
    fn nodes(&self) -> impl Iterator<Item = NodeIx> + '_ {
        let (one, many) = match &self.holder {
            Holder::Object(node) | Holder::Chain(node) | Holder::Module(node) => {
                (Some(*node), None)
            }
            Holder::Group(group) => (None, Some(group.members.iter().chain(&group.holders))),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
}

/// Returns findings about the largest owners. None with several snapshots.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    // Several snapshots show growth, which is better evidence than size.
    if !case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let total = case.heap.analysis.total_size();
    let tenth = (total / MIN_SHARE).max(MIN_OWNER_BYTES);
    let least = tenth.min(MIN_WASTE_BYTES).max(total / 100);
    let mut owners = owners(case, least)?;
    owners.retain(|owner| owner.bytes >= tenth || owner.bytes >= MIN_WASTE_BYTES);
    let owner_of: FxHashMap<NodeIx, usize> = owners
        .iter()
        .enumerate()
        .flat_map(|(at, owner)| owner.nodes().map(move |node| (node, at)))
        .collect();
    let contents = Contents::of(&case.heap, &owner_of, owners.len());
    let mut findings = Vec::new();
    for (owner, contents) in owners.iter().zip(&contents) {
        case.control.check()?;
        if findings.len() >= MAX_OWNERS {
            break;
        }
        if is_explained(case, owner, before) {
            continue;
        }
        let severity = if owner.bytes >= tenth { Severity::Suspect } else { Severity::Waste };
        findings.extend(report::report(case, owner, contents, severity));
    }
    Ok(findings)
}

/// Returns whether another finding explains most of what an owner retains.
fn is_explained(case: &Case<'_>, owner: &Owner, before: &[Finding]) -> bool {
    const SAMPLE_SIZE: usize = 64;
    let heap = &case.heap;
    let objects: HashSet<NodeIx> = owner.nodes().collect();
    let is_inside = |node: NodeIx| {
        let mut below_roots = heap.dominators(node).take_while(|&at| !heap.is_root(at));
        below_roots.any(|at| objects.contains(&at))
    };
    before.iter().filter(|finding| finding.evidence.bytes * 2 >= owner.bytes).any(|finding| {
        let claimed = objects.iter().filter(|node| finding.claims.contains(node));
        let bytes: u64 = claimed.map(|&node| heap.retained(node)).sum();
        let few = sample(&finding.entries, SAMPLE_SIZE);
        let inside = few.clone().filter(|&entry| is_inside(entry)).count();
        bytes * 2 >= owner.bytes || (inside > 0 && inside * 2 >= few.count())
    })
}

/// Returns all owners of at least `least` bytes, the largest first.
fn owners(case: &Case<'_>, least: u64) -> Result<Vec<Owner>, Error> {
    let heap = &case.heap;
    let found = points::find(case, least)?;
    // Collections inside of an object can share its contents, too.
    let spread = found.points.iter().filter(|point| point.shape == Shape::Spread);
    let spread: FxHashSet<NodeIx> = spread.map(|point| point.node).collect();
    let above = found.containers.union(&spread).copied().collect();
    let mut groups = shared::find(case, &above, least)?;
    let mut replaced = HashSet::new();
    groups.retain(|group| match main_dominator(heap, group).filter(|node| spread.contains(node)) {
        Some(node) if group.bytes * 2 < heap.retained(node) || group.holders.is_empty() => false,
        inside => {
            replaced.extend(inside);
            true
        }
    });
    replaced.extend(groups.iter().flat_map(|group| &group.holders));
    let mut owners: Vec<Owner> = Vec::new();
    for (scope, rest) in modules(heap, &found, &groups) {
        if rest >= least {
            owners.push(Owner { holder: Holder::Module(scope), bytes: rest });
        }
    }
    for point in found.points.into_iter().filter(|point| !replaced.contains(&point.node)) {
        let bytes = heap.retained(point.node);
        let holder = if point.shape == Shape::Chain { Holder::Chain } else { Holder::Object };
        owners.push(Owner { holder: holder(point.node), bytes });
    }
    owners.extend(
        groups.into_iter().map(|group| Owner { bytes: group.bytes, holder: Holder::Group(group) }),
    );
    owners.sort_by_key(|owner| {
        (std::cmp::Reverse(owner.bytes), owner.nodes().next().map(|node| heap.id(node)))
    });
    Ok(owners)
}

/// Returns the object that dominates most of a group, by retained bytes.
fn main_dominator(heap: &Heap<'_>, group: &shared::Group) -> Option<NodeIx> {
    let mut dominators: HashMap<NodeIx, u64> = HashMap::new();
    for &node in &group.members {
        *dominators.entry(heap.analysis.dominator(node)).or_default() += heap.retained(node);
    }
    dominators.into_iter().max_by_key(|&(node, bytes)| (bytes, heap.id(node))).map(|(node, _)| node)
}

/// Returns the scopes of modules, with the bytes that each retains apart from the owners reported
/// separately.
fn modules(
    heap: &Heap<'_>,
    found: &points::Points,
    groups: &[shared::Group],
) -> HashMap<NodeIx, u64> {
    let scopes = found.containers.iter().copied();
    let scopes = scopes.filter(|&node| points::is_module_scope(heap, node));
    let mut rest: HashMap<NodeIx, u64> =
        scopes.map(|scope| (scope, heap.retained(scope))).collect();
    let mut inside: Vec<NodeIx> = rest.keys().copied().collect();
    inside.extend(found.points.iter().map(|point| point.node));
    inside.extend(groups.iter().flat_map(|group| &group.members));
    for node in inside {
        let mut above = heap.analysis.dominator(node);
        while !rest.contains_key(&above) && heap.analysis.dominator(above) != above {
            above = heap.analysis.dominator(above);
        }
        if let Some(rest) = rest.get_mut(&above) {
            *rest = rest.saturating_sub(heap.retained(node));
        }
    }
    rest
}
