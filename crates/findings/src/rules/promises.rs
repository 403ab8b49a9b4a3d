//! Describes collections of promises that are never settled, or of functions that would settle
//! them.
//!
//! # Example
//! ```js
//! const waiting = new Map();
//! function ask(id) {
//!   return new Promise((resolve) => waiting.set(id, resolve)); // an answer that never comes
//! }
//! ```
//!
//! # Evidence
//! More than half of the items are promises, or functions that settle one: V8's own functions
//! without name and location, whose scope refers to a promise. The function that waits is found
//! breadth first from an item: a suspended async function or generator refers to its function.

use std::collections::{HashSet, VecDeque};

use heapsnapshot::{NodeIx, NodeKind};

use super::Case;
use super::contents::Contents;
use crate::finding::{Doc, Kind};
use crate::heap::Heap;
use crate::message::{arg, messages};
use crate::retaining_path;
use crate::words::Word;

impl Kind {
    /// Promises that are never settled, and functions that wait for them.
    pub(crate) const PENDING_PROMISES: Self = Self("pending-promises");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::PENDING_PROMISES],
    about: "a collection of promises that are never settled, or of the functions that would settle them; names the async function that waits",
}];

messages! {
    Items("pending-promises.items") {}
    Behind("pending-promises.behind") { function }
    Fix("pending-promises.fix") { name }
}

/// Describes a collection if most of its items are promises or settle one.
pub(super) fn contents(case: &mut Case<'_>, name: &str, items: &[NodeIx]) -> Option<Contents> {
    if count(&case.heap, items) * 2 <= items.len() {
        return None;
    }
    let behind = items
        .iter()
        .find_map(|&item| waiting(&case.heap, item))
        .map(|function| retaining_path::function(&case.heap, &mut case.sources, function))
        .map(|function| Behind { function: arg(function) }.into());
    Some(Contents {
        kind: Kind::PENDING_PROMISES,
        items: Items {}.into(),
        behind: behind.into_iter().collect(),
        fix: Fix { name: arg(name) }.into(),
    })
}

/// Returns the suspended function that resumes when a promise is settled.
fn waiting(heap: &Heap<'_>, item: NodeIx) -> Option<NodeIx> {
    const MAX_VISITED: usize = 300;
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
                || seen.len() >= MAX_VISITED
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

/// Returns how many items are promises, or functions that settle one.
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
