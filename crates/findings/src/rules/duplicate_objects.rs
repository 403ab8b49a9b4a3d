//! Detects objects with equal contents.
//!
//! # Evidence
//! Objects are grouped by a hash of their contents: class, properties, elements, and contents of
//! nested plain objects up to [`DEPTH`] levels. An object counts only if the snapshot contains all
//! of its values. V8 writes no node for a small integer, so objects with such properties are not
//! comparable; the number of properties that the hidden class declares shows that one is missing.
//!
//! The sum of the retained sizes of all copies but the largest must reach [`MIN_WASTE_BYTES`].
//! Parts of reported copies are not reported again.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use heapsnapshot::{ClassIx, EdgeKind, EdgeName, Error, NodeIx, NodeKind};
use rustc_hash::FxHashMap;

use super::duplicate_strings::is_whole;
use super::{Accumulations, Case, MIN_WASTE_BYTES, signature};
use crate::finding::{Evidence, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{Value, arg, list, messages};
use crate::prose;
use crate::retaining_path::RetainingPath;
use crate::words::Word;

impl Kind {
    /// Objects with equal contents.
    pub(crate) const DUPLICATE_OBJECTS: Self = Self("duplicate-objects");
}

messages! {
    Title("duplicate-objects.title") { count, class }
    Same("duplicate-objects.sentence") { count, class, name, place, properties, more, bytes }
    Fix("duplicate-objects.fix") {}
}

/// Maximum number of groups to report.
const MAX_GROUPS: usize = 3;

/// Depth of nested objects to compare by contents. Deeper objects are compared by identity.
const DEPTH: u32 = 3;

/// Maximum number of values in an object and its nested objects. An object with more is not a
/// record.
const MAX_PARTS: usize = 64;

/// Minimum shallow size of a class, in bytes, for its objects to be compared.
const MIN_CLASS_BYTES: u64 = MIN_WASTE_BYTES / 8;

/// Internal references to the parts of an object.
const INNER: [Word; 3] = [Word::Map, Word::Elements, Word::Properties];

/// Objects with equal contents.
struct Copies {
    /// The copy that was allocated last.
    example: NodeIx,
    /// Number of copies.
    count: u64,
    /// Bytes of all copies but one.
    bytes: u64,
}

/// Caches the number of properties that hidden classes declare: many objects have the same one.
#[derive(Default)]
struct Shapes(FxHashMap<NodeIx, Option<u64>>);

impl Shapes {
    /// Returns the number of properties that the hidden class of an object declares.
    fn declared(&mut self, heap: &Heap<'_>, object: NodeIx) -> Option<u64> {
        let map = heap.internal(object, Word::Map)?;
        *self.0.entry(map).or_insert_with(|| {
            let descriptors = heap.internal(map, Word::Descriptors)?;
            let names = heap.graph.edges(descriptors).filter(|&edge| {
                heap.graph.edge_kind(edge) == EdgeKind::INTERNAL
                    && heap.position(edge).is_some_and(|at| at % 3 == 0)
            });
            Some(names.count() as u64)
        })
    }
}

/// Mixes the contents of an object into `hash`. Returns `None` if some of it is not in the
/// snapshot: small numbers are not nodes.
fn look(
    heap: &Heap<'_>,
    shapes: &mut Shapes,
    object: NodeIx,
    depth: u32,
    room: &mut usize,
    hash: &mut DefaultHasher,
) -> Option<()> {
    heap.analysis.class(object).hash(hash);
    let (mut parts, mut numbered) = (Vec::new(), 0u64);
    for edge in heap.graph.edges(object) {
        let target = heap.graph.target(edge);
        match (heap.graph.edge_kind(edge), heap.graph.edge_name(edge)) {
            (EdgeKind::PROPERTY, _) if heap.is_named(edge, Word::Proto) => target.hash(hash),
            (EdgeKind::PROPERTY, EdgeName::Str(name)) => parts.push((Some(name), 0, target)),
            (EdgeKind::ELEMENT, EdgeName::Index(at)) => {
                numbered += 1;
                parts.push((None, at, target));
            }
            (EdgeKind::INTERNAL, _) if INNER.iter().any(|&word| heap.is_named(edge, word)) => {}
            // An object with other internal parts is not comparable, and numbers beside the
            // properties have no name.
            (EdgeKind::INTERNAL | EdgeKind::HIDDEN, _) => return None,
            _ => {}
        }
        if parts.len() > *room {
            return None;
        }
    }
    *room -= parts.len();
    let elements = heap.internal(object, Word::Elements);
    let slots = elements.map_or(0, |store| (heap.graph.self_size(store) / 8).saturating_sub(2));
    let named = parts.len() as u64 - numbered;
    let is_array = heap.graph.name(object) == "Array";
    if slots != numbered || (!is_array && shapes.declared(heap, object)? != named) {
        return None;
    }
    parts.sort_unstable();
    for (name, at, target) in parts {
        (name, at).hash(hash);
        let text = heap.graph.name_ix(target);
        match heap.graph.kind(target) {
            NodeKind::STRING if is_whole(heap, text, heap.graph.self_size(target)) => {
                text.hash(hash);
            }
            NodeKind::NUMBER => return None,
            NodeKind::OBJECT if depth > 0 && is_plain(heap, target) => {
                look(heap, shapes, target, depth - 1, room, hash)?;
            }
            _ => target.hash(hash),
        }
    }
    Some(())
}

/// Returns whether an object is a plain record or an array.
fn is_plain(heap: &Heap<'_>, object: NodeIx) -> bool {
    let class = heap.analysis.class_name(object);
    class == "Object" || class == "Array" || class.as_bytes().starts_with(b"{")
}

/// Returns the comparable objects with the hash of their contents. Classes with few bytes are left
/// out.
fn looked_at(heap: &Heap<'_>) -> Vec<(u64, NodeIx)> {
    let is_object =
        |&node: &NodeIx| heap.graph.kind(node) == NodeKind::OBJECT && !heap.is_context(node);
    let mut totals: FxHashMap<ClassIx, u64> = FxHashMap::default();
    for node in heap.graph.nodes().filter(is_object) {
        *totals.entry(heap.analysis.class(node)).or_default() += heap.analysis.shallow_size(node);
    }
    totals.retain(|_, bytes| *bytes >= MIN_CLASS_BYTES);
    let large = heap
        .graph
        .nodes()
        .filter(is_object)
        .filter(|&node| totals.contains_key(&heap.analysis.class(node)));
    let mut shapes = Shapes::default();
    let mut looked: Vec<(u64, NodeIx)> = large
        .filter_map(|node| {
            let (mut hash, mut room) = (DefaultHasher::new(), MAX_PARTS);
            look(heap, &mut shapes, node, DEPTH, &mut room, &mut hash)?;
            Some((hash.finish(), node))
        })
        .collect();
    looked.sort_unstable();
    looked
}

/// Returns the groups that waste most, outermost objects first.
fn worst(heap: &Heap<'_>) -> Vec<Copies> {
    let looked = looked_at(heap);
    let mut groups: Vec<(u64, &[(u64, NodeIx)])> = looked
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let sizes = group.iter().map(|&(_, node)| heap.retained(node));
            (sizes.clone().sum::<u64>() - sizes.max().unwrap_or_default(), group)
        })
        .filter(|&(bytes, _)| bytes >= MIN_WASTE_BYTES)
        .collect();
    groups.sort_by_key(|&(bytes, group)| (std::cmp::Reverse(bytes), group[0].1));
    let mut known: HashSet<NodeIx> = HashSet::new();
    let mut worst = Vec::new();
    for (bytes, group) in groups {
        let example = group[group.len() - 1].1;
        // Parts of copies are copies, too.
        let is_part =
            heap.dominators(example).take(2 + DEPTH as usize).any(|at| known.contains(&at));
        if is_part {
            continue;
        }
        known.extend(group.iter().map(|&(_, node)| node));
        worst.push(Copies { example, count: group.len() as u64, bytes });
        if worst.len() == MAX_GROUPS {
            break;
        }
    }
    worst
}

/// Returns findings of severity `waste` about the largest groups of equal objects.
pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    case.control.check()?;
    let mut findings = Vec::new();
    for Copies { example, count, bytes } in worst(&case.heap) {
        let holder = Accumulations::default().find(&case.heap, example).unwrap_or(example);
        let path = RetainingPath::find(&case.heap, &mut case.sources, holder);
        if path.is_internal || path.steps.is_empty() {
            continue;
        }
        let class = case.heap.class(example);
        let name = path.name.clone().unwrap_or_else(|| class.clone());
        let (properties, more) = properties(&case.heap, example);
        findings.push(Finding {
            confidence: 0.7,
            title: Title { count: arg(count), class: arg(&class) }.into(),
            sentence: Same {
                count: arg(count),
                class: arg(&class),
                name: arg(&name),
                place: path.place_value(),
                properties,
                more,
                bytes: arg(bytes),
            }
            .into(),
            evidence: Evidence::of_one(bytes, count),
            signature: signature(&[Kind::DUPLICATE_OBJECTS.word(), path.file(), &class, &name]),
            culprit: path.culprit(Some(class)),
            fix: Fix {}.into(),
            path: case.extend(&path, &[("entry".to_owned(), example)]),
            ..Finding::new(Kind::DUPLICATE_OBJECTS, Severity::Waste)
        });
    }
    Ok(findings)
}

/// Returns the names of an object's properties for a sentence, and a mark if there are more.
fn properties(heap: &Heap<'_>, object: NodeIx) -> (Option<Value>, Option<Value>) {
    const MAX_NAMES: usize = 4;
    let names = heap.graph.edges(object).filter(|&edge| {
        heap.graph.edge_kind(edge) == EdgeKind::PROPERTY && !heap.is_named(edge, Word::Proto)
    });
    let mut names: Vec<String> =
        names.filter_map(|edge| heap.edge_text(edge)).filter(|name| prose::is_name(name)).collect();
    names.sort();
    let more = if names.len() > MAX_NAMES { arg("…") } else { None };
    names.truncate(MAX_NAMES);
    (list(names), more)
}
