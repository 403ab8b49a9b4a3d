//! Names who holds memory, as parts of the sentences of a conclusion.

use std::cmp::Reverse;

use heapsnapshot::{NodeIx, NodeKind};

use crate::accumulation::{Point, points};
use crate::finding::{Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{Message, arg, messages};
use crate::new_objects::NewObjects;
use crate::route::Route;
use crate::rules::Objects;
use crate::source::Sources;

messages! {
    Gains("conclusion.owner") { keeper, bytes }
    Holds("conclusion.one.owner") { keeper, bytes, share }
    Name("conclusion.name") { name }
}

/// Owners that a sentence names.
pub(super) const MAX_OWNERS: usize = 3;

/// Who holds one part in this many of the heap, or of its growth, is named.
const LARGE_SHARE: u64 = 10;

/// Older objects that own much of the `growth` a step, apart from those that a leak is about.
pub(crate) fn of_rest(
    heap: &Heap<'_>,
    new: &NewObjects,
    sources: &mut Sources,
    findings: &[Finding],
    growth: u64,
) -> Vec<Message> {
    let leaks = || findings.iter().filter(|finding| finding.severity == Severity::Leak);
    let all: Vec<NodeIx> = heap.graph.nodes().filter(|&node| new.is_new(node)).collect();
    let points = points(heap, new, &all, growth / LARGE_SHARE);
    let size = |nodes: &mut dyn Iterator<Item = &NodeIx>| -> u64 {
        nodes.map(|&node| heap.analysis.shallow_size(node)).sum()
    };
    // Compiled code belongs to what defines a function, which does not fill with it.
    let is_code = |point: &Point| {
        let engine = size(&mut point.objects.iter().filter(|&&node| heap.is_engine(node)));
        engine * 2 > size(&mut point.objects.iter())
    };
    let others = points
        .into_iter()
        .filter(|point| !is_code(point) && !leaks().any(|leak| leak.claims.contains(&point.owner)));
    let named = others.take(MAX_OWNERS).map(|point| {
        let keeper = Route::find(heap, sources, point.owner).keeper(&heap.class(point.owner));
        Gains { keeper: arg(keeper), bytes: arg(point.arrivals.steady_bytes()) }.into()
    });
    named.collect()
}

/// Whom findings about one snapshot blame for a tenth of the heap or more, or else the
/// objects that alone keep as much.
pub(super) fn of_heap(
    heap: &Heap<'_>,
    sources: &mut Sources,
    findings: &[Finding],
) -> Vec<Message> {
    let total = heap.analysis.total_size();
    let is_large = |finding: &&Finding| {
        finding.severity > Severity::Waste && finding.evidence.bytes >= total / LARGE_SHARE
    };
    let mut large: Vec<&Finding> = findings.iter().filter(is_large).collect();
    if large.is_empty() {
        return dominators(heap, sources);
    }
    // Objects of one class have many owners.
    large.sort_by_key(|finding| {
        (finding.kind == Kind::RETAINED_GROUP, Reverse(finding.evidence.bytes))
    });
    let large = large.into_iter().take(MAX_OWNERS);
    large.map(|finding| share(of_finding(finding), finding.evidence.bytes, total)).collect()
}

/// What a finding is about.
pub(super) fn of_finding(finding: &Finding) -> Message {
    let class = finding.culprit.constructor.as_deref().unwrap_or_default();
    let name = finding.culprit.property.as_deref().or(finding.culprit.variable.as_deref());
    match (finding.kind, &finding.keeper) {
        (Kind::RETAINED_GROUP, _) => Objects { class: arg(class) }.into(),
        (_, Some(keeper)) => keeper.clone(),
        (_, None) => Name { name: arg(name.unwrap_or(class)) }.into(),
    }
}

/// The objects that alone keep a tenth of the heap, the largest first.
fn dominators(heap: &Heap<'_>, sources: &mut Sources) -> Vec<Message> {
    let total = heap.analysis.total_size();
    let is_large = |&node: &NodeIx| {
        matches!(heap.graph.kind(node), NodeKind::OBJECT | NodeKind::CLOSURE)
            && heap.graph.kind(heap.analysis.dominator(node)) == NodeKind::SYNTHETIC
            && heap.retained(node) >= total / LARGE_SHARE
    };
    let mut large: Vec<NodeIx> = heap.graph.nodes().filter(is_large).collect();
    large.sort_by_key(|&node| (Reverse(heap.retained(node)), heap.id(node)));
    let named = large.into_iter().take(MAX_OWNERS).map(|node| {
        let keeper = Route::find(heap, sources, node).keeper(&heap.class(node));
        share(keeper, heap.retained(node), total)
    });
    named.collect()
}

fn share(keeper: Message, bytes: u64, total: u64) -> Message {
    let share = bytes.saturating_mul(100) / total.max(1);
    Holds { keeper: arg(keeper), bytes: arg(bytes), share: arg(share) }.into()
}
