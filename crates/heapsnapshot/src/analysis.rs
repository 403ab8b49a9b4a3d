//! Runs the passes in the order in which DevTools does and keeps their columns.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, Column, Detachedness, Graph, NodeKind, Reverse};
use crate::ids::{ClassIx, NodeId, NodeIx, StrIx};
use crate::index_vec::IndexVec;
use crate::kept::Kept;
use crate::pass::by_id::ById;
use crate::pass::classes::{self, Classes};
use crate::pass::distances::{self, Distance, Distances};
use crate::pass::flags::{self, NodeFlags};
use crate::pass::interfaces::{Definition, Matches, Shapes};
use crate::pass::names::Names;
use crate::pass::native_context::{self, NativeContext, NativeContexts};
use crate::pass::statistics::{self, Statistics};
use crate::pass::totals::{self, Aggregate};
use crate::pass::{detached, dominators, retained, shallow};
use crate::text::TextBuf;
use crate::threads;

/// How to analyse.
#[derive(Clone, Debug, Default)]
pub struct AnalysisOptions {
    /// Cancellation and progress.
    pub control: Control,
    /// Threads that the passes use at most; 0 means two if the machine has them.
    /// The result does not depend on it.
    pub threads: usize,
}

/// Everything DevTools computes when it opens a snapshot.
///
/// # Memory
/// 16 bytes a node besides the graph: shallow size, retained size, distance and
/// class take 2 each, dominator and preorder of the dominator tree 4 each.
/// Retainers (4 a node, 8 an edge), native contexts (4 a node) and the order of
/// ids (4 a node) are computed when first asked for. So are equal strings (4 each,
/// 4 a text) and what a filter lets through (a bit a node), which are asked for
/// page by page.
pub struct Analysis {
    pub(crate) graph: Graph,
    pub(crate) shallow: Column,
    pub(crate) retained: Column,
    pub(crate) distances: Distances,
    pub(crate) dominators: IndexVec<NodeIx, NodeIx>,
    /// The dominator tree in preorder.
    pub(crate) order: Vec<NodeIx>,
    pub(crate) classes: Classes,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) names: Names,
    page: BitSet,
    statistics: Statistics,
    /// The Summary's rows without filter and retained sizes.
    pub(crate) counts: Vec<Aggregate>,
    /// Ids that were looked for one by one, see [`Analysis::node`].
    searches: AtomicU32,
    by_id: OnceLock<ById>,
    reverse: OnceLock<Reverse>,
    queryable: OnceLock<BitSet>,
    native_contexts: OnceLock<NativeContexts>,
    pub(crate) kept: Kept,
}

impl fmt::Debug for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analysis")
            .field("graph", &self.graph)
            .field("classes", &self.classes.len())
            .finish_non_exhaustive()
    }
}

/// Results of the passes that need only the graph and may run beside the
/// dominators.
struct Side {
    shallow: Column,
    distances: Distances,
    classes: Classes,
    definitions: Vec<Definition>,
    names: Names,
    statistics: Statistics,
    counts: Vec<Aggregate>,
}

impl Side {
    fn compute(graph: &Graph, control: &Control) -> Result<Self, Error> {
        let shallow = shallow::compute(graph, control)?;
        let distances = distances::compute(graph, control)?;
        let shapes = Shapes::compute(graph, control)?;
        let definitions = shapes.infer(graph);
        let matches = shapes.matches(graph, &definitions);
        drop(shapes);
        let classes = classes::compute(graph, &definitions, &matches, control)?;
        let names = Names::new(graph);
        let counts = totals::count(graph, &shallow, &distances, &classes, None);
        let total = counts.iter().map(|row| row.shallow).sum::<u64>() + graph.extra_native_bytes;
        let statistics = statistics::compute(graph, &shallow, total);
        Ok(Self { shallow, distances, classes, definitions, names, statistics, counts })
    }
}

impl Analysis {
    /// Runs all passes.
    ///
    /// # Errors
    /// Only [`crate::ErrorKind::Cancelled`]: a [`Graph`] is always consistent.
    ///
    /// # Complexity
    /// O((N + E) log N) time, in practice linear. See
    /// [the memory table](crate#memory).
    pub fn new(mut graph: Graph, options: &AnalysisOptions) -> Result<Self, Error> {
        let control = &options.control;
        detached::apply(&mut graph, control)?;
        let graph = graph;
        let main = || dominators::compute(&graph, control);
        let two = threads::two(options.threads) && graph.node_count() > threads::FEW;
        let (main, side) = threads::beside(two, main, || Side::compute(&graph, control));
        let (tree, page) = main?;
        let Side { shallow, distances, classes, definitions, names, statistics, counts } = side?;
        let (retained, (order, dominators)) = threads::beside(
            two,
            || retained::compute(&tree, &shallow, control),
            || (tree.preorder(), tree.dominators()),
        );
        let retained = retained?;
        Ok(Self {
            graph,
            shallow,
            retained,
            distances,
            dominators,
            order,
            classes,
            definitions,
            names,
            page,
            statistics,
            counts,
            searches: AtomicU32::new(0),
            by_id: OnceLock::new(),
            reverse: OnceLock::new(),
            queryable: OnceLock::new(),
            native_contexts: OnceLock::new(),
            kept: Kept::default(),
        })
    }

    /// Returns the graph. Names of detached DOM nodes have their prefix.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the first node with this id.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`].
    ///
    /// # Complexity
    /// O(N) time for each of the first calls; then O(log N), by an order of
    /// nodes that is made once (see [the memory table](crate#memory)).
    pub fn node(&self, id: NodeId) -> Result<NodeIx, Error> {
        /// That many scans cost less than the order.
        const SCANS: u32 = 8;
        let is_ordered =
            self.by_id.get().is_some() || self.searches.fetch_add(1, Ordering::Relaxed) >= SCANS;
        let found =
            if is_ordered { self.by_id().find(&self.graph, id) } else { self.graph.find_id(id) };
        found.ok_or_else(|| Error::node_not_found(id))
    }

    pub(crate) fn by_id(&self) -> &ById {
        self.by_id.get_or_init(|| ById::compute(&self.graph))
    }

    /// Returns all ids in ascending order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> {
        self.by_id().nodes().iter().map(|&node| self.graph.ids[node])
    }

    /// Returns the nodes that have one of `ids`, which ascend.
    pub(crate) fn having(&self, ids: impl Iterator<Item = NodeId>) -> BitSet {
        let mut having = BitSet::new(self.graph.node_count());
        self.by_id().common(&self.graph, ids, |node| {
            having.insert(node);
        });
        having
    }

    /// Returns the size of `node` in bytes after helper objects gave theirs to
    /// their owners: what DevTools shows as shallow size.
    #[must_use]
    pub fn shallow_size(&self, node: NodeIx) -> u64 {
        self.shallow.get(node)
    }

    /// Returns the bytes that would be freed with `node`.
    #[must_use]
    pub fn retained_size(&self, node: NodeIx) -> u64 {
        self.retained.get(node)
    }

    /// Returns the distance of `node` from a root.
    #[must_use]
    pub fn distance(&self, node: NodeIx) -> Distance {
        self.distances.get(node)
    }

    /// Returns the immediate dominator of `node`; the root's is itself.
    #[must_use]
    pub fn dominator(&self, node: NodeIx) -> NodeIx {
        self.dominators[node]
    }

    /// Returns all nodes, each after its dominator and right before what it
    /// dominates: the dominator tree in preorder.
    pub fn preorder(&self) -> impl ExactSizeIterator<Item = NodeIx> + '_ {
        self.order.iter().copied()
    }

    /// Returns the class of `node`.
    #[must_use]
    pub fn class(&self, node: NodeIx) -> ClassIx {
        self.classes.of(node)
    }

    /// Returns all classes.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Returns the name of the class of `node`: DevTools' constructor.
    #[must_use]
    pub fn class_name(&self, node: NodeIx) -> crate::text::Text<'_> {
        self.classes.name(&self.graph, self.class(node))
    }

    /// Returns the name that DevTools shows for `node`: the raw name, the
    /// joined text of a concatenated string, or the properties of a plain
    /// object.
    #[must_use]
    pub fn display_name(&self, node: NodeIx) -> TextBuf {
        self.names.display(&self.graph, node)
    }

    /// Returns the interfaces that were inferred for plain objects, most
    /// popular first.
    #[must_use]
    pub fn interfaces(&self) -> &[Definition] {
        &self.definitions
    }

    /// Returns the bytes of the whole snapshot: the root's retained size and
    /// what the embedder reported besides.
    #[must_use]
    pub fn total_size(&self) -> u64 {
        self.retained_size(self.graph.root()).saturating_add(self.graph.extra_native_bytes)
    }

    /// Returns the highest id of a JavaScript object: where the next snapshot's
    /// "objects allocated since" starts.
    #[must_use]
    pub fn max_js_id(&self) -> NodeId {
        let of_objects = self.graph.ids.iter().copied().filter(|id| id.get() % 2 == 1);
        of_objects.max().unwrap_or(NodeId(0))
    }

    /// Returns totals by category.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Returns the native context that `node` is attributed to.
    ///
    /// # Complexity
    /// O(N + E) time on the first call, which cannot be cancelled.
    #[must_use]
    pub fn native_context(&self, node: NodeIx) -> NativeContext {
        self.native_contexts().of(node)
    }

    /// Returns DevTools' flags of `node`.
    ///
    /// # Complexity
    /// O(N + E) time on the first call, which cannot be cancelled.
    #[must_use]
    pub fn flags(&self, node: NodeIx) -> NodeFlags {
        let is_detached = self.graph.is_kind(node, NodeKind::NATIVE)
            && self.graph.detachedness(node) == Detachedness::Detached;
        NodeFlags::QUERYABLE.when(self.queryable().contains(node))
            | NodeFlags::DETACHED_DOM_NODE.when(is_detached)
            | NodeFlags::PAGE_OBJECT.when(self.page.contains(node))
    }

    fn queryable(&self) -> &BitSet {
        uncancelled(&self.queryable, |control| flags::queryable_objects(&self.graph, control))
    }

    pub(crate) fn native_contexts(&self) -> &NativeContexts {
        uncancelled(&self.native_contexts, |control| native_context::compute(&self.graph, control))
    }

    pub(crate) fn reverse(&self) -> &Reverse {
        uncancelled(&self.reverse, |control| Reverse::compute(&self.graph, control))
    }

    /// Classifies the plain objects by other definitions than the own ones.
    pub(crate) fn classes_by(
        &self,
        definitions: &[Definition],
        control: &Control,
    ) -> Result<Classes, Error> {
        let shapes = Shapes::compute(&self.graph, control)?;
        let matches: Matches = shapes.matches(&self.graph, definitions);
        classes::compute(&self.graph, definitions, &matches, control)
    }

    pub(crate) fn raw_name_is(&self, node: NodeIx, names: &[StrIx]) -> bool {
        names.contains(&self.graph.names[node])
    }

    /// Returns the heap memory held by the graph and its columns, in bytes.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.graph.heap_bytes()
            + self.shallow.heap_bytes()
            + self.retained.heap_bytes()
            + self.distances.heap_bytes()
            + self.classes.heap_bytes()
            + (self.dominators.capacity() + self.order.capacity()) * 4
    }
}

/// Fills `cell` with the result of a pass that can only fail by being
/// cancelled, which an empty [`Control`] never is.
fn uncancelled<T: Clone>(cell: &OnceLock<T>, compute: impl Fn(&Control) -> Result<T, Error>) -> &T {
    cell.get_or_init(|| {
        let control = Control::new();
        loop {
            if let Ok(value) = compute(&control) {
                return value;
            }
        }
    })
}
