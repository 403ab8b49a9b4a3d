//! Buffers, and other memory outside the JavaScript heap.

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Accumulations, Case, LEAST_WASTE, signature};
use crate::finding::{Evidence, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{arg, messages};
use crate::route::Route;

impl Kind {
    /// Buffers, and other memory outside the JavaScript heap.
    pub(crate) const EXTERNAL_MEMORY: Self = Self("external-memory");
}

messages! {
    Title("external-memory.title") { bytes }
    Buffers("external-memory.sentence") { count, bytes, largest, name }
    SomeBuffer("external-memory.some") {}
    Fix("external-memory.fix") { name }
}

/// The share of the heap that makes external memory worth a word: one fifth.
const SHARE: u64 = 5;

/// Memory outside the heap that a buffer holds.
fn stores(heap: &Heap<'_>) -> Vec<NodeIx> {
    let is_store = |&node: &NodeIx| {
        heap.graph.kind(node) == NodeKind::NATIVE
            && heap.graph.name(node).as_str().is_some_and(|name| name.contains("JSArrayBufferData"))
    };
    heap.graph.nodes().filter(is_store).collect()
}

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    case.control.check()?;
    // From one snapshot `retained` tells who holds buffers.
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let all = stores(&case.heap);
    let size = |heap: &Heap<'_>, nodes: &[NodeIx]| {
        nodes.iter().map(|&node| heap.graph.self_size(node)).sum::<u64>()
    };
    let bytes = size(&case.heap, &all);
    let least = (case.heap.analysis.total_size() / SHARE).max(LEAST_WASTE);
    let Some(&largest) =
        all.iter().max_by_key(|&&node| case.heap.graph.self_size(node)).filter(|_| bytes >= least)
    else {
        return Ok(Vec::new());
    };
    let mut series: Vec<u64> = case.earlier.iter().map(|heap| size(heap, &stores(heap))).collect();
    series.push(bytes);
    // A steady amount is what the program needs.
    if series.windows(2).any(|pair| pair[1] < pair[0].saturating_add(LEAST_WASTE / 4)) {
        return Ok(Vec::new());
    }
    let holder = Accumulations::default().find(&case.heap, largest).unwrap_or(largest);
    let route = Route::find(&case.heap, &mut case.sources, holder);
    if Case::is_claimed(holder, before)
        || route.nodes(&case.heap).any(|node| Case::is_claimed(node, before))
        || route.is_internal
    {
        return Ok(Vec::new());
    }
    let name = route.name.as_ref().map_or_else(|| arg(SomeBuffer {}), arg);
    let known = route.name.as_deref().unwrap_or("a buffer");
    let count = all.len() as u64;
    Ok(vec![Finding {
        confidence: 0.3,
        title: Title { bytes: arg(bytes) }.into(),
        sentence: Buffers {
            count: arg(count),
            bytes: arg(bytes),
            largest: arg(case.heap.graph.self_size(largest)),
            name: name.clone(),
        }
        .into(),
        evidence: Evidence::of_one(bytes, count),
        signature: signature(&[Kind::EXTERNAL_MEMORY.word(), route.file(), known]),
        culprit: route.culprit(Some(case.heap.class(holder))),
        fix: Fix { name }.into(),
        claims: case.claims(&route, holder),
        path: route.steps,
        ..Finding::new(Kind::EXTERNAL_MEMORY, Severity::Suspect)
    }])
}
