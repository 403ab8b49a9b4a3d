//! The depth-first search: numbers, tree, and which edges lead backwards.

use super::{Link, NONE};
use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, Edge, Graph};
use crate::ids::to_u32;
use crate::pass::edge_policy::{Essential, Source};

/// Depth-first search that numbers nodes and sorts edges by direction.
pub(super) struct Search {
    pub(super) numbers: Vec<u32>,
    pub(super) order: Vec<u32>,
    pub(super) links: Vec<Link>,
    pub(super) semi: Vec<u32>,
    stack: Vec<Frame>,
}

struct Frame {
    number: u32,
    next: u32,
    end: u32,
}

impl Search {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            numbers: vec![NONE; nodes],
            order: Vec::with_capacity(nodes),
            links: Vec::with_capacity(nodes),
            semi: Vec::with_capacity(nodes),
            stack: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn visit(&mut self, node: u32, parent: u32) -> u32 {
        let number = to_u32(self.order.len());
        self.numbers[node as usize] = number;
        self.order.push(node);
        self.links.push(Link { ancestor: parent, list_or_label: 0 });
        self.semi.push(parent);
        number
    }

    /// Explores from the node with number `start`.
    pub(super) fn run(
        &mut self,
        graph: &Graph,
        start: usize,
        edges: &mut impl Follow,
        control: &Control,
    ) -> Result<(), Error> {
        let mut ticker = control.ticker();
        let range = graph.edge_range(self.order[start] as usize);
        let mut frame =
            Frame { number: to_u32(start), next: to_u32(range.start), end: to_u32(range.end) };
        let mut source = edges.source(self.order[start] as usize);
        loop {
            let mut descended = false;
            while frame.next < frame.end {
                let at = frame.next as usize;
                let edge = graph.edges[at];
                frame.next += 1;
                if !edges.follow(&source, at, edge) {
                    continue;
                }
                let known = self.numbers[edge.to()];
                if known == NONE {
                    ticker.tick()?;
                    let number = self.visit(edge.to, frame.number);
                    let range = graph.edge_range(edge.to());
                    if range.is_empty() {
                        continue;
                    }
                    let inner = Frame { number, next: to_u32(range.start), end: to_u32(range.end) };
                    let outer = std::mem::replace(&mut frame, inner);
                    if outer.next < outer.end {
                        self.stack.push(outer);
                    }
                    source = edges.source(edge.to());
                    descended = true;
                    break;
                }
                if known > frame.number {
                    let semi = &mut self.semi[known as usize];
                    *semi = (*semi).min(frame.number);
                } else if known != 0 {
                    self.links[known as usize].list_or_label += 1;
                }
            }
            if !descended {
                let Some(outer) = self.stack.pop() else { return Ok(()) };
                frame = outer;
                source = edges.source(self.order[frame.number as usize] as usize);
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

impl Search {
    /// Lists, by target, the sources of the edges to smaller numbers. Turns the
    /// counts in `links` into the starts of the lists.
    pub(super) fn predecessors(
        &mut self,
        graph: &Graph,
        essential: &Essential<'_>,
        control: &Control,
    ) -> Result<Vec<u32>, Error> {
        let mut end = 0;
        for link in &mut self.links {
            end += link.list_or_label;
            link.list_or_label = end;
        }
        let mut sources = vec![0u32; end as usize];
        let mut ticker = control.ticker();
        for node in 0..graph.node_count() {
            ticker.tick()?;
            let number = self.numbers[node];
            if number == NONE {
                continue;
            }
            let source = essential.source(node);
            let range = graph.edge_range(node);
            for (at, &edge) in range.clone().zip(&graph.edges[range]) {
                let target = self.numbers[edge.to()];
                if target < number && target != 0 && essential.contains(&source, at, edge) {
                    let slot = &mut self.links[target as usize].list_or_label;
                    *slot -= 1;
                    sources[*slot as usize] = number;
                }
            }
        }
        Ok(sources)
    }
}

/// Returns the nodes that were not reached and have no essential edge to them.
pub(super) fn unheld(graph: &Graph, essential: &Essential<'_>, numbers: &[u32]) -> Vec<u32> {
    let unreached: Vec<u32> =
        (0..to_u32(numbers.len())).filter(|&v| numbers[v as usize] == NONE).collect();
    let mut held = BitSet::new(numbers.len());
    for &node in &unreached {
        let source = essential.source(node as usize);
        for at in graph.edge_range(node as usize) {
            let edge = graph.edges[at];
            if numbers[edge.to()] == NONE && essential.contains(&source, at, edge) {
                held.insert(edge.to());
            }
        }
    }
    unreached.into_iter().filter(|&node| !held.contains(node as usize)).collect()
}
