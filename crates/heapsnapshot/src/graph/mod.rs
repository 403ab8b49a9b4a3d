//! Storage only: the heap graph as columns, read-only after construction.
//!
//! # Memory
//!
//! | column | bytes |
//! |---|---|
//! | kind, name, id, self size, first edge | 1 + 4 + 4 + 2 + 2.25 a node |
//! | target, label (kind and name) | 3 + 3 an edge; 4 each in large snapshots |
//! | string end, string text | 4 + its length a string |
//! | location | 16 a located object |
//! | DOM state | 8 a node that has one |

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

pub(crate) use builder::Builder;
pub(crate) use column::{BitSet, Column, ColumnMut};
pub(crate) use csr::Reverse;
pub(crate) use edges::{Edge, Edges};
pub(crate) use ephemeron::Ephemerons;
pub use kind::{Detachedness, EdgeKind, NodeKind};
pub(crate) use starts::Starts;
pub(crate) use strings::StringTable;

use std::fmt;

use crate::ids::{EdgeIx, Idx, NodeId, NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::text::Text;

/// Where the constructor or function of an object was defined.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// V8's number of the script; differs between processes.
    pub script_id: u32,
    /// 0-based line; 0 also for what a script's offset puts before its first line.
    pub line: u32,
    /// 0-based column; 0 also for what a script's offset puts before its first column.
    pub column: u32,
}

/// A point of a heap timeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Microseconds since the recording started.
    pub timestamp_us: u64,
    /// The highest id that V8 had assigned by then.
    pub last_assigned_id: u64,
}

/// The name of an edge as the file has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeName {
    /// The number of an element or of a hidden edge.
    Index(u32),
    /// A string, for all other kinds.
    Str(StrIx),
}

/// A heap graph: nodes and edges in file order, and the strings they name.
#[derive(Clone, Default)]
pub struct Graph {
    pub(crate) kinds: IndexVec<NodeIx, NodeKind>,
    /// `(node, state)` in node order, for nodes with a known state.
    pub(crate) detachedness: Vec<(NodeIx, Detachedness)>,
    pub(crate) names: IndexVec<NodeIx, StrIx>,
    pub(crate) ids: IndexVec<NodeIx, NodeId>,
    pub(crate) self_sizes: Column,
    /// Where the edges of each node start in `edges`, and where the last end.
    pub(crate) first_edges: Starts,
    pub(crate) edges: Edges,
    /// Empty unless allocations were tracked.
    pub(crate) trace_node_ids: IndexVec<NodeIx, u32>,
    pub(crate) strings: StringTable,
    /// Sorted by node; one per node.
    pub(crate) locations: Vec<(NodeIx, Location)>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) ephemerons: Ephemerons,
    pub(crate) node_kind_names: Vec<String>,
    pub(crate) edge_kind_names: Vec<String>,
    pub(crate) root: NodeIx,
    pub(crate) node_field_count: u32,
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

    /// Returns the number of strings, those made by renaming included.
    #[must_use]
    pub fn string_count(&self) -> usize {
        self.strings.len()
    }

    /// Returns all nodes in file order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeIx> + DoubleEndedIterator + use<> {
        (0..to_u32(self.node_count())).map(NodeIx)
    }

    /// Returns the root node. All distances and retained sizes start there.
    #[must_use]
    pub fn root(&self) -> NodeIx {
        self.root
    }

    /// Returns the kind of `node`.
    #[must_use]
    pub fn kind(&self, node: NodeIx) -> NodeKind {
        self.kinds[node]
    }

    /// Returns the name that the file gives to the kind of `node`.
    #[must_use]
    pub fn kind_name(&self, node: NodeIx) -> &str {
        self.node_kind_names.get(self.kinds[node].index()).map_or("unknown", String::as_str)
    }

    /// Returns the raw name of `node`: the string of the file, or that string
    /// after `Detached ` if the node was renamed.
    #[must_use]
    pub fn name(&self, node: NodeIx) -> Text<'_> {
        self.text(self.names[node])
    }

    /// Returns where the raw name of `node` is in the string table. V8 stores
    /// each text once, so equal texts have one position.
    #[must_use]
    pub fn name_ix(&self, node: NodeIx) -> StrIx {
        self.names[node]
    }

    /// Returns the V8 id of `node`.
    #[must_use]
    pub fn id(&self, node: NodeIx) -> NodeId {
        self.ids[node]
    }

    /// Returns the size of `node` in bytes as V8 wrote it.
    ///
    /// # Semantics
    /// DevTools reduces sizes modulo 4 GiB; this does not.
    #[must_use]
    pub fn self_size(&self, node: NodeIx) -> u64 {
        self.self_sizes.get(node)
    }

    /// Returns whether `node` belongs to an attached or detached DOM tree.
    #[must_use]
    pub fn detachedness(&self, node: NodeIx) -> Detachedness {
        let found = self.detachedness.binary_search_by_key(&node, |&(at, _)| at);
        found.map_or(Detachedness::Unknown, |at| self.detachedness[at].1)
    }

    /// Returns the number of the allocation trace of `node`, 0 if there is none.
    #[must_use]
    pub fn trace_node_id(&self, node: NodeIx) -> u32 {
        self.trace_node_ids.get(node).copied().unwrap_or(0)
    }

    /// Returns the edges that start at `node`, in file order.
    pub fn edges(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = EdgeIx> + DoubleEndedIterator + use<> {
        self.edge_range(node).map(EdgeIx)
    }

    /// Returns the node that `edge` points to.
    #[must_use]
    pub fn target(&self, edge: EdgeIx) -> NodeIx {
        self.edges.get(edge).to
    }

    /// Returns the node that `edge` starts at.
    ///
    /// # Complexity
    /// O(log N): sources are not stored.
    #[must_use]
    pub fn source(&self, edge: EdgeIx) -> NodeIx {
        self.first_edges.node_of(edge)
    }

    /// Returns the kind of `edge`.
    #[must_use]
    pub fn edge_kind(&self, edge: EdgeIx) -> EdgeKind {
        self.edges.get(edge).kind().public()
    }

    /// Returns the name that the file gives to the kind of `edge`.
    #[must_use]
    pub fn edge_kind_name(&self, edge: EdgeIx) -> &str {
        let code = self.edge_kind(edge).0;
        self.edge_kind_names.get(usize::from(code)).map_or("unknown", String::as_str)
    }

    /// Returns the name or number of `edge` as the file has it.
    #[must_use]
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

    /// Returns the name of `edge`, whose kind has a name and not a number.
    #[inline]
    pub(crate) fn edge_text(&self, edge: EdgeIx) -> StrIx {
        StrIx(self.edges.name(edge))
    }

    /// Returns a string of the table.
    #[must_use]
    pub fn text(&self, ix: StrIx) -> Text<'_> {
        self.strings.text(ix)
    }

    /// Returns where the constructor of `node` (or `node` itself, for a
    /// function) was defined, if the snapshot knows.
    #[must_use]
    pub fn location(&self, node: NodeIx) -> Option<Location> {
        let at = self.locations.binary_search_by_key(&node, |&(at, _)| at).ok()?;
        Some(self.locations[at].1)
    }

    /// Returns every node whose constructor, or which itself, was defined at a known place, in node order.
    #[must_use]
    pub fn locations(&self) -> impl ExactSizeIterator<Item = (NodeIx, Location)> + '_ {
        self.locations.iter().copied()
    }

    /// Returns the points of the heap timeline, if one was recorded.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Returns bytes that the embedder reported besides the nodes.
    #[must_use]
    pub fn extra_native_bytes(&self) -> u64 {
        self.extra_native_bytes
    }

    /// Returns the first node with this id.
    ///
    /// # Complexity
    /// O(N) time, no memory: ids are not sorted in general.
    #[must_use]
    pub fn find_id(&self, id: NodeId) -> Option<NodeIx> {
        self.ids.iter().position(|&other| other == id).map(NodeIx::at)
    }

    /// Returns V8's position of `node` in the flat array of the file, the
    /// number that DevTools calls node index.
    #[must_use]
    pub fn file_index(&self, node: NodeIx) -> u64 {
        u64::from(node.0) * u64::from(self.node_field_count)
    }

    /// Returns the heap memory held by this graph, in bytes.
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
    }

    #[inline]
    pub(crate) fn edge_range(&self, node: NodeIx) -> std::ops::Range<u32> {
        self.first_edges.range(node)
    }

    #[inline]
    pub(crate) fn edge(&self, edge: EdgeIx) -> Edge {
        self.edges.get(edge)
    }

    /// Returns the edges that start at `node`.
    #[inline]
    pub(crate) fn out(&self, node: NodeIx) -> impl ExactSizeIterator<Item = Edge> {
        self.edge_range(node).map(|at| self.edge(EdgeIx(at)))
    }

    /// Returns the same with their positions.
    #[inline]
    pub(crate) fn out_at(&self, node: NodeIx) -> impl ExactSizeIterator<Item = (EdgeIx, Edge)> {
        self.edge_range(node).map(|at| (EdgeIx(at), self.edge(EdgeIx(at))))
    }

    #[inline]
    pub(crate) fn is_kind(&self, node: NodeIx, kind: NodeKind) -> bool {
        self.kinds[node] == kind
    }

    /// Returns every string-table position that holds exactly `text`.
    pub(crate) fn find_strings(&self, text: &str) -> Vec<StrIx> {
        self.strings.find(text)
    }
}
