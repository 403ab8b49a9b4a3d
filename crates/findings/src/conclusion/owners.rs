//! Names the owners of memory, as parts of the sentences of a conclusion.

use std::cmp::Reverse;

use heapsnapshot::{NodeIx, NodeKind};

use crate::accumulation::{Point, points};
use crate::finding::{Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{Message, arg, messages};
use crate::new_objects::NewObjects;
use crate::retaining_path::RetainingPath;
use crate::rules::Objects;
use crate::source::Sources;

messages! {
    Gains("conclusion.owner") { retainer, bytes }
    Holds("conclusion.one.owner") { retainer, bytes, share }
    Name("conclusion.name") { name }
}

/// Maximum number of owners that a sentence names.
pub(super) const MAX_OWNERS: usize = 3;

/// An owner is named if it holds at least `1 / LARGE_SHARE` of the heap, or of its growth.
const LARGE_SHARE: u64 = 10;

/// Returns the older objects that own at least a tenth of `growth` (bytes per step), without the
/// culprits of leaks.
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
    // Code belongs to the object that defines the function, and does not accumulate there.
    let is_code = |point: &Point| {
        let engine = size(&mut point.objects.iter().filter(|&&node| heap.is_engine(node)));
        engine * 2 > size(&mut point.objects.iter())
    };
    let others = points
        .into_iter()
        .filter(|point| !is_code(point) && !leaks().any(|leak| leak.claims.contains(&point.owner)));
    let named = others.take(MAX_OWNERS).map(|point| {
        let retainer =
            RetainingPath::find(heap, sources, point.owner).retainer(&heap.class(point.owner));
        Gains { retainer: arg(retainer), bytes: arg(point.arrivals.steady_bytes()) }.into()
    });
    named.collect()
}

/// Returns the culprits of a single snapshot that hold a tenth of the heap or more. If there are
/// none, returns the objects that alone retain as much.
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
    // Objects of one class have many owners, so such groups come last.
    large.sort_by_key(|finding| {
        (finding.kind == Kind::RETAINED_GROUP, Reverse(finding.evidence.bytes))
    });
    let large = large.into_iter().take(MAX_OWNERS);
    large.map(|finding| share(of_finding(finding), finding.evidence.bytes, total)).collect()
}

/// Returns the culprit of a finding, as a part of a sentence.
pub(super) fn of_finding(finding: &Finding) -> Message {
    let class = finding.culprit.constructor.as_deref().unwrap_or_default();
    let name = finding.culprit.property.as_deref().or(finding.culprit.variable.as_deref());
    match (finding.kind, &finding.retainer) {
        (Kind::RETAINED_GROUP, _) => Objects { class: arg(class) }.into(),
        (_, Some(retainer)) => retainer.clone(),
        (_, None) => Name { name: arg(name.unwrap_or(class)) }.into(),
    }
}

/// Returns the objects that alone retain a tenth of the heap or more, the largest first.
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
        let retainer = RetainingPath::find(heap, sources, node).retainer(&heap.class(node));
        share(retainer, heap.retained(node), total)
    });
    named.collect()
}

/// Returns a retainer with its bytes and its percentage of `total`.
fn share(retainer: Message, bytes: u64, total: u64) -> Message {
    let share = bytes.saturating_mul(100) / total.max(1);
    Holds { retainer: arg(retainer), bytes: arg(bytes), share: arg(share) }.into()
}
