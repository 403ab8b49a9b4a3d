//! Detects sockets, requests, workers and other handles that are never closed.
//!
//! Node keeps the JavaScript object of a native handle alive until the handle is closed, and with
//! it the socket or request that owns it. The retaining path contains no variable of the program.
//! The rule therefore reports the kind of handle, the number, and the functions of the program that
//! wait for them.
//!
//! # Evidence
//! Native objects below the root `(Global handles)`, grouped by their class and that of their owner
//! (the symbol properties `owner_symbol` and `resource_symbol`). A group must increase in every
//! step, so a single snapshot has no such findings.
//!
//! # Example
//! ```js
//! function connect(host) {
//!   return net.connect(80, host); // the caller never ends the socket
//! }
//! ```
//!
//! # In the heap
//! ```text
//! (Global handles) ─▶ TCP ─ owner_symbol ─▶ Socket
//! ```

use std::collections::{BTreeMap, HashSet};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::{Case, Leads, signature};
use crate::behind;
use crate::finding::{Culprit, Doc, Finding, Kind, Severity, Step};
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::label::Role;
use crate::message::{Message, Paragraph, arg, messages};
use crate::prose;
use crate::retaining_path;
use crate::words::Word;

impl Kind {
    /// Sockets, requests, workers and other handles that are never closed.
    pub(crate) const OPEN_HANDLES: Self = Self("open-handles");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::OPEN_HANDLES],
    about: "sockets, requests, workers and other native handles that are never closed; 8 at least",
}];

messages! {
    Title("open-handles.title") { class }
    Open("open-handles.sentence") { count, class, counts, bytes, handle }
    Handle("open-handles.handle") { class }
    Owner("open-handles.owner") { property, class, place }
    Retainer("open-handles.retainer") { handle, class }
    Fix("open-handles.fix") { class }
}

/// Minimum number of handles of one kind for a finding.
const MIN_HANDLES: usize = 8;

/// Handles by the class of their owner and their own class.
type Handles = BTreeMap<(String, String), Vec<(NodeIx, NodeIx)>>;

/// Returns the handles that V8's root for them keeps alive, with their owners.
fn all(heap: &Heap<'_>) -> Handles {
    let mut found = Handles::new();
    let roots = heap.graph.nodes().filter(|&node| {
        heap.graph.kind(node) == NodeKind::SYNTHETIC && heap.graph.name(node) == "(Global handles)"
    });
    for edge in roots.flat_map(|root| heap.graph.edges(root)) {
        let handle = heap.graph.target(edge);
        let is_native = heap.graph.kind(handle) == NodeKind::OBJECT
            && heap.internal(handle, Word::JavaScriptToNative).is_some();
        if !is_native {
            continue;
        }
        // Timers have a rule of their own.
        let owner = heap
            .property(handle, Word::OwnerSymbol)
            .or_else(|| heap.property(handle, Word::ResourceSymbol))
            .filter(|&owner| heap.graph.kind(owner) == NodeKind::OBJECT)
            .unwrap_or(handle);
        found.entry((heap.class(owner), heap.class(handle))).or_default().push((handle, owner));
    }
    found
}

/// Returns a finding for each kind of handle that increases in number.
pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = all(&case.heap);
    found.retain(|_, handles| handles.len() >= MIN_HANDLES);
    let earlier: Vec<Handles> = case.earlier.iter().map(all).collect();
    let mut findings = Vec::new();
    for (classes, handles) in &found {
        case.control.check()?;
        let count = handles.len() as u64;
        let group = handles.iter().map(|&(_, owner)| (owner, 0)).collect();
        let bytes = case.heap.union_retained(&group, 1)[0];
        let mut series = Series::default();
        for known in &earlier {
            series.counts.push(known.get(classes).map_or(0, |handles| handles.len() as u64));
        }
        series.counts.push(count);
        series.bytes = series.counts.iter().map(|&n| bytes / count.max(1) * n).collect();
        let trend = series.trend();
        if matches!(trend, Trend::Growing | Trend::Slowing) {
            findings.push(report(case, classes, handles, &series, trend.severity()));
        }
    }
    Ok(findings)
}

/// Returns a sentence on the class of the program that holds most owners of handles in a property.
fn owned(case: &mut Case<'_>, owners: &[NodeIx]) -> Option<Message> {
    let (class, property, closure) = behind::owner_class(&case.heap, owners)?;
    let place = case.sources.place(&case.heap, closure);
    let shown = if prose::is_name(&property) { property.as_str() } else { "…" };
    let place = place.as_ref().and_then(arg);
    Some(Owner { property: arg(shown), class: arg(class), place }.into())
}

/// Makes the finding about open handles of one kind.
fn report(
    case: &mut Case<'_>,
    (owner_class, handle_class): &(String, String),
    handles: &[(NodeIx, NodeIx)],
    series: &Series,
    severity: Severity,
) -> Finding {
    let owners: Vec<NodeIx> = handles.iter().map(|&(_, owner)| owner).collect();
    let function = behind::function(&case.heap, &owners);
    let who =
        function.map(|function| retaining_path::function(&case.heap, &mut case.sources, function));
    let location = function.and_then(|function| case.sources.place(&case.heap, function));
    let function_name = function
        .map(|function| retaining_path::function_name(&case.heap, &mut case.sources, function));
    let marks = function.and_then(|at| case.mark_function(at, Role::Keeper)).into_iter().collect();
    let native = Some(handle_class).filter(|class| *class != owner_class);
    let of_handle: Message = Handle { class: native.and_then(arg) }.into();
    let evidence = series.evidence();
    let mut sentence = Paragraph::from(Open {
        count: arg(evidence.count),
        class: arg(owner_class),
        counts: series.counts_value(),
        bytes: arg(evidence.bytes),
        handle: arg(of_handle.clone()),
    });
    sentence.extend(owned(case, &owners));
    sentence.extend(who.map(|who| Leads { function: arg(who) }.into()));
    let (handle, owner) = handles[0];
    let steps = [(handle, "native handle of Node", handle_class), (owner, "owner", owner_class)]
        .into_iter()
        .take(if handle == owner { 1 } else { 2 })
        .map(|(node, edge, class)| Step {
            id: case.heap.id(node),
            edge: edge.to_owned(),
            what: class.clone(),
        })
        .collect();
    let file = location.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    let claims: HashSet<NodeIx> =
        handles.iter().flat_map(|&(handle, owner)| [handle, owner]).collect();
    Finding {
        confidence: if severity == Severity::Leak { 0.8 } else { 0.5 },
        title: Title { class: arg(owner_class) }.into(),
        sentence,
        evidence,
        signature: signature(&[
            Kind::OPEN_HANDLES.word(),
            &file,
            owner_class,
            function_name.as_deref().unwrap_or_default(),
        ]),
        culprit: Culprit {
            variable: None,
            property: None,
            constructor: Some(owner_class.clone()),
            function: function_name,
            location,
        },
        path: steps,
        fix: Fix { class: arg(owner_class) }.into(),
        entries: owners.into_iter().chain(handles.iter().map(|&(handle, _)| handle)).collect(),
        claims,
        retainer: Some(Retainer { handle: arg(of_handle), class: arg(owner_class) }.into()),
        marks,
        ..Finding::new(Kind::OPEN_HANDLES, severity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::{TestHeap, finding_of_growth};

    const SOCKET_BYTES: u64 = 400;

    /// A heap with `count` objects below V8's root for handles. `is_native`: they are handles.
    fn heap(count: usize, is_native: bool) -> TestHeap {
        let mut heap = TestHeap::new();
        let root = heap.node("synthetic", "(Global handles)", 0);
        heap.edge(0, "element", "1", root);
        for _ in 0..count {
            let handle = heap.node("object", "TCP", 64);
            let owner = heap.node("object", "Socket", SOCKET_BYTES);
            heap.push(root, handle);
            heap.edge(handle, "property", "<symbol owner_symbol>", owner);
            if is_native {
                let native = heap.node("native", "Node / TCPWrap", 200);
                heap.edge(handle, "internal", "javascript_to_native", native);
            }
        }
        heap
    }

    #[test]
    fn handles_that_increase_in_every_step_are_a_leak() {
        let finding = finding_of_growth(|count| heap(count, true), find);
        assert_eq!((finding.kind, finding.severity), (Kind::OPEN_HANDLES, Severity::Leak));
        assert_eq!(finding.culprit.constructor.as_deref(), Some("Socket"));
        assert_eq!(finding.evidence.counts, [10, 20, 40]);
        assert_eq!(finding.evidence.bytes, 40 * SOCKET_BYTES);
        let path: Vec<_> = finding.path.iter().map(|step| step.what.as_str()).collect();
        assert_eq!(path, ["TCP", "Socket"]);
    }

    #[test]
    fn handles_of_a_constant_number_or_of_one_snapshot_are_not_found() {
        let many = heap(100, true);
        assert_eq!(many.run_after(&[&many, &many], find, &[]), []);
        assert_eq!(many.run(find, &[]), []);
    }

    #[test]
    fn objects_without_a_native_part_are_no_handles() {
        let (first, second) = (heap(10, false), heap(20, false));
        assert_eq!(heap(40, false).run_after(&[&first, &second], find, &[]), []);
    }
}
