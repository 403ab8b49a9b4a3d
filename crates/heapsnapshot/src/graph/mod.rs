//! The heap graph as columns. Storage only; read-only once it is built, except
//! for the DOM state and the names that the first pass completes.
//!
//! # Memory
//!
//! | column | bytes |
//! |---|---|
//! | kind, name, id, self size, first edge | 1 + 4 + 4 + 2 + 2.25 per node |
//! | target, label (kind and name) | 3 + 3 per edge; 4 each in large snapshots |
//! | string end, string text | 4 + its length per string |
//! | location | 16 per located object |
//! | DOM state | 8 per node that has one |
//! | allocation stacks, if tracked | 4 per node, 24 per node of their tree, 20 per function |

mod builder;
mod column;
mod csr;
mod divisor;
mod edges;
mod ephemeron;
mod kind;
mod plain;
mod record;
mod starts;
mod strings;
mod sums;
mod traces;

pub(crate) use builder::Builder;
pub(crate) use column::{BitSet, Column, ColumnMut};
pub(crate) use csr::Reverse;
pub(crate) use edges::{Edge, Edges};
pub(crate) use ephemeron::Ephemerons;
pub use kind::{Detachedness, EdgeKind, NodeKind};
pub(crate) use starts::Starts;
pub(crate) use strings::StringTable;
pub use traces::TraceFunction;
pub(crate) use traces::Traces;

use std::fmt;

use crate::ids::{EdgeIx, Idx, NodeId, NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::text::Text;

/// A position in a script where a constructor or function is defined.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// V8's number of the script. Different in every process.
    pub script_id: u32,
    /// Line, 0-based. Also 0 for positions before the first line, which scripts
    /// with an offset have.
    pub line: u32,
    /// Column in UTF-16 units, 0-based. Also 0 for positions before the first
    /// column.
    pub column: u32,
}

/// A point of an allocation timeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Microseconds since the start of the recording.
    pub timestamp_us: u64,
    /// The highest id that V8 had assigned by then: later objects have higher
    /// ids.
    pub last_assigned_id: u64,
}

/// The name of an edge, as the file contains it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeName {
    /// The index of an element or of a hidden edge.
    Index(u32),
    /// The position of a string, for all other kinds.
    Str(StrIx),
}

/// A heap graph: nodes and edges in the order of the file, and the strings that
/// they name.
///
/// Made by [`Graph::from_file`], [`Graph::from_reader`], [`Graph::from_bytes`]
/// or a [`crate::Reader`]. All references in it were checked: every target is a
/// node, every name a string.
///
/// Methods that take a [`NodeIx`], [`EdgeIx`] or [`StrIx`] need one of this
/// graph, and panic if it is beyond the end. They take O(1) time unless
/// documented otherwise.
///
/// # Examples
/// ```
/// use heapsnapshot::{EdgeKind, EdgeName, Graph, ReadOptions};
///
/// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
/// let graph = Graph::from_file(path, &ReadOptions::default())?;
/// let globals = graph.edges(graph.root()).filter(|&edge| graph.edge_kind(edge) == EdgeKind::SHORTCUT);
/// for edge in globals {
///     if let EdgeName::Str(name) = graph.edge_name(edge) {
///         println!("{} -> @{}", graph.text(name), graph.id(graph.target(edge)));
///     }
/// }
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Graph {
    pub(crate) kinds: IndexVec<NodeIx, NodeKind>,
    /// `(node, state)` in node order, for nodes with a known state.
    pub(crate) detachedness: Vec<(NodeIx, Detachedness)>,
    pub(crate) names: IndexVec<NodeIx, StrIx>,
    pub(crate) ids: IndexVec<NodeIx, NodeId>,
    pub(crate) self_sizes: Column,
    /// The positions of the edges of each node.
    pub(crate) first_edges: Starts,
    pub(crate) edges: Edges,
    /// Empty unless allocations were tracked.
    pub(crate) trace_node_ids: IndexVec<NodeIx, u32>,
    /// The allocation stacks.
    pub(crate) traces: Traces,
    pub(crate) strings: StringTable,
    /// Sorted by node, at most one per node.
    pub(crate) locations: Vec<(NodeIx, Location)>,
    pub(crate) samples: Vec<Sample>,
    /// The names of edges of `WeakMap` entries.
    pub(crate) ephemerons: Ephemerons,
    /// By [`NodeKind`]: the name in the file.
    pub(crate) node_kind_names: Vec<String>,
    /// By [`EdgeKind`]: the name in the file.
    pub(crate) edge_kind_names: Vec<String>,
    pub(crate) root: NodeIx,
    /// Number of columns of a node in the file.
    pub(crate) node_field_count: u32,
    /// Whether the file has a column for the DOM state.
    pub(crate) has_detachedness: bool,
    pub(crate) extra_native_bytes: u64,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("nodes", &self.node_count())
            .field("edges", &self.edge_count())
            .field("strings", &self.string_count())
            .finish_non_exhaustive()
    }
}

impl Graph {
    /// Returns the number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.kinds.len()
    }

    /// Returns the number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Returns the number of strings, including those that the analysis adds
    /// for detached nodes.
    #[must_use]
    pub fn string_count(&self) -> usize {
        self.strings.len()
    }

    /// Returns all nodes in the order of the file.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeIx> + DoubleEndedIterator + use<> {
        (0..to_u32(self.node_count())).map(NodeIx)
    }

    /// Returns the root node, from which V8 reaches all others. It is node 0 in
    /// files of V8.
    #[must_use]
    pub fn root(&self) -> NodeIx {
        self.root
    }

    /// Returns the kind of `node`.
    #[must_use]
    #[inline]
    pub fn kind(&self, node: NodeIx) -> NodeKind {
        self.kinds[node]
    }

    /// Returns the name of the kind of `node` in the file, such as `object
    /// shape`; `unknown` if the file has none.
    #[must_use]
    pub fn kind_name(&self, node: NodeIx) -> &str {
        self.node_kind_names.get(self.kinds[node].index()).map_or("unknown", String::as_str)
    }

    /// Returns the raw name of `node`: the string in the file, with the prefix
    /// `Detached ` if the analysis added it.
    #[must_use]
    pub fn name(&self, node: NodeIx) -> Text<'_> {
        self.text(self.names[node])
    }

    /// Returns the position of the raw name of `node` in the string table. V8
    /// stores each text once, so equal names have equal positions in files of
    /// V8.
    #[must_use]
    #[inline]
    pub fn name_ix(&self, node: NodeIx) -> StrIx {
        self.names[node]
    }

    /// Returns V8's id of `node`.
    #[must_use]
    #[inline]
    pub fn id(&self, node: NodeIx) -> NodeId {
        self.ids[node]
    }

    /// Returns the size of `node` in bytes as V8 wrote it.
    ///
    /// # Semantics
    /// DevTools reduces sizes modulo 4 GiB; this method does not.
    #[must_use]
    pub fn self_size(&self, node: NodeIx) -> u64 {
        self.self_sizes.get(node)
    }

    /// Returns whether `node` belongs to an attached or a detached DOM tree.
    /// O(log D) time for D nodes with a state.
    #[must_use]
    pub fn detachedness(&self, node: NodeIx) -> Detachedness {
        let found = self.detachedness.binary_search_by_key(&node, |&(at, _)| at);
        found.map_or(Detachedness::Unknown, |at| self.detachedness[at].1)
    }

    /// Returns the outgoing edges of `node`, in the order of the file.
    pub fn edges(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = EdgeIx> + DoubleEndedIterator + use<> {
        self.edge_range(node).map(EdgeIx)
    }

    /// Returns the node that `edge` leads to.
    #[must_use]
    #[inline]
    pub fn target(&self, edge: EdgeIx) -> NodeIx {
        self.edges.get(edge).to
    }

    /// Returns the node that `edge` starts at.
    ///
    /// # Complexity
    /// O(log N) time, because sources are not stored.
    #[must_use]
    pub fn source(&self, edge: EdgeIx) -> NodeIx {
        self.first_edges.node_of(edge)
    }

    /// Returns the kind of `edge`.
    #[must_use]
    #[inline]
    pub fn edge_kind(&self, edge: EdgeIx) -> EdgeKind {
        self.edges.get(edge).kind().public()
    }

    /// Returns the name of the kind of `edge` in the file; `unknown` if the
    /// file has none.
    #[must_use]
    pub fn edge_kind_name(&self, edge: EdgeIx) -> &str {
        let code = self.edge_kind(edge).0;
        self.edge_kind_names.get(usize::from(code)).map_or("unknown", String::as_str)
    }

    /// Returns the name or index of `edge`, as the file has it.
    #[must_use]
    #[inline]
    pub fn edge_name(&self, edge: EdgeIx) -> EdgeName {
        let name = self.edges.name(edge);
        let kind = self.edges.get(edge).kind();
        // A kind that this crate does not know may well carry a number.
        if kind.has_index() || name as usize >= self.strings.len() {
            EdgeName::Index(name)
        } else {
            EdgeName::Str(StrIx(name))
        }
    }

    /// Returns the position of the name of `edge`, whose kind has a name and
    /// not an index.
    #[inline]
    pub(crate) fn edge_text(&self, edge: EdgeIx) -> StrIx {
        StrIx(self.edges.name(edge))
    }

    /// Returns a string of the table.
    #[must_use]
    pub fn text(&self, ix: StrIx) -> Text<'_> {
        self.strings.text(ix)
    }

    /// Returns the position where `node` (a function) or its constructor (of
    /// other objects) is defined, if V8 recorded it. O(log L) time for L
    /// locations.
    #[must_use]
    pub fn location(&self, node: NodeIx) -> Option<Location> {
        let at = self.locations.binary_search_by_key(&node, |&(at, _)| at).ok()?;
        Some(self.locations[at].1)
    }

    /// Returns every node with a location, in the order of the file.
    #[must_use]
    pub fn locations(&self) -> impl ExactSizeIterator<Item = (NodeIx, Location)> + '_ {
        self.locations.iter().copied()
    }

    /// Returns the points of the allocation timeline, in the order of the file;
    /// empty without a recording.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Returns the bytes outside of V8's heap that the embedder reported in
    /// addition to the nodes.
    #[must_use]
    pub fn extra_native_bytes(&self) -> u64 {
        self.extra_native_bytes
    }

    /// Returns the first node with this id, or `None`.
    ///
    /// # Complexity
    /// O(N) time. [`crate::Analysis::node`] is faster for repeated searches.
    #[must_use]
    pub fn find_id(&self, id: NodeId) -> Option<NodeIx> {
        self.ids.iter().position(|&other| other == id).map(NodeIx::at)
    }

    /// Returns the position of the first number of `node` in the file's array
    /// of nodes. DevTools calls it node index.
    #[must_use]
    pub fn file_index(&self, node: NodeIx) -> u64 {
        u64::from(node.0) * u64::from(self.node_field_count)
    }

    /// Returns the heap memory that the graph uses, in bytes.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.kinds.capacity()
            + self.detachedness.capacity() * size_of::<(NodeIx, Detachedness)>()
            + (self.names.capacity() + self.ids.capacity()) * 4
            + self.first_edges.heap_bytes()
            + self.self_sizes.heap_bytes()
            + self.edges.heap_bytes()
            + self.strings.heap_bytes()
            + self.locations.capacity() * size_of::<(NodeIx, Location)>()
            + self.trace_node_ids.capacity() * size_of::<u32>()
            + self.traces.heap_bytes()
    }

    /// Returns the positions of the outgoing edges of `node`.
    #[inline]
    pub(crate) fn edge_range(&self, node: NodeIx) -> std::ops::Range<u32> {
        self.first_edges.range(node)
    }

    /// Returns the edge at a position.
    #[inline]
    pub(crate) fn edge(&self, edge: EdgeIx) -> Edge {
        self.edges.get(edge)
    }

    /// Returns the outgoing edges of `node`.
    #[inline]
    pub(crate) fn out(&self, node: NodeIx) -> impl ExactSizeIterator<Item = Edge> {
        self.edge_range(node).map(|at| self.edge(EdgeIx(at)))
    }

    /// Returns the outgoing edges of `node` with their positions.
    #[inline]
    pub(crate) fn out_at(&self, node: NodeIx) -> impl ExactSizeIterator<Item = (EdgeIx, Edge)> {
        self.edge_range(node).map(|at| (EdgeIx(at), self.edge(EdgeIx(at))))
    }

    /// Returns whether `node` is of a kind.
    #[inline]
    pub(crate) fn is_kind(&self, node: NodeIx, kind: NodeKind) -> bool {
        self.kinds[node] == kind
    }

    /// Returns the position of every string that equals `text`. O(strings)
    /// time.
    pub(crate) fn find_strings(&self, text: &str) -> Vec<StrIx> {
        self.strings.find(text)
    }
}
