//! Detects timers that are started and never cleared.
//!
//! # Evidence
//! - Objects with the property `_onTimeout` or `_onImmediate`, grouped by where the function in it
//!   was defined.
//! - With several snapshots, the timers of one function must increase in every step. With one
//!   snapshot, there must be four times [`MIN_TIMERS`], and the finding is a suspect.
//! - Timers whose owner has an open native handle belong to the rule for handles.
//! - Earlier snapshots only give counts; their bytes are extrapolated from the last snapshot.
//!
//! # Example
//! ```js
//! server.on('request', (request) => {
//!   setInterval(() => poll(request), 1000); // one more for each request
//! });
//! ```
//!
//! # In the heap
//! ```text
//! Timeout ─ _onTimeout ─▶ closure ─ context ─▶ scope ─ request ─▶ …
//! ```
//!
//! Node holds the timers in lists by duration, so the retaining path contains no variable of the
//! program. The finding therefore names the function, and the values that its scope alone retains.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Case, signature};
use crate::behind;
use crate::finding::{Culprit, Doc, Finding, Kind, Severity, Step};
use crate::growth::{Series, Trend};
use crate::heap::{Heap, Origin};
use crate::label::Role;
use crate::message::{Message, Value, arg, messages};
use crate::retaining_path;
use crate::words::Word;

impl Kind {
    /// Timers that are started and never cleared.
    pub(crate) const TIMERS: Self = Self("timers");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::TIMERS],
    about: "timers and intervals of one function that accumulate; Node's own timers only for objects that have no open handle, such as sessions",
}];

messages! {
    Title("timers.title") { function }
    Waiting("timers.sentence") { count, counts, called, bytes, parts, store }
    Owner("timers.owner") { class, function }
    Store("timers.store") { class, bytes }
    Timers("timers.retainer") { function }
    Fix("timers.fix") { function }
}

/// Minimum number of timers of one function for a finding.
const MIN_TIMERS: usize = 8;

/// Returns timers by the function that they call. Timers of Node itself, such as those of sockets,
/// are counted by Node's function; only groups that are large enough are traced to a function of
/// the program.
fn all(heap: &Heap<'_>) -> HashMap<Origin, Vec<(NodeIx, NodeIx)>> {
    let mut timers: HashMap<Origin, Vec<(NodeIx, NodeIx)>> = HashMap::new();
    for node in heap.graph.nodes() {
        if heap.graph.kind(node) != NodeKind::OBJECT {
            continue;
        }
        let callback =
            heap.property(node, Word::OnTimeout).or_else(|| heap.property(node, Word::OnImmediate));
        let Some(function) =
            callback.map(|function| heap.unbound(function)).filter(|&f| heap.is_closure(f))
        else {
            continue;
        };
        if let Some(origin) = heap.origin(function) {
            timers.entry(origin).or_default().push((node, function));
        }
    }
    timers
}

/// Returns the function of the program that runs by timers with the function `callback`. For a
/// function of Node, returns one that the owners of the timers lead to, and the class of the
/// owners.
fn for_program(
    heap: &Heap<'_>,
    timers: &[(NodeIx, NodeIx)],
    callback: NodeIx,
) -> Option<(NodeIx, Option<String>)> {
    if heap.origin(callback).is_some_and(|origin| !origin.is_internal()) {
        return Some((callback, None));
    }
    let nodes: Vec<NodeIx> = timers.iter().map(|&(timer, _)| timer).collect();
    let owner = nodes.last().and_then(|&timer| owner(heap, timer));
    Some((behind::function(heap, &nodes)?, owner.map(|owner| heap.class(owner))))
}

/// Returns the object whose method a timer calls.
fn owner(heap: &Heap<'_>, timer: NodeIx) -> Option<NodeIx> {
    let function = heap.property(timer, Word::OnTimeout)?;
    heap.internal(function, Word::BoundThis)
}

/// Returns whether a native handle of an object is open.
fn has_handle(heap: &Heap<'_>, object: NodeIx) -> bool {
    heap.analysis.incoming(object).any(|(edge, _)| heap.is_named(edge, Word::OwnerSymbol))
}

/// Returns a finding for each function with too many timers.
pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    let mut found: Vec<_> =
        all(&case.heap).into_iter().filter(|(_, timers)| timers.len() >= MIN_TIMERS).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if found.is_empty() {
        return Ok(Vec::new());
    }
    case.control.check()?;
    let earlier: Vec<_> = case.earlier.iter().map(all).collect();
    let mut group_of = HashMap::new();
    for (at, (_, timers)) in found.iter().enumerate() {
        group_of.extend(timers.iter().map(|&(timer, _)| (timer, at)));
    }
    let bytes = case.heap.union_retained(&group_of, found.len());
    let mut findings = Vec::new();
    for ((origin, timers), bytes) in found.iter().zip(bytes) {
        // The rule for handles reports the timers of servers that are never closed.
        let is_of_handle = |&&(timer, _): &&(NodeIx, NodeIx)| {
            owner(&case.heap, timer).is_some_and(|owner| has_handle(&case.heap, owner))
        };
        if timers.iter().filter(is_of_handle).count() * 2 > timers.len() {
            continue;
        }
        let mut series = Series::default();
        series.counts.extend(
            earlier.iter().map(|known| known.get(origin).map_or(0, |timers| timers.len() as u64)),
        );
        let count = timers.len() as u64;
        series.counts.push(count);
        series.bytes = series.counts.iter().map(|&n| bytes / count.max(1) * n).collect();
        let trend = series.trend();
        let is_few = trend == Trend::Unknown && timers.len() < 4 * MIN_TIMERS;
        if trend == Trend::Stable || is_few {
            continue;
        }
        let severity = trend.severity();
        findings.extend(report(case, timers, &series, severity));
    }
    Ok(findings)
}

/// Returns a part of a sentence on a store of `AsyncLocalStorage`.
fn store_value(heap: &Heap<'_>, store: NodeIx) -> Value {
    let class = arg(super::kind_of(heap, store));
    Store { class, bytes: arg(heap.retained(store)) }.into()
}

/// Makes the finding about the timers of one function.
fn report(
    case: &mut Case<'_>,
    timers: &[(NodeIx, NodeIx)],
    series: &Series,
    severity: Severity,
) -> Option<Finding> {
    let &(timer, callback) = timers.last()?;
    let (function, owner) = for_program(&case.heap, timers, callback)?;
    let holder = retaining_path::function(&case.heap, &mut case.sources, function);
    let called: Value = match owner {
        Some(class) => Owner { class: arg(class), function: arg(holder) }.into(),
        None => holder.into(),
    };
    let name = retaining_path::function_name(&case.heap, &mut case.sources, function);
    let place = case.sources.place(&case.heap, function);
    let cargo = case.cargo(function);
    let parts = case.cargo_value(function);
    let stores = case.async_stores(timer);
    let store = stores.first().map(|&store| store_value(&case.heap, store));
    let evidence = series.evidence();
    let mut steps = vec![Step {
        id: case.heap.id(timer),
        edge: "timers of Node".to_owned(),
        what: case.heap.class(timer),
    }];
    let more: Vec<(String, NodeIx)> = std::iter::once(("._onTimeout".to_owned(), function))
        .chain(cargo.first().map(|(name, target, _)| (name.clone(), *target)))
        .chain(stores.first().map(|&store| ("store of AsyncLocalStorage".to_owned(), store)))
        .collect();
    steps.extend(case.extend(&retaining_path::RetainingPath::default(), &more));
    let entries: Vec<NodeIx> =
        timers.iter().flat_map(|&(timer, function)| [timer, function]).collect();
    let mut claims: HashSet<NodeIx> = entries.iter().chain(&stores).copied().collect();
    claims.extend(cargo.iter().map(|&(_, target, _)| target));
    let mut marks: Vec<_> = case.mark_function(function, Role::Callback).into_iter().collect();
    marks.extend(case.mark_calls(function));
    let file = place.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    Some(Finding {
        confidence: if severity == Severity::Leak { 0.95 } else { 0.6 },
        title: Title { function: retaining_path::named(&name) }.into(),
        sentence: Message::from(Waiting {
            count: arg(evidence.count),
            counts: series.counts_value(),
            called: arg(called),
            bytes: arg(evidence.bytes),
            parts,
            store,
        })
        .into(),
        evidence,
        signature: signature(&[Kind::TIMERS.word(), &file, &name]),
        culprit: Culprit {
            variable: cargo.first().map(|(name, ..)| name.clone()),
            property: None,
            constructor: cargo.first().map(|&(_, target, _)| super::kind_of(&case.heap, target)),
            function: Some(name.clone()),
            location: place,
        },
        path: steps,
        fix: Fix { function: retaining_path::named(&name) }.into(),
        claims,
        entries,
        retainer: Some(Timers { function: retaining_path::named(&name) }.into()),
        marks,
        ..Finding::new(Kind::TIMERS, severity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::{TestHeap, finding_of_growth};

    /// A heap in which `count` timers call `poll`, and one calls `once`.
    fn heap(count: usize) -> TestHeap {
        let mut heap = TestHeap::new();
        let list = heap.global_array("timers");
        let script = heap.node("code", "/app/poll.js", 80);
        let mut add = |name: &str, at: (u64, u64)| {
            let callback = heap.function(name, script, at);
            let timer = heap.node("object", "Timeout", 80);
            heap.edge(timer, "property", "_onTimeout", callback);
            heap.push(list, timer);
        };
        add("once", (9, 0));
        for _ in 0..count {
            add("poll", (3, 4));
        }
        heap
    }

    #[test]
    fn many_timers_of_one_function_are_a_suspect() {
        assert_eq!(heap(4 * MIN_TIMERS - 1).run(find, &[]), []);
        let findings = heap(4 * MIN_TIMERS).run(find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.kind, finding.severity), (Kind::TIMERS, Severity::Suspect));
        assert_eq!(finding.culprit.function.as_deref(), Some("poll"));
        assert_eq!(finding.evidence.count, 4 * MIN_TIMERS as u64);
    }

    #[test]
    fn timers_that_increase_in_every_step_are_a_leak() {
        let finding = finding_of_growth(heap, find);
        assert_eq!(finding.severity, Severity::Leak);
        assert_eq!(finding.evidence.counts, [10, 20, 40]);
    }

    #[test]
    fn timers_of_a_constant_number_are_not_found() {
        let many = heap(100);
        assert_eq!(many.run_after(&[&many, &many], find, &[]), []);
    }
}
