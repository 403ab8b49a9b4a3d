//! The depth-first search: numbers the nodes, builds the depth-first tree,
//! collects the edges to larger numbers outside of it, and counts the edges to
//! smaller numbers.

use super::lists::{Counts, Lists};
use super::number::Number;
use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, Edge, Graph};
use crate::ids::{EdgeIx, NodeIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::edge_policy::{Essential, Source};

/// A depth-first search that numbers nodes, records edges to larger numbers and
/// counts edges to smaller ones.
///
/// It uses its own stack, so a deep heap cannot overflow the thread's stack.
pub(super) struct Search<N> {
    /// By node: its number, or [`Number::NONE`] as long as it is not reached.
    pub(super) numbers: IndexVec<NodeIx, N>,
    /// By number: the parent in the depth-first tree. The root is its own parent.
    pub(super) parents: Vec<N>,
    /// Target and source of the edges to larger numbers outside the tree. There
    /// are few.
    pub(super) forward: Vec<(u32, u32)>,
    /// By number: how many edges from larger numbers lead to it.
    counts: Counts,
    /// The nodes above the current one that have edges left to follow.
    stack: Vec<Frame>,
}

/// A node with edges that the search still has to follow.
struct Frame {
    node: NodeIx,
    number: u32,
    /// Position of the next edge to follow.
    next: u32,
}

impl<N: Number> Search<N> {
    /// Returns a search that reached none of `nodes` nodes.
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            numbers: IndexVec::from_elem(N::of(N::NONE), nodes),
            parents: Vec::with_capacity(nodes),
            forward: Vec::new(),
            counts: Counts::new(nodes),
            stack: Vec::new(),
        }
    }

    /// Returns how many nodes have a number. The next node gets this number.
    pub(super) fn reached(&self) -> usize {
        self.parents.len()
    }

    /// Returns the number of `node`, or [`Number::NONE`].
    #[inline]
    pub(super) fn number_of(&self, node: NodeIx) -> u32 {
        self.numbers[node].get()
    }

    /// Assigns the next number to `node`, and returns it. `parent`: the number of
    /// the parent in the depth-first tree.
    #[inline]
    pub(super) fn visit(&mut self, node: NodeIx, parent: u32) -> u32 {
        let number = to_u32(self.parents.len());
        debug_assert_eq!(self.number_of(node), N::NONE, "a node is visited once");
        debug_assert!(number < N::NONE, "numbers fit");
        debug_assert!(parent < number || number == 0, "a parent is visited first");
        self.numbers[node] = N::of(number);
        self.parents.push(N::of(parent));
        number
    }

    /// Visits all nodes that have no number yet and can be reached from `start`
    /// over `edges`. `start` must have a number already.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub(super) fn run(
        &mut self,
        graph: &Graph,
        start: NodeIx,
        edges: &mut impl EdgeFilter,
        control: &Control,
    ) -> Result<(), Error> {
        let mut ticker = control.ticker();
        let range = graph.edge_range(start);
        let (mut next, mut end) = (range.start, range.end);
        let (mut node, mut number) = (start, self.number_of(start));
        let mut source = edges.source(start);
        loop {
            let mut descended = false;
            while next < end {
                let at = EdgeIx(next);
                let edge = graph.edge(at);
                next += 1;
                if !edges.should_follow(&source, at, edge) {
                    continue;
                }
                let known = self.number_of(edge.to);
                if known == N::NONE {
                    ticker.tick()?;
                    let child = self.visit(edge.to, number);
                    let range = graph.edge_range(edge.to);
                    if range.is_empty() {
                        continue;
                    }
                    if next < end {
                        self.stack.push(Frame { node, number, next });
                    }
                    (node, number, next, end) = (edge.to, child, range.start, range.end);
                    source = edges.source(edge.to);
                    descended = true;
                    break;
                }
                if known > number {
                    self.forward.push((known, number));
                } else if known != 0 {
                    self.counts.add(known);
                }
            }
            if !descended {
                let Some(outer) = self.stack.pop() else { return Ok(()) };
                (node, number, next) = (outer.node, outer.number, outer.next);
                end = graph.edge_range(node).end;
                source = edges.source(node);
            }
        }
    }
}

/// Decides which edges a search follows.
pub(super) trait EdgeFilter {
    /// Returns the facts about the source `node` that [`should_follow`](Self::should_follow) needs,
    /// once for all its edges.
    fn source(&self, node: NodeIx) -> Source;

    /// Returns whether the search follows the edge `at` of `source`.
    fn should_follow(&mut self, source: &Source, at: EdgeIx, edge: Edge) -> bool;
}

impl EdgeFilter for Essential<'_> {
    #[inline]
    fn source(&self, node: NodeIx) -> Source {
        Essential::source(self, node)
    }

    #[inline]
    fn should_follow(&mut self, source: &Source, at: EdgeIx, edge: Edge) -> bool {
        self.contains(source, at, edge)
    }
}

/// The essential edges of page objects, before the set of page objects is
/// complete.
///
/// A page object is a node that can be reached from a start of the page
/// ([`page_starts`](super::page_starts)) over edges that are not weak. These edges
/// need not be essential. The search follows only the essential ones;
/// [`complete_page`] adds the targets of the others.
pub(super) struct PageEdges<'a> {
    essential: Essential<'a>,
    root: NodeIx,
    /// Targets of edges that the search skipped and that are not weak. They are
    /// page objects, too.
    pub(super) skipped: Vec<NodeIx>,
}

impl<'a> PageEdges<'a> {
    /// Returns the filter for `graph`, with an empty `skipped`.
    pub(super) fn new(graph: &'a Graph) -> Self {
        Self { essential: Essential::in_page(graph), root: graph.root(), skipped: Vec::new() }
    }
}

impl EdgeFilter for PageEdges<'_> {
    #[inline]
    fn source(&self, node: NodeIx) -> Source {
        Source::in_page(node)
    }

    #[inline]
    fn should_follow(&mut self, source: &Source, at: EdgeIx, edge: Edge) -> bool {
        let follows = edge.to != self.root && self.essential.contains(source, at, edge);
        if !follows && !edge.is_weak() {
            self.skipped.push(edge.to);
        }
        follows
    }
}

/// Adds `starts`, and the nodes that they reach over edges that are not weak, to
/// `page`.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
pub(super) fn complete_page(
    graph: &Graph,
    page: &mut BitSet,
    starts: Vec<NodeIx>,
    control: &Control,
) -> Result<(), Error> {
    let mut ticker = control.ticker();
    let mut open = starts;
    open.retain(|&node| page.insert(node));
    while let Some(node) = open.pop() {
        ticker.tick()?;
        for edge in graph.out(node) {
            if !edge.is_weak() && page.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    Ok(())
}

impl<N: Number> Search<N> {
    /// Lists, by target, the sources of the essential edges to smaller numbers.
    ///
    /// Edges to the root (number 0) are left out: it needs no dominator.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub(super) fn predecessors(
        &mut self,
        graph: &Graph,
        essential: &Essential<'_>,
        control: &Control,
    ) -> Result<Lists<N>, Error> {
        let mut lists = Lists::new(std::mem::take(&mut self.counts), self.reached());
        let mut ticker = control.ticker();
        for node in graph.nodes() {
            ticker.tick()?;
            let number = self.number_of(node);
            if number == N::NONE {
                continue;
            }
            let source = essential.source(node);
            for (at, edge) in graph.out_at(node) {
                let target = self.number_of(edge.to);
                if target < number && target != 0 && essential.contains(&source, at, edge) {
                    lists.push(target, N::of(number));
                }
            }
        }
        Ok(lists)
    }
}

/// Returns the unreached nodes without an essential incoming edge, in the order
/// of the file.
///
/// Only edges from unreached nodes need a look: the target of a reached node's
/// essential edge is reached.
pub(super) fn unreached_without_incoming_edge<N: Number>(
    graph: &Graph,
    essential: &Essential<'_>,
    numbers: &IndexVec<NodeIx, N>,
) -> Vec<NodeIx> {
    let is_unreached = |node: NodeIx| numbers[node].get() == N::NONE;
    let unreached: Vec<NodeIx> = graph.nodes().filter(|&node| is_unreached(node)).collect();
    let mut has_incoming = BitSet::new(graph.node_count());
    for &node in &unreached {
        let source = essential.source(node);
        for (at, edge) in graph.out_at(node) {
            if is_unreached(edge.to) && essential.contains(&source, at, edge) {
                has_incoming.insert(edge.to);
            }
        }
    }
    unreached.into_iter().filter(|&node| !has_incoming.contains(node)).collect()
}
