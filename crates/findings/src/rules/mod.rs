//! The rules: one file for each kind of leak. A rule examines the last snapshot, and the earlier
//! ones for growth. It skips objects that a previous rule has explained.
//!
//! # Adding a rule
//! A rule is a function of type [`Rule`] in [`ALL`], where the more specific rules come first, so
//! that a general one does not report their objects again. Its file declares the kinds of its
//! findings, their rows in the table of kinds, and the messages.
//!
//! # Contract
//! - A finding must be the same in every run of the same program: order by names, source positions
//!   and sizes, never by ids, and use no ids or numbers in the signature.
//! - Texts contain no contents of strings. Names that look like data are left out unless
//!   [`Options::show_values`](crate::Options::show_values) is set.
//! - `claims` contains the objects that the finding explains, `entries` those that accumulate.
//!   Growth is attributed through `entries`; see [`explain`](crate::explain).
//! - A damaged snapshot must not cause a panic, endless recursion or quadratic time.

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

use std::collections::HashSet;

use heapsnapshot::{Control, Error, NodeIx};
use rustc_hash::FxHashMap;

use crate::finding::{Doc, Finding, Step};
use crate::heap::{Collection, Heap};
#[cfg(test)]
use crate::message::Declared;
use crate::message::{Value, arg, list, messages};
use crate::new_objects::NewObjects;
use crate::retaining_path::{self, RetainingPath};
use crate::source::Sources;
use crate::words::Word;

/// Minimum number of bytes of reported waste.
pub(crate) const MIN_WASTE_BYTES: u64 = 1 << 20;

/// The input of the rules.
pub(crate) struct Case<'a> {
    /// The last snapshot.
    pub(crate) heap: Heap<'a>,
    /// The earlier snapshots, oldest first.
    pub(crate) earlier: Vec<Heap<'a>>,
    /// The objects that are new since the first snapshot; `None` with one snapshot.
    pub(crate) new: Option<NewObjects>,
    /// The texts of the scripts.
    pub(crate) sources: Sources,
    /// Cancels the work.
    pub(crate) control: &'a Control,
}

/// A rule: returns its findings, given those of the previous rules.
pub(crate) type Rule = fn(&mut Case<'_>, &[Finding]) -> Result<Vec<Finding>, Error>;

/// The rules. The more specific ones run first.
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

/// The table of kinds in `docs/findings.md`, in its order.
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

/// Returns the rows of the table of kinds in `docs/findings.md`, in its order. A kind occurs in one
/// row.
///
/// # Examples
/// ```
/// let kinds: Vec<&str> =
///     findings::docs().flat_map(|doc| doc.kinds).map(|kind| kind.word()).collect();
/// assert!(kinds.contains(&"event-listeners"));
/// ```
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    DOCS.iter().copied().flatten()
}

/// Returns the messages of all rules, for the test that compares them with the catalogues.
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
    /// Returns whether another finding explains `node`.
    fn is_claimed(node: NodeIx, before: &[Finding]) -> bool {
        before.iter().any(|finding| finding.claims.contains(&node))
    }

    /// Returns the nodes of the path to `node`, and `node`: this finding explains them.
    fn claims(&self, path: &RetainingPath, node: NodeIx) -> HashSet<NodeIx> {
        path.nodes(&self.heap).chain(std::iter::once(node)).collect()
    }

    /// Returns the steps of a path, continued to one of the leaked objects.
    fn extend(&mut self, path: &RetainingPath, more: &[(String, NodeIx)]) -> Vec<Step> {
        let mut steps = path.steps.clone();
        for (edge, node) in more {
            let what = retaining_path::what(&self.heap, &mut self.sources, *node);
            steps.push(Step { id: self.heap.id(*node), edge: edge.clone(), what });
        }
        steps
    }

    /// Returns the values that the scope of a function alone retains, with variable and bytes, most
    /// bytes first.
    fn cargo(&mut self, closure: NodeIx) -> Vec<(String, NodeIx, u64)> {
        let Some(context) = self.heap.internal(closure, Word::Context) else { return Vec::new() };
        if retaining_path::is_outermost(&self.heap, context) {
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
            *name = retaining_path::variable_name(&self.heap, &mut self.sources, closure, name);
        }
        cargo
    }

    /// Returns the stores that `AsyncLocalStorage` attached to a resource such as a timer.
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

    /// Returns what each function retains, for a sentence: `` `session` (Object, 2.1 kB) ``.
    fn cargo_value(&mut self, closure: NodeIx) -> Option<Value> {
        let cargo = self.cargo(closure);
        list(cargo.into_iter().take(3).map(|(name, target, bytes)| Part {
            name: arg(name),
            class: arg(kind_of(&self.heap, target)),
            bytes: arg(bytes),
        }))
    }
}

/// Returns the values of the variables around a function, innermost scope first. The module scope,
/// which all functions share, does not count.
fn scope_targets<'a>(heap: &'a Heap<'_>, closure: NodeIx) -> impl Iterator<Item = NodeIx> + 'a {
    const MAX_SCOPES: usize = 8;
    heap.scopes(closure)
        .take(MAX_SCOPES)
        .take_while(|&scope| heap.is_context(scope) && !retaining_path::is_outermost(heap, scope))
        .flat_map(|scope| heap.variables(scope))
        .map(|(_, target)| target)
}

/// Returns the constructor of an object, or the kind of a value.
pub(crate) fn kind_of(heap: &Heap<'_>, node: NodeIx) -> String {
    if heap.is_string(node) { "string".to_owned() } else { heap.class(node) }
}

/// Finds the collections that contain an object among many. Caches by node whether it is a
/// collection with many entries, because counting the entries of a large one for each of its
/// entries takes quadratic time.
#[derive(Default)]
struct Accumulations(FxHashMap<NodeIx, bool>);

impl Accumulations {
    /// Returns the nearest collection that contains `node` among many, if there is one.
    fn find(&mut self, heap: &Heap<'_>, node: NodeIx) -> Option<NodeIx> {
        const MAX_LEVELS: usize = 8;
        let mut at = node;
        let mut seen = vec![node];
        for _ in 0..MAX_LEVELS {
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
            seen.push(up);
            if *self.0.entry(up).or_insert_with(|| Self::holds_many(heap, up)) {
                return Some(up);
            }
            at = up;
        }
        None
    }

    /// Returns whether a node is a collection with many entries. An object counts as a dictionary
    /// from three times as many properties.
    fn holds_many(heap: &Heap<'_>, node: NodeIx) -> bool {
        const MIN_ENTRIES: u64 = 8;
        heap.collection(node).is_some_and(|(kind, count)| {
            count >= MIN_ENTRIES && (kind != Collection::Dictionary || count >= 3 * MIN_ENTRIES)
        })
    }
}

/// Identifies a leak across runs: kind and names, without ids and numbers.
fn signature(parts: &[&str]) -> String {
    parts.join("|")
}
