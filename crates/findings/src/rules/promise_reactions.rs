//! Reactions that pile up on one promise that stays pending.
//!
//! Each `then`, `await` and `Promise.race` on a promise adds a reaction to it. The promise
//! keeps its reactions until it settles, and each reaction keeps the functions that would
//! run and the promise that would settle in turn. A promise that lives as long as the
//! process, such as one for its shutdown, therefore keeps all that ever waited for it.

use std::collections::HashMap;

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Case, signature};
use crate::behind::{self, is_reaction};
use crate::finding::{Finding, Kind, Severity};
use crate::frame::Role;
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::prose;
use crate::route::{self, Route};
use crate::words::Word;

/// Reactions on one promise that are worth a finding.
const MIN_REACTIONS: usize = 8;

/// The reactions of a pending promise, newest first.
fn reactions(heap: &Heap<'_>, promise: NodeIx) -> Vec<NodeIx> {
    let first = heap.internal(promise, Word::Reactions).filter(|&node| is_reaction(heap, node));
    let next = |&reaction: &NodeIx| {
        let mut targets = heap.graph.edges(reaction).map(|edge| heap.graph.target(edge));
        targets.find(|&target| target != reaction && is_reaction(heap, target))
    };
    // A damaged file may have a circle.
    std::iter::successors(first, next).take(heap.graph.node_count()).collect()
}

/// Promises with many reactions.
fn pending<'a>(heap: &'a Heap<'_>) -> impl Iterator<Item = (NodeIx, Vec<NodeIx>)> + 'a {
    let promises = heap.graph.nodes().filter(|&node| {
        heap.graph.kind(node) == NodeKind::OBJECT && heap.graph.name(node) == "Promise"
    });
    promises
        .map(|promise| (promise, reactions(heap, promise)))
        .filter(|(_, reactions)| reactions.len() >= MIN_REACTIONS)
}

pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    let found: Vec<_> = pending(&case.heap).collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    case.control.check()?;
    let earlier: Vec<HashMap<u32, u64>> = case
        .earlier
        .iter()
        .map(|heap| {
            let known = pending(heap);
            known.map(|(promise, all)| (heap.id(promise), all.len() as u64)).collect()
        })
        .collect();
    let mut findings = Vec::new();
    for (promise, reactions) in &found {
        case.control.check()?;
        let count = reactions.len() as u64;
        let bytes = case.heap.retained(*promise);
        let mut series = Series::default();
        for known in &earlier {
            series.counts.push(known.get(&case.heap.id(*promise)).copied().unwrap_or(0));
        }
        series.counts.push(count);
        series.bytes = series.counts.iter().map(|&n| bytes / count.max(1) * n).collect();
        let trend = series.trend();
        let is_few = trend == Trend::Unknown && reactions.len() < 8 * MIN_REACTIONS;
        if trend != Trend::Stable && !is_few {
            findings.push(report(case, *promise, reactions, &series, trend.severity()));
        }
    }
    Ok(findings)
}

fn report(
    case: &mut Case<'_>,
    promise: NodeIx,
    reactions: &[NodeIx],
    series: &Series,
    severity: Severity,
) -> Finding {
    let route = Route::find(&case.heap, &mut case.sources, promise);
    let name = route.name.clone().unwrap_or_else(|| "Promise".to_owned());
    let keeper = route.keeper("Promise");
    let function = behind::function(&case.heap, reactions);
    let who = function.map(|function| route::function(&case.heap, &mut case.sources, function));
    let place = function.and_then(|function| case.sources.place(&case.heap, function));
    let mut marks = case.mark_collection(&route);
    marks.extend(function.and_then(|at| case.mark_function(at, Role::Keeper)));
    let behind =
        who.as_ref().map_or_else(String::new, |who| format!(" Behind most of them stands {who}."));
    let evidence = series.evidence();
    let path = case.extend(&route, &[("(reaction)".to_owned(), reactions[0])]);
    let function_name =
        function.map(|function| route::function_name(&case.heap, &mut case.sources, function));
    let mut culprit = route.culprit(Some("Promise".to_owned()));
    culprit.function.clone_from(&function_name);
    culprit.location = place.or(culprit.location);
    Finding {
        confidence: if severity == Severity::Leak { 0.9 } else { 0.5 },
        title: format!("reactions pile up on the pending promise {}", prose::code(&name)),
        sentence: format!(
            "{} reactions wait on the promise {keeper}, which stays pending{}, and keep {} alive: each `then`, `await` or `Promise.race` on it adds one, and the promise keeps them until it settles.{behind}",
            prose::integer(evidence.count),
            series.told(),
            prose::bytes(evidence.bytes),
        ),
        evidence,
        signature: signature(&[
            Kind::PromiseReactions.word(),
            route.file(),
            &name,
            function_name.as_deref().unwrap_or_default(),
        ]),
        culprit,
        fix: format!(
            "Settle {0}, or do not wait for it anew in each operation: let one function wait for it, and give each operation an AbortSignal or a callback that it removes when it is done.",
            prose::code(&name)
        ),
        claims: case.claims(&route, promise),
        path,
        subject: Some(promise),
        entries: reactions.to_vec(),
        keeper,
        marks,
        ..Finding::new(Kind::PromiseReactions, severity)
    }
}
