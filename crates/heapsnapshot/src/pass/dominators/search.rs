//! The depth-first search: numbers, tree, and which edges lead backwards.

use super::lists::{Counts, Lists};
use super::number::Number;
use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, Edge, Graph};
use crate::ids::to_u32;
use crate::pass::edge_policy::{Essential, Source};

/// Depth-first search that numbers nodes and sorts edges by direction.
pub(super) struct Search<N> {
    /// Depth-first number by node.
    pub(super) numbers: Vec<N>,
    /// Parent in the depth-first tree, by number.
    pub(super) parents: Vec<N>,
    /// Edges to larger numbers that are not in the tree, target and source: there
    /// are few.
    pub(super) forward: Vec<(u32, u32)>,
    /// Edges from larger numbers, by number.
    counts: Counts,
    stack: Vec<Frame>,
}

/// A node whose edges are not all followed yet.
struct Frame {
    node: u32,
    number: u32,
    next: u32,
}

impl<N: Number> Search<N> {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            numbers: vec![N::of(N::NONE); nodes],
            parents: Vec::with_capacity(nodes),
            forward: Vec::new(),
            counts: Counts::new(nodes),
            stack: Vec::new(),
        }
    }

    /// Returns how many nodes have a number.
    pub(super) fn reached(&self) -> usize {
        self.parents.len()
    }

    /// Returns the number of `node`, or [`Number::NONE`].
    #[inline]
    pub(super) fn number_of(&self, node: usize) -> u32 {
        self.numbers[node].get()
    }

    /// Gives `node` the next number.
    #[inline]
    pub(super) fn visit(&mut self, node: u32, parent: u32) -> u32 {
        let number = to_u32(self.parents.len());
        self.numbers[node as usize] = N::of(number);
        self.parents.push(N::of(parent));
        number
    }

    /// Explores from `start`, which has a number.
    pub(super) fn run(
        &mut self,
        graph: &Graph,
        start: u32,
        edges: &mut impl Follow,
        control: &Control,
    ) -> Result<(), Error> {
        let mut ticker = control.ticker();
        let range = graph.edge_range(start as usize);
        let (mut next, mut end) = (range.start, range.end);
        let (mut node, mut number) = (start, self.number_of(start as usize));
        let mut source = edges.source(start as usize);
        loop {
            let mut descended = false;
            while next < end {
                let at = next;
                let edge = graph.edge(at);
                next += 1;
                if !edges.follow(&source, at, edge) {
                    continue;
                }
                let known = self.number_of(edge.to());
                if known == N::NONE {
                    ticker.tick()?;
                    let child = self.visit(edge.to, number);
                    let range = graph.edge_range(edge.to());
                    if range.is_empty() {
                        continue;
                    }
                    if next < end {
                        self.stack.push(Frame { node, number, next: to_u32(next) });
                    }
                    (node, number, next, end) = (edge.to, child, range.start, range.end);
                    source = edges.source(edge.to());
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
                (node, number, next) = (outer.node, outer.number, outer.next as usize);
                end = graph.edge_range(node as usize).end;
                source = edges.source(node as usize);
            }
        }
    }
}

/// Which edges a search follows.
pub(super) trait Follow {
    fn source(&self, node: usize) -> Source;
    fn follow(&mut self, source: &Source, at: usize, edge: Edge) -> bool;
}

impl Follow for Essential<'_> {
    #[inline]
    fn source(&self, node: usize) -> Source {
        Essential::source(self, node)
    }

    #[inline]
    fn follow(&mut self, source: &Source, at: usize, edge: Edge) -> bool {
        self.contains(source, at, edge)
    }
}

/// The essential edges of page objects, while it is not known yet what else
/// belongs to the page.
pub(super) struct PageEdges<'a> {
    nothing: Essential<'a>,
    root: u32,
    /// Targets of other edges that are not weak: they belong to the page too.
    pub(super) skipped: Vec<u32>,
}

impl<'a> PageEdges<'a> {
    pub(super) fn new(graph: &'a Graph) -> Self {
        Self { nothing: Essential::in_page(graph), root: graph.root().0, skipped: Vec::new() }
    }
}

impl Follow for PageEdges<'_> {
    #[inline]
    fn source(&self, node: usize) -> Source {
        Source::in_page(node)
    }

    #[inline]
    fn follow(&mut self, source: &Source, at: usize, edge: Edge) -> bool {
        let follows = edge.to != self.root && self.nothing.contains(source, at, edge);
        if !follows && !edge.is_weak() {
            self.skipped.push(edge.to);
        }
        follows
    }
}

/// Adds to `page` what `starts` reach over edges that are not weak.
pub(super) fn complete_page(
    graph: &Graph,
    page: &mut BitSet,
    starts: Vec<u32>,
    control: &Control,
) -> Result<(), Error> {
    let mut ticker = control.ticker();
    let mut open = starts;
    open.retain(|&node| page.insert(node as usize));
    while let Some(node) = open.pop() {
        ticker.tick()?;
        for edge in graph.out(node as usize) {
            if !edge.is_weak() && page.insert(edge.to()) {
                open.push(edge.to);
            }
        }
    }
    Ok(())
}

impl<N: Number> Search<N> {
    /// Lists, by target, the sources of the edges to smaller numbers.
    pub(super) fn predecessors(
        &mut self,
        graph: &Graph,
        essential: &Essential<'_>,
        control: &Control,
    ) -> Result<Lists<N>, Error> {
        let mut lists = Lists::new(std::mem::take(&mut self.counts), self.reached());
        let mut ticker = control.ticker();
        for node in 0..graph.node_count() {
            ticker.tick()?;
            let number = self.number_of(node);
            if number == N::NONE {
                continue;
            }
            let source = essential.source(node);
            for (at, edge) in graph.out_at(node) {
                let target = self.number_of(edge.to());
                if target < number && target != 0 && essential.contains(&source, at, edge) {
                    lists.push(target, N::of(number));
                }
            }
        }
        Ok(lists)
    }
}

/// Returns the nodes that were not reached and have no essential edge to them.
pub(super) fn unheld<N: Number>(
    graph: &Graph,
    essential: &Essential<'_>,
    numbers: &[N],
) -> Vec<u32> {
    let is_unreached = |node: usize| numbers[node].get() == N::NONE;
    let unreached: Vec<u32> =
        (0..to_u32(numbers.len())).filter(|&node| is_unreached(node as usize)).collect();
    let mut held = BitSet::new(numbers.len());
    for &node in &unreached {
        let source = essential.source(node as usize);
        for (at, edge) in graph.out_at(node as usize) {
            if is_unreached(edge.to()) && essential.contains(&source, at, edge) {
                held.insert(edge.to());
            }
        }
    }
    unreached.into_iter().filter(|&node| !held.contains(node as usize)).collect()
}
