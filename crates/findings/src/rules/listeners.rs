//! Listeners that are added and never removed: `EventEmitter` and `EventTarget`.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};

use super::{Case, signature};
use crate::behind;
use crate::finding::{Culprit, Finding, Kind, Severity};
use crate::frame::Role;
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::prose;
use crate::route::{self, Route};
use crate::words::Word;

/// Listeners of one event that are worth a word.
const MANY: usize = 8;

/// The listeners of one event of one object.
struct Listeners {
    emitter: NodeIx,
    event: String,
    functions: Vec<NodeIx>,
    /// What Node makes for each listener of an `EventTarget`.
    holders: Vec<NodeIx>,
    /// Whether the object is an `EventTarget`, not an `EventEmitter`.
    is_target: bool,
    /// The array, or whatever holds them.
    store: NodeIx,
}

/// The listeners that an emitter has, if it is one.
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

/// The listeners that an event target has, if it is one.
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

pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    let mut found = all(&case.heap);
    found.retain(|listeners| listeners.functions.len() >= MANY);
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
            // One listener alone is stored without an array.
            series.counts.push(known.get(&key).copied().unwrap_or(0));
        }
        series.counts.push(listeners.functions.len() as u64);
        let count = listeners.functions.len() as u64;
        series.bytes = series.counts.iter().map(|&n| bytes / count.max(1) * n).collect();
        let trend = series.trend();
        let is_few = trend == Trend::Unknown && listeners.functions.len() < 4 * MANY;
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

fn report(
    case: &mut Case<'_>,
    listeners: &Listeners,
    series: &Series,
    severity: Severity,
) -> Option<Finding> {
    // The newest is last.
    let last = *listeners.functions.last()?;
    let listener =
        case.heap.property(last, Word::Listener).filter(|&inner| case.heap.is_closure(inner));
    let listener = listener.unwrap_or_else(|| case.heap.unbound(last));
    let is_signal = case.heap.is_signal(listeners.emitter);
    let class =
        if is_signal { "AbortSignal".to_owned() } else { case.heap.class(listeners.emitter) };
    let is_shown = case.sources.show_values || prose::is_name(&listeners.event);
    let event = if is_shown { listeners.event.as_str() } else { "…" };
    let route = Route::find(&case.heap, &mut case.sources, listeners.emitter);
    // Where Node listens to its own objects, a function of the program may be behind it.
    let listener = match case.heap.origin(listener).filter(|origin| !origin.is_internal()) {
        Some(_) => listener,
        None => behind::function(&case.heap, &listeners.functions).unwrap_or(listener),
    };
    let holder = route::function_within(&case.heap, &mut case.sources, listener);
    let name = route::function_name(&case.heap, &mut case.sources, listener);
    let place = case.sources.place(&case.heap, listener);
    let emitter = match (&route.name, &route.internals, &route.place) {
        (Some(name), None, Some(place)) => format!("{} ({class}, {place})", prose::code(name)),
        (Some(name), None, None) => format!("{} ({class})", prose::code(name)),
        (_, Some(internals), _) => format!("{} of {internals}", prose::article(&class)),
        (None, None, _) => prose::article(&class),
    };
    let path = case.extend(
        &route,
        &[(format!("listeners of {event:?}"), listeners.store), ("[…]".to_owned(), listener)],
    );
    let mut claims = case.claims(&route, listeners.emitter);
    claims.insert(listeners.store);
    claims.extend(&listeners.functions);
    claims.insert(listener);
    claims.extend(case.heap.property(listeners.emitter, Word::Events));
    let evidence = series.evidence();
    let sentence = format!(
        "{} listeners of event {event:?} hang on {emitter}{} and keep {} alive: {holder} is added again and again and never removed{}.",
        prose::integer(evidence.count),
        series.told(),
        prose::bytes(evidence.bytes),
        case.cargo_told(listener),
    );
    let mut marks: Vec<_> = case.mark_function(listener, Role::Listener).into_iter().collect();
    marks.extend(case.mark_calls(listener));
    let file = place.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    Some(Finding {
        confidence: if severity == Severity::Leak { 0.95 } else { 0.6 },
        title: format!("listeners of {event:?} on {class} are never removed"),
        sentence,
        evidence,
        signature: signature(&[Kind::EventListeners.word(), &file, &class, event, &name]),
        culprit: Culprit {
            variable: route.variable.clone(),
            property: Some(event.to_owned()),
            constructor: Some(class.clone()),
            function: Some(name.clone()),
            location: place,
        },
        path,
        fix: if listeners.is_target {
            format!(
                "Remove {} with `removeEventListener({event:?}, …)` when its owner is done, or add it with the option `once` or `signal`.",
                prose::code(&name)
            )
        } else {
            format!(
                "Remove {} with `off({event:?}, …)` when its owner is done, or add it once.",
                prose::code(&name)
            )
        },
        claims,
        entries: listeners.functions.iter().chain(&listeners.holders).copied().collect(),
        keeper: format!("the listeners of {event:?} on {emitter}"),
        marks,
        ..Finding::new(Kind::EventListeners, severity)
    })
}
