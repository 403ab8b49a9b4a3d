//! Maps, sets, arrays and dictionaries that only gain entries.

use std::collections::{BTreeMap, HashSet};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Case, async_contexts, kind_of, promises, signature};
use crate::finding::{Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::Collection;
use crate::prose;
use crate::route::{self, Route};

/// Entries that are worth a word.
const MANY: u64 = 12;

/// Collections of a snapshot that are followed: those that retain most.
const MOST: usize = 50_000;

/// Of one snapshot alone: the share of the heap that makes a collection suspicious.
const LARGE_SHARE: u64 = 10;

/// What a collection is about.
pub(super) struct Contents {
    pub(super) kind: Kind,
    /// What most entries are.
    pub(super) what: String,
    /// A sentence on who stands behind them, or nothing.
    pub(super) behind: String,
    pub(super) fix: String,
}

impl Contents {
    /// Things that nobody takes out.
    fn plain(name: &str, item_kind: &str) -> Self {
        Self {
            kind: Kind::GrowingCollection,
            what: item_kind.to_owned(),
            behind: String::new(),
            fix: format!(
                "Take entries out of {} when they are done with, or bound it: a limit, an age, or a WeakMap keyed by an object.",
                prose::code(name)
            ),
        }
    }
}

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let heap = &case.heap;
    let mut found: Vec<(NodeIx, Collection, u64)> = heap
        .graph
        .nodes()
        .filter(|&node| heap.graph.kind(node) == NodeKind::OBJECT)
        .filter_map(|node| heap.collection(node).map(|(kind, count)| (node, kind, count)))
        .filter(|&(_, _, count)| count >= MANY)
        .collect();
    if found.len() > MOST {
        found.sort_by_key(|&(node, ..)| std::cmp::Reverse(heap.retained(node)));
        found.truncate(MOST);
    }
    case.control.check()?;
    if case.earlier.is_empty() {
        return Ok(large(case, &found, before));
    }
    let ids: HashSet<u32> = found.iter().map(|&(node, ..)| heap.id(node)).collect();
    let earlier: Vec<_> = case.earlier.iter().map(|heap| heap.find_ids(&ids)).collect();
    let mut growing = Vec::new();
    for (node, kind, count) in found {
        let mut series = Series::default();
        for (heap, known) in case.earlier.iter().zip(&earlier) {
            let same = known.get(&case.heap.id(node)).copied();
            series
                .counts
                .push(same.and_then(|node| heap.collection(node)).map_or(0, |(_, count)| count));
            series.bytes.push(same.map_or(0, |node| heap.retained(node)));
        }
        // What came between the snapshots shows nothing yet.
        if series.counts.first() == Some(&0)
            && series.counts.len() > 1
            && !earlier[0].contains_key(&case.heap.id(node))
        {
            continue;
        }
        series.counts.push(count);
        series.bytes.push(case.heap.retained(node));
        let is_estimated = case.heap.is_estimated(node, kind);
        let trend = if is_estimated { series.trend_of_room() } else { series.trend() };
        if matches!(trend, Trend::Growing | Trend::Slowing) && !Case::is_claimed(node, before) {
            growing.push((node, kind, series, trend.severity()));
        }
    }
    growing.sort_by_key(|(node, _, series, _)| {
        (std::cmp::Reverse(series.bytes.last().copied().unwrap_or_default()), node.index())
    });
    let mut findings: Vec<Finding> = Vec::new();
    for (node, kind, series, severity) in growing.into_iter().take(64) {
        case.control.check()?;
        // A list and its index hold the same things: the one that comes first tells it.
        let route = Route::find(&case.heap, &mut case.sources, node);
        let is_inside = route.nodes(&case.heap).any(|other| {
            other != node && findings.iter().any(|known| known.subject == Some(other))
        });
        if is_inside {
            continue;
        }
        findings.extend(report(case, node, kind, &series, severity, &route));
    }
    Ok(findings)
}

/// The collections of a single snapshot that hold much of the heap.
fn large(
    case: &mut Case<'_>,
    found: &[(NodeIx, Collection, u64)],
    before: &[Finding],
) -> Vec<Finding> {
    let least = case.heap.analysis.total_size() / LARGE_SHARE;
    let mut findings = Vec::new();
    for &(node, kind, count) in found {
        let bytes = case.heap.retained(node);
        if bytes < least || bytes < super::LEAST_WASTE || Case::is_claimed(node, before) {
            continue;
        }
        let route = Route::find(&case.heap, &mut case.sources, node);
        let series = Series { counts: vec![count], bytes: vec![bytes] };
        findings.extend(report(case, node, kind, &series, Severity::Suspect, &route));
    }
    findings
}

/// The most frequent kind of item: its name, how many, and one of them.
fn majority(case: &mut Case<'_>, items: &[NodeIx]) -> Option<(String, usize, NodeIx)> {
    let mut kinds: BTreeMap<String, (usize, u64, NodeIx)> = BTreeMap::new();
    let step = items.len().div_ceil(512).max(1);
    for &item in items.iter().step_by(step) {
        let kind = if case.heap.is_closure(item) {
            route::function(&case.heap, &mut case.sources, case.heap.unbound(item))
        } else {
            kind_of(&case.heap, item)
        };
        let entry = kinds.entry(kind).or_insert((0, 0, item));
        entry.0 += 1;
        entry.1 += case.heap.retained(item);
    }
    // Objects tell more than the strings that are their keys.
    kinds
        .into_iter()
        .max_by_key(|(kind, (count, bytes, _))| {
            (kind != "string" && !kind.starts_with('('), *bytes, *count)
        })
        .map(|(kind, (count, _, item))| (kind, count * step, item))
}

fn report(
    case: &mut Case<'_>,
    node: NodeIx,
    kind: Collection,
    series: &Series,
    severity: Severity,
    route: &Route,
) -> Option<Finding> {
    if route.is_internal || route.steps.is_empty() {
        return None;
    }
    let items = case.heap.items(node, kind);
    let (item_kind, _, item) =
        majority(case, &items).unwrap_or_else(|| ("number".to_owned(), 0, node));
    // Compiled code and V8's tables grow for a while after the start.
    if item != node && (case.heap.is_filler(item) || item_kind.starts_with("system / ")) {
        return None;
    }
    let class = case.heap.class(node);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let told = route.told();
    let evidence = series.evidence();
    let more = if item == node { Vec::new() } else { vec![("entry".to_owned(), item)] };
    let path = case.extend(route, &more);
    let contents = promises::contents(case, &name, &items)
        .or_else(|| async_contexts::contents(case, route, &name, node, &item_kind))
        .unwrap_or_else(|| Contents::plain(&name, &item_kind));
    let noun = if class == "Object" || class == "Array" || class == kind.noun() {
        kind.noun().to_owned()
    } else {
        format!("{} {class}", kind.noun())
    };
    let grows =
        if series.counts.len() > 1 { "only gains entries" } else { "holds much of the heap" };
    let sentence = format!(
        "The {noun} {}{told} {grows}{}: {} entries, mostly {}, keep {} alive.{}",
        prose::code(&name),
        series.told(),
        prose::integer(evidence.count),
        contents.what,
        prose::bytes(evidence.bytes),
        contents.behind,
    );
    let mut claims = case.claims(route, node);
    claims.extend(&items);
    Some(Finding {
        kind: contents.kind,
        severity,
        confidence: match severity {
            Severity::Leak if item == node => 0.6,
            Severity::Leak if series.counts.len() > 2 => 0.9,
            Severity::Leak => 0.7,
            _ => 0.4,
        },
        title: format!(
            "{} {} {}",
            kind.noun(),
            prose::code(&name),
            if series.counts.len() > 1 { "grows without bound" } else { "is large" }
        ),
        sentence,
        evidence,
        signature: signature(&[
            contents.kind.word(),
            route.file(),
            &name,
            &item_kind_without_place(&item_kind),
        ]),
        culprit: route.culprit(Some(item_kind)),
        path,
        fix: contents.fix,
        claims,
        subject: Some(node),
        frames: Vec::new(),
        marks: case.mark_collection(route),
    })
}

fn item_kind_without_place(kind: &str) -> String {
    kind.split(" (").next().unwrap_or_default().to_owned()
}
