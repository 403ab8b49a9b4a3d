//! Short strings that keep the long ones that they were cut out of.

use std::collections::HashMap;

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};

use super::{Accumulations, Case, LEAST_WASTE, signature};
use crate::finding::{Finding, Kind, Severity};
use crate::growth::Series;
use crate::heap::Heap;
use crate::prose;
use crate::route::Route;
use crate::words::Word;

/// Parents below this are no waste worth a word.
const LEAST_PARENT: u64 = 512;

/// Slices in one place that keep parents nobody else holds.
#[derive(Default)]
struct Slices {
    slices: Vec<NodeIx>,
    parents: HashMap<NodeIx, u64>,
}

/// Slices that alone keep their parent, by the collection they are in.
fn all(heap: &Heap<'_>) -> HashMap<u32, (Option<NodeIx>, Slices)> {
    let mut by_holder: HashMap<u32, (Option<NodeIx>, Slices)> = HashMap::new();
    let mut sole: HashMap<NodeIx, bool> = HashMap::new();
    let mut accumulations = Accumulations::default();
    for node in heap.graph.nodes() {
        if heap.graph.kind(node) != NodeKind::SLICED_STRING {
            continue;
        }
        let Some(parent) = heap.internal(node, Word::Parent) else { continue };
        if heap.retained(parent) < LEAST_PARENT || heap.is_named_code(parent) {
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
        let (_, slices) = by_holder.entry(key).or_insert_with(|| (holder, Slices::default()));
        slices.slices.push(node);
        slices.parents.insert(parent, heap.graph.self_size(parent));
    }
    by_holder
}

impl Slices {
    fn bytes(&self) -> u64 {
        self.parents.values().sum()
    }
}

impl Heap<'_> {
    /// Whether a string is the text of a script, which lives anyway.
    fn is_named_code(&self, string: NodeIx) -> bool {
        self.analysis.incoming(string).any(|(edge, _)| self.is_named(edge, Word::Source))
    }
}

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let mut found: Vec<_> = all(&case.heap).into_iter().collect();
    found.retain(|(_, (_, slices))| slices.parents.len() >= 8 || slices.bytes() >= LEAST_WASTE);
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
            series.bytes.push(known.map_or(0, Slices::bytes));
        }
        series.counts.push(slices.parents.len() as u64);
        series.bytes.push(slices.bytes());
        let severity = series.trend().severity();
        if (severity == Severity::Waste || series.counts.len() == 1) && slices.bytes() < LEAST_WASTE
        {
            continue;
        }
        if let Some(holder) = holder.filter(|&holder| !Case::is_claimed(holder, before)) {
            findings.extend(report(case, holder, slices, &series, severity));
        }
    }
    Ok(findings)
}

fn report(
    case: &mut Case<'_>,
    holder: NodeIx,
    slices: &Slices,
    series: &Series,
    severity: Severity,
) -> Option<Finding> {
    let &slice = slices.slices.last()?;
    let parent = case.heap.internal(slice, Word::Parent)?;
    let route = Route::find(&case.heap, &mut case.sources, holder);
    let name = route.name.clone().unwrap_or_else(|| case.heap.class(holder));
    let told = route.told();
    let evidence = series.evidence();
    let path = case.extend(&route, &[("entry".to_owned(), slice), ("parent".to_owned(), parent)]);
    let average = evidence.bytes / evidence.count.max(1);
    Some(Finding {
        confidence: 0.9,
        title: format!(
            "sliced strings in {} keep the texts they were cut out of",
            prose::code(&name)
        ),
        sentence: format!(
            "{} sliced strings in {}{told} keep {} alive{}: each is a short piece of a text of {} on average, and V8 keeps the whole text for it.",
            prose::integer(slices.slices.len() as u64),
            prose::code(&name),
            prose::bytes(evidence.bytes),
            series.told(),
            prose::bytes(average),
        ),
        evidence,
        signature: signature(&[Kind::SlicedStrings.word(), route.file(), &name]),
        culprit: route.culprit(Some(case.heap.class(holder))),
        fix: format!(
            "Copy the piece before it goes into {}, so that it stands alone: `Buffer.from(piece).toString()` or `structuredClone(piece)`.",
            prose::code(&name)
        ),
        path,
        claims: case.claims(&route, holder),
        subject: Some(holder),
        entries: slices.slices.clone(),
        keeper: route.keeper("object"),
        marks: case.mark_collection(&route),
        ..Finding::new(Kind::SlicedStrings, severity)
    })
}
