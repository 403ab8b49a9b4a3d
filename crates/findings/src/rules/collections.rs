//! Maps, sets, arrays and dictionaries that only gain entries.

use std::collections::{BTreeMap, HashSet, VecDeque};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Case, kind_of, signature};
use crate::finding::{Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::{Collection, Heap};
use crate::prose;
use crate::route::{self, Route};
use crate::words::Word;

/// Entries that are worth a word.
const MANY: u64 = 12;

/// Collections of a snapshot that are followed: those that retain most.
const MOST: usize = 50_000;

/// Of one snapshot alone: the share of the heap that makes a collection suspicious.
const LARGE_SHARE: u64 = 10;

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
    if item != node && case.heap.is_filler(item) {
        return None;
    }
    let class = case.heap.class(node);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let told = route.told();
    let evidence = series.evidence();
    let more = if item == node { Vec::new() } else { vec![("entry".to_owned(), item)] };
    let path = case.extend(route, &more);
    let promises = promises(&case.heap, &items);
    let is_pending = promises * 2 > items.len();
    let (found_kind, what) = if is_pending {
        (
            Kind::PendingPromises,
            "promises that nobody settles, or the functions that would".to_owned(),
        )
    } else {
        (Kind::GrowingCollection, item_kind.clone())
    };
    let noun = if class == "Object" || class == "Array" || class == kind.noun() {
        kind.noun().to_owned()
    } else {
        format!("{} {class}", kind.noun())
    };
    let waiting =
        if is_pending { items.iter().find_map(|&item| waiting(&case.heap, item)) } else { None };
    let behind = match waiting {
        Some(function) => {
            format!(
                " Behind them waits {}.",
                route::function(&case.heap, &mut case.sources, function)
            )
        }
        None => String::new(),
    };
    let grows =
        if series.counts.len() > 1 { "only gains entries" } else { "holds much of the heap" };
    let sentence = format!(
        "The {noun} {}{told} {grows}{}: {} entries, mostly {what}, keep {} alive.{behind}",
        prose::code(&name),
        series.told(),
        prose::integer(evidence.count),
        prose::bytes(evidence.bytes),
    );
    let fix = if is_pending {
        format!(
            "Settle what waits in {} and take it out, also when it fails or takes too long.",
            prose::code(&name)
        )
    } else {
        format!(
            "Take entries out of {} when they are done with, or bound it: a limit, an age, or a WeakMap keyed by an object.",
            prose::code(&name)
        )
    };
    let mut claims = case.claims(route, node);
    claims.extend(&items);
    Some(Finding {
        kind: found_kind,
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
            found_kind.word(),
            route.file(),
            &name,
            &item_kind_without_place(&item_kind),
        ]),
        culprit: route.culprit(Some(item_kind)),
        path,
        fix,
        claims,
        subject: Some(node),
    })
}

fn item_kind_without_place(kind: &str) -> String {
    kind.split(" (").next().unwrap_or_default().to_owned()
}

/// The suspended function that goes on when a promise is settled.
fn waiting(heap: &Heap<'_>, item: NodeIx) -> Option<NodeIx> {
    const MOST: usize = 300;
    let mut seen = HashSet::from([item]);
    let mut queue = VecDeque::from([item]);
    while let Some(node) = queue.pop_front() {
        if let Some(function) = heap.internal(node, Word::Function)
            && heap.origin(function).is_some_and(|origin| !origin.is_internal())
        {
            return Some(function);
        }
        for edge in heap.graph.edges(node) {
            let target = heap.graph.target(edge);
            let is_code =
                matches!(heap.graph.kind(target), NodeKind::CODE | NodeKind::OBJECT_SHAPE);
            if is_code
                || heap.is_named(edge, Word::Proto)
                || heap.is_named(edge, Word::Previous)
                || seen.len() >= MOST
            {
                continue;
            }
            if seen.insert(target) {
                queue.push_back(target);
            }
        }
    }
    None
}

/// How many items are promises, or functions that settle one.
fn promises(heap: &Heap<'_>, items: &[NodeIx]) -> usize {
    items
        .iter()
        .filter(|&&item| {
            heap.graph.name(item) == "Promise" && heap.graph.kind(item) == NodeKind::OBJECT
                || heap.is_closure(item)
                    && heap.function_name(item).is_empty()
                    && heap.graph.location(item).is_none()
                    && heap.internal(item, Word::Context).is_some_and(|context| {
                        heap.graph
                            .edges(context)
                            .any(|edge| heap.graph.name(heap.graph.target(edge)) == "Promise")
                    })
        })
        .count()
}
