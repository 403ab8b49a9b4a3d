//! What the entries of a collection are, and what each of them keeps.

use std::collections::BTreeMap;

use heapsnapshot::{EdgeKind, NodeIx};

use crate::prose;
use crate::route;
use crate::rules::{Case, kind_of};
use crate::sample::sample;

/// Entries that are looked at.
const SAMPLE: usize = 512;

/// The most frequent kind of item: its name, how many, and one of them.
pub(super) fn majority(case: &mut Case<'_>, items: &[NodeIx]) -> Option<(String, usize, NodeIx)> {
    let mut kinds: BTreeMap<String, (usize, u64, NodeIx)> = BTreeMap::new();
    let few = sample(items, SAMPLE);
    for item in few.clone() {
        let kind = if case.heap.is_closure(item) {
            route::function(&case.heap, &mut case.sources, case.heap.unbound(item))
        } else {
            kind_of(&case.heap, item)
        };
        let entry = kinds.entry(kind).or_insert((0, 0, item));
        entry.0 += 1;
        entry.1 += case.heap.retained(item);
    }
    let looked = few.count().max(1);
    // Objects tell more than the strings that are their keys.
    kinds
        .into_iter()
        .max_by_key(|(kind, (count, bytes, _))| {
            let is_object = kind != "string" && kind != "number" && !kind.starts_with('(');
            (is_object, *bytes, *count, std::cmp::Reverse(kind.clone()))
        })
        .map(|(kind, (count, _, item))| (kind, count * items.len() / looked, item))
}

/// The items that the first snapshot does not have; all of them with one snapshot.
pub(super) fn fresh(case: &Case<'_>, items: &[NodeIx]) -> Vec<NodeIx> {
    match &case.new {
        Some(new) => items.iter().copied().filter(|&item| new.is_new(item)).collect(),
        None => items.to_vec(),
    }
}

/// A part of a sentence on what an entry keeps: `, 50.1 kB each, mostly in `pixels`
/// (ArrayBuffer)`. Empty if entries are small or nothing stands out.
pub(super) fn each(case: &Case<'_>, items: &[NodeIx], entries: &[NodeIx]) -> String {
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
        return String::new();
    }
    of.sort_by_key(|&item| heap.retained(item));
    let median = of[of.len() / 2];
    let bytes = heap.retained(median);
    if bytes < MIN_BYTES {
        return String::new();
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
        (heap.retained(target) * 2 >= bytes)
            .then(|| format!(", mostly in {} ({})", prose::code(&name), kind_of(heap, target)))
    });
    format!(", {} each{}", prose::bytes(bytes), most.unwrap_or_default())
}

pub(super) fn item_kind_without_place(kind: &str) -> String {
    kind.split(" (").next().unwrap_or_default().to_owned()
}
