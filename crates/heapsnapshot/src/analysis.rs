//! Runs the passes in DevTools' order, and stores their columns.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, Column, Detachedness, Graph, NodeKind, Reverse};
use crate::ids::{ClassIx, NodeId, NodeIx, StrIx};
use crate::index_vec::IndexVec;
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
use crate::query_cache::QueryCache;
use crate::text::TextBuf;
use crate::threads;

/// Options of [`Analysis::new`].
#[derive(Clone, Debug, Default)]
pub struct AnalysisOptions {
    /// Cancellation and progress.
    pub control: Control,
    /// Maximum number of threads of the passes; 0 means two if the machine has
    /// them. The result does not depend on it.
    pub threads: usize,
}

/// A graph, and everything that DevTools computes when it opens a snapshot.
///
/// Methods that take a [`NodeIx`] or [`ClassIx`] need one of this snapshot, and
/// panic if it is beyond the end. They take O(1) time unless documented
/// otherwise. An analysis is immutable; several threads can query it at the
/// same time.
///
/// # Memory
/// 16 bytes per node in addition to the graph: shallow size, retained size,
/// distance and class take 2 each; dominator and preorder of the dominator tree
/// take 4 each.
///
/// Computed at the first query that needs them, and stored: retainers (4 bytes
/// per node, 6 per edge; 8 from 2^24 nodes or edges), native contexts (4 per
/// node), nodes sorted by id (4 per node), equal strings (4 each, and 4 per
/// text), and the result of each filter (one bit per node).
///
/// # Examples
/// ```
/// use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions};
///
/// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
/// let graph = Graph::from_file(path, &ReadOptions::default())?;
/// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
/// let root = analysis.graph().root();
/// assert_eq!(analysis.dominator(root), root);
/// assert_eq!(
///     analysis.retained_size(root),
///     analysis.preorder().map(|node| analysis.shallow_size(node)).sum::<u64>(),
/// );
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
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
    /// The page objects.
    page: BitSet,
    statistics: Statistics,
    /// The rows of the Summary without a filter, without retained sizes.
    pub(crate) counts: Vec<Aggregate>,
    /// Number of searches for single ids, see [`Analysis::node`].
    searches: AtomicU32,
    by_id: OnceLock<ById>,
    reverse: OnceLock<Reverse>,
    queryable: OnceLock<BitSet>,
    native_contexts: OnceLock<NativeContexts>,
    pub(crate) cache: QueryCache,
}

impl fmt::Debug for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analysis")
            .field("graph", &self.graph)
            .field("classes", &self.classes.len())
            .finish_non_exhaustive()
    }
}

/// The results of the passes that need only the graph. They can run while the
/// dominators are computed.
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
    /// Runs these passes.
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
    /// [`crate::ErrorKind::Cancelled`]. No other error: a [`Graph`] is always
    /// consistent.
    ///
    /// # Complexity
    /// O((N + E) log N) time; linear in practice. See [the memory
    /// table](crate#memory).
    pub fn new(mut graph: Graph, options: &AnalysisOptions) -> Result<Self, Error> {
        let control = &options.control;
        detached::apply(&mut graph, control)?;
        let graph = graph;
        let main = || dominators::compute(&graph, control);
        let two = threads::two(options.threads) && graph.node_count() > threads::MIN_PARALLEL_NODES;
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
            cache: QueryCache::default(),
        })
    }

    /// Returns the graph. Names of detached DOM nodes have the prefix `Detached
    /// `.
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
    /// O(N) time for each of the first eight calls. Later calls take O(log N)
    /// time, after the nodes were sorted once (see [the memory
    /// table](crate#memory)).
    pub fn node(&self, id: NodeId) -> Result<NodeIx, Error> {
        /// Number of scans that take less time than sorting the nodes.
        const SCANS: u32 = 8;
        let is_ordered =
            self.by_id.get().is_some() || self.searches.fetch_add(1, Ordering::Relaxed) >= SCANS;
        let found =
            if is_ordered { self.by_id().find(&self.graph, id) } else { self.graph.find_id(id) };
        found.ok_or_else(|| Error::node_not_found(id))
    }

    /// Returns the nodes sorted by id.
    pub(crate) fn by_id(&self) -> &ById {
        self.by_id.get_or_init(|| ById::compute(&self.graph))
    }

    /// Returns all ids in ascending order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> {
        self.by_id().nodes().iter().map(|&node| self.graph.ids[node])
    }

    /// Returns the nodes with one of `ids`, which are sorted.
    pub(crate) fn having(&self, ids: impl Iterator<Item = NodeId>) -> BitSet {
        let mut having = BitSet::new(self.graph.node_count());
        self.by_id().common(&self.graph, ids, |node| {
            having.insert(node);
        });
        having
    }

    /// Returns the shallow size of `node` in bytes: its self size, with the
    /// sizes of its helper objects. 0 for a helper whose size moved to its
    /// owner.
    #[must_use]
    pub fn shallow_size(&self, node: NodeIx) -> u64 {
        self.shallow.get(node)
    }

    /// Returns the retained size of `node` in bytes: the sum of the shallow
    /// sizes of all nodes that it dominates, itself included.
    #[must_use]
    pub fn retained_size(&self, node: NodeIx) -> u64 {
        self.retained.get(node)
    }

    /// Returns the distance of `node` from a root.
    #[must_use]
    pub fn distance(&self, node: NodeIx) -> Distance {
        self.distances.get(node)
    }

    /// Returns the immediate dominator of `node`. The root's is the root.
    #[must_use]
    pub fn dominator(&self, node: NodeIx) -> NodeIx {
        self.dominators[node]
    }

    /// Returns all nodes in preorder of the dominator tree: the root first, and
    /// after each node the nodes that it dominates.
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

    /// Returns the name that DevTools shows for `node`: the text of a
    /// concatenated string, the properties of a plain object in braces, or else
    /// the raw name.
    ///
    /// Allocates the text. O(properties) or O(parts) time.
    #[must_use]
    pub fn display_name(&self, node: NodeIx) -> TextBuf {
        self.names.display(&self.graph, node)
    }

    /// Returns the interfaces inferred for plain objects, those with most
    /// objects first.
    #[must_use]
    pub fn interfaces(&self) -> &[Definition] {
        &self.definitions
    }

    /// Returns the bytes of the whole snapshot: the retained size of the root,
    /// plus [`Graph::extra_native_bytes`].
    #[must_use]
    pub fn total_size(&self) -> u64 {
        self.retained_size(self.graph.root()).saturating_add(self.graph.extra_native_bytes)
    }

    /// Returns the highest odd id: that of the youngest JavaScript object.
    /// DevTools' filter "allocated since" starts there, see
    /// [`crate::Filter::IdRange`].
    ///
    /// O(N) time.
    #[must_use]
    pub fn max_js_id(&self) -> NodeId {
        let of_objects = self.graph.ids.iter().copied().filter(|id| id.get() % 2 == 1);
        of_objects.max().unwrap_or(NodeId(0))
    }

    /// Returns the totals by category.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Returns the native context (realm) that `node` belongs to.
    ///
    /// # Complexity
    /// O(N + E) time for the first call, which cannot be cancelled.
    #[must_use]
    pub fn native_context(&self, node: NodeIx) -> NativeContext {
        self.native_contexts().of(node)
    }

    /// Returns DevTools' flags of `node`.
    ///
    /// # Complexity
    /// O(N + E) time for the first call, which cannot be cancelled.
    #[must_use]
    pub fn flags(&self, node: NodeIx) -> NodeFlags {
        let is_detached = self.graph.is_kind(node, NodeKind::NATIVE)
            && self.graph.detachedness(node) == Detachedness::Detached;
        NodeFlags::QUERYABLE.when(self.queryable().contains(node))
            | NodeFlags::DETACHED_DOM_NODE.when(is_detached)
            | NodeFlags::PAGE_OBJECT.when(self.page.contains(node))
    }

    /// Returns the objects that the console can query, computed once.
    fn queryable(&self) -> &BitSet {
        uncancelled(&self.queryable, |control| flags::queryable_objects(&self.graph, control))
    }

    /// Returns the native context of every node, computed once.
    pub(crate) fn native_contexts(&self) -> &NativeContexts {
        uncancelled(&self.native_contexts, |control| native_context::compute(&self.graph, control))
    }

    /// Returns the incoming edges of every node, computed once.
    pub(crate) fn reverse(&self) -> &Reverse {
        uncancelled(&self.reverse, |control| Reverse::compute(&self.graph, control))
    }

    /// Classifies the plain objects by the interfaces of another snapshot.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub(crate) fn classes_by(
        &self,
        definitions: &[Definition],
        control: &Control,
    ) -> Result<Classes, Error> {
        let shapes = Shapes::compute(&self.graph, control)?;
        let matches: Matches = shapes.matches(&self.graph, definitions);
        classes::compute(&self.graph, definitions, &matches, control)
    }

    /// Returns whether the raw name of `node` is one of `names`.
    pub(crate) fn raw_name_is(&self, node: NodeIx, names: &[StrIx]) -> bool {
        names.contains(&self.graph.names[node])
    }

    /// Returns the heap memory that the graph and its columns use, in bytes,
    /// without the results of queries.
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

/// Fills `cell` with the result of a pass. The pass cannot fail: its only error
/// is cancellation, and its [`Control`] is never cancelled.
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
