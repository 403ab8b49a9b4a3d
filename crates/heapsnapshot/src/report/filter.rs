//! Filters: which nodes a query counts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::{Error, ErrorKind};
use crate::graph::{BitSet, Detachedness, NodeKind};
use crate::ids::{EdgeIx, NodeId, NodeIx, StrIx};
use crate::pass::distances::Distance;
use crate::pass::flags::reach;
use crate::pass::native_context::NativeContext;
use crate::query_cache::{FILTER_COUNT, Filtered};
use crate::report::duplicates;

/// The filters of DevTools' Summary.
///
/// "Only X keeps it alive" means: the node has a distance, but the root does
/// not reach it over non-weak edges if X is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Filter {
    /// All objects.
    #[default]
    All,
    /// Objects with `after < id <= up_to`: those allocated between two
    /// snapshots, if these are [`Analysis::max_js_id`] of the two.
    IdRange {
        /// The highest excluded id; 0 for none.
        after: NodeId,
        /// The highest included id.
        up_to: NodeId,
    },
    /// Objects that only detached DOM nodes keep alive.
    RetainedByDetachedDomNodes,
    /// Objects that only function contexts keep alive.
    RetainedByContexts,
    /// Objects that only the console keeps alive.
    RetainedByConsole,
    /// Objects that only event handlers keep alive.
    RetainedByEventHandlers,
    /// Strings that occur more than once.
    DuplicatedStrings,
    /// Objects of one native context.
    NativeContext(NodeId),
    /// Objects that several native contexts reach.
    SharedNativeContext,
    /// Objects that no native context reaches.
    NoNativeContext,
}

impl Filter {
    /// The filters without a parameter, with DevTools' names. Their results are
    /// cached by position in this table.
    pub const NAMED: [(&'static str, Self); FILTER_COUNT] = [
        ("objectsRetainedByDetachedDomNodes", Self::RetainedByDetachedDomNodes),
        ("objectsRetainedByContexts", Self::RetainedByContexts),
        ("objectsRetainedByConsole", Self::RetainedByConsole),
        ("objectsRetainedByEventHandlers", Self::RetainedByEventHandlers),
        ("duplicatedStrings", Self::DuplicatedStrings),
        ("sharedNativeContext", Self::SharedNativeContext),
        ("noNativeContext", Self::NoNativeContext),
    ];

    /// Parses the name of a filter: one of [`Self::NAMED`]; `all` or empty;
    /// `AFTER..UP_TO` for ids; or `nativeContext_INDEX` with DevTools' node
    /// index.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for all other names.
    ///
    /// # Complexity
    /// O(1) time; O(N) for a native context.
    pub fn parse(name: &str, analysis: &Analysis) -> Result<Self, Error> {
        let unknown = || Error::new(ErrorKind::InvalidArgument, format!("unknown filter {name}"));
        if let Some(&(_, filter)) = Self::NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(filter);
        }
        Ok(match name {
            "" | "all" => Self::All,
            _ => {
                if let Some((after, up_to)) = name.split_once("..") {
                    let id = |text: &str| text.parse().map(NodeId::new).map_err(|_| unknown());
                    return Ok(Self::IdRange { after: id(after)?, up_to: id(up_to)? });
                }
                let index = name.strip_prefix("nativeContext_").ok_or_else(unknown)?;
                let index: u64 = index.parse().map_err(|_| unknown())?;
                let graph = analysis.graph();
                let node = graph.nodes().find(|&node| graph.file_index(node) == index);
                Self::NativeContext(graph.id(node.ok_or_else(unknown)?))
            }
        })
    }

    /// Returns the nodes that pass, or `None` if all do.
    ///
    /// # Complexity
    /// That of [`Self::cached`]; O(N) for filters with a parameter.
    pub(crate) fn passing(self, analysis: &Analysis) -> Result<Option<Cow<'_, BitSet>>, Error> {
        Ok(match (self, self.cached(analysis)?) {
            (Self::All, _) => None,
            (_, Some(cached)) => Some(Cow::Borrowed(&cached.nodes)),
            (filter, None) => Some(Cow::Owned(filter.find(analysis)?)),
        })
    }

    /// Returns the nodes that pass, computed once. `None` if the filter has a
    /// parameter, or if all nodes pass.
    ///
    /// # Complexity
    /// First call: O(N + E) time for the `RetainedBy` filters; that of
    /// [`Analysis::duplicate_strings`] for duplicates. O(1) later.
    pub(crate) fn cached(self, analysis: &Analysis) -> Result<Option<&Filtered>, Error> {
        let Some(place) = Self::NAMED.iter().position(|&(_, named)| named == self) else {
            return Ok(None);
        };
        let slot = &analysis.cache.filtered[place];
        if slot.get().is_none() {
            let nodes = self.find(analysis)?;
            // If another thread was faster, it stored the same nodes.
            let _ = slot.set(Filtered { nodes, aggregates: OnceLock::new() });
        }
        Ok(slot.get())
    }

    /// Computes the nodes that pass.
    fn find(self, analysis: &Analysis) -> Result<BitSet, Error> {
        let graph = &analysis.graph;
        let by = |pass: &dyn Fn(NodeIx) -> bool| {
            let mut passing = BitSet::new(graph.node_count());
            passing.extend(graph.nodes().filter(|&node| pass(node)));
            passing
        };
        let context_is = |wanted: NativeContext| {
            let contexts = analysis.native_contexts();
            by(&|node| contexts.of(node) == wanted)
        };
        Ok(match self {
            Self::All => by(&|_| true),
            Self::IdRange { after, up_to } => {
                by(&|node| graph.ids[node] > after && graph.ids[node] <= up_to)
            }
            Self::RetainedByDetachedDomNodes => {
                let mut detached = BitSet::new(graph.node_count());
                let known = graph.detachedness.iter();
                let of_dom = known.filter(|(_, state)| *state == Detachedness::Detached);
                detached.extend(of_dom.map(|&(node, _)| node));
                unreached(analysis, |_, at| !detached.contains(graph.edge(at).to))?
            }
            Self::RetainedByContexts => {
                let contexts = context_strings(analysis);
                unreached(analysis, |_, at| !contexts.contains(graph.names[graph.edge(at).to]))?
            }
            Self::RetainedByConsole => unreached(analysis, |node, at| {
                !(graph.is_kind(node, NodeKind::SYNTHETIC)
                    && analysis.is_named(at)
                    && analysis.edge_label(at).as_text().ends_with(" / DevTools console"))
            })?,
            Self::RetainedByEventHandlers => {
                let handlers = event_handlers(analysis);
                unreached(analysis, |_, at| !handlers.contains(graph.edge(at).to))?
            }
            Self::DuplicatedStrings => duplicates::members(analysis),
            Self::NativeContext(id) => context_is(NativeContext::Of(analysis.node(id)?)),
            Self::SharedNativeContext => context_is(NativeContext::Shared),
            Self::NoNativeContext => context_is(NativeContext::None),
        })
    }
}

/// Returns the nodes with a distance that the root does not reach over
/// `allowed` edges.
fn unreached(
    analysis: &Analysis,
    allowed: impl Fn(NodeIx, EdgeIx) -> bool,
) -> Result<BitSet, Error> {
    let graph = &analysis.graph;
    let follow = |node: NodeIx, at: EdgeIx| !graph.edge(at).is_weak() && allowed(node, at);
    let reached = reach(graph, std::iter::once(graph.root()), follow, &Control::new())?;
    let mut passing = BitSet::new(graph.node_count());
    passing.extend(graph.nodes().filter(|&node| {
        !reached.contains(node) && analysis.distances.get(node) != Distance::UNREACHABLE
    }));
    Ok(passing)
}

/// Returns the strings that are names of function contexts.
pub(crate) fn context_strings(analysis: &Analysis) -> BitSet<StrIx> {
    let strings = &analysis.graph.strings;
    let mut marked = BitSet::new(strings.len());
    for (ix, text) in strings.iter() {
        if text == "system / Context" || text.starts_with("system / Context / ") {
            marked.insert(ix);
        }
    }
    marked
}

/// Returns the functions that event listeners call: the callback, or the
/// function that a framework wrapped in it.
fn event_handlers(analysis: &Analysis) -> BitSet {
    let graph = &analysis.graph;
    let listeners = graph.find_strings("V8EventListener");
    let mut handlers = BitSet::new(graph.node_count());
    let mut known: HashMap<NodeIx, bool> = HashMap::new();
    let mut has_code = |node: NodeIx| {
        *known.entry(node).or_insert_with(|| edge_target(analysis, node, "code").is_some())
    };
    for node in graph.nodes().filter(|&node| analysis.raw_name_is(node, &listeners)) {
        let Some(callback) = edge_target(analysis, node, "1") else { continue };
        let handler = if has_code(callback) {
            callback
        } else {
            let mut children = graph.out(callback).map(|edge| edge.to);
            children.find(|&child| has_code(child)).unwrap_or(callback)
        };
        handlers.insert(handler);
    }
    handlers
}

/// Returns the target of the first edge of `node` that DevTools shows as
/// `name`.
fn edge_target(analysis: &Analysis, node: NodeIx, name: &str) -> Option<NodeIx> {
    let graph = &analysis.graph;
    graph
        .edges(node)
        .find(|&edge| analysis.edge_label(edge).as_text() == name)
        .map(|edge| graph.target(edge))
}
