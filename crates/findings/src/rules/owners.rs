//! Detects growth that no other rule explains, by the owner of the new objects.
//!
//! Each new object has one owner: the nearest dominator that already existed in the first snapshot.
//! Owners that gain objects at a steady rate are reported by the shape of the growth: a chain
//! linked by one property, functions that wrap functions, promises resolved with promises, or
//! objects of one class below the owner.
//!
//! # Evidence
//! Runs after all other rules, on the new objects that their findings do not reach. An owner must
//! gain at least [`MIN_BYTES`] or [`MIN_COUNT`] objects in every step, and explain a tenth of the
//! growth. Growth that belongs to compiled code or hidden classes does not count.

mod texts;

use std::collections::{BTreeMap, HashMap, HashSet};

use heapsnapshot::{ClassIx, EdgeKind, Error, NodeIx, NodeKind};

#[cfg(test)]
pub(super) use self::texts::MESSAGES;
use self::texts::{Texts, is_telling};
use super::async_contexts::is_resource;
use super::collections::bound;
use super::{Case, signature};
use crate::accumulation::{Point, points};
use crate::behind;
use crate::explain::Explanation;
use crate::finding::{Culprit, Doc, Explained, Finding, Kind, Severity};
use crate::growth::Series;
use crate::heap::{Heap, Origin};
use crate::label::Role;
use crate::new_objects::{Arrivals, NewObjects};
use crate::prose;
use crate::retaining_path::RetainingPath;

impl Kind {
    /// Promises resolved with promises. Each retains the previous one.
    pub(crate) const PROMISE_CHAIN: Self = Self("promise-chain");
    /// Objects linked by a property of their own into a list that only gains members.
    pub(crate) const GROWING_CHAIN: Self = Self("growing-chain");
    /// Objects of one constructor that only increase in number below one owner.
    pub(crate) const GROWING_OBJECTS: Self = Self("growing-objects");
    /// Functions wrapped repeatedly. Each retains the previous one.
    pub(crate) const WRAPPED_FUNCTIONS: Self = Self("wrapped-functions");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[
    Doc {
        kinds: &[Kind::PROMISE_CHAIN],
        about: "promises resolved with promises, where each waits for the next",
    },
    Doc {
        kinds: &[Kind::GROWING_CHAIN, Kind::GROWING_OBJECTS],
        about: "objects of one constructor that accumulate below one owner without such a collection: linked lists, many small lists. At least 5 objects and 1 kB per step, and a tenth of the growth",
    },
    Doc {
        kinds: &[Kind::WRAPPED_FUNCTIONS],
        about: "a function that is wrapped again and again, such as a method that is patched in each request",
    },
];

/// Maximum number of owners to report.
const MAX_OWNERS: usize = 8;

/// A reported owner explains at least `1 / MIN_SHARE` of the growth.
const MIN_SHARE: u64 = 10;

/// Growth below this many bytes per step is noise.
const MIN_BYTES: u64 = 1 << 10;

/// Growth below this many objects per step is noise.
const MIN_COUNT: u64 = 5;

/// Maximum number of retainers of an object to examine.
const MAX_RETAINERS: usize = 16;

/// Maximum number of objects of a class whose links are examined.
const SAMPLE_SIZE: usize = 2000;

/// The new objects of an owner that belong to its most telling class.
struct Unit {
    /// The class.
    class: String,
    /// The objects.
    objects: Vec<NodeIx>,
    /// Their number and bytes, by step.
    arrivals: Arrivals,
    /// Bytes that the objects retain together.
    bytes: u64,
}

/// How the objects refer to each other.
enum Shape {
    /// Each refers to the next by this property or variable.
    Chain(String),
    /// Functions with one source position. Each can call the previous one.
    Wrapped(NodeIx),
    /// Promises that wait for each other.
    Promises,
    Loose,
}

/// Reports the owners of new objects that `explanation` does not cover. Also returns the steady
/// growth of the whole heap in bytes per step.
pub(crate) fn find(
    case: &mut Case<'_>,
    new: &NewObjects,
    mut explanation: Explanation,
) -> Result<(Vec<Finding>, u64), Error> {
    let heap = &case.heap;
    let explained = explanation.explained(heap, new);
    let left: Vec<NodeIx> = heap
        .graph
        .nodes()
        .filter(|&node| new.is_new(node) && !explanation.is_explained(node))
        .collect();
    let least = (explained / MIN_SHARE).max(MIN_BYTES);
    let mut groups: Vec<Group> = Vec::new();
    for point in points(heap, new, &left, least) {
        explanation.mark(point.objects.iter().copied());
        let Point { owner, arrivals, objects } = point;
        groups.push(Group { owner: Some(owner), arrivals, objects });
    }
    groups.extend(held(case, new, &mut explanation)?);
    groups.sort_by_key(|group| std::cmp::Reverse(group.arrivals.steady_bytes()));
    let total = explained + groups.iter().map(|group| group.arrivals.steady_bytes()).sum::<u64>();
    let mut findings = Vec::new();
    for group in groups.into_iter().take(MAX_OWNERS) {
        case.control.check()?;
        let bytes = group.arrivals.steady_bytes();
        let is_noise = bytes < MIN_BYTES || bytes < total / MIN_SHARE;
        if is_noise || group.arrivals.steady_count() < MIN_COUNT {
            continue;
        }
        let Some(unit) = unit(case, new, &group.objects) else { continue };
        findings.push(report(case, new, &group, &unit));
    }
    Ok((findings, total))
}

/// New objects that were added at a steady rate.
struct Group {
    /// Their owner; `None` if several objects retain them together.
    owner: Option<NodeIx>,
    /// Their number and bytes, by step.
    arrivals: Arrivals,
    /// The objects.
    objects: Vec<NodeIx>,
}

/// Returns objects that several older objects retain together, so that none of them is the owner:
/// everything reachable from one of them. The one that leads to most comes first.
fn held(
    case: &Case<'_>,
    new: &NewObjects,
    explanation: &mut Explanation,
) -> Result<Vec<Group>, Error> {
    const MAX_HOLDERS: usize = 256;
    let heap = &case.heap;
    let mut holders: BTreeMap<NodeIx, (u64, Vec<NodeIx>)> = BTreeMap::new();
    for node in heap.graph.nodes() {
        if !new.is_new(node) || explanation.is_explained(node) || heap.is_engine(node) {
            continue;
        }
        for (edge, source) in heap.analysis.incoming(node).take(MAX_RETAINERS) {
            let is_holder = !new.is_new(source)
                && !heap.is_engine(source)
                && !heap.is_root(source)
                && !heap.is_bookkeeping(edge);
            if is_holder {
                let (bytes, targets) = holders.entry(source).or_default();
                *bytes += heap.retained(node);
                targets.push(node);
            }
        }
    }
    let mut holders: Vec<(NodeIx, (u64, Vec<NodeIx>))> = holders.into_iter().collect();
    holders.sort_by_key(|(node, (bytes, _))| (std::cmp::Reverse(*bytes), heap.id(*node)));
    let mut groups = Vec::new();
    for (_, (_, targets)) in holders.into_iter().take(MAX_HOLDERS) {
        case.control.check()?;
        let mut objects = Vec::new();
        let arrivals = explanation.claim_all(heap, new, &targets, &mut objects);
        if arrivals.steady_bytes() >= MIN_BYTES {
            groups.push(Group { owner: None, arrivals, objects });
        }
    }
    Ok(groups)
}

/// Returns the objects of one class out of those that an owner gains steadily: the class that
/// retains most.
fn unit(case: &Case<'_>, new: &NewObjects, objects: &[NodeIx]) -> Option<Unit> {
    let heap = &case.heap;
    let mut classes: HashMap<ClassIx, Vec<NodeIx>> = HashMap::new();
    for &node in objects {
        let counts = matches!(heap.graph.kind(node), NodeKind::OBJECT | NodeKind::CLOSURE)
            && !heap.is_context(node);
        if counts {
            classes.entry(heap.analysis.class(node)).or_default().push(node);
        }
    }
    let units = classes.into_values().map(|objects| {
        let arrivals = new.arrivals(heap, objects.iter().copied());
        let class = heap.class(objects[0]);
        Unit { class, objects, arrivals, bytes: 0 }
    });
    let mut units: Vec<Unit> =
        units.filter(|unit| unit.arrivals.steady_count() >= MIN_COUNT).collect();
    let members = units.iter().enumerate();
    let unit_of =
        members.flat_map(|(at, unit)| unit.objects.iter().map(move |&node| (node, at))).collect();
    let retained = heap.union_retained(&unit_of, units.len());
    for (unit, bytes) in units.iter_mut().zip(retained) {
        unit.bytes = bytes;
    }
    units.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.class.cmp(&b.class)));
    // A wrapper retains as much as the wrapped object. Of classes that retain about the same, one
    // named by the program is preferred.
    let most = units.first()?.bytes;
    let at = units
        .iter()
        .position(|unit| unit.bytes * 10 >= most * 8 && is_telling(&unit.class))
        .unwrap_or(0);
    Some(units.swap_remove(at))
}

/// Returns how the objects of a unit refer to each other.
fn shape(case: &Case<'_>, unit: &Unit) -> Shape {
    let heap = &case.heap;
    if unit.class == "Promise" {
        return Shape::Promises;
    }
    if let Some(&first) = unit.objects.first()
        && heap.is_closure(first)
        && let Some(function) = wrapper(heap, &unit.objects)
    {
        return Shape::Wrapped(function);
    }
    match link(heap, &unit.objects) {
        Some(name) => Shape::Chain(name),
        None => Shape::Loose,
    }
}

/// Returns the property by which most objects of a class refer to one another.
fn link(heap: &Heap<'_>, objects: &[NodeIx]) -> Option<String> {
    let all: HashSet<NodeIx> = objects.iter().copied().collect();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut looked = 0;
    for &node in objects.iter().take(SAMPLE_SIZE) {
        looked += 1;
        for edge in heap.graph.edges(node) {
            let is_link =
                heap.graph.edge_kind(edge) == EdgeKind::PROPERTY && !heap.is_bookkeeping(edge);
            if is_link && all.contains(&heap.graph.target(edge)) {
                *names.entry(heap.edge_text(edge).unwrap_or_default()).or_default() += 1;
            }
        }
    }
    let (name, count) = names.into_iter().max_by_key(|(name, count)| (*count, name.clone()))?;
    (count * 2 >= looked && prose::is_name(&name)).then_some(name)
}

/// Returns the function of most closures, if each of them reaches another closure of the same
/// function through its scope.
fn wrapper(heap: &Heap<'_>, closures: &[NodeIx]) -> Option<NodeIx> {
    let mut places: BTreeMap<Origin, Vec<NodeIx>> = BTreeMap::new();
    for &closure in closures.iter().take(SAMPLE_SIZE) {
        if let Some(origin) = heap.origin(closure).filter(|origin| !origin.is_internal()) {
            places.entry(origin).or_default().push(closure);
        }
    }
    let (origin, same) = places.into_iter().max_by_key(|(_, same)| same.len())?;
    let wraps = same.iter().filter(|&&closure| {
        super::scope_targets(heap, closure)
            .any(|target| heap.is_closure(target) && heap.origin(target).as_ref() == Some(&origin))
    });
    (wraps.count() * 2 >= same.len()).then(|| same[0])
}

/// Makes the finding about an owner and the objects that it gains.
fn report(case: &mut Case<'_>, new: &NewObjects, group: &Group, unit: &Unit) -> Finding {
    let heap = &case.heap;
    let owner = group.owner.filter(|&owner| !heap.is_root(owner));
    let series = Series::of_arrivals(&unit.arrivals, unit.bytes);
    let shape = shape(case, unit);
    // The path leads to the object that refers to the new ones; a chain has an end that the program
    // holds.
    let is_chain = !matches!(shape, Shape::Loose);
    let holder = if owner.is_none() || is_chain { frontier(case, new, unit) } else { None };
    let (target, slot) = match (holder, owner) {
        (Some((holder, name)), _) => (holder, Some(name)),
        (None, Some(owner)) => (owner, slot(heap, new, owner)),
        (None, None) => (example(heap, &unit.objects), None),
    };
    let slot = slot.filter(|name| prose::is_name(name));
    let path = RetainingPath::find(heap, &mut case.sources, target);
    let function = match shape {
        Shape::Wrapped(function) => Some(function),
        Shape::Chain(_) => None,
        Shape::Promises => behind::of_all(&case.heap, &group.objects),
        Shape::Loose => behind::function(&case.heap, &unit.objects),
    };
    let mut marks = case.mark_collection(&path);
    marks.extend(function.and_then(|at| case.mark_function(at, Role::Keeper)));
    let texts = Texts::new(case, &path, slot.as_deref(), unit, &shape, function);
    let evidence = series.evidence();
    let bytes = group.arrivals.steady_bytes();
    let is_named =
        path.name.is_some() && !(owner.is_none() && texts.function.is_none() && path.is_internal);
    // A WeakRef retains nothing, and is freed with its creator.
    let is_bounded = bound(&case.heap, target).is_some() || unit.class == "WeakRef";
    let is_leak = is_named && !is_bounded && new.steps() > 1;
    let severity = if is_leak { Severity::Leak } else { Severity::Suspect };
    let place = texts.place.clone().or_else(|| path.place.clone());
    let class = &unit.class;
    let kind = texts.kind;
    let file = place.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    Finding {
        confidence: if severity == Severity::Leak { 0.7 } else { 0.4 },
        title: texts.title.clone(),
        sentence: texts.sentence(&series, evidence.bytes, is_resource(&case.heap, unit.objects[0])),
        signature: signature(&[kind.word(), &file, class, &texts.name]),
        culprit: Culprit {
            property: texts.link.clone().or(slot).or_else(|| path.property.clone()),
            function: texts.function_name.clone(),
            location: place,
            ..path.culprit(Some(class.clone()))
        },
        path: case.extend(&path, &[("(new)".to_owned(), example(&case.heap, &unit.objects))]),
        fix: texts.fix(),
        retainer: Some(texts.retainer),
        marks,
        objects: unit.objects.clone(),
        evidence: crate::finding::Evidence {
            explained: Some(Explained { bytes_per_step: bytes, of_bytes_per_step: 0 }),
            ..evidence
        },
        ..Finding::new(kind, severity)
    }
}

/// Returns the older object that refers to the new objects, or to the end of their chain, and the
/// name of the property or variable.
fn frontier(case: &Case<'_>, new: &NewObjects, unit: &Unit) -> Option<(NodeIx, String)> {
    let heap = &case.heap;
    let mut seen: HashSet<NodeIx> = HashSet::new();
    // The newest first: a chain continues for as long as the program runs.
    let mut from = unit.objects.clone();
    from.sort_by_key(|&node| std::cmp::Reverse((new.step(node), heap.id(node))));
    from.truncate(SAMPLE_SIZE);
    new.reach(heap, &from, |node| seen.len() < 4 * SAMPLE_SIZE && seen.insert(node));
    let mut holders: BTreeMap<(String, String), (usize, NodeIx)> = BTreeMap::new();
    for &object in &seen {
        if heap.is_engine(object) || heap.class(object) != unit.class {
            continue;
        }
        for (edge, source) in heap.analysis.incoming(object).take(MAX_RETAINERS) {
            let is_holder = !new.is_new(source)
                && matches!(heap.graph.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT)
                && !heap.is_bookkeeping(edge)
                && !heap.is_engine(source);
            if is_holder && let Some(name) = heap.edge_text(edge) {
                let entry = holders.entry((heap.class(source), name)).or_insert((0, source));
                entry.0 += 1;
                entry.1 = entry.1.min(source);
            }
        }
    }
    // A property of the program's object identifies the leak better than a variable of a scope.
    let best = holders
        .into_iter()
        .rev()
        .max_by_key(|((class, _), (count, _))| (*count, !class.starts_with("system / ")));
    let ((_, name), (_, holder)) = best?;
    Some((holder, name))
}

/// Returns an example: of the objects that retain most, the one with the first name.
fn example(heap: &Heap<'_>, objects: &[NodeIx]) -> NodeIx {
    let best = objects.iter().copied().max_by_key(|&node| (heap.retained(node), heap.id(node)));
    best.unwrap_or_else(|| heap.graph.root())
}

/// Returns the property or variable of an owner that leads to new objects.
fn slot(heap: &Heap<'_>, new: &NewObjects, owner: NodeIx) -> Option<String> {
    let edges = heap.graph.edges(owner).filter(|&edge| {
        matches!(heap.graph.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT)
            && !heap.is_bookkeeping(edge)
            && new.is_new(heap.graph.target(edge))
    });
    let largest = edges.max_by_key(|&edge| heap.retained(heap.graph.target(edge)))?;
    heap.edge_text(largest).filter(|name| prose::is_name(name))
}
