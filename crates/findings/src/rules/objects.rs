//! What grows though no collection of its own does: linked lists, trees, many small
//! collections together.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{ClassIx, EdgeKind, Error, NodeIx, NodeKind};

use super::async_contexts::is_resource;
use super::{Case, signature};
use crate::finding::{Culprit, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::{Heap, is_internal};
use crate::prose;
use crate::route::Route;
use crate::words::Word;

/// Classes that are looked at: those that grew most.
const MOST: usize = 48;

/// What there is of a class.
#[derive(Clone, Copy, Default)]
struct Total {
    count: u64,
    bytes: u64,
    /// The newest object, by id.
    newest: Option<NodeIx>,
    /// The one that retains most.
    largest: Option<NodeIx>,
}

/// Objects by the key of their class.
fn classes(heap: &Heap<'_>) -> HashMap<String, Total> {
    let mut totals: HashMap<ClassIx, Total> = HashMap::new();
    for node in heap.graph.nodes() {
        if heap.graph.kind(node) == NodeKind::OBJECT && !heap.is_context(node) {
            let total = totals.entry(heap.analysis.class(node)).or_default();
            total.count += 1;
            total.bytes += heap.analysis.shallow_size(node);
            if total.newest.is_none_or(|newest| heap.id(newest) < heap.id(node)) {
                total.newest = Some(node);
            }
            if total.largest.is_none_or(|largest| heap.retained(largest) < heap.retained(node)) {
                total.largest = Some(node);
            }
        }
    }
    let mut by_key: HashMap<String, Total> = HashMap::new();
    for (class, total) in totals {
        let known =
            by_key.entry(heap.analysis.classes().key(heap.graph, class).to_string()).or_default();
        known.count += total.count;
        known.bytes += total.bytes;
        known.newest = known.newest.max(total.newest);
        known.largest = known.largest.max(total.largest);
    }
    by_key
}

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let earlier: Vec<_> = case.earlier.iter().map(classes).collect();
    case.control.check()?;
    let mut growing: Vec<((NodeIx, NodeIx), Series)> = Vec::new();
    for (key, total) in classes(&case.heap) {
        let Some(examples) = total.newest.zip(total.largest) else { continue };
        let mut series = Series::default();
        for known in &earlier {
            let known = known.get(&key).copied().unwrap_or_default();
            series.counts.push(known.count);
            series.bytes.push(known.bytes);
        }
        series.counts.push(total.count);
        series.bytes.push(total.bytes);
        if matches!(series.trend(), Trend::Growing | Trend::Slowing) {
            growing.push((examples, series));
        }
    }
    let grown = |series: &Series| {
        series
            .bytes
            .last()
            .zip(series.bytes.first())
            .map_or(0, |(last, first)| last.saturating_sub(*first))
    };
    growing.sort_by_key(|((_, node), series)| (std::cmp::Reverse(grown(series)), node.index()));
    let mut findings: Vec<Finding> = Vec::new();
    for ((newest, largest), mut series) in growing.into_iter().take(MOST) {
        case.control.check()?;
        let is_told =
            |findings| is_known(case, newest, findings) || is_known(case, largest, findings);
        // Node makes frames for what it carries along, and another rule tells of that.
        let is_frame = case.heap.graph.name(largest) == "AsyncContextFrame";
        if is_frame || is_told(before) || is_told(&findings) {
            continue;
        }
        let class = case.heap.analysis.class(largest);
        let all: HashMap<NodeIx, usize> = case
            .heap
            .graph
            .nodes()
            .filter(|&node| {
                case.heap.analysis.class(node) == class
                    && case.heap.graph.kind(node) == NodeKind::OBJECT
            })
            .map(|node| (node, 0))
            .collect();
        let retained = case.heap.union_retained(&all, 1)[0];
        // What the objects hold grows with their number.
        let count = series.counts.last().copied().unwrap_or(1).max(1);
        series.bytes = series.counts.iter().map(|&n| retained / count * n).collect();
        let severity = series.trend().severity();
        findings.extend(report(case, largest, &all, &series, severity));
    }
    Ok(findings)
}

/// Whether what another finding is about leads to `node`.
fn is_known(case: &Case<'_>, node: NodeIx, findings: &[Finding]) -> bool {
    const MOST_LEVELS: usize = 10_000;
    let mut at = node;
    for _ in 0..MOST_LEVELS {
        if findings.iter().any(|finding| finding.severity == Severity::Leak && finding.explains(at))
        {
            return true;
        }
        let up = case.heap.analysis.dominator(at);
        if up == at || up == case.heap.graph.root() {
            return false;
        }
        at = up;
    }
    true
}

/// How objects of a class lead to one another, if most do: the name of the property.
fn link(heap: &Heap<'_>, all: &HashMap<NodeIx, usize>) -> Option<String> {
    const MOST: usize = 2000;
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut looked = 0;
    for &node in all.keys().take(MOST) {
        looked += 1;
        for edge in heap.graph.edges(node) {
            let is_link = heap.graph.edge_kind(edge) == EdgeKind::PROPERTY
                && !heap.is_named(edge, Word::Proto);
            if is_link && all.contains_key(&heap.graph.target(edge)) {
                *names.entry(heap.edge_text(edge).unwrap_or_default()).or_default() += 1;
            }
        }
    }
    let (name, count) = names.into_iter().max_by_key(|(name, count)| (*count, name.clone()))?;
    (count * 2 >= looked && prose::is_name(&name)).then_some(name)
}

fn report(
    case: &mut Case<'_>,
    example: NodeIx,
    all: &HashMap<NodeIx, usize>,
    series: &Series,
    severity: Severity,
) -> Option<Finding> {
    let class = case.heap.class(example);
    let route = Route::find(&case.heap, &mut case.sources, example);
    if route.is_internal
        || route.steps.is_empty()
        || route.place.as_ref().is_none_or(|place| is_internal(&place.file))
    {
        return None;
    }
    let name = route.name.clone()?;
    let told = route.told();
    let link = link(&case.heap, all);
    let kind = if link.is_some() { Kind::GrowingChain } else { Kind::GrowingObjects };
    let evidence = series.evidence();
    let how = match &link {
        Some(link) => format!(
            "each leads to the next by its property {}, so that all stay alive",
            prose::code(link)
        ),
        None => "they come and do not go".to_owned(),
    };
    let marks = case.mark_collection(&route);
    let claims = HashSet::from([example]);
    let fix = match &link {
        Some(link) => format!(
            "Cut the chain: set {} to `null` where older ones are not needed any more.",
            prose::code(link)
        ),
        None => format!(
            "Drop the reference through {} when a `{class}` is done with.",
            prose::code(&name)
        ),
    };
    Some(Finding {
        kind,
        severity,
        confidence: if series.counts.len() > 2 { 0.7 } else { 0.5 },
        title: format!(
            "objects of {} become ever more below {}",
            prose::code(&class),
            prose::code(&name)
        ),
        sentence: format!(
            "{} objects of {}{}{} below {}{told} keep {} alive: {how}.",
            prose::integer(evidence.count),
            prose::code(&class),
            if is_resource(&case.heap, example) { " (each an AsyncResource)" } else { "" },
            series.told(),
            prose::code(&name),
            prose::bytes(evidence.bytes),
        ),
        evidence,
        signature: signature(&[kind.word(), route.file(), &class]),
        culprit: Culprit {
            property: link.or_else(|| route.property.clone()),
            ..route.culprit(Some(class.clone()))
        },
        path: route.steps,
        fix,
        claims,
        subject: None,
        frames: Vec::new(),
        marks,
    })
}
