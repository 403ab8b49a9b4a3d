//! Detects short strings that retain the long strings from which they were sliced.
//!
//! V8 represents a substring of at least 13 characters by a reference to its parent string, an
//! offset and a length, and so retains the whole parent.
//!
//! # Evidence
//! Sliced strings whose parent has at least [`MIN_PARENT_BYTES`] and is referred to by slices only,
//! grouped by the collection that contains them. Parents that are the text of a script do not
//! count.
//!
//! # Example
//! ```js
//! const tokens = [];
//! function login(body) {
//!   tokens.push(body.slice(10, 30)); // 20 characters keep the whole body alive
//! }
//! ```
//!
//! # In the heap
//! ```text
//! Array ─ [0] ─▶ sliced string ─ parent ─▶ string of 64 kB
//! ```

use std::collections::HashMap;

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};

use super::{Accumulations, Case, MIN_WASTE_BYTES, signature};
use crate::finding::{Doc, Finding, Kind, Severity};
use crate::growth::Series;
use crate::heap::Heap;
use crate::message::{arg, messages};
use crate::retaining_path::RetainingPath;
use crate::words::Word;

impl Kind {
    /// Short strings that retain the long strings from which they were sliced.
    pub(crate) const SLICED_STRINGS: Self = Self("sliced-strings");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::SLICED_STRINGS],
    about: "short strings that retain the long strings that they were cut from",
}];

messages! {
    Title("sliced-strings.title") { name }
    Slices("sliced-strings.sentence") { count, name, place, bytes, counts, average }
    Fix("sliced-strings.fix") { name }
}

/// Minimum number of bytes of a parent string.
const MIN_PARENT_BYTES: u64 = 512;

/// Slices in one collection whose parents no other object retains.
#[derive(Default)]
struct Sliced {
    /// The slices.
    slices: Vec<NodeIx>,
    /// By parent: the bytes that it would free.
    parents: HashMap<NodeIx, u64>,
}

/// Returns the slices that alone retain their parent, by the collection that contains them.
fn all(heap: &Heap<'_>) -> HashMap<u32, (Option<NodeIx>, Sliced)> {
    let mut by_holder: HashMap<u32, (Option<NodeIx>, Sliced)> = HashMap::new();
    let mut sole: HashMap<NodeIx, bool> = HashMap::new();
    let mut accumulations = Accumulations::default();
    for node in heap.graph.nodes() {
        if heap.graph.kind(node) != NodeKind::SLICED_STRING {
            continue;
        }
        let Some(parent) = heap.internal(node, Word::Parent) else { continue };
        if heap.retained(parent) < MIN_PARENT_BYTES || heap.is_named_code(parent) {
            continue;
        }
        let is_sole = *sole.entry(parent).or_insert_with(|| {
            heap.analysis.incoming(parent).all(|(edge, source)| {
                heap.graph.edge_kind(edge) == EdgeKind::WEAK
                    || heap.graph.kind(source) == NodeKind::SLICED_STRING
            })
        });
        if !is_sole {
            continue;
        }
        let holder = accumulations.find(heap, node);
        let key = holder.map_or(0, |holder| heap.id(holder));
        let (_, slices) = by_holder.entry(key).or_insert_with(|| (holder, Sliced::default()));
        slices.slices.push(node);
        slices.parents.insert(parent, heap.graph.self_size(parent));
    }
    by_holder
}

impl Sliced {
    /// Returns the bytes of the parents.
    fn bytes(&self) -> u64 {
        self.parents.values().sum()
    }
}

impl Heap<'_> {
    /// Returns whether a string is the text of a script, which stays alive anyway.
    fn is_named_code(&self, string: NodeIx) -> bool {
        self.analysis.incoming(string).any(|(edge, _)| self.is_named(edge, Word::Source))
    }
}

/// Returns a finding for each collection whose slices retain many parents, or [`MIN_WASTE_BYTES`]
/// of them.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let mut found: Vec<_> = all(&case.heap).into_iter().collect();
    found.retain(|(_, (_, slices))| slices.parents.len() >= 8 || slices.bytes() >= MIN_WASTE_BYTES);
    found.sort_by_key(|&(id, _)| id);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    case.control.check()?;
    let earlier: Vec<_> = case.earlier.iter().map(all).collect();
    let mut findings = Vec::new();
    for (id, (holder, slices)) in &found {
        let mut series = Series::default();
        for known in &earlier {
            let known = known.get(id).map(|(_, slices)| slices);
            series.counts.push(known.map_or(0, |slices| slices.parents.len() as u64));
            series.bytes.push(known.map_or(0, Sliced::bytes));
        }
        series.counts.push(slices.parents.len() as u64);
        series.bytes.push(slices.bytes());
        let severity = series.trend().severity();
        if (severity == Severity::Waste || series.counts.len() == 1)
            && slices.bytes() < MIN_WASTE_BYTES
        {
            continue;
        }
        if let Some(holder) = holder.filter(|&holder| !Case::is_claimed(holder, before)) {
            findings.extend(report(case, holder, slices, &series, severity));
        }
    }
    Ok(findings)
}

/// Makes the finding about the slices in one collection.
fn report(
    case: &mut Case<'_>,
    holder: NodeIx,
    slices: &Sliced,
    series: &Series,
    severity: Severity,
) -> Option<Finding> {
    let &slice = slices.slices.last()?;
    let parent = case.heap.internal(slice, Word::Parent)?;
    let path = RetainingPath::find(&case.heap, &mut case.sources, holder);
    let name = path.name.clone().unwrap_or_else(|| case.heap.class(holder));
    let evidence = series.evidence();
    let steps = case.extend(&path, &[("entry".to_owned(), slice), ("parent".to_owned(), parent)]);
    let average = evidence.bytes / evidence.count.max(1);
    Some(Finding {
        confidence: 0.9,
        title: Title { name: arg(&name) }.into(),
        sentence: Slices {
            count: arg(slices.slices.len()),
            name: arg(&name),
            place: path.place_value(),
            bytes: arg(evidence.bytes),
            counts: series.counts_value(),
            average: arg(average),
        }
        .into(),
        evidence,
        signature: signature(&[Kind::SLICED_STRINGS.word(), path.file(), &name]),
        culprit: path.culprit(Some(case.heap.class(holder))),
        fix: Fix { name: arg(&name) }.into(),
        path: steps,
        claims: case.claims(&path, holder),
        subject: Some(holder),
        entries: slices.slices.clone(),
        retainer: Some(path.retainer("object")),
        marks: case.mark_collection(&path),
        ..Finding::new(Kind::SLICED_STRINGS, severity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::TestHeap;

    const PARENT_BYTES: u64 = 1 << 16;

    /// A heap with slices of `count` long strings. `is_used`: the program uses the strings, too.
    fn heap(count: u64, is_used: bool) -> TestHeap {
        let mut heap = TestHeap::new();
        let slices = heap.global_array("tokens");
        let used = heap.global_array("pages");
        for nth in 0..count {
            let parent = heap.node("string", &format!("page {nth}"), PARENT_BYTES);
            let slice = heap.node("sliced string", "token", 32);
            heap.edge(slice, "internal", "parent", parent);
            heap.push(slices, slice);
            if is_used {
                heap.push(used, parent);
            }
        }
        heap
    }

    #[test]
    fn slices_that_retain_a_megabyte_are_found() {
        let enough = MIN_WASTE_BYTES / PARENT_BYTES;
        assert_eq!(heap(enough - 1, false).run(find, &[]), []);
        let findings = heap(enough, false).run(find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.kind, Kind::SLICED_STRINGS);
        assert_eq!((finding.evidence.count, finding.evidence.bytes), (enough, MIN_WASTE_BYTES));
    }

    #[test]
    fn slices_of_strings_that_the_program_uses_are_not_found() {
        assert_eq!(heap(100, true).run(find, &[]), []);
    }
}
