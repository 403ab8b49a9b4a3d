//! Finds the functions and classes of the program behind objects that Node or V8 holds: the
//! function that would resume, listen or be called back. Where a retaining path leads through
//! internals, these functions say to which part of the program the objects belong.

use std::collections::{BTreeMap, HashSet, VecDeque};

use heapsnapshot::{EdgeKind, NodeIx, NodeKind};

use crate::heap::{Heap, Origin};
use crate::retaining_path;
use crate::sample::sample;
use crate::words::Word;

/// Maximum number of objects to examine. The function that most of them lead to wins.
const SAMPLE_SIZE: usize = 24;

/// Maximum number of nodes to visit from each of them.
const MAX_VISITED: usize = 2000;

/// Returns the function of the program that at least a quarter of `nodes` lead to. A quarter is
/// enough because the others can be the other end of a connection.
///
/// A function of the application comes before one of an installed package, then the nearest, then
/// the first by source position.
pub(crate) fn function(heap: &Heap<'_>, nodes: &[NodeIx]) -> Option<NodeIx> {
    // By source position: the number of objects that lead there, the sum of distances, an example.
    let mut found: BTreeMap<Origin, (usize, usize, NodeIx)> = BTreeMap::new();
    let mut looked = 0;
    for node in sample(nodes, SAMPLE_SIZE) {
        looked += 1;
        for (origin, distance, closure) in near(heap, node) {
            let entry = found.entry(origin).or_insert((0, 0, closure));
            entry.0 += 1;
            entry.1 += distance;
        }
    }
    let best = found.iter().filter(|(_, (count, ..))| count * 4 >= looked).min_by_key(
        |(origin, (count, distance, _))| (distance / count, is_package(origin), (*origin).clone()),
    );
    best.map(|(_, &(_, _, closure))| closure)
}

/// Returns the function of the program that most of `objects` are or would call. Ties go to the
/// first by source position.
pub(crate) fn of_all(heap: &Heap<'_>, objects: &[NodeIx]) -> Option<NodeIx> {
    let mut found: BTreeMap<Origin, (usize, NodeIx)> = BTreeMap::new();
    let mut add = |function: NodeIx| {
        let function = heap.unbound(function);
        if let Some(origin) = heap.origin(function).filter(|origin| !origin.is_internal()) {
            found.entry(origin).or_insert((0, function)).0 += 1;
        }
    };
    for &node in objects {
        if heap.is_closure(node) {
            add(node);
        } else if is_reaction(heap, node) {
            let handlers = heap.graph.edges(node).map(|edge| heap.graph.target(edge));
            handlers.filter(|&target| heap.is_closure(target)).for_each(&mut add);
        } else if let Some(function) = heap.internal(node, Word::Function) {
            add(function);
        }
    }
    found.into_iter().rev().max_by_key(|(_, (count, _))| *count).map(|(_, (_, function))| function)
}

/// Returns the class of the program whose instances own most of `nodes` by a property, the name of
/// the property, and an instance. This is, for example, the client behind a socket.
pub(crate) fn owner_class(heap: &Heap<'_>, nodes: &[NodeIx]) -> Option<(String, String, NodeIx)> {
    let mut found: BTreeMap<(String, String), (usize, NodeIx)> = BTreeMap::new();
    let mut looked = 0;
    for node in sample(nodes, SAMPLE_SIZE) {
        looked += 1;
        let mut seen = HashSet::new();
        for (edge, source) in heap.analysis.incoming(node).take(64) {
            let is_owner = heap.graph.edge_kind(edge) == EdgeKind::PROPERTY
                && !heap.is_bookkeeping(edge)
                && heap.graph.kind(source) == NodeKind::OBJECT;
            if let Some(class) = heap.constructor(source).filter(|_| is_owner)
                && let Some(name) = heap.edge_text(edge)
            {
                let key = (heap.class_of_creator(source), name);
                if seen.insert(key.clone()) {
                    found.entry(key).or_insert((0, class)).0 += 1;
                }
            }
        }
    }
    let best = found.into_iter().rev().max_by_key(|(_, (count, _))| *count)?;
    let ((class, name), (count, closure)) = best;
    (count * 4 >= looked).then_some((class, name, closure))
}

/// Returns whether a script belongs to an installed package.
pub(crate) fn is_package(origin: &Origin) -> bool {
    origin.script.contains("/node_modules/")
}

/// Returns the functions of the program near `node` with their distance, one for each source
/// position. Does not follow chains of promise reactions: each reaction is an object of its own.
fn near(heap: &Heap<'_>, node: NodeIx) -> Vec<(Origin, usize, NodeIx)> {
    let mut seen = HashSet::from([node]);
    let mut queue = VecDeque::from([(node, 0)]);
    let mut found: BTreeMap<Origin, (usize, NodeIx)> = BTreeMap::new();
    while let Some((at, distance)) = queue.pop_front() {
        let function = if heap.is_closure(at) {
            Some(heap.unbound(at))
        } else {
            // A generator or async function that is suspended.
            heap.internal(at, Word::Function).filter(|&function| heap.is_closure(function))
        };
        if let Some(function) = function
            && let Some(origin) = heap.origin(function).filter(|origin| !origin.is_internal())
        {
            found.entry(origin).or_insert((distance, function));
            if found.len() >= 8 {
                break;
            }
            continue;
        }
        if heap.knows_fresh() && !heap.is_fresh(at) && at != node {
            continue;
        }
        for edge in heap.graph.edges(at) {
            let target = heap.graph.target(edge);
            if seen.len() >= MAX_VISITED {
                break;
            }
            let is_next = is_reaction(heap, at) && is_reaction(heap, target);
            // Old objects belong to the program as a whole. Only functions identify a part of it.
            let is_old = heap.knows_fresh() && !heap.is_fresh(target) && !heap.is_closure(target);
            let is_skipped = heap.is_bookkeeping(edge)
                || heap.is_named(edge, Word::Constructor)
                // The stack of an error names the function that threw, not the one that would
                // resume.
                || heap.graph.name(target) == "system / CallSiteInfo"
                || (heap.is_context(target) && retaining_path::is_outermost(heap, target));
            if !is_next && !is_skipped && !is_old && seen.insert(target) {
                queue.push_back((target, distance + 1));
            }
        }
    }
    found.into_iter().map(|(origin, (distance, closure))| (origin, distance, closure)).collect()
}

/// Returns whether a node is the record that a promise stores for each `then` and `await`.
pub(crate) fn is_reaction(heap: &Heap<'_>, node: NodeIx) -> bool {
    matches!(heap.graph.kind(node), NodeKind::HIDDEN | NodeKind::CODE | NodeKind::OBJECT)
        && heap.graph.name(node) == "system / PromiseReaction"
}
