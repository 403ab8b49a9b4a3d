//! Finds where memory accumulates, by walking down the dominator tree.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};
use rustc_hash::FxHashSet;

use crate::heap::{Collection, Heap};
use crate::prose;
use crate::retaining_path;
use crate::rules::Case;
use crate::sample::sample;
use crate::words::Word;

/// An object holds its contents through one child if that child retains at least this fraction of
/// them: seven tenths. With less, memory accumulates at the object.
const MAIN_CHILD_SHARE: (u64, u64) = (7, 10);

/// Minimum number of entries of a collection that is reported as a whole, not by its entries.
const MIN_ENTRIES: u64 = 8;

/// Minimum number of repetitions in a chain.
const MIN_REPETITIONS: usize = 6;

/// Maximum number of objects after which a chain repeats itself.
const MAX_PERIOD: usize = 4;

/// An object of the program below which memory accumulates.
pub(super) struct Point {
    /// The object.
    pub(super) node: NodeIx,
    pub(super) shape: Shape,
}

/// How the contents of an object are distributed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// It is a collection, or its parts are alike.
    Whole,
    /// Each member leads to the next.
    Chain,
    /// It consists of several small parts.
    Spread,
}

/// The result of the walk.
pub(super) struct Points {
    /// The large objects found so far.
    pub(super) points: Vec<Point>,
    /// Nodes that hold the program as a whole, so they are not owners: roots, module scopes.
    pub(super) containers: FxHashSet<NodeIx>,
}

/// The large objects of the dominator tree.
struct Tree<'a> {
    heap: &'a Heap<'a>,
    /// Pairs of dominator and dominated node, sorted; the largest child first.
    links: Vec<(NodeIx, NodeIx)>,
}

impl<'a> Tree<'a> {
    /// Collects the nodes that retain at least `least` bytes. O(N) time.
    fn new(heap: &'a Heap<'a>, least: u64) -> Self {
        let large = heap.graph.nodes().filter(|&node| heap.retained(node) >= least);
        let mut links: Vec<(NodeIx, NodeIx)> = large
            .map(|node| (heap.analysis.dominator(node), node))
            .filter(|(dominator, node)| dominator != node)
            .collect();
        links.sort_by_key(|&(dominator, node)| {
            (dominator, std::cmp::Reverse(heap.retained(node)), heap.id(node))
        });
        Self { heap, links }
    }

    /// Returns the large nodes that `node` immediately dominates, the largest first.
    fn children(&self, node: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let from = self.links.partition_point(|&(dominator, _)| dominator < node);
        let links = self.links[from..].iter();
        links.take_while(move |&&(dominator, _)| dominator == node).map(|&(_, child)| child)
    }

    /// Returns the large objects below `node`, the largest first. Hash tables, element stores and
    /// the like count as a part of the object.
    fn objects(&self, node: NodeIx) -> Vec<NodeIx> {
        let mut objects = Vec::new();
        let mut open: Vec<NodeIx> = self.children(node).collect();
        while let Some(child) = open.pop() {
            // A view and its bytes are one object.
            if is_part(self.heap, child) || self.heap.graph.name(child) == "ArrayBuffer" {
                open.extend(self.children(child));
            } else {
                objects.push(child);
            }
        }
        objects.sort_by_key(|&child| {
            (std::cmp::Reverse(self.heap.retained(child)), self.heap.id(child))
        });
        objects
    }
}

/// Returns whether V8 created a node as a part of the object that dominates it.
pub(super) fn is_part(heap: &Heap<'_>, node: NodeIx) -> bool {
    let is_native = heap.graph.kind(node) == NodeKind::NATIVE;
    heap.is_engine(node) || is_native || {
        heap.graph.kind(node) == NodeKind::OBJECT
            && heap.graph.name(node).starts_with("system / ")
            && !heap.is_context(node)
    }
}

/// Returns whether a node holds the program as a whole, so that it is not an owner: V8's roots,
/// global objects, module scopes, and Node's records of modules.
fn is_container(heap: &Heap<'_>, node: NodeIx) -> bool {
    heap.graph.kind(node) == NodeKind::SYNTHETIC
        || is_part(heap, node)
        || retaining_path::is_global(heap, node)
        || is_module_scope(heap, node)
        || is_module(heap, node)
        || is_exports(heap, node)
        || holds_modules(heap, node)
}

/// Returns whether a node is the scope of a module or script.
pub(super) fn is_module_scope(heap: &Heap<'_>, node: NodeIx) -> bool {
    heap.is_context(node) && retaining_path::is_outermost(heap, node)
}

/// Returns whether a node is Node's record of a module.
pub(super) fn is_module(heap: &Heap<'_>, node: NodeIx) -> bool {
    const NAMES: [&str; 5] =
        ["Module", "BuiltinModule", "ModuleJob", "ModuleWrap", "Module [namespace]"];
    let name = heap.graph.name(node);
    NAMES.iter().any(|known| name == *known)
}

/// Returns whether a node is the exports object of a `CommonJS` module, which consists mostly of
/// functions.
fn is_exports(heap: &Heap<'_>, node: NodeIx) -> bool {
    let mut retainers = heap.analysis.incoming(node).take(64);
    let is_exported = retainers
        .any(|(edge, source)| heap.is_named(edge, Word::Exports) && is_module(heap, source));
    if !is_exported || heap.graph.kind(node) != NodeKind::OBJECT {
        return false;
    }
    let properties = heap.items(node, Collection::Dictionary);
    let functions = properties.iter().filter(|&&target| heap.is_closure(target)).count();
    functions * 2 >= properties.len()
}

/// Returns whether a node is a table of modules.
pub(super) fn holds_modules(heap: &Heap<'_>, node: NodeIx) -> bool {
    const SAMPLE_SIZE: usize = 64;
    let Some((kind, count)) = heap.collection(node).filter(|&(_, count)| count > 0) else {
        return false;
    };
    let items = heap.items(node, kind);
    let few = sample(&items, SAMPLE_SIZE);
    let modules: Vec<NodeIx> = few.clone().filter(|&item| is_module(heap, item)).collect();
    // A Map also has keys, and objects can be between it and the modules.
    let looked = few.count() * usize::try_from(count).unwrap_or(usize::MAX) / items.len().max(1);
    !modules.is_empty() && modules.len() * 4 >= looked && !are_reloaded(heap, &modules)
}

/// Returns whether many of the modules come from the same files.
fn are_reloaded(heap: &Heap<'_>, modules: &[NodeIx]) -> bool {
    const MIN_COPIES: usize = 4;
    let names = modules.iter().filter_map(|&module| heap.property(module, Word::Filename));
    let names: Vec<_> = names.map(|name| heap.graph.name(name).as_bytes()).collect();
    let files: HashSet<&[u8]> = names.iter().copied().collect();
    names.len() >= MIN_COPIES * files.len().max(1)
}

/// How the program reaches an object: its class, and the name of the reference.
type Reference = (String, String);

/// The path from a container down to an object.
#[derive(Clone, Default)]
struct Descent(Vec<(NodeIx, Reference)>);

impl Descent {
    /// Returns the first of the objects that repeat at the end of the path, if they do.
    fn chain(&self) -> Option<NodeIx> {
        let repeats =
            |at: usize, period: usize| at >= period && self.0[at].1 == self.0[at - period].1;
        let last = self.0.len();
        (1..=MAX_PERIOD).find_map(|period| {
            let mut at = last;
            while at > 0 && repeats(at - 1, period) {
                at -= 1;
            }
            if last - at < MIN_REPETITIONS * period {
                return None;
            }
            // Another name refers to the first member than to the others.
            let first = at.saturating_sub(period);
            let is_member = |at: usize| self.0[at].1.0 == self.0[at + period].1.0;
            let first = if first > 0 && is_member(first - 1) { first - 1 } else { first };
            Some(self.0[first].0)
        })
    }

    /// Returns the first object on the path that is like the last one.
    fn alike(&self) -> Option<NodeIx> {
        let ((_, last), before) = self.0.split_last()?;
        before.iter().find(|(_, kin)| kin == last && prose::is_name(&kin.1)).map(|&(node, _)| node)
    }
}

/// Walks from V8's roots down to the objects at which memory accumulates.
pub(super) fn find(case: &Case<'_>, least: u64) -> Result<Points, Error> {
    let heap = &case.heap;
    let tree = Tree::new(heap, least);
    let mut containers = FxHashSet::default();
    let mut points: HashMap<NodeIx, Shape> = HashMap::new();
    let mut open = vec![(heap.graph.root(), Descent::default())];
    while let Some((node, trail)) = open.pop() {
        case.control.check()?;
        if is_container(heap, node) {
            containers.insert(node);
            open.extend(tree.children(node).map(|child| (child, Descent::default())));
        } else {
            follow(&tree, node, trail, &mut points, &mut open);
        }
    }
    let nested = |node: NodeIx| {
        let above = heap.dominators(node).skip(1);
        above.take_while(|node| !containers.contains(node)).any(|node| points.contains_key(&node))
    };
    let outer: Vec<(&NodeIx, &Shape)> = points.iter().filter(|(node, _)| !nested(**node)).collect();
    let mut points: Vec<Point> =
        outer.into_iter().map(|(&node, &shape)| Point { node, shape }).collect();
    points.sort_by_key(|point| (std::cmp::Reverse(heap.retained(point.node)), heap.id(point.node)));
    Ok(Points { points, containers })
}

/// Follows the largest child down from an object of the program, as long as it holds most.
fn follow(
    tree: &Tree<'_>,
    from: NodeIx,
    mut trail: Descent,
    points: &mut HashMap<NodeIx, Shape>,
    open: &mut Vec<(NodeIx, Descent)>,
) {
    let heap = tree.heap;
    let mut node = from;
    loop {
        if is_container(heap, node) {
            open.push((node, Descent::default()));
            return;
        }
        let above = trail.0.last().map(|&(above, _)| above);
        let link = above.and_then(|above| link(heap, above, node)).unwrap_or_default();
        trail.0.push((node, (heap.class(node), link)));
        if let Some(first) = trail.chain() {
            points.insert(first, Shape::Chain);
            return;
        }
        let children = tree.objects(node);
        let is_most =
            |bytes: u64| bytes / MAIN_CHILD_SHARE.0 >= heap.retained(node) / MAIN_CHILD_SHARE.1;
        if let Some(&largest) = children.first().filter(|&&child| is_most(heap.retained(child))) {
            node = largest;
            continue;
        }
        let is_whole = heap.collection(node).is_some_and(|(_, count)| count > MIN_ENTRIES);
        let objects = children.iter().filter(|&&child| !heap.is_string(child));
        let is_spread = !is_most(objects.map(|&child| heap.retained(child)).sum());
        if is_whole || is_spread {
            points.insert(node, if is_whole { Shape::Whole } else { Shape::Spread });
        } else if let Some(first) = trail.alike() {
            // In a tree, the parts are not owners.
            points.insert(first, Shape::Whole);
        } else {
            open.extend(children.into_iter().map(|child| (child, trail.clone())));
        }
        return;
    }
}

/// Returns the name by which an object, or a part of it, refers to another.
fn link(heap: &Heap<'_>, from: NodeIx, to: NodeIx) -> Option<String> {
    let edges = heap.analysis.incoming(to).take(64);
    let named = edges.filter(|&(edge, source)| {
        let holder = if is_part(heap, source) { heap.analysis.dominator(source) } else { source };
        holder == from
            && matches!(heap.graph.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT)
            && !heap.is_named(edge, Word::Proto)
    });
    named.filter_map(|(edge, _)| heap.edge_text(edge)).min()
}
