//! Who holds much of the heap, whether it grows or not: single objects and groups of
//! one constructor right below the root of the dominator tree, and the point where what
//! they hold comes together.

use std::collections::HashMap;

use heapsnapshot::{ClassIx, Error, NodeIx, NodeKind};

use super::{Case, LEAST_WASTE, signature};
use crate::finding::{Evidence, Finding, Kind, Severity};
use crate::prose;
use crate::route::{self, Route};

/// The share of the heap that makes an object or a group suspicious: one tenth.
const SHARE: u64 = 10;

/// Where less than seven tenths go on to one child, things accumulate.
const DROP: (u64, u64) = (7, 10);

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    // Several snapshots show who grows, which says more than who is large.
    if !case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let least = (case.heap.analysis.total_size() / SHARE).max(LEAST_WASTE);
    let heap = &case.heap;
    let mut singles: Vec<NodeIx> = Vec::new();
    let mut groups: HashMap<ClassIx, (u64, u64, NodeIx)> = HashMap::new();
    for node in heap.graph.nodes() {
        let is_object = matches!(heap.graph.kind(node), NodeKind::OBJECT | NodeKind::CLOSURE);
        if !is_object || heap.graph.kind(heap.analysis.dominator(node)) != NodeKind::SYNTHETIC {
            continue;
        }
        let bytes = heap.retained(node);
        if bytes >= least {
            singles.push(node);
            continue;
        }
        let group = groups.entry(heap.analysis.class(node)).or_insert((0, 0, node));
        group.0 += 1;
        group.1 += bytes;
        if bytes > heap.retained(group.2) {
            group.2 = node;
        }
    }
    let mut groups: Vec<(u64, u64, NodeIx)> =
        groups.into_values().filter(|&(count, bytes, _)| count > 1 && bytes >= least).collect();
    groups.sort_by_key(|&(_, bytes, node)| (std::cmp::Reverse(bytes), node));
    let mut findings = Vec::new();
    let points = accumulation_points(case, &singles)?;
    for node in singles {
        let point = points.get(&node).copied().unwrap_or(node);
        if !Case::is_claimed(point, before) && !Case::is_claimed(node, before) {
            findings.extend(report(case, point, 1, case.heap.retained(node)));
        }
    }
    for (count, bytes, node) in groups {
        if !Case::is_claimed(node, before) {
            findings.extend(report(case, node, count, bytes));
        }
    }
    Ok(findings)
}

/// Follows the largest child down from each of `from`, as long as it holds most.
fn accumulation_points(case: &Case<'_>, from: &[NodeIx]) -> Result<HashMap<NodeIx, NodeIx>, Error> {
    const MOST_LEVELS: usize = 24;
    let mut points: HashMap<NodeIx, NodeIx> = from.iter().map(|&node| (node, node)).collect();
    let mut moving: Vec<NodeIx> = from.to_vec();
    for _ in 0..MOST_LEVELS {
        if moving.is_empty() {
            break;
        }
        case.control.check()?;
        let mut largest: HashMap<NodeIx, NodeIx> = HashMap::new();
        let parents: HashMap<NodeIx, NodeIx> =
            moving.iter().map(|&node| (points[&node], node)).collect();
        for node in case.heap.graph.nodes() {
            if let Some(&start) = parents.get(&case.heap.analysis.dominator(node)) {
                let best = largest.entry(start).or_insert(node);
                if case.heap.retained(node) > case.heap.retained(*best) {
                    *best = node;
                }
            }
        }
        moving.retain(|start| {
            let (at, Some(&child)) = (points[start], largest.get(start)) else { return false };
            let goes_on = child != at
                && case.heap.retained(child) / DROP.0 >= case.heap.retained(at) / DROP.1;
            if goes_on {
                points.insert(*start, child);
            }
            goes_on
        });
    }
    Ok(points)
}

fn report(case: &mut Case<'_>, node: NodeIx, count: u64, bytes: u64) -> Option<Finding> {
    // Functions and modules hold the program itself.
    if count == 1 && (case.heap.is_closure(node) || case.heap.collection(node).is_none()) {
        return None;
    }
    let route = Route::find(&case.heap, &mut case.sources, node);
    let what = route::what(&case.heap, &mut case.sources, node);
    let class = case.heap.class(node);
    if route.is_internal || route.place.is_none() {
        return None;
    }
    let marks = case.mark_collection(&route);
    let share = bytes * 100 / case.heap.analysis.total_size().max(1);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let told = route.told();
    let (kind, title, subject) = if count == 1 {
        (
            Kind::RetainedObject,
            format!("{} holds {share} % of the heap", prose::code(&name)),
            format!("{what} in {}{told} alone keeps", prose::code(&name)),
        )
    } else {
        (
            Kind::RetainedGroup,
            format!("objects of {} hold {share} % of the heap", prose::code(&class)),
            format!(
                "{} objects of {}, such as the one in {}{told}, together keep",
                prose::integer(count),
                prose::code(&class),
                prose::code(&name)
            ),
        )
    };
    Some(Finding {
        kind,
        severity: Severity::Suspect,
        confidence: 0.3,
        title,
        sentence: format!(
            "{subject} {} alive, {share} % of the heap. Whether it grows, a second snapshot would show.",
            prose::bytes(bytes)
        ),
        evidence: Evidence { bytes, count, counts: vec![count], ..Evidence::default() },
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: route.culprit(Some(class)),
        fix: format!("See whether all that {} holds is needed.", prose::code(&name)),
        claims: case.claims(&route, node),
        path: route.steps,
        subject: None,
        entries: Vec::new(),
        keeper: String::new(),
        also: Vec::new(),
        kept_in: None,
        frames: Vec::new(),
        marks,
    })
}
