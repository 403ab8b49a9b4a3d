//! Detects strings that are stored many times.
//!
//! # Example
//! ```js
//! rows = rows.map((row) => JSON.parse(row)); // each row has its own copy of 'Berlin'
//! ```
//!
//! # Evidence
//! V8 stores each text once in the string table of a snapshot, so copies are nodes with the same
//! name. The sum of all copies but one must reach [`MIN_WASTE_BYTES`]. Texts of [`SHORTENED`] bytes
//! and more are left out, because V8 truncates them in a snapshot.

use heapsnapshot::{Error, NodeIx, NodeKind, StrIx};

use super::{Case, MIN_WASTE_BYTES, signature};
use crate::finding::{Doc, Evidence, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::message::{Paragraph, arg, messages, quoted};
use crate::retaining_path::RetainingPath;
use crate::source::REDACTED;

impl Kind {
    /// Strings that are stored many times.
    pub(crate) const DUPLICATE_STRINGS: Self = Self("duplicate-strings");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::DUPLICATE_STRINGS, Kind::DUPLICATE_OBJECTS],
    about: "a megabyte of copies of one text, or of objects with the same properties and values. Small integers are in no snapshot: objects that have any are not compared",
}];

messages! {
    Title("duplicate-strings.title") { count }
    Stored("duplicate-strings.sentence") { length, start, count, name, bytes }
    Redacted("duplicate-strings.redacted") { count, name, bytes }
    SomeString("duplicate-strings.some") {}
    Fix("duplicate-strings.fix") {}
}

/// Maximum number of strings to report.
const MAX_GROUPS: usize = 3;

/// V8 cuts longer strings in a snapshot, so different ones can look equal.
const SHORTENED: u64 = 1000;

/// Strings with equal text.
struct Copies {
    /// The text.
    text: StrIx,
    /// Number of copies.
    count: u64,
    /// Bytes of all copies but one.
    bytes: u64,
}

/// Returns whether the snapshot contains the whole text of a string of `size` bytes, or did before
/// redaction. Redaction replaces equal texts by equal texts.
pub(super) fn is_whole(heap: &Heap<'_>, text: StrIx, size: u64) -> bool {
    let text = heap.graph.text(text).as_bytes();
    let length = if text == REDACTED.as_bytes() { size } else { text.len() as u64 };
    length < SHORTENED
}

/// Returns the texts that waste most.
fn worst(heap: &Heap<'_>) -> Vec<Copies> {
    let mut counts = vec![0u32; heap.graph.string_count()];
    let mut sizes = vec![0u32; heap.graph.string_count()];
    for node in heap.graph.nodes() {
        // A string of size 0 is not on the heap.
        let size = heap.graph.self_size(node);
        if heap.graph.kind(node) == NodeKind::STRING && size > 0 {
            let text = heap.graph.name_ix(node).index();
            counts[text] += 1;
            sizes[text] = u32::try_from(size).unwrap_or(u32::MAX);
        }
    }
    let mut worst: Vec<Copies> = counts
        .iter()
        .zip(&sizes)
        .enumerate()
        .filter_map(|(at, (&count, &size))| {
            let bytes = u64::from(count.saturating_sub(1)) * u64::from(size);
            let text = StrIx::from_index(at).filter(|_| bytes >= MIN_WASTE_BYTES)?;
            is_whole(heap, text, u64::from(size)).then_some(Copies {
                text,
                count: u64::from(count),
                bytes,
            })
        })
        .collect();
    worst.sort_by_key(|copies| (std::cmp::Reverse(copies.bytes), copies.text));
    worst.truncate(MAX_GROUPS);
    worst
}

/// Returns findings of severity `waste` about the largest groups of equal strings.
pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    case.control.check()?;
    let mut findings = Vec::new();
    for Copies { text: ix, count, bytes } in worst(&case.heap) {
        let graph = case.heap.graph;
        let has_text =
            |&node: &NodeIx| graph.kind(node) == NodeKind::STRING && graph.name_ix(node) == ix;
        let Some(example) = graph.nodes().rev().find(has_text) else { continue };
        let path = RetainingPath::find(&case.heap, &mut case.sources, example);
        let name = path.name.as_ref().map_or_else(|| arg(SomeString {}), arg);
        let known = path.name.as_deref().unwrap_or("a string");
        let (times, waste) = (arg(count), arg(bytes));
        let sentence: Paragraph = if graph.text(ix) == REDACTED {
            Redacted { count: times, name, bytes: waste }.into()
        } else {
            let start = case.sources.show_values.then(|| {
                let start: String = graph.text(ix).to_string().chars().take(60).collect();
                quoted(&start)
            });
            let length = arg(graph.text(ix).utf16_len());
            Stored { length, start: start.flatten(), count: times, name, bytes: waste }.into()
        };
        findings.push(Finding {
            confidence: 0.8,
            title: Title { count: arg(count) }.into(),
            sentence,
            evidence: Evidence::of_one(bytes, count),
            signature: signature(&[Kind::DUPLICATE_STRINGS.word(), path.file(), known]),
            culprit: path.culprit(None),
            fix: Fix {}.into(),
            path: path.steps,
            ..Finding::new(Kind::DUPLICATE_STRINGS, Severity::Waste)
        });
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::TestHeap;

    const TEXT_BYTES: u64 = 1 << 16;

    /// A heap with `count` copies of a text.
    fn heap(text: &str, count: u64) -> TestHeap {
        let mut heap = TestHeap::new();
        let list = heap.global_array("rows");
        for _ in 0..count {
            let copy = heap.node("string", text, TEXT_BYTES);
            heap.push(list, copy);
        }
        heap
    }

    #[test]
    fn a_megabyte_of_copies_is_waste() {
        let enough = MIN_WASTE_BYTES / TEXT_BYTES + 1;
        assert_eq!(heap("Berlin", enough - 1).run(find, &[]), []);
        let findings = heap("Berlin", enough).run(find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.kind, finding.severity), (Kind::DUPLICATE_STRINGS, Severity::Waste));
        // One copy is not waste.
        assert_eq!((finding.evidence.count, finding.evidence.bytes), (enough, MIN_WASTE_BYTES));
        assert!(!finding.sentence.to_string().contains("Berlin"), "contents are not shown");
    }

    #[test]
    fn texts_that_v8_truncated_are_not_compared() {
        assert_eq!(heap(&"x".repeat(1024), 100).run(find, &[]), []);
    }
}
