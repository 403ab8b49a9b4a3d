//! Where memory accumulates: the walk down the dominator tree.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};

use crate::heap::{Collection, Heap};
use crate::prose;
use crate::route;
use crate::rules::Case;
use crate::sample::sample;
use crate::words::Word;

/// The part of what an object holds that is most of it: seven tenths. Where less goes on
/// to one child, memory accumulates.
const MOST: (u64, u64) = (7, 10);

/// Entries from which on a collection is told as a whole, not by its entries.
const MANY: u64 = 8;

/// Repetitions that make objects a chain.
const CHAIN: usize = 6;

/// Objects after which a chain repeats itself, at most.
const MAX_PERIOD: usize = 4;

/// An object of the program below which memory accumulates.
pub(super) struct Point {
    pub(super) node: NodeIx,
    pub(super) shape: Shape,
}

/// How what an object holds hangs together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// It is a collection, or its parts are alike.
    Whole,
    /// Each member leads to the next.
    Chain,
    /// It is spread over several small parts.
    Spread,
}

/// What the walk found.
pub(super) struct Points {
    pub(super) points: Vec<Point>,
    /// What holds the program as a whole, and is no owner: roots, scopes of modules.
    pub(super) containers: HashSet<NodeIx>,
}

/// The large objects of the dominator tree.
struct Tree<'a> {
    heap: &'a Heap<'a>,
    /// Dominators and what they dominate, sorted; the largest child first.
    links: Vec<(NodeIx, NodeIx)>,
}

impl<'a> Tree<'a> {
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

    fn children(&self, node: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let from = self.links.partition_point(|&(dominator, _)| dominator < node);
        let links = self.links[from..].iter();
        links.take_while(move |&&(dominator, _)| dominator == node).map(|&(_, child)| child)
    }

    /// The large objects below `node`, the largest first. Hash tables, element stores and
    /// the like are a part of the object.
    fn objects(&self, node: NodeIx) -> Vec<NodeIx> {
        let mut objects = Vec::new();
        let mut open: Vec<NodeIx> = self.children(node).collect();
        while let Some(child) = open.pop() {
            // A view and its bytes are one thing, too.
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

/// Whether V8 made a node as a part of the object that dominates it.
pub(super) fn is_part(heap: &Heap<'_>, node: NodeIx) -> bool {
    let is_native = heap.graph.kind(node) == NodeKind::NATIVE;
    heap.is_engine(node) || is_native || {
        heap.graph.kind(node) == NodeKind::OBJECT
            && heap.graph.name(node).starts_with("system / ")
            && !heap.is_context(node)
    }
}

/// Whether a node holds the program as a whole, so that it is no owner: V8's roots, global
/// objects, scopes of modules, and what Node keeps of modules.
fn is_container(heap: &Heap<'_>, node: NodeIx) -> bool {
    heap.graph.kind(node) == NodeKind::SYNTHETIC
        || is_part(heap, node)
        || route::is_global(heap, node)
        || is_module_scope(heap, node)
        || is_module(heap, node)
        || is_exports(heap, node)
        || holds_modules(heap, node)
}

/// Whether a node is the scope of a module or script.
pub(super) fn is_module_scope(heap: &Heap<'_>, node: NodeIx) -> bool {
    heap.is_context(node) && route::is_outermost(heap, node)
}

/// Whether a node is what Node keeps of a module.
pub(super) fn is_module(heap: &Heap<'_>, node: NodeIx) -> bool {
    const NAMES: [&str; 5] =
        ["Module", "BuiltinModule", "ModuleJob", "ModuleWrap", "Module [namespace]"];
    let name = heap.graph.name(node);
    name.as_str().is_some_and(|name| NAMES.contains(&name))
}

/// Whether a node is what a `CommonJS` module exports, mostly functions.
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

/// Whether a node is a table of modules.
pub(super) fn holds_modules(heap: &Heap<'_>, node: NodeIx) -> bool {
    const SAMPLE: usize = 64;
    let Some((kind, count)) = heap.collection(node).filter(|&(_, count)| count > 0) else {
        return false;
    };
    let items = heap.items(node, kind);
    let few = sample(&items, SAMPLE);
    let modules: Vec<NodeIx> = few.clone().filter(|&item| is_module(heap, item)).collect();
    // Keys of a Map, and objects between it and the modules.
    let looked = few.count() * usize::try_from(count).unwrap_or(usize::MAX) / items.len().max(1);
    !modules.is_empty() && modules.len() * 4 >= looked && !are_reloaded(heap, &modules)
}

/// Whether many of the modules are of the same files.
fn are_reloaded(heap: &Heap<'_>, modules: &[NodeIx]) -> bool {
    const MIN_COPIES: usize = 4;
    let names = modules.iter().filter_map(|&module| heap.property(module, Word::Filename));
    let names: Vec<_> = names.map(|name| heap.graph.name(name).as_bytes()).collect();
    let files: HashSet<&[u8]> = names.iter().copied().collect();
    names.len() >= MIN_COPIES * files.len().max(1)
}

/// How the program gets to an object: its class, and the name of the reference.
type Kin = (String, String);

/// The way from a container down to an object.
#[derive(Clone, Default)]
struct Trail(Vec<(NodeIx, Kin)>);

impl Trail {
    /// Where objects begin to repeat themselves, if the last ones do.
    fn chain(&self) -> Option<NodeIx> {
        let repeats =
            |at: usize, period: usize| at >= period && self.0[at].1 == self.0[at - period].1;
        let last = self.0.len();
        (1..=MAX_PERIOD).find_map(|period| {
            let mut at = last;
            while at > 0 && repeats(at - 1, period) {
                at -= 1;
            }
            if last - at < CHAIN * period {
                return None;
            }
            // The first member is referred to by another name than the others.
            let first = at.saturating_sub(period);
            let is_member = |at: usize| self.0[at].1.0 == self.0[at + period].1.0;
            let first = if first > 0 && is_member(first - 1) { first - 1 } else { first };
            Some(self.0[first].0)
        })
    }

    /// The first object on the way that is like the last one.
    fn alike(&self) -> Option<NodeIx> {
        let ((_, last), before) = self.0.split_last()?;
        before.iter().find(|(_, kin)| kin == last && prose::is_name(&kin.1)).map(|&(node, _)| node)
    }
}

/// Walks from V8's roots down to where memory accumulates.
pub(super) fn find(case: &Case<'_>, least: u64) -> Result<Points, Error> {
    let heap = &case.heap;
    let tree = Tree::new(heap, least);
    let mut containers = HashSet::new();
    let mut points: HashMap<NodeIx, Shape> = HashMap::new();
    let mut open = vec![(heap.graph.root(), Trail::default())];
    while let Some((node, trail)) = open.pop() {
        case.control.check()?;
        if is_container(heap, node) {
            containers.insert(node);
            open.extend(tree.children(node).map(|child| (child, Trail::default())));
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
    mut trail: Trail,
    points: &mut HashMap<NodeIx, Shape>,
    open: &mut Vec<(NodeIx, Trail)>,
) {
    let heap = tree.heap;
    let mut node = from;
    loop {
        if is_container(heap, node) {
            open.push((node, Trail::default()));
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
        let is_most = |bytes: u64| bytes / MOST.0 >= heap.retained(node) / MOST.1;
        if let Some(&largest) = children.first().filter(|&&child| is_most(heap.retained(child))) {
            node = largest;
            continue;
        }
        let is_whole = heap.collection(node).is_some_and(|(_, count)| count > MANY);
        let objects = children.iter().filter(|&&child| !heap.is_string(child));
        let is_spread = !is_most(objects.map(|&child| heap.retained(child)).sum());
        if is_whole || is_spread {
            points.insert(node, if is_whole { Shape::Whole } else { Shape::Spread });
        } else if let Some(first) = trail.alike() {
            // A tree: its parts are no owners.
            points.insert(first, Shape::Whole);
        } else {
            open.extend(children.into_iter().map(|child| (child, trail.clone())));
        }
        return;
    }
}

/// The name by which an object, or a part of it, refers to another.
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
