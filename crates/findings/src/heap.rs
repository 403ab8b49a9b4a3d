//! The heap as rules see it: nodes and edges with their meaning in JavaScript.

mod collections;
mod functions;

use std::collections::{HashMap, HashSet};

use heapsnapshot::{Analysis, EdgeIx, EdgeKind, EdgeName, Graph, NodeIx, NodeKind};

pub(crate) use self::collections::Collection;
pub(crate) use self::functions::{Origin, is_internal};
use crate::words::{Word, Words};

/// One snapshot, with lookups that several rules need.
pub(crate) struct Heap<'a> {
    /// The sizes, distances and dominators.
    pub(crate) analysis: &'a Analysis,
    /// The nodes and edges.
    pub(crate) graph: &'a Graph,
    /// Positions of the names that rules search for in the string table.
    words: Words,
    /// By node: whether it is new since the first snapshot. Empty with one snapshot.
    fresh: Vec<bool>,
}

impl<'a> Heap<'a> {
    /// Finds the names that rules look for. O(strings) time.
    pub(crate) fn new(analysis: &'a Analysis) -> Self {
        let graph = analysis.graph();
        Self { analysis, graph, words: Words::find(graph), fresh: Vec::new() }
    }

    /// Sets which nodes are new.
    pub(crate) fn set_fresh(&mut self, fresh: Vec<bool>) {
        self.fresh = fresh;
    }

    /// Returns whether it is known which objects are new.
    pub(crate) fn knows_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Returns whether an object is known to be newer than the first snapshot.
    pub(crate) fn is_fresh(&self, node: NodeIx) -> bool {
        self.fresh.get(node.index()).copied().unwrap_or_default()
    }

    /// Returns the retained size of a node in bytes.
    pub(crate) fn retained(&self, node: NodeIx) -> u64 {
        self.analysis.retained_size(node)
    }

    /// Returns a node, its immediate dominator, and so on up to the root.
    pub(crate) fn dominators(&self, node: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let up = |&at: &NodeIx| Some(self.analysis.dominator(at)).filter(|&up| up != at);
        std::iter::successors(Some(node), up)
    }

    /// Returns V8's id of a node.
    pub(crate) fn id(&self, node: NodeIx) -> u32 {
        self.graph.id(node).get()
    }

    /// Returns whether an edge has this name.
    pub(crate) fn is_named(&self, edge: EdgeIx, word: Word) -> bool {
        matches!(self.graph.edge_name(edge), EdgeName::Str(ix) if Some(ix) == self.words.get(word))
    }

    /// Returns the target of the first edge of this kind and name.
    pub(crate) fn follow(&self, node: NodeIx, kind: EdgeKind, word: Word) -> Option<NodeIx> {
        self.words.get(word)?;
        let edge = self
            .graph
            .edges(node)
            .find(|&edge| self.graph.edge_kind(edge) == kind && self.is_named(edge, word))?;
        Some(self.graph.target(edge))
    }

    /// Returns the target of V8's internal reference of this name.
    pub(crate) fn internal(&self, node: NodeIx, word: Word) -> Option<NodeIx> {
        self.follow(node, EdgeKind::INTERNAL, word)
    }

    /// Returns the value of the property of this name.
    pub(crate) fn property(&self, node: NodeIx, word: Word) -> Option<NodeIx> {
        self.follow(node, EdgeKind::PROPERTY, word)
    }

    /// Returns the name of an edge, if it has one.
    pub(crate) fn edge_text(&self, edge: EdgeIx) -> Option<String> {
        match self.graph.edge_name(edge) {
            EdgeName::Str(ix) => Some(self.graph.text(ix).to_string_lossy().into_owned()),
            EdgeName::Index(_) => None,
        }
    }

    /// Returns the index of an edge, or a name that is a number.
    pub(crate) fn position(&self, edge: EdgeIx) -> Option<usize> {
        match self.graph.edge_name(edge) {
            EdgeName::Index(at) => Some(at as usize),
            EdgeName::Str(ix) => self.graph.text(ix).as_str()?.parse().ok(),
        }
    }

    /// Returns whether a node is a function.
    pub(crate) fn is_closure(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::CLOSURE
    }

    /// Returns whether a node is a scope.
    pub(crate) fn is_context(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::OBJECT && {
            // Newer V8 appends ` / ` and the kind of scope.
            let rest = self.graph.name(node).as_bytes().strip_prefix(b"system / Context");
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b" / "))
        }
    }

    /// Returns whether a node is a string, however V8 represents it.
    pub(crate) fn is_string(&self, node: NodeIx) -> bool {
        self.graph.kind(node).is_string()
    }

    /// Returns whether a value is not an object of its own: `undefined`, a hidden class, a small
    /// number.
    pub(crate) fn is_filler(&self, node: NodeIx) -> bool {
        matches!(self.graph.kind(node), NodeKind::HIDDEN | NodeKind::OBJECT_SHAPE | NodeKind::CODE)
    }

    /// Returns the constructor of an object, as the Summary names it.
    pub(crate) fn class(&self, node: NodeIx) -> String {
        if self.graph.name(node) == "EventTarget" && self.is_signal(node) {
            return "AbortSignal".to_owned();
        }
        let name = self.analysis.class_name(node);
        // V8 lists the properties of a plain object in the name of its interface.
        if name.as_bytes().starts_with(b"{") {
            "Object".to_owned()
        } else {
            name.to_string_lossy().into_owned()
        }
    }

    /// Returns the bytes that each group of nodes retains. A node that another node of its group
    /// dominates counts once. `group_of` maps a node to its group, `0..groups`.
    pub(crate) fn union_retained(
        &self,
        group_of: &HashMap<NodeIx, usize>,
        groups: usize,
    ) -> Vec<u64> {
        if group_of.is_empty() {
            return vec![0; groups];
        }
        union_retained_by(self.analysis, |node| group_of.get(&node).copied(), groups)
    }

    /// Returns whether a node is a record of a `FinalizationRegistry`. V8 removes it some time
    /// after its object was collected.
    pub(crate) fn is_finalizer(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::HIDDEN && self.graph.name(node) == "system / WeakCell"
    }

    /// Returns whether a node stands for V8's roots, such as `(Global handles)`. Native objects of
    /// Node can have the same kind, but not such a name.
    pub(crate) fn is_root(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::SYNTHETIC
            && (node == self.graph.root() || self.graph.name(node).starts_with("("))
    }

    /// Returns whether an object is an `AbortSignal`. Node creates signals without their
    /// constructor, so V8 names them `EventTarget`.
    pub(crate) fn is_signal(&self, node: NodeIx) -> bool {
        self.property(node, Word::Aborted).is_some()
    }

    /// Returns the names of the properties of an object. Includes those whose values are small
    /// numbers, which are not nodes. Private fields have no names in a snapshot.
    pub(crate) fn property_names(&self, node: NodeIx) -> Vec<String> {
        let descriptors =
            self.internal(node, Word::Map).and_then(|map| self.internal(map, Word::Descriptors));
        let of_shape = descriptors
            .into_iter()
            .flat_map(|descriptors| self.graph.edges(descriptors))
            .map(|edge| self.graph.target(edge))
            .filter(|&name| self.is_string(name) || self.graph.kind(name) == NodeKind::SYMBOL)
            .map(|name| self.graph.name(name).to_string_lossy().into_owned());
        let of_edges = self
            .graph
            .edges(node)
            .filter(|&edge| self.graph.edge_kind(edge) == EdgeKind::PROPERTY)
            .filter_map(|edge| self.edge_text(edge));
        of_shape.chain(of_edges).collect()
    }

    /// Returns whether an object is the prototype of a class of the program.
    pub(crate) fn is_own_prototype(&self, node: NodeIx) -> bool {
        let constructor = self.property(node, Word::Constructor);
        constructor
            .and_then(|constructor| self.origin(constructor))
            .is_some_and(|origin| !origin.is_internal())
    }

    /// Returns whether a node is an internal structure of V8, not an object of the program.
    pub(crate) fn is_engine(&self, node: NodeIx) -> bool {
        matches!(
            self.graph.kind(node),
            NodeKind::HIDDEN | NodeKind::ARRAY | NodeKind::CODE | NodeKind::OBJECT_SHAPE
        )
    }

    /// Returns whether an edge says nothing about ownership: weak edges, prototypes, V8's types.
    pub(crate) fn is_bookkeeping(&self, edge: EdgeIx) -> bool {
        self.graph.edge_kind(edge) == EdgeKind::WEAK
            || self.is_named(edge, Word::Proto)
            || matches!(
                self.graph.kind(self.graph.target(edge)),
                NodeKind::CODE | NodeKind::OBJECT_SHAPE
            )
    }

    /// Returns the nodes that have one of `ids`, by id.
    pub(crate) fn find_ids(&self, ids: &HashSet<u32>) -> HashMap<u32, NodeIx> {
        if ids.is_empty() {
            return HashMap::new();
        }
        self.graph
            .nodes()
            .map(|node| (self.id(node), node))
            .filter(|(id, _)| ids.contains(id))
            .collect()
    }
}

/// Returns how many bytes each group of nodes retains, as [`Heap::union_retained`] does. `group_of`
/// returns the group of a node, below `groups`.
pub(crate) fn union_retained_by(
    analysis: &Analysis,
    group_of: impl Fn(NodeIx) -> Option<usize>,
    groups: usize,
) -> Vec<u64> {
    let mut bytes = vec![0u64; groups];
    // Nodes of each group on the path from the root: only the outermost one counts.
    let mut open = vec![0u32; groups];
    let mut path: Vec<(NodeIx, Option<usize>)> = Vec::new();
    for node in analysis.preorder() {
        let dominator = analysis.dominator(node);
        while path.last().is_some_and(|&(top, _)| top != dominator) {
            if let Some((_, Some(group))) = path.pop() {
                open[group] -= 1;
            }
        }
        let group = group_of(node);
        if let Some(group) = group {
            if open[group] == 0 {
                bytes[group] += analysis.retained_size(node);
            }
            open[group] += 1;
        }
        path.push((node, group));
    }
    bytes
}
