//! Classifies the entries of a collection, and measures what each of them retains.

use std::collections::BTreeMap;

use heapsnapshot::{EdgeKind, NodeIx};

use crate::message::{Message, Value, arg, messages};
use crate::prose;
use crate::retaining_path;
use crate::rules::{Case, kind_of};
use crate::sample::sample;

/// Maximum number of entries to examine.
const SAMPLE_SIZE: usize = 512;

messages! {
    Each("collection.each") { bytes, name, class }
}

/// The most frequent kind of entry.
#[derive(Clone)]
pub(super) struct Items {
    /// A class, or a function with its location.
    pub(super) kind: String,
    /// `kind` for a sentence.
    pub(super) shown: Value,
    /// `kind` without a location, for signatures.
    pub(super) place_free: String,
    /// One of the entries.
    pub(super) example: NodeIx,
}

impl Items {
    /// Returns the kind of small numbers, which are not nodes of a snapshot.
    pub(super) fn numbers(collection: NodeIx) -> Self {
        Self::of_class("number", collection)
    }

    fn of_class(class: &str, example: NodeIx) -> Self {
        let kind = class.to_owned();
        Self { shown: class.into(), place_free: kind.clone(), kind, example }
    }

    /// Classifies an entry: a function by its location, another object by its class.
    fn of(case: &mut Case<'_>, item: NodeIx) -> Self {
        if !case.heap.is_closure(item) {
            return Self::of_class(&kind_of(&case.heap, item), item);
        }
        let function = case.heap.unbound(item);
        let function = retaining_path::function(&case.heap, &mut case.sources, function);
        let place_free = function.without_place();
        let shown = Message::from(function);
        Self { kind: shown.to_string(), place_free, shown: shown.into(), example: item }
    }
}

/// Returns the most frequent kind of entry.
pub(super) fn majority(case: &mut Case<'_>, items: &[NodeIx]) -> Option<Items> {
    let mut kinds: BTreeMap<String, (usize, u64, Items)> = BTreeMap::new();
    for item in sample(items, SAMPLE_SIZE) {
        let of = Items::of(case, item);
        let entry = kinds.entry(of.kind.clone()).or_insert((0, 0, of));
        entry.0 += 1;
        entry.1 += case.heap.retained(item);
    }
    // Objects identify a leak better than the strings that are their keys.
    kinds
        .into_iter()
        .max_by_key(|(kind, (count, bytes, _))| {
            let is_object = kind != "string" && kind != "number" && !kind.starts_with('(');
            (is_object, *bytes, *count, std::cmp::Reverse(kind.clone()))
        })
        .map(|(_, (_, _, items))| items)
}

/// Returns the entries that are new since the first snapshot; all entries with one snapshot.
pub(super) fn fresh(case: &Case<'_>, items: &[NodeIx]) -> Vec<NodeIx> {
    match &case.new {
        Some(new) => items.iter().copied().filter(|&item| new.is_new(item)).collect(),
        None => items.to_vec(),
    }
}

/// Returns a part of a sentence on what an entry retains: `, 50.1 kB each, mostly in `pixels`
/// (ArrayBuffer)`. `None` if entries are small, or if no property stands out.
pub(super) fn each(case: &Case<'_>, items: &[NodeIx], entries: &[NodeIx]) -> Option<Value> {
    const MIN_BYTES: u64 = 256;
    let heap = &case.heap;
    let objects = |from: &[NodeIx]| -> Vec<NodeIx> {
        from.iter()
            .copied()
            .filter(|&item| !heap.is_string(item) && !heap.is_engine(item))
            .collect()
    };
    let mut of = objects(if entries.is_empty() { items } else { entries });
    if of.is_empty() {
        return None;
    }
    of.sort_by_key(|&item| heap.retained(item));
    let median = of[of.len() / 2];
    let bytes = heap.retained(median);
    if bytes < MIN_BYTES {
        return None;
    }
    let largest = heap
        .graph
        .edges(median)
        .filter(|&edge| {
            heap.graph.edge_kind(edge) == EdgeKind::PROPERTY && !heap.is_bookkeeping(edge)
        })
        .filter(|&edge| heap.analysis.dominator(heap.graph.target(edge)) == median)
        .max_by_key(|&edge| (heap.retained(heap.graph.target(edge)), heap.edge_text(edge)));
    let most = largest.and_then(|edge| {
        let target = heap.graph.target(edge);
        let name =
            heap.edge_text(edge).filter(|name| case.sources.show_values || prose::is_name(name))?;
        (heap.retained(target) * 2 >= bytes).then(|| (name, kind_of(heap, target)))
    });
    let (name, class) = most.unzip();
    arg(Each { bytes: arg(bytes), name: name.and_then(arg), class: class.and_then(arg) })
}
