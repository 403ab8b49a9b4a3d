//! Promises that nobody settles, and the functions that would.

use std::collections::{HashSet, VecDeque};

use heapsnapshot::{NodeIx, NodeKind};

use super::Case;
use super::collections::Contents;
use crate::finding::Kind;
use crate::heap::Heap;
use crate::prose;
use crate::route;
use crate::words::Word;

/// What a collection is about if most of its items are promises or settle one.
pub(super) fn contents(case: &mut Case<'_>, name: &str, items: &[NodeIx]) -> Option<Contents> {
    if count(&case.heap, items) * 2 <= items.len() {
        return None;
    }
    let behind = items
        .iter()
        .find_map(|&item| waiting(&case.heap, item))
        .map(|function| route::function(&case.heap, &mut case.sources, function))
        .map(|function| format!(" Behind them waits {function}."));
    Some(Contents {
        kind: Kind::PendingPromises,
        what: "promises that nobody settles, or the functions that would".to_owned(),
        behind: behind.unwrap_or_default(),
        fix: format!(
            "Settle what waits in {} and take it out, also when it fails or takes too long.",
            prose::code(name)
        ),
    })
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
fn count(heap: &Heap<'_>, items: &[NodeIx]) -> usize {
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
