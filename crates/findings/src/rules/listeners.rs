//! Detects listeners that are added and never removed: `EventEmitter` and `EventTarget`.
//!
//! # Evidence
//! - Emitters: the arrays in the property `_events`. Node stores a single listener without an
//!   array, so one listener does not count.
//! - Event targets: the `Map` in the symbol property `kEvents` (`events` up to Node 18), whose
//!   values are linked lists of listeners.
//! - With several snapshots, the listeners of one event of one object must increase in every step.
//!   With one snapshot, there must be four times [`MIN_LISTENERS`], and the finding is a suspect.
//! - Earlier snapshots only give counts; their bytes are extrapolated from the last snapshot.
//!
//! # Example
//! ```js
//! app.get('/events', (request, response) => {
//!   bus.on('change', () => response.write('…')); // never removed
//! });
//! ```
//!
//! # In the heap
//! ```text
//! EventEmitter ─ _events ─▶ Object ─ change ─▶ Array ─ [0] ─▶ closure
//! EventTarget ─ kEvents ─▶ Map ─ table ─▶ record ─ next ─▶ Listener ─ next ─▶ Listener
//! ```

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};

use super::{Case, signature};
use crate::behind;
use crate::finding::{Culprit, Doc, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::label::Role;
use crate::message::{Value, arg, messages, quoted};
use crate::prose;
use crate::retaining_path::{self, RetainingPath};
use crate::words::Word;

impl Kind {
    /// Listeners that are added and never removed.
    pub(crate) const EVENT_LISTENERS: Self = Self("event-listeners");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::EVENT_LISTENERS],
    about: "listeners of one event of one `EventEmitter` or `EventTarget` (also of an `AbortSignal`) that accumulate; composed signals (`AbortSignal.any`) that Node retains because of their listeners",
}];

messages! {
    Title("event-listeners.title") { event, class }
    Hanging("event-listeners.sentence") { count, event, emitter, counts, bytes, function, parts }
    Emitter("event-listeners.emitter") { class, internals }
    NamedEmitter("event-listeners.emitter.named") { name, class, place }
    Retainer("event-listeners.retainer") { event, emitter }
    Fix("event-listeners.fix") { function, event }
    TargetFix("event-listeners.fix.target") { function, event }
}

/// Minimum number of listeners of one event for a finding.
const MIN_LISTENERS: usize = 8;

/// The listeners of one event of one object.
struct Listeners {
    /// The object with the listeners.
    emitter: NodeIx,
    /// The event.
    event: String,
    /// The listeners, the newest last.
    functions: Vec<NodeIx>,
    /// Node's records of the listeners of an `EventTarget`.
    holders: Vec<NodeIx>,
    /// Whether the object is an `EventTarget`, not an `EventEmitter`.
    is_target: bool,
    /// The array or other object that holds the listeners.
    store: NodeIx,
}

/// Collects the listeners of an emitter, if the object is one.
fn of_emitter(heap: &Heap<'_>, emitter: NodeIx, out: &mut Vec<Listeners>) {
    let Some(events) = heap.property(emitter, Word::Events) else { return };
    for edge in heap.graph.edges(events) {
        if heap.graph.edge_kind(edge) != EdgeKind::PROPERTY || heap.is_named(edge, Word::Proto) {
            continue;
        }
        let (store, Some(event)) = (heap.graph.target(edge), heap.edge_text(edge)) else {
            continue;
        };
        if heap.graph.name(store) != "Array" {
            continue;
        }
        let functions: Vec<NodeIx> = heap
            .graph
            .edges(store)
            .filter(|&edge| heap.graph.edge_kind(edge) == EdgeKind::ELEMENT)
            .map(|edge| heap.graph.target(edge))
            .filter(|&item| heap.is_closure(item))
            .collect();
        let (holders, is_target) = (Vec::new(), false);
        out.push(Listeners { emitter, event, functions, holders, is_target, store });
    }
}

/// Collects the listeners of an event target, if the object is one.
fn of_target(heap: &Heap<'_>, target: NodeIx, out: &mut Vec<Listeners>) {
    let events = heap
        .property(target, Word::EventSymbol)
        .or_else(|| heap.property(target, Word::EventSymbolOld));
    let Some(table) = events.and_then(|events| heap.internal(events, Word::Table)) else { return };
    let mut event = None;
    for edge in heap.graph.edges(table) {
        let item = heap.graph.target(edge);
        if heap.is_string(item) {
            event = Some(heap.graph.name(item).to_string_lossy().into_owned());
            continue;
        }
        let Some(event) = event.take().filter(|_| heap.graph.kind(item) == NodeKind::OBJECT) else {
            continue;
        };
        let (mut functions, mut holders, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let mut at = heap.property(item, Word::Next);
        while let Some(listener) = at.filter(|&listener| seen.insert(listener)) {
            let function = heap
                .property(listener, Word::Listener)
                .or_else(|| heap.property(listener, Word::Callback));
            functions.extend(function.filter(|&function| heap.is_closure(function)));
            holders.push(listener);
            at = heap.property(listener, Word::Next);
        }
        let (emitter, store, is_target) = (target, item, true);
        out.push(Listeners { emitter, event, functions, holders, is_target, store });
    }
}

/// Returns the listeners of all emitters and event targets. O(N + E) time.
fn all(heap: &Heap<'_>) -> Vec<Listeners> {
    let mut out = Vec::new();
    for node in heap.graph.nodes() {
        if heap.graph.kind(node) == NodeKind::OBJECT {
            of_emitter(heap, node, &mut out);
            of_target(heap, node, &mut out);
        }
    }
    out
}

/// Returns a finding for each event of each object with too many listeners.
pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    let mut found = all(&case.heap);
    found.retain(|listeners| listeners.functions.len() >= MIN_LISTENERS);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    case.control.check()?;
    let earlier: Vec<HashMap<(u32, String), u64>> = case
        .earlier
        .iter()
        .map(|heap| {
            let known = all(heap).into_iter();
            known.map(|l| ((heap.id(l.emitter), l.event), l.functions.len() as u64)).collect()
        })
        .collect();
    let mut group_of = HashMap::new();
    for (at, listeners) in found.iter().enumerate() {
        group_of.extend(listeners.functions.iter().map(|&function| (function, at)));
    }
    let bytes = case.heap.union_retained(&group_of, found.len());
    let mut findings = Vec::new();
    for (listeners, bytes) in found.iter().zip(bytes) {
        let key = (case.heap.id(listeners.emitter), listeners.event.clone());
        let mut series = Series::default();
        for known in &earlier {
            // Node stores a single listener without an array.
            series.counts.push(known.get(&key).copied().unwrap_or(0));
        }
        series.counts.push(listeners.functions.len() as u64);
        let count = listeners.functions.len() as u64;
        series.bytes = series.counts.iter().map(|&n| bytes / count.max(1) * n).collect();
        let trend = series.trend();
        let is_few = trend == Trend::Unknown && listeners.functions.len() < 4 * MIN_LISTENERS;
        if trend == Trend::Stable || is_few {
            continue;
        }
        let severity = trend.severity();
        if let Some(finding) = report(case, listeners, &series, severity) {
            findings.push(finding);
        }
    }
    Ok(findings)
}

/// Returns the newest listener. If Node listens to its own objects, returns the function of the
/// program behind it.
fn listener(heap: &Heap<'_>, listeners: &Listeners) -> Option<NodeIx> {
    // The newest is last.
    let last = *listeners.functions.last()?;
    let wrapped = heap.property(last, Word::Listener).filter(|&inner| heap.is_closure(inner));
    let listener = wrapped.unwrap_or_else(|| heap.unbound(last));
    let is_own = heap.origin(listener).is_some_and(|origin| !origin.is_internal());
    if is_own {
        return Some(listener);
    }
    Some(behind::function(heap, &listeners.functions).unwrap_or(listener))
}

/// Returns the object that the listeners are added to, as a part of a sentence.
fn emitter(path: &RetainingPath, class: &str) -> Value {
    match (&path.name, &path.internals) {
        (Some(name), None) => {
            NamedEmitter { name: arg(name), class: arg(class), place: path.place_value() }.into()
        }
        (_, internals) => {
            Emitter { class: arg(class), internals: internals.clone().and_then(arg) }.into()
        }
    }
}

/// Makes the finding about the listeners of one event.
fn report(
    case: &mut Case<'_>,
    listeners: &Listeners,
    series: &Series,
    severity: Severity,
) -> Option<Finding> {
    let listener = listener(&case.heap, listeners)?;
    let is_signal = case.heap.is_signal(listeners.emitter);
    let class =
        if is_signal { "AbortSignal".to_owned() } else { case.heap.class(listeners.emitter) };
    let is_shown = case.sources.show_values || prose::is_name(&listeners.event);
    let event = if is_shown { listeners.event.as_str() } else { "…" };
    let path = RetainingPath::find(&case.heap, &mut case.sources, listeners.emitter);
    let holder = retaining_path::function_within(&case.heap, &mut case.sources, listener);
    let name = retaining_path::function_name(&case.heap, &mut case.sources, listener);
    let place = case.sources.place(&case.heap, listener);
    let emitter = emitter(&path, &class);
    let steps = case.extend(
        &path,
        &[(format!("listeners of {event:?}"), listeners.store), ("[…]".to_owned(), listener)],
    );
    let mut claims = case.claims(&path, listeners.emitter);
    claims.insert(listeners.store);
    claims.extend(&listeners.functions);
    claims.insert(listener);
    claims.extend(case.heap.property(listeners.emitter, Word::Events));
    let evidence = series.evidence();
    let sentence = Hanging {
        count: arg(evidence.count),
        event: quoted(event),
        emitter: arg(emitter.clone()),
        counts: series.counts_value(),
        bytes: arg(evidence.bytes),
        function: arg(holder),
        parts: case.cargo_value(listener),
    };
    let mut marks: Vec<_> = case.mark_function(listener, Role::Listener).into_iter().collect();
    marks.extend(case.mark_calls(listener));
    let file = place.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    Some(Finding {
        confidence: if severity == Severity::Leak { 0.95 } else { 0.6 },
        title: Title { event: quoted(event), class: arg(&class) }.into(),
        sentence: sentence.into(),
        evidence,
        signature: signature(&[Kind::EVENT_LISTENERS.word(), &file, &class, event, &name]),
        culprit: Culprit {
            variable: path.variable.clone(),
            property: Some(event.to_owned()),
            constructor: Some(class.clone()),
            function: Some(name.clone()),
            location: place,
        },
        path: steps,
        fix: if listeners.is_target {
            TargetFix { function: retaining_path::named(&name), event: quoted(event) }.into()
        } else {
            Fix { function: retaining_path::named(&name), event: quoted(event) }.into()
        },
        claims,
        entries: listeners.functions.iter().chain(&listeners.holders).copied().collect(),
        retainer: Some(Retainer { event: quoted(event), emitter: arg(emitter) }.into()),
        marks,
        ..Finding::new(Kind::EVENT_LISTENERS, severity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::TestHeap;

    /// A heap with an emitter that has `count` listeners of an event.
    fn heap(event: &str, count: usize) -> TestHeap {
        let mut heap = TestHeap::new();
        let emitter = heap.node("object", "EventEmitter", 48);
        heap.edge(heap.global, "property", "bus", emitter);
        let events = heap.node("object", "Object", 32);
        heap.edge(emitter, "property", "_events", events);
        let store = heap.node("object", "Array", 32);
        heap.edge(events, "property", event, store);
        let script = heap.node("code", "/app/bus.js", 80);
        for _ in 0..count {
            let listener = heap.function("onChange", script, (3, 4));
            heap.push(store, listener);
        }
        heap
    }

    #[test]
    fn many_listeners_of_one_event_are_a_suspect() {
        assert_eq!(heap("change", 4 * MIN_LISTENERS - 1).run(find, &[]), []);
        let findings = heap("change", 4 * MIN_LISTENERS).run(find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.kind, finding.severity), (Kind::EVENT_LISTENERS, Severity::Suspect));
        assert_eq!(finding.culprit.property.as_deref(), Some("change"));
        assert_eq!(finding.culprit.function.as_deref(), Some("onChange"));
        assert_eq!(finding.evidence.count, 4 * MIN_LISTENERS as u64);
    }

    #[test]
    fn listeners_that_increase_in_every_step_are_a_leak() {
        let (first, second) = (heap("change", 10), heap("change", 20));
        let findings = heap("change", 40).run_after(&[&first, &second], find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.severity, Severity::Leak);
        assert_eq!(finding.evidence.counts, [10, 20, 40]);
    }

    #[test]
    fn events_whose_names_look_like_data_are_hidden() {
        let findings = heap("reply:8f3a77c1", 50).run(find, &[]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert!(!format!("{finding:?}").contains("8f3a77c1"), "{finding:?}");
    }
}
