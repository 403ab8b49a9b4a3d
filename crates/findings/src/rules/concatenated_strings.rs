//! Detects concatenated strings: those that only become longer, and those that V8 never flattened.
//!
//! V8 represents the concatenation of two strings by an object that refers to both, and copies them
//! into one string when the program reads it.
//!
//! # Evidence
//! - Growing: the string in one variable or property starts, in each snapshot, with its value in
//!   the previous one, and grows by a similar amount in every step.
//! - Unflattened: the `ConsString`s in one collection, whose joining objects waste memory.
//!
//! # Example
//! ```js
//! let log = '';
//! function record(line) {
//!   log += `${line}\n`; // grows as long as the process runs
//! }
//! ```
//!
//! # In the heap
//! ```text
//! scope ─ log ─▶ concatenated string ─ first ─▶ concatenated string ─ first ─▶ …
//!                                    └ second ─▶ string
//! ```

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};
use rustc_hash::FxHashSet;

use super::{Accumulations, Case, MIN_WASTE_BYTES, signature};
use crate::finding::{Doc, Evidence, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::message::{arg, list, messages};
use crate::retaining_path::RetainingPath;
use crate::words::Word;

impl Kind {
    /// Concatenated strings that only become longer, or that V8 never flattened.
    pub(crate) const CONCATENATED_STRINGS: Self = Self("concatenated-strings");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::CONCATENATED_STRINGS],
    about: "texts that only grow by appending; or, as waste, texts that stay in pieces",
}];

messages! {
    Title("concatenated-strings.title") { name }
    Longer("concatenated-strings.sentence") { name, place, sizes, pieces }
    Fix("concatenated-strings.fix") { name }
    PiecesTitle("concatenated-strings.title.pieces") { name }
    Pieces("concatenated-strings.pieces") { count, name, place, bytes }
    PiecesFix("concatenated-strings.fix.pieces") { name }
}

/// Minimum number of bytes of a string, and of its growth over all steps.
const MIN_BYTES: u64 = 1 << 10;

/// Maximum number of strings to follow: those that retain most.
const MAX_STRINGS: usize = 2000;

/// Maximum number of pieces to count in one string.
const MAX_PIECES: usize = 1 << 20;

/// Minimum length of a common prefix that identifies a string in an earlier snapshot.
const MIN_PREFIX_BYTES: usize = 32;

/// V8 cuts longer strings in a snapshot. Prefixes are compared up to this many bytes.
const SHORTENED: usize = 900;

/// A variable or property that holds a string: the id of its object, and its name.
type Place = (u32, String);

/// A string with all its pieces.
struct Text {
    /// The outermost string.
    string: NodeIx,
    /// Bytes of all pieces and of the objects that join them, each counted once.
    bytes: u64,
    /// Number of pieces.
    pieces: u64,
    /// Its prefix, as far as the snapshot contains it.
    start: Vec<u8>,
}

impl Text {
    /// Collects the pieces of a string, depth first, without recursion. Counts at most
    /// [`MAX_PIECES`].
    fn of(heap: &Heap<'_>, string: NodeIx) -> Self {
        let (mut seen, mut open) = (FxHashSet::default(), vec![string]);
        let mut text = Self { string, bytes: 0, pieces: 0, start: Vec::new() };
        let mut is_start = true;
        while let Some(piece) = open.pop() {
            let is_new = seen.insert(piece);
            if is_new {
                text.bytes += heap.graph.self_size(piece);
            }
            if heap.graph.kind(piece) == NodeKind::CONS_STRING {
                // A string can be concatenated with itself repeatedly. The first half is visited
                // next.
                let halves = [Word::Second, Word::First].map(|half| heap.internal(piece, half));
                open.extend(halves.into_iter().flatten().filter(|_| is_new));
                if seen.len() > MAX_PIECES {
                    break;
                }
                continue;
            }
            text.pieces += 1;
            is_start &= heap.graph.kind(piece) == NodeKind::STRING && text.start.len() < SHORTENED;
            if is_start {
                text.start.extend(heap.graph.name(piece).as_bytes());
            }
        }
        text
    }

    /// Returns whether this string starts with `before`.
    fn continues(&self, before: &Self) -> bool {
        let shown = self.start.len().min(before.start.len()).min(SHORTENED);
        shown >= MIN_PREFIX_BYTES && self.start[..shown] == before.start[..shown]
    }
}

/// Returns the variables and properties that hold a string.
fn places(heap: &Heap<'_>, string: NodeIx) -> Vec<Place> {
    const MAX_RETAINERS: usize = 8;
    heap.analysis
        .incoming(string)
        .take(MAX_RETAINERS)
        .filter(|&(edge, source)| {
            matches!(heap.graph.edge_kind(edge), EdgeKind::CONTEXT | EdgeKind::PROPERTY)
                && matches!(heap.graph.kind(source), NodeKind::OBJECT | NodeKind::CLOSURE)
        })
        .filter_map(|(edge, source)| Some((heap.id(source), heap.edge_text(edge)?)))
        .collect()
}

/// Returns the strings in the variables and properties `wanted` of an earlier snapshot.
fn held(heap: &Heap<'_>, wanted: &HashSet<u32>) -> HashMap<Place, Text> {
    let mut held = HashMap::new();
    for (id, node) in heap.find_ids(wanted) {
        for edge in heap.graph.edges(node) {
            let target = heap.graph.target(edge);
            if heap.is_string(target)
                && let Some(name) = heap.edge_text(edge)
            {
                held.insert((id, name), Text::of(heap, target));
            }
        }
    }
    held
}

/// Returns strings in one variable or property that only become longer.
fn growing(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let heap = &case.heap;
    let mut strings: Vec<NodeIx> = heap
        .graph
        .nodes()
        .filter(|&node| {
            let is_part = heap.graph.kind(heap.analysis.dominator(node)) == NodeKind::CONS_STRING;
            matches!(heap.graph.kind(node), NodeKind::STRING | NodeKind::CONS_STRING)
                && heap.retained(node) >= MIN_BYTES
                && !is_part
        })
        .collect();
    strings.sort_by_key(|&node| (std::cmp::Reverse(heap.retained(node)), node));
    strings.truncate(MAX_STRINGS);
    let held_now: Vec<(Place, NodeIx)> = strings
        .into_iter()
        .flat_map(|node| places(heap, node).into_iter().map(move |place| (place, node)))
        .collect();
    let holders: HashSet<u32> = held_now.iter().map(|((id, _), _)| *id).collect();
    let earlier: Vec<_> = case.earlier.iter().map(|heap| held(heap, &holders)).collect();
    case.control.check()?;
    let mut findings = Vec::new();
    for (place, string) in held_now {
        let Some(texts) =
            earlier.iter().map(|known| known.get(&place)).collect::<Option<Vec<&Text>>>()
        else {
            continue;
        };
        let text = Text::of(&case.heap, string);
        if !texts.iter().all(|before| text.continues(before)) {
            continue;
        }
        let bytes: Vec<u64> =
            texts.iter().map(|text| text.bytes).chain(std::iter::once(text.bytes)).collect();
        let series = Series { counts: bytes.clone(), bytes };
        if is_steady(&series) && !Case::is_claimed(string, before) {
            findings.extend(longer(case, &place, &text, &series));
        }
    }
    Ok(findings)
}

/// Returns whether a string grows by a similar amount in every step. A page with a constant
/// beginning becomes longer and shorter.
fn is_steady(series: &Series) -> bool {
    let steps = || series.bytes.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let (least, most) = (steps().min().unwrap_or_default(), steps().max().unwrap_or_default());
    matches!(series.trend(), Trend::Growing | Trend::Slowing)
        && steps().sum::<u64>() >= MIN_BYTES
        && most <= least.saturating_mul(3)
}

/// Makes the finding about a string that becomes longer.
fn longer(
    case: &mut Case<'_>,
    (_, held_as): &Place,
    text: &Text,
    series: &Series,
) -> Option<Finding> {
    let path = RetainingPath::find(&case.heap, &mut case.sources, text.string);
    if path.is_internal || path.steps.is_empty() {
        return None;
    }
    let name = path.name.clone().unwrap_or_else(|| held_as.clone());
    let marks = case.mark_collection(&path);
    let severity = series.trend().severity();
    let evidence = series.evidence();
    let pieces = Some(text.pieces).filter(|&pieces| pieces > 2);
    Some(Finding {
        confidence: if series.counts.len() > 2 { 0.8 } else { 0.6 },
        title: Title { name: arg(&name) }.into(),
        sentence: Longer {
            name: arg(&name),
            place: path.place_value(),
            sizes: list(series.bytes.iter().copied()),
            pieces: pieces.and_then(arg),
        }
        .into(),
        evidence,
        signature: signature(&[Kind::CONCATENATED_STRINGS.word(), path.file(), &name]),
        culprit: path.culprit(Some("string".to_owned())),
        fix: Fix { name: arg(&name) }.into(),
        claims: HashSet::from([text.string]),
        path: path.steps,
        marks,
        ..Finding::new(Kind::CONCATENATED_STRINGS, severity)
    })
}

/// Concatenations that the program never read as a whole.
struct Joins {
    /// Number of unflattened strings.
    texts: u64,
    /// One of them.
    example: NodeIx,
    /// Bytes of the objects that join their pieces.
    bytes: u64,
}

/// Returns unflattened strings that one collection holds together.
fn unread(case: &mut Case<'_>) -> Vec<Finding> {
    let heap = &case.heap;
    let joins =
        || heap.graph.nodes().filter(|&node| heap.graph.kind(node) == NodeKind::CONS_STRING);
    // Stops early if even all concatenations together are too small.
    if joins().map(|node| heap.graph.self_size(node)).sum::<u64>() < MIN_WASTE_BYTES {
        return Vec::new();
    }
    let is_part = |node: NodeIx| {
        heap.analysis
            .incoming(node)
            .any(|(_, source)| heap.graph.kind(source) == NodeKind::CONS_STRING)
    };
    let mut accumulations = Accumulations::default();
    let mut by_holder: HashMap<NodeIx, Joins> = HashMap::new();
    for text in joins().filter(|&node| !is_part(node)) {
        let whole = Text::of(heap, text);
        // `n` pieces need `n - 1` concatenation objects.
        let bytes = heap.graph.self_size(text) * whole.pieces.saturating_sub(1);
        let Some(holder) = accumulations.find(heap, text).filter(|_| whole.pieces > 2) else {
            continue;
        };
        let known = by_holder.entry(holder).or_insert(Joins { texts: 0, example: text, bytes: 0 });
        known.texts += 1;
        known.bytes += bytes;
    }
    let mut found: Vec<(NodeIx, Joins)> =
        by_holder.into_iter().filter(|(_, joins)| joins.bytes >= MIN_WASTE_BYTES).collect();
    found.sort_by_key(|(holder, joins)| (std::cmp::Reverse(joins.bytes), *holder));
    found.into_iter().filter_map(|(holder, joins)| in_pieces(case, holder, &joins)).collect()
}

/// Makes the finding about unflattened strings in one collection.
fn in_pieces(case: &mut Case<'_>, holder: NodeIx, joins: &Joins) -> Option<Finding> {
    let path = RetainingPath::find(&case.heap, &mut case.sources, holder);
    if path.is_internal || path.steps.is_empty() {
        return None;
    }
    let name = path.name.clone().unwrap_or_else(|| case.heap.class(holder));
    let (count, bytes) = (joins.texts, joins.bytes);
    Some(Finding {
        confidence: 0.8,
        title: PiecesTitle { name: arg(&name) }.into(),
        sentence: Pieces {
            count: arg(count),
            name: arg(&name),
            place: path.place_value(),
            bytes: arg(bytes),
        }
        .into(),
        evidence: Evidence::of_one(bytes, count),
        signature: signature(&[Kind::CONCATENATED_STRINGS.word(), path.file(), &name, "pieces"]),
        culprit: path.culprit(Some(case.heap.class(holder))),
        fix: PiecesFix { name: arg(&name) }.into(),
        path: case.extend(&path, &[("entry".to_owned(), joins.example)]),
        marks: case.mark_collection(&path),
        ..Finding::new(Kind::CONCATENATED_STRINGS, Severity::Waste)
    })
}

/// Returns growing strings, then collections of unflattened strings.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    case.control.check()?;
    let mut findings = if case.earlier.is_empty() { Vec::new() } else { growing(case, before)? };
    case.control.check()?;
    findings.extend(unread(case));
    Ok(findings)
}
