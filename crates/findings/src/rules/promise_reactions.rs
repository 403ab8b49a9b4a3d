//! Detects reactions that accumulate on one promise that stays pending.
//!
//! Each `then`, `await` and `Promise.race` on a promise adds a reaction to it. The promise retains
//! its reactions until it settles. A reaction retains the functions that would run, and the promise
//! that would settle in turn. A promise that lives as long as the process, such as a shutdown
//! promise, therefore retains everything that ever waited for it.
//!
//! # Evidence
//! - The internal field `reactions_or_result` of a `Promise`, a linked list of `PromiseReaction`s
//!   while it is pending.
//! - With several snapshots, the reactions on one promise must increase in every step. With one
//!   snapshot, there must be eight times [`MIN_REACTIONS`], and the finding is a suspect.
//!
//! # Example
//! ```js
//! const shutdown = new Promise((resolve) => process.once('SIGTERM', resolve));
//! async function handle(request) {
//!   await Promise.race([work(request), shutdown]); // adds a reaction to `shutdown`
//! }
//! ```

use std::collections::HashMap;

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Case, signature};
use crate::behind::{self, is_reaction};
use crate::finding::{Doc, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::label::Role;
use crate::message::{Paragraph, arg, messages};
use crate::retaining_path::{self, RetainingPath};
use crate::words::Word;

impl Kind {
    /// Reactions that accumulate on one pending promise.
    pub(crate) const PROMISE_REACTIONS: Self = Self("promise-reactions");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::PROMISE_REACTIONS],
    about: "reactions (`then`, `await`, `Promise.race`) that pile up on one promise that stays pending",
}];

messages! {
    Title("promise-reactions.title") { name }
    Waiting("promise-reactions.sentence") { count, retainer, counts, bytes }
    Behind("promise-reactions.behind") { function }
    Fix("promise-reactions.fix") { name }
}

/// Minimum number of reactions on one promise for a finding.
const MIN_REACTIONS: usize = 8;

/// Returns the reactions of a pending promise, newest first.
fn reactions(heap: &Heap<'_>, promise: NodeIx) -> Vec<NodeIx> {
    let first = heap.internal(promise, Word::Reactions).filter(|&node| is_reaction(heap, node));
    let next = |&reaction: &NodeIx| {
        let mut targets = heap.graph.edges(reaction).map(|edge| heap.graph.target(edge));
        targets.find(|&target| target != reaction && is_reaction(heap, target))
    };
    // A damaged file can contain a cycle.
    std::iter::successors(first, next).take(heap.graph.node_count()).collect()
}

/// Returns promises with many reactions.
fn pending<'a>(heap: &'a Heap<'_>) -> impl Iterator<Item = (NodeIx, Vec<NodeIx>)> + 'a {
    let promises = heap.graph.nodes().filter(|&node| {
        heap.graph.kind(node) == NodeKind::OBJECT && heap.graph.name(node) == "Promise"
    });
    promises
        .map(|promise| (promise, reactions(heap, promise)))
        .filter(|(_, reactions)| reactions.len() >= MIN_REACTIONS)
}

/// Returns a finding for each pending promise with too many reactions.
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

/// Makes the finding about the reactions of one promise.
fn report(
    case: &mut Case<'_>,
    promise: NodeIx,
    reactions: &[NodeIx],
    series: &Series,
    severity: Severity,
) -> Finding {
    let path = RetainingPath::find(&case.heap, &mut case.sources, promise);
    let name = path.name.clone().unwrap_or_else(|| "Promise".to_owned());
    let retainer = path.retainer("Promise");
    let function = behind::function(&case.heap, reactions);
    let who =
        function.map(|function| retaining_path::function(&case.heap, &mut case.sources, function));
    let place = function.and_then(|function| case.sources.place(&case.heap, function));
    let mut marks = case.mark_collection(&path);
    marks.extend(function.and_then(|at| case.mark_function(at, Role::Keeper)));
    let evidence = series.evidence();
    let mut sentence = Paragraph::from(Waiting {
        count: arg(evidence.count),
        retainer: arg(retainer.clone()),
        counts: series.counts_value(),
        bytes: arg(evidence.bytes),
    });
    sentence.extend(who.map(|who| Behind { function: arg(who) }.into()));
    let steps = case.extend(&path, &[("(reaction)".to_owned(), reactions[0])]);
    let function_name = function
        .map(|function| retaining_path::function_name(&case.heap, &mut case.sources, function));
    let mut culprit = path.culprit(Some("Promise".to_owned()));
    culprit.function.clone_from(&function_name);
    culprit.location = place.or(culprit.location);
    Finding {
        confidence: if severity == Severity::Leak { 0.9 } else { 0.5 },
        title: Title { name: arg(&name) }.into(),
        sentence,
        evidence,
        signature: signature(&[
            Kind::PROMISE_REACTIONS.word(),
            path.file(),
            &name,
            function_name.as_deref().unwrap_or_default(),
        ]),
        culprit,
        fix: Fix { name: arg(&name) }.into(),
        claims: case.claims(&path, promise),
        path: steps,
        subject: Some(promise),
        entries: reactions.to_vec(),
        retainer: Some(retainer),
        marks,
        ..Finding::new(Kind::PROMISE_REACTIONS, severity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::{TestHeap, finding_of_growth};

    /// A heap with a promise that has `count` reactions, and one that has a single one.
    fn heap(count: usize) -> TestHeap {
        let mut heap = TestHeap::new();
        let list = heap.global_array("promises");
        for count in [1, count] {
            let promise = heap.node("object", "Promise", 32);
            heap.push(list, promise);
            let mut newest = None;
            for _ in 0..count {
                let reaction = heap.node("code", "system / PromiseReaction", 40);
                if let Some(next) = newest {
                    heap.edge(reaction, "internal", "next", next);
                }
                newest = Some(reaction);
            }
            heap.edge(promise, "internal", "reactions_or_result", newest.unwrap());
        }
        heap
    }

    #[test]
    fn many_reactions_on_one_promise_are_a_suspect() {
        assert_eq!(heap(8 * MIN_REACTIONS - 1).run(find, &[]), []);
        let findings = heap(8 * MIN_REACTIONS).run(find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.kind, finding.severity), (Kind::PROMISE_REACTIONS, Severity::Suspect));
        assert_eq!(finding.evidence.count, 8 * MIN_REACTIONS as u64);
        // The bytes are divided among the reactions, without the remainder.
        assert_eq!(finding.evidence.bytes, 40 * finding.evidence.count);
    }

    #[test]
    fn reactions_that_increase_in_every_step_are_a_leak() {
        let finding = finding_of_growth(heap, find);
        assert_eq!(finding.severity, Severity::Leak);
        assert_eq!(finding.evidence.counts, [10, 20, 40]);
    }

    #[test]
    fn reactions_of_a_constant_number_are_not_found() {
        let many = heap(100);
        assert_eq!(many.run_after(&[&many, &many], find, &[]), []);
    }

    #[test]
    fn a_cycle_of_reactions_has_an_end() {
        let mut heap = TestHeap::new();
        let promise = heap.node("object", "Promise", 32);
        let pair = [0; 2].map(|_| heap.node("code", "system / PromiseReaction", 40));
        heap.edge(heap.global, "property", "promise", promise);
        heap.edge(promise, "internal", "reactions_or_result", pair[0]);
        heap.edge(pair[0], "internal", "next", pair[1]);
        heap.edge(pair[1], "internal", "next", pair[0]);
        assert_eq!(heap.run(find, &[]), []);
    }
}
