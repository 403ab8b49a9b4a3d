//! What grows though no collection of its own does: linked lists, trees, many small
//! collections together.

use std::collections::HashMap;

use heapsnapshot::{ClassIx, Error, NodeIx, NodeKind, Window, newcomers};

use super::{Case, signature};
use crate::finding::{Culprit, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::{Heap, is_internal};
use crate::prose;
use crate::route::Route;

/// Groups of new objects that are looked at.
const GROUPS: usize = 40;

/// Objects of each class: number and bytes.
fn classes(heap: &Heap<'_>) -> HashMap<String, (u64, u64)> {
    let mut counts: HashMap<ClassIx, (u64, u64)> = HashMap::new();
    for node in heap.graph.nodes() {
        if heap.graph.kind(node) == NodeKind::OBJECT {
            let (count, bytes) = counts.entry(heap.analysis.class(node)).or_default();
            *count += 1;
            *bytes += heap.analysis.shallow_size(node);
        }
    }
    let mut by_key: HashMap<String, (u64, u64)> = HashMap::new();
    for (class, (count, bytes)) in counts {
        let key = heap.analysis.classes().key(heap.graph, class).to_string();
        let entry = by_key.entry(key).or_default();
        entry.0 += count;
        entry.1 += bytes;
    }
    by_key
}

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let Some(base) = case.earlier.last() else { return Ok(Vec::new()) };
    let new = newcomers(base.analysis, case.heap.analysis, Window::first(GROUPS), case.control)?;
    let mut findings: Vec<Finding> = Vec::new();
    let mut by_class: Option<Vec<HashMap<String, (u64, u64)>>> = None;
    for group in new.groups {
        let example = group.example;
        if case.heap.graph.kind(example) != NodeKind::OBJECT
            || case.heap.is_context(example)
            || group.count < 8
        {
            continue;
        }
        if is_known(case, example, before) || is_known(case, example, &findings) {
            continue;
        }
        let key = case.heap.analysis.classes().key(case.heap.graph, group.class).to_string();
        let counts = by_class.get_or_insert_with(|| {
            case.earlier.iter().chain(std::iter::once(&case.heap)).map(classes).collect()
        });
        let mut series = Series::default();
        for snapshot in counts.iter() {
            let (count, bytes) = snapshot.get(&key).copied().unwrap_or_default();
            series.counts.push(count);
            series.bytes.push(bytes);
        }
        let Some(last) = series.bytes.last_mut() else { continue };
        *last = (*last).max(group.retained_size);
        let severity = match series.trend() {
            Trend::Growing => Severity::Leak,
            Trend::Slowing => Severity::Suspect,
            _ => continue,
        };
        findings.extend(report(case, example, &series, severity));
    }
    Ok(findings)
}

/// Whether what another finding is about leads to `node`.
fn is_known(case: &Case<'_>, node: NodeIx, findings: &[Finding]) -> bool {
    const MOST_LEVELS: usize = 40;
    let mut at = node;
    for _ in 0..MOST_LEVELS {
        if findings.iter().any(|finding| {
            finding.severity == Severity::Leak && finding.claims.contains(&at.index())
        }) {
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

fn report(
    case: &mut Case<'_>,
    example: NodeIx,
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
    let place = route.place.clone();
    let told = place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    let links = route.steps.iter().filter(|step| step.what == class).count();
    let is_chain = links >= 4;
    let kind = if is_chain { Kind::GrowingChain } else { Kind::GrowingObjects };
    let evidence = series.evidence();
    let how = if is_chain {
        "each leads to the next, so all stay alive"
    } else {
        "they come and do not go"
    };
    let file = place.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    let claims = case.claims(&route, example);
    let mut path = route.steps.clone();
    path.truncate(24);
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
            "{} objects of {}{} below {}{told} keep {} alive: {how}.",
            prose::integer(evidence.count),
            prose::code(&class),
            series.told(),
            prose::code(&name),
            prose::bytes(evidence.bytes),
        ),
        evidence,
        signature: signature(&[kind.word(), &file, &class]),
        culprit: Culprit {
            variable: route.variable.clone(),
            property: route.property.clone(),
            constructor: Some(class.clone()),
            function: None,
            location: place,
        },
        path,
        fix: format!(
            "Drop the reference through {} when a `{class}` is done with.",
            prose::code(&name)
        ),
        claims,
    })
}
