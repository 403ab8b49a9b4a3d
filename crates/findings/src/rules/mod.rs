//! One file a kind of leak. A rule looks at the last snapshot, and at the earlier ones
//! to see what grows; it leaves alone what a rule before it has explained.

mod async_contexts;
mod closure_context;
mod collections;
mod concatenated_strings;
mod contents;
mod detached;
mod duplicate_objects;
mod duplicate_strings;
mod external;
mod handles;
mod history;
mod listeners;
mod marks;
pub(crate) mod owners;
mod promise_reactions;
mod promises;
mod retained;
mod sliced_strings;
mod special;
mod timers;

use std::collections::{HashMap, HashSet};

use heapsnapshot::{Control, Error, NodeIx};

use crate::finding::{Doc, Finding, Step};
use crate::heap::{Collection, Heap};
#[cfg(test)]
use crate::message::Declared;
use crate::message::{Value, arg, list, messages};
use crate::new_objects::NewObjects;
use crate::route::{self, Route};
use crate::source::Sources;
use crate::words::Word;

/// Bytes below which waste is not worth a word.
pub(crate) const LEAST_WASTE: u64 = 1 << 20;

/// What rules look at.
pub(crate) struct Case<'a> {
    /// The last snapshot.
    pub(crate) heap: Heap<'a>,
    /// Those before it, oldest first.
    pub(crate) earlier: Vec<Heap<'a>>,
    /// The objects that the first snapshot does not have; `None` with one snapshot.
    pub(crate) new: Option<NewObjects>,
    pub(crate) sources: Sources,
    pub(crate) control: &'a Control,
}

/// A rule: what it finds, given what the rules before it have found.
pub(crate) type Rule = fn(&mut Case<'_>, &[Finding]) -> Result<Vec<Finding>, Error>;

/// The rules, the more specific first.
pub(crate) const ALL: &[Rule] = &[
    listeners::find,
    timers::find,
    promise_reactions::find,
    closure_context::find,
    sliced_strings::find,
    detached::find,
    collections::find,
    async_contexts::find,
    concatenated_strings::find,
    handles::find,
    external::find,
    retained::find,
    duplicate_objects::find,
    duplicate_strings::find,
];

/// What the rules find, in the order of the table in `docs/findings.md`.
const DOCS: &[&[Doc]] = &[
    closure_context::DOCS,
    listeners::DOCS,
    timers::DOCS,
    promise_reactions::DOCS,
    promises::DOCS,
    collections::DOCS,
    owners::DOCS,
    handles::DOCS,
    special::DOCS,
    async_contexts::DOCS,
    sliced_strings::DOCS,
    concatenated_strings::DOCS,
    retained::DOCS,
    duplicate_strings::DOCS,
    detached::DOCS,
];

/// Returns what the rules find: the rows of the table in `docs/findings.md`.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    DOCS.iter().copied().flatten()
}

/// The messages of the rules, for a test that compares them with the catalogues.
#[cfg(test)]
pub(crate) fn declared() -> impl Iterator<Item = &'static Declared> {
    let rules = [
        MESSAGES,
        async_contexts::MESSAGES,
        closure_context::MESSAGES,
        collections::MESSAGES,
        collections::ENTRIES_MESSAGES,
        concatenated_strings::MESSAGES,
        detached::MESSAGES,
        duplicate_objects::MESSAGES,
        duplicate_strings::MESSAGES,
        external::MESSAGES,
        handles::MESSAGES,
        listeners::MESSAGES,
        marks::MESSAGES,
        owners::MESSAGES,
        promise_reactions::MESSAGES,
        promises::MESSAGES,
        sliced_strings::MESSAGES,
        special::MESSAGES,
        timers::MESSAGES,
    ];
    rules.into_iter().chain(retained::MESSAGES).flatten()
}

messages! {
    Part("part") { name, class, bytes }
    Leads("behind.leads") { function }
    Objects("objects") { class }
}

impl Case<'_> {
    /// Whether another finding explains `node`.
    fn is_claimed(node: NodeIx, before: &[Finding]) -> bool {
        before.iter().any(|finding| finding.claims.contains(&node))
    }

    /// The collections on the way to `node`, and itself: what is explained with it.
    fn claims(&self, route: &Route, node: NodeIx) -> HashSet<NodeIx> {
        route.nodes(&self.heap).chain(std::iter::once(node)).collect()
    }

    /// A path that goes on from a route: to one example of what leaks.
    fn extend(&mut self, route: &Route, more: &[(String, NodeIx)]) -> Vec<Step> {
        let mut steps = route.steps.clone();
        for (edge, node) in more {
            let what = route::what(&self.heap, &mut self.sources, *node);
            steps.push(Step { id: self.heap.id(*node), edge: edge.clone(), what });
        }
        steps
    }

    /// What an object mainly keeps, by variable: `connection` (Connection).
    fn cargo(&mut self, closure: NodeIx) -> Vec<(String, NodeIx, u64)> {
        let Some(context) = self.heap.internal(closure, Word::Context) else { return Vec::new() };
        if route::is_outermost(&self.heap, context) {
            return Vec::new();
        }
        let mut cargo: Vec<(String, NodeIx, u64)> = self
            .heap
            .variables(context)
            .into_iter()
            .filter(|&(_, target)| {
                self.heap.analysis.dominator(target) == context && !self.heap.is_filler(target)
            })
            .map(|(name, target)| (name, target, self.heap.retained(target)))
            .collect();
        cargo.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        for (name, ..) in cargo.iter_mut().take(4) {
            *name = route::variable_name(&self.heap, &mut self.sources, closure, name);
        }
        cargo
    }

    /// What `AsyncLocalStorage` hangs on a resource such as a timer.
    fn async_stores(&self, resource: NodeIx) -> Vec<NodeIx> {
        let frame = [Word::ContextFrame, Word::ResourceFrame]
            .into_iter()
            .find_map(|word| self.heap.property(resource, word))
            .filter(|&frame| !self.heap.is_filler(frame));
        let in_frame =
            frame.map(|frame| self.heap.items(frame, Collection::Map)).unwrap_or_default();
        let own = self.heap.property(resource, Word::ResourceStore);
        let mut stores: Vec<NodeIx> = own.into_iter().chain(in_frame).collect();
        stores.retain(|&store| {
            !self.heap.is_filler(store) && self.heap.graph.name(store) != "AsyncLocalStorage"
        });
        stores
    }

    /// What each function keeps, for a sentence: `` `session` (Object, 2.1 kB) ``.
    fn cargo_told(&mut self, closure: NodeIx) -> Option<Value> {
        let cargo = self.cargo(closure);
        list(cargo.into_iter().take(3).map(|(name, target, bytes)| Part {
            name: arg(name),
            class: arg(kind_of(&self.heap, target)),
            bytes: arg(bytes),
        }))
    }
}

/// What the variables around a function hold, nearest scopes first; of the module's own
/// scope, which all functions share, nothing.
fn scope_targets<'a>(heap: &'a Heap<'_>, closure: NodeIx) -> impl Iterator<Item = NodeIx> + 'a {
    const MAX_SCOPES: usize = 8;
    heap.scopes(closure)
        .take(MAX_SCOPES)
        .take_while(|&scope| heap.is_context(scope) && !route::is_outermost(heap, scope))
        .flat_map(|scope| heap.variables(scope))
        .map(|(_, target)| target)
}

/// The constructor of an object, or the kind of a value.
fn kind_of(heap: &Heap<'_>, node: NodeIx) -> String {
    if heap.is_string(node) { "string".to_owned() } else { heap.class(node) }
}

/// The collections in which things are one of many. Whether an object is one is found out
/// once: to count the entries of a large one for each of them would take forever.
#[derive(Default)]
struct Accumulations(HashMap<NodeIx, bool>);

impl Accumulations {
    /// The collection in which `node` is one of many, if there is one nearby.
    fn find(&mut self, heap: &Heap<'_>, node: NodeIx) -> Option<NodeIx> {
        const MOST_LEVELS: usize = 8;
        let mut at = node;
        let mut seen = HashSet::from([node]);
        for _ in 0..MOST_LEVELS {
            let up = heap
                .analysis
                .incoming(at)
                .take(64)
                .filter(|&(edge, source)| {
                    heap.graph.edge_kind(edge) != heapsnapshot::EdgeKind::WEAK
                        && !heap.is_named(edge, Word::Proto)
                        && source != heap.graph.root()
                        && !seen.contains(&source)
                })
                .map(|(_, source)| source)
                .min_by_key(|&source| heap.analysis.distance(source))?;
            seen.insert(up);
            if *self.0.entry(up).or_insert_with(|| Self::holds_many(heap, up)) {
                return Some(up);
            }
            at = up;
        }
        None
    }

    fn holds_many(heap: &Heap<'_>, node: NodeIx) -> bool {
        const MANY: u64 = 8;
        heap.collection(node).is_some_and(|(kind, count)| {
            count >= MANY && (kind != Collection::Dictionary || count >= 3 * MANY)
        })
    }
}

/// How a leak is recognised in other runs: kind and names, no ids and no numbers.
fn signature(parts: &[&str]) -> String {
    parts.join("|")
}
