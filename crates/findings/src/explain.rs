//! Attributes growth to findings: says what part each finding explains, and merges findings that
//! have one cause.

use std::collections::HashSet;

use heapsnapshot::NodeIx;

use crate::finding::{Explained, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{arg, list, messages};
use crate::new_objects::{Arrivals, NewObjects};
use crate::sample::sample;

messages! {
    Also("growth.also") { retainers, more }
    InGrowing("growth.retainer") { retainer }
    Explains("growth.explains") { bytes, total }
}

/// Maximum number of entries of a finding that are examined to find its cause.
const SAMPLE_SIZE: usize = 256;

/// A leak explains at least this many bytes per step.
const MIN_LEAK_BYTES: u64 = 256;

/// A leak explains at least `1 / MIN_LEAK_SHARE` of the growth.
const MIN_LEAK_SHARE: u64 = 50;

/// An entry that retains at most this many bytes counts as a part of the object that it refers to.
const MAX_PART_BYTES: u64 = 512;

/// Maximum number of scopes around a function to examine.
const MAX_SCOPES: usize = 8;

/// Maximum number of objects near an entry to examine.
const MAX_NEAR: usize = 24;

/// No finding explains the object yet.
const NONE: u32 = u32::MAX;

/// An owner explains the object, not the finding of a rule.
const OTHER: u32 = u32::MAX - 1;

/// Which finding explains which new object. Each object is attributed to one finding.
pub(crate) struct Explanation {
    /// By node: the index of the finding, or [`NONE`], or [`OTHER`].
    by: Vec<u32>,
}

impl Explanation {
    /// Starts with no object explained. Takes 4 bytes per node.
    fn new(heap: &Heap<'_>) -> Self {
        Self { by: vec![NONE; heap.graph.node_count()] }
    }

    /// Returns whether a finding explains `node`.
    pub(crate) fn is_explained(&self, node: NodeIx) -> bool {
        self.by[node.index()] != NONE
    }

    /// Attributes to the finding at `position` all new objects that its entries reach and that are
    /// not yet attributed. Returns them by the step that added them.
    fn claim(
        &mut self,
        heap: &Heap<'_>,
        new: &NewObjects,
        position: u32,
        entries: &[NodeIx],
    ) -> Arrivals {
        let mut arrivals = Arrivals::new(new.steps());
        new.reach(heap, entries, |node| {
            let slot = &mut self.by[node.index()];
            if *slot != NONE {
                return false;
            }
            *slot = position;
            if let Some(step) = new.step(node) {
                arrivals.add(step, heap.analysis.shallow_size(node));
            }
            true
        });
        arrivals
    }

    /// Attributes to an owner the objects that `entries` reach, and collects them in `objects`.
    pub(crate) fn claim_all(
        &mut self,
        heap: &Heap<'_>,
        new: &NewObjects,
        entries: &[NodeIx],
        objects: &mut Vec<NodeIx>,
    ) -> Arrivals {
        new.reach(heap, entries, |node| {
            let slot = &mut self.by[node.index()];
            let is_free = *slot == NONE;
            if is_free {
                *slot = OTHER;
                objects.push(node);
            }
            is_free
        });
        new.arrivals(heap, objects.iter().copied())
    }

    /// Returns the bytes per step of explained objects that were added at a steady rate.
    pub(crate) fn explained(&self, heap: &Heap<'_>, new: &NewObjects) -> u64 {
        let explained = heap.graph.nodes().filter(|&node| self.is_explained(node));
        new.arrivals(heap, explained).steady_bytes()
    }

    /// Marks objects as explained.
    pub(crate) fn mark(&mut self, nodes: impl Iterator<Item = NodeIx>) {
        for node in nodes {
            self.by[node.index()] = OTHER;
        }
    }

    /// Returns the finding that already explains most of `entries`, or of the objects that they
    /// refer to.
    fn cause(&self, heap: &Heap<'_>, new: &NewObjects, entries: &[NodeIx]) -> Option<u32> {
        let mut votes: Vec<u32> = Vec::new();
        let mut sampled = 0;
        for entry in sample(entries, SAMPLE_SIZE) {
            sampled += 1;
            votes.extend(self.cause_of(heap, new, entry));
        }
        votes.sort_unstable();
        let main = votes.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
        (main.len() * 2 >= sampled).then(|| main[0])
    }

    /// Returns the finding that explains an entry: the one that it is attributed to or, for a small
    /// entry, the first one found breadth first among the new objects below it.
    fn cause_of(&self, heap: &Heap<'_>, new: &NewObjects, entry: NodeIx) -> Option<u32> {
        let by = |node: NodeIx| Some(self.by[node.index()]).filter(|&by| by != NONE);
        by(entry).or_else(|| {
            // The entry is a small function in a scope that another finding explains.
            if heap.retained(entry) > MAX_PART_BYTES {
                return None;
            }
            let mut near = vec![entry];
            let mut at = 0;
            while at < near.len().min(MAX_NEAR) {
                for edge in heap.graph.edges(near[at]) {
                    let target = heap.graph.target(edge);
                    if heap.is_bookkeeping(edge) || !new.is_new(target) || near.contains(&target) {
                        continue;
                    }
                    if by(target).is_some() {
                        return by(target);
                    }
                    near.push(target);
                }
                at += 1;
            }
            None
        })
    }
}

/// Orders findings for attribution: those that retain most first. Shared scopes come last, because
/// the collection that retains their functions is the cause.
fn attribution_order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let weight = |finding: &Finding| finding.evidence.bytes_per_step.unwrap_or_default();
    let is_scope = |finding: &Finding| finding.kind == Kind::CLOSURE_CONTEXT;
    is_scope(a)
        .cmp(&is_scope(b))
        .then(b.severity.cmp(&a.severity))
        .then(weight(b).total_cmp(&weight(a)))
        .then(a.signature.cmp(&b.signature))
}

/// Merges findings with one cause, and attributes growth to each.
///
/// Returns the remaining findings, unordered, and the objects that they explain.
pub(crate) fn explain(
    heap: &Heap<'_>,
    new: &NewObjects,
    mut findings: Vec<Finding>,
) -> (Vec<Finding>, Explanation) {
    let mut explanation = Explanation::new(heap);
    findings.sort_by(attribution_order);
    let mut merged: Vec<Finding> = Vec::new();
    for mut finding in findings {
        finding.entries.retain(|&entry| new.is_new(entry));
        if finding.severity > Severity::Waste && !finding.entries.is_empty() {
            let cause = explanation.cause(heap, new, &finding.entries);
            if finding.kind == Kind::CLOSURE_CONTEXT
                && let Some(main) = cause.and_then(|cause| merged.get_mut(cause as usize))
                && holds_closures(heap, main, &finding)
            {
                finding.evidence.explained = main.evidence.explained;
                finding.functions_in.clone_from(&main.retainer);
                finding.marks.extend(std::mem::take(&mut main.marks));
                *main = finding;
                continue;
            }
            let cause = cause.filter(|_| finding.kind != Kind::CLOSURE_CONTEXT);
            let position = cause.unwrap_or_else(|| u32::try_from(merged.len()).unwrap_or(NONE - 1));
            let arrivals = explanation.claim(heap, new, position, &finding.entries);
            let bytes = arrivals.steady_bytes();
            if let Some(main) = cause.and_then(|cause| merged.get_mut(cause as usize)) {
                // A handle of a worker is a part of the worker that refers to it.
                let is_whole = main.kind == Kind::OPEN_HANDLES
                    && finding.kind == Kind::OPEN_HANDLES
                    && refers(heap, &finding.entries, &main.entries);
                if is_whole {
                    std::mem::swap(main, &mut finding);
                    main.evidence.explained = finding.evidence.explained;
                }
                merge(main, finding, bytes);
                continue;
            }
            if !is_steady(heap, new, &finding.entries) {
                finding.severity = finding.severity.min(Severity::Suspect);
            }
            finding.evidence.explained =
                Some(Explained { bytes_per_step: bytes, of_bytes_per_step: 0 });
        }
        merged.push(finding);
    }
    (merged, explanation)
}

/// Returns whether most of a collection is functions whose scopes retain an unread variable. Then
/// the scopes explain the bytes: without the variable the collection would retain small functions
/// only.
fn holds_closures(heap: &Heap<'_>, main: &Finding, scopes: &Finding) -> bool {
    let is_collection = matches!(main.kind, Kind::GROWING_COLLECTION | Kind::PENDING_PROMISES);
    let contexts: HashSet<NodeIx> = scopes.entries.iter().copied().collect();
    let closures = main.entries.iter().filter(|&&entry| {
        let mut scopes = heap.scopes(entry).take(MAX_SCOPES);
        heap.is_closure(entry) && scopes.any(|scope| contexts.contains(&scope))
    });
    let is_most = scopes.evidence.bytes.saturating_mul(2) >= main.evidence.bytes;
    is_collection
        && is_most
        && scopes.severity == Severity::Leak
        && closures.count() * 2 >= main.entries.len()
}

/// Returns whether most of `from` refer to one of `to`.
fn refers(heap: &Heap<'_>, from: &[NodeIx], to: &[NodeIx]) -> bool {
    let to: HashSet<NodeIx> = to.iter().copied().collect();
    let refers =
        |&&node: &&NodeIx| heap.graph.edges(node).any(|edge| to.contains(&heap.graph.target(edge)));
    from.iter().filter(refers).count() * 2 >= from.len()
}

/// Returns whether the owners of `entries` gain objects at a steady rate. If one collection of a
/// larger structure grows, the structure as a whole may be filling up.
fn is_steady(heap: &Heap<'_>, new: &NewObjects, entries: &[NodeIx]) -> bool {
    let Some(&first) = entries.first() else { return true };
    let owner = new.owner(first);
    if new.steps() < 2 || heap.is_root(owner) || entries.iter().any(|&e| new.owner(e) != owner) {
        return true;
    }
    new.arrivals(heap, new.owned_by(heap, owner)).steady_bytes() > 0
}

/// Merges `other`, which explains `bytes` per step, into the finding `main` with the same cause.
fn merge(main: &mut Finding, other: Finding, bytes: u64) {
    if let Some(explained) = &mut main.evidence.explained {
        explained.bytes_per_step += bytes;
    }
    if main.retainer != other.retainer {
        main.also.extend(other.retainer.filter(|retainer| !main.also.contains(retainer)));
    }
    main.claims.extend(other.claims);
}

/// Adds sentences about other retainers of the same objects, and about the explained part of the
/// growth.
pub(crate) fn add_sentences(finding: &mut Finding) {
    /// Maximum number of other retainers that a finding names.
    const MAX_ALSO: usize = 4;
    if !finding.also.is_empty() {
        let retainers = list(finding.also.iter().take(MAX_ALSO).cloned());
        let more = finding.also.len().checked_sub(MAX_ALSO).filter(|&more| more > 0);
        finding.sentence.push(Also { retainers, more: more.and_then(arg) });
    }
    if let Some(retainer) = finding.functions_in.clone() {
        finding.sentence.push(InGrowing { retainer: arg(retainer) });
    }
    if let Some(explained) = finding.evidence.explained
        && explained.bytes_per_step > 0
    {
        finding.sentence.push(Explains {
            bytes: arg(explained.bytes_per_step),
            total: arg(explained.of_bytes_per_step),
        });
    }
}

/// Returns the bytes per step that a finding explains. For a finding without entries, such as a
/// string that becomes longer, these are the bytes that it grew by.
pub(crate) fn explained_bytes(finding: &Finding) -> u64 {
    match finding.evidence.explained {
        Some(explained) => explained.bytes_per_step,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
        None => finding.evidence.bytes_per_step.unwrap_or_default().max(0.0) as u64,
    }
}

/// Fills in the total growth, and downgrades leaks that explain next to nothing of it to suspects.
pub(crate) fn weigh(findings: &mut [Finding], growth: u64) {
    for finding in findings.iter_mut().filter(|finding| finding.severity > Severity::Waste) {
        let bytes = explained_bytes(finding);
        finding.evidence.explained =
            Some(Explained { bytes_per_step: bytes, of_bytes_per_step: growth.max(bytes) });
        let is_small = bytes < MIN_LEAK_BYTES || bytes < growth / MIN_LEAK_SHARE;
        if is_small && !finding.entries.is_empty() {
            finding.severity = finding.severity.min(Severity::Suspect);
        }
    }
}

/// Returns the bytes per step by which findings without new objects grew, such as a string that
/// becomes longer or a table of numbers.
pub(crate) fn growth_of_others(findings: &[Finding]) -> u64 {
    let others = findings.iter().filter(|finding| {
        finding.severity > Severity::Waste && finding.evidence.explained.is_none()
    });
    others.map(explained_bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::{TestHeap, ix};

    const ITEM_BYTES: u64 = 1000;
    const PER_STEP: usize = 10;

    /// A heap with a list that gains items in every step. Also returns the items.
    fn heap(steps: usize) -> (TestHeap, Vec<NodeIx>) {
        let mut heap = TestHeap::new();
        let list = heap.global_array("list");
        let mut items = Vec::new();
        for _ in 0..steps * PER_STEP {
            let item = heap.node("object", "Item", ITEM_BYTES);
            heap.push(list, item);
            items.push(ix(item));
        }
        (heap, items)
    }

    fn finding(signature: &str, entries: &[NodeIx]) -> Finding {
        Finding {
            signature: signature.to_owned(),
            entries: entries.to_vec(),
            ..Finding::new(Kind::GROWING_COLLECTION, Severity::Leak)
        }
    }

    fn explained(finding: &Finding) -> u64 {
        finding.evidence.explained.map_or(0, |explained| explained.bytes_per_step)
    }

    /// Attributes the growth of three snapshots to findings with parts of the items as entries.
    fn attribute(of: impl Fn(&[NodeIx]) -> Vec<Finding>) -> Vec<Finding> {
        let (last, items) = heap(3);
        let mut findings = Vec::new();
        last.with_new(&[&heap(1).0, &heap(2).0], |heap, new| {
            findings = explain(heap, new, of(&items)).0;
        });
        findings
    }

    #[test]
    fn findings_with_the_same_entries_are_merged() {
        let findings = attribute(|items| vec![finding("a", items), finding("b", items)]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.signature, "a");
        assert_eq!(explained(finding), PER_STEP as u64 * ITEM_BYTES);
    }

    #[test]
    fn each_object_is_attributed_to_one_finding() {
        let half = |items: &[NodeIx], nth: usize| -> Vec<NodeIx> {
            items.iter().copied().skip(nth).step_by(2).collect()
        };
        let findings = attribute(|items| {
            vec![finding("even", &half(items, 0)), finding("odd", &half(items, 1))]
        });
        assert_eq!(findings.len(), 2);
        let sum: u64 = findings.iter().map(explained).sum();
        assert_eq!(sum, PER_STEP as u64 * ITEM_BYTES);
    }

    #[test]
    fn leaks_that_explain_little_are_downgraded() {
        let mut findings = attribute(|items| vec![finding("a", items)]);
        weigh(&mut findings, PER_STEP as u64 * ITEM_BYTES);
        assert_eq!(findings[0].severity, Severity::Leak);
        weigh(&mut findings, PER_STEP as u64 * ITEM_BYTES * (MIN_LEAK_SHARE + 1));
        assert_eq!(findings[0].severity, Severity::Suspect);
    }
}
