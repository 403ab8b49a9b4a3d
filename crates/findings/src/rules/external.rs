//! Detects growing buffers, and other memory outside the JavaScript heap.
//!
//! # Evidence
//! The nodes for backing stores of buffers. Their sum must grow in every step by at least a quarter
//! of [`MIN_WASTE_BYTES`], and reach a fifth of the heap. The largest store must be held by the
//! program, and not be claimed by another finding.
//!
//! # Example
//! ```js
//! const frames = [];
//! camera.on('frame', (pixels) => frames.push(Buffer.from(pixels)));
//! ```
//!
//! # In the heap
//! ```text
//! Buffer ─▶ ArrayBuffer ─ backing_store ─▶ system / JSArrayBufferData (native, with the bytes)
//! ```

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Accumulations, Case, MIN_WASTE_BYTES, signature};
use crate::finding::{Evidence, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{arg, messages};
use crate::retaining_path::RetainingPath;

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

/// External memory is reported if it reaches `1 / MIN_SHARE` of the heap.
const MIN_SHARE: u64 = 5;

/// Returns the nodes for memory of buffers outside the heap.
fn stores(heap: &Heap<'_>) -> Vec<NodeIx> {
    let is_store = |&node: &NodeIx| {
        heap.graph.kind(node) == NodeKind::NATIVE
            && heap.graph.name(node).as_str().is_some_and(|name| name.contains("JSArrayBufferData"))
    };
    heap.graph.nodes().filter(is_store).collect()
}

/// Returns at most one finding, about all buffers. None with a single snapshot.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    case.control.check()?;
    // A single snapshot shows large owners of buffers only, which is the rule `retained`.
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let all = stores(&case.heap);
    let size = |heap: &Heap<'_>, nodes: &[NodeIx]| {
        nodes.iter().map(|&node| heap.graph.self_size(node)).sum::<u64>()
    };
    let bytes = size(&case.heap, &all);
    let threshold = (case.heap.analysis.total_size() / MIN_SHARE).max(MIN_WASTE_BYTES);
    let Some(&largest) = all
        .iter()
        .max_by_key(|&&node| case.heap.graph.self_size(node))
        .filter(|_| bytes >= threshold)
    else {
        return Ok(Vec::new());
    };
    let mut series: Vec<u64> = case.earlier.iter().map(|heap| size(heap, &stores(heap))).collect();
    series.push(bytes);
    // The program needs a constant amount.
    if series.windows(2).any(|pair| pair[1] < pair[0].saturating_add(MIN_WASTE_BYTES / 4)) {
        return Ok(Vec::new());
    }
    let holder = Accumulations::default().find(&case.heap, largest).unwrap_or(largest);
    let path = RetainingPath::find(&case.heap, &mut case.sources, holder);
    if Case::is_claimed(holder, before)
        || path.nodes(&case.heap).any(|node| Case::is_claimed(node, before))
        || path.is_internal
    {
        return Ok(Vec::new());
    }
    let name = path.name.as_ref().map_or_else(|| arg(SomeBuffer {}), arg);
    let known = path.name.as_deref().unwrap_or("a buffer");
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
        signature: signature(&[Kind::EXTERNAL_MEMORY.word(), path.file(), known]),
        culprit: path.culprit(Some(case.heap.class(holder))),
        fix: Fix { name }.into(),
        claims: case.claims(&path, holder),
        path: path.steps,
        ..Finding::new(Kind::EXTERNAL_MEMORY, Severity::Suspect)
    }])
}
