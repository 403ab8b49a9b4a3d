//! Searches the retaining path that explains best why an object is alive.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use heapsnapshot::{EdgeIx, EdgeKind, EdgeName, NodeIx, NodeKind};

use super::{closure_of, exported, is_global, is_outermost};
use crate::heap::Heap;
use crate::words::Word;

/// Maximum number of nodes that a search visits.
const MAX_NODES: usize = 10_000;

/// Cost of passing an object that is newer than the first snapshot. A long-lived object is more
/// likely held by another long-lived object.
const YOUNG_COST: u32 = 6;

/// Maximum number of references that a search examines in total. There is no limit for one object:
/// the program's variable can be the last of thousands of its referrers.
const MAX_EDGES: usize = 1 << 20;

/// Whether an upward search may end at an edge, and how well that explains.
enum End {
    /// A variable of a module, a global, a property of a class, with its cost.
    Good(u32),
    /// Not an end.
    No,
}

/// Where a path may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ends {
    /// At a variable of a module, a global, a property of a class or one of V8's roots.
    Root,
    /// At a variable of any function, too.
    AnyScope,
}

/// Returns the cost of an edge: low for names that appear in source code.
fn cost(heap: &Heap<'_>, source: NodeIx, edge: EdgeIx) -> Option<u32> {
    let kind = heap.graph.edge_kind(edge);
    if kind == EdgeKind::WEAK || source == heap.graph.root() {
        return None;
    }
    let young = if heap.is_fresh(source) { YOUNG_COST } else { 0 };
    Some(
        young
            + match kind {
                EdgeKind::PROPERTY if heap.is_named(edge, Word::Proto) => 30,
                EdgeKind::CONTEXT | EdgeKind::PROPERTY | EdgeKind::ELEMENT => 2,
                EdgeKind::INTERNAL if heap.is_named(edge, Word::Table) => 1,
                EdgeKind::INTERNAL if heap.is_named(edge, Word::Context) => 3,
                EdgeKind::INTERNAL if heap.is_named(edge, Word::Previous) => 5,
                EdgeKind::INTERNAL
                    if heap.is_named(edge, Word::Elements)
                        || heap.is_named(edge, Word::Properties) =>
                {
                    20
                }
                EdgeKind::INTERNAL => match heap.graph.kind(source) {
                    // The entries of a Map or Set.
                    NodeKind::ARRAY => 2,
                    NodeKind::SYNTHETIC => 25,
                    _ => 9,
                },
                _ => 15,
            },
    )
}

/// Returns whether a path may start with an edge, and how well it explains.
fn end(heap: &Heap<'_>, source: NodeIx, edge: EdgeIx, ends: Ends) -> End {
    match heap.graph.edge_kind(edge) {
        EdgeKind::CONTEXT if heap.is_context(source) && is_outermost(heap, source) => {
            // Variables of the program come before those of Node's own modules.
            let is_internal = closure_of(heap, source)
                .and_then(|closure| heap.origin(closure))
                .is_none_or(|origin| origin.is_internal());
            End::Good(if is_internal { 12 } else { 0 })
        }
        EdgeKind::CONTEXT if ends == Ends::AnyScope && heap.is_context(source) => {
            let is_written = closure_of(heap, source)
                .and_then(|closure| heap.origin(closure))
                .is_some_and(|origin| !origin.is_internal());
            if is_written { End::Good(4) } else { End::No }
        }
        EdgeKind::PROPERTY if is_global(heap, source) => End::Good(1),
        EdgeKind::PROPERTY
            if heap.is_closure(source)
                && heap.origin(source).is_some_and(|origin| !origin.is_internal())
                && !heap.is_named(edge, Word::Proto)
                && heap.edge_text(edge).as_deref() != Some("prototype") =>
        {
            End::Good(2)
        }
        EdgeKind::INTERNAL
            if heap.is_named(edge, Word::Value) && exported(heap, source).is_some() =>
        {
            End::Good(0)
        }
        _ if heap.graph.kind(source) == NodeKind::SYNTHETIC => End::Good(0),
        _ => End::No,
    }
}

/// The cheapest known path from a node down to the object.
#[derive(Clone, Copy)]
struct Best {
    /// Cost of the path up to the node: the smaller, the better it explains the leak.
    cost: u32,
    /// Orders paths of equal cost by their names.
    key: u64,
    /// The next edge downwards, and its target; `None` for the object itself.
    next: Option<(EdgeIx, NodeIx)>,
}

/// Finds the cheapest path from a root down to `node`.
///
/// Of paths of equal cost it takes the first in an order that depends on names only. Ids and
/// positions in the file differ from run to run, names do not, so the same program gets the same
/// path.
pub(super) fn search(heap: &Heap<'_>, node: NodeIx, ends: Ends) -> Vec<(NodeIx, EdgeIx)> {
    let mut best = HashMap::from([(node, Best { cost: 0, key: 0, next: None })]);
    // The last two are the edge at which a path may end, and the node to continue from.
    let mut queue = BinaryHeap::from([Reverse((0u32, 0u64, None::<EdgeIx>, node))]);
    let (mut visited, mut looked) = (0, 0);
    while let Some(Reverse((cost_so_far, key_so_far, ending, at))) = queue.pop() {
        if let Some(edge) = ending {
            let mut links = vec![(heap.graph.source(edge), edge)];
            let mut below = heap.graph.target(edge);
            while let Some((edge, next)) = best.get(&below).and_then(|best| best.next) {
                links.push((below, edge));
                below = next;
            }
            return links;
        }
        let is_current = |best: &Best| (best.cost, best.key) >= (cost_so_far, key_so_far);
        if !best.get(&at).is_some_and(is_current) {
            continue;
        }
        visited += 1;
        if visited > MAX_NODES || looked > MAX_EDGES {
            break;
        }
        for (edge, source) in heap.analysis.incoming(at) {
            looked += 1;
            let Some(step) = cost(heap, source, edge) else { continue };
            let total = cost_so_far + step;
            let key = name_key(heap, key_so_far, source, edge);
            if let End::Good(extra) = end(heap, source, edge, ends) {
                queue.push(Reverse((total + extra, key, Some(edge), at)));
            }
            if heap.graph.kind(source) == NodeKind::SYNTHETIC {
                continue;
            }
            let is_better = |best: &Best| (total, key) < (best.cost, best.key);
            if best.get(&source).is_none_or(is_better) {
                best.insert(source, Best { cost: total, key, next: Some((edge, at)) });
                queue.push(Reverse((total, key, None, source)));
            }
        }
    }
    Vec::new()
}

/// Extends the key of a path by the names of an edge and of its source, with the FNV-1a hash. Array
/// indices do not count as names.
fn name_key(heap: &Heap<'_>, key: u64, source: NodeIx, edge: EdgeIx) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut key = key ^ 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for &byte in bytes {
            key = (key ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    };
    add(heap.graph.edge_kind_name(edge).as_bytes());
    if heap.position(edge).is_none()
        && let EdgeName::Str(name) = heap.graph.edge_name(edge)
    {
        add(heap.graph.text(name).as_bytes());
    }
    add(heap.graph.kind_name(source).as_bytes());
    if !heap.is_string(source) {
        add(heap.graph.name(source).as_bytes());
    }
    key
}
