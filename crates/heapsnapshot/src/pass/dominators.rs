//! The dominator tree.
//!
//! A node *d* dominates a node *v* if every path from the root to *v* goes
//! through *d*; the immediate dominator of *v* is the dominator nearest to it.
//! If *d* went away, so would all it dominates: that is what it retains.
//!
//! Inputs: edges, kinds, names of the root's children. Outputs: [`Tree`], and
//! the page objects, which are found on the way.
//!
//! The algorithm is Semi-NCA: L. Georgiadis, *Linear-Time Algorithms for
//! Dominators and Related Problems*, Princeton 2005, section 2.2; semidominators
//! as in T. Lengauer and R. E. Tarjan, *A fast algorithm for finding dominators
//! in a flowgraph*, TOPLAS 1979, doi:10.1145/357062.357071. Deviations:
//!
//! * All work happens on depth-first numbers, so that neighbours in the tree
//!   are neighbours in memory.
//! * Predecessors are not stored. An edge to a larger number (a tree or forward
//!   edge) can only come from an ancestor, and an ancestor's contribution is
//!   its own number, so those edges are folded into `semi` as they are met. Only
//!   edges to smaller numbers are listed by target.
//! * `label` holds the smallest semidominator of a path, not the vertex that
//!   has it: Semi-NCA never asks for the vertex.
//! * The search for the nearest common ancestor is linear in the depth of the
//!   tree in the worst case, which a linked list whose items are also in an
//!   array does reach. After a budget of steps it goes on with jump pointers
//!   (E. W. Myers, *An applicative random-access stack*, IPL 1983,
//!   doi:10.1016/0020-0190(83)90106-0), which bound a search by O(log N).

mod number;
mod search;
mod tree;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Graph};
use crate::ids::to_u32;
use crate::pass::edge_policy::{Essential, page_starts};

use number::{Number, Short};
use search::{PageEdges, Search, TreePath, complete_page, unheld};
pub(crate) use tree::Tree;

/// Computes the dominator tree over the essential edges, and the page objects
/// that decide which edges those are.
///
/// # Semantics
/// Nodes that the root does not reach and that nothing holds count as held by
/// the root. What is still unreached (cycles that nobody holds) is dominated by
/// the root directly, and its own edges are ignored.
///
/// # Complexity
/// O((N + E) log N) time, in practice linear. While it runs 15 bytes a node, 3
/// an edge to a smaller number (17 and 4 from 2^24 edges), and 12 a level of the
/// depth-first search.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<(Tree, BitSet), Error> {
    if graph.node_count().max(graph.edge_count()) < Short::NONE as usize {
        compute_with::<Short>(graph, control)
    } else {
        compute_with::<u32>(graph, control)
    }
}

fn compute_with<N: Number>(graph: &Graph, control: &Control) -> Result<(Tree, BitSet), Error> {
    control.enter(Stage::Dominators)?;
    let nodes = graph.node_count();
    let mut search = Search::<N>::new(nodes);
    search.visit(graph.root().0, 0);
    // Over essential edges the page reaches page objects only, so searching it
    // first also finds nearly all of them.
    let mut in_page = PageEdges::new(graph);
    for start in page_starts(graph) {
        if start == graph.root().0 {
            in_page.skipped.push(start);
        } else if search.number_of(start as usize) == N::NONE {
            search.visit(start, 0);
            search.run(graph, start, &mut in_page, control)?;
        }
    }
    let mut page = BitSet::new(nodes);
    for (node, &number) in search.numbers.iter().enumerate() {
        if ![N::NONE, 0].contains(&number.get()) {
            page.insert(node);
        }
    }
    complete_page(graph, &mut page, in_page.skipped, control)?;

    let mut essential = Essential::new(graph, &page);
    search.run(graph, graph.root().0, &mut essential, control)?;
    if search.reached() < nodes {
        for node in unheld(graph, &essential, &search.numbers) {
            search.visit(node, 0);
            search.run(graph, node, &mut essential, control)?;
        }
    }
    let predecessors = search.predecessors(graph, &essential, control)?;
    let Search { numbers, links, semi, .. } = search;
    let reached = links.len();
    let path = TreePath::new(&links);
    let semi = semidominators(links, semi, &predecessors, control)?;
    drop(predecessors);

    let mut order = vec![0u32; nodes];
    let mut unreached = reached;
    for (node, &number) in numbers.iter().enumerate() {
        let number = number.get();
        let place = if number == N::NONE { &mut unreached } else { &mut (number as usize) };
        order[*place] = to_u32(node);
        *place += 1;
    }
    drop(numbers);
    let mut parents = nearest_common_ancestors(path, &semi, nodes, control)?;
    parents.resize(nodes, 0);
    Ok((Tree { order, parents }, page))
}

/// Per number, first for the search and then for the path compression.
#[derive(Clone, Copy)]
struct Link {
    /// Parent in the depth-first tree; shortcut upwards later.
    ancestor: u32,
    /// First the number of edges from larger numbers, then where the list of
    /// their sources starts; once the number was processed, the smallest
    /// semidominator from here up to below `ancestor`.
    list_or_label: u32,
}

fn semidominators<N: Number>(
    mut links: Vec<Link>,
    mut semi: Vec<N>,
    predecessors: &[N],
    control: &Control,
) -> Result<Vec<N>, Error> {
    let mut ticker = control.ticker();
    let mut path = Vec::new();
    let mut end = predecessors.len();
    for w in (1..links.len()).rev() {
        ticker.tick()?;
        let mut smallest = semi[w].get();
        let start = links[w].list_or_label as usize;
        for &v in &predecessors[start..end] {
            smallest = smallest.min(eval(&mut links, &mut path, v.get(), to_u32(w)));
        }
        end = start;
        semi[w] = N::of(smallest);
        links[w].list_or_label = smallest;
    }
    Ok(semi)
}

/// Returns the smallest semidominator on the tree path from `v` up to the last
/// number larger than `w`, and makes the path short for the next time.
#[inline]
fn eval(links: &mut [Link], path: &mut Vec<u32>, v: u32, w: u32) -> u32 {
    let link = links[v as usize];
    let mut at = link.ancestor;
    if at <= w {
        return link.list_or_label;
    }
    path.clear();
    path.push(v);
    let mut top = links[at as usize];
    while top.ancestor > w {
        path.push(at);
        at = top.ancestor;
        top = links[at as usize];
    }
    let mut label = top.list_or_label;
    for &below in path.iter().rev() {
        let link = &mut links[below as usize];
        label = label.min(link.list_or_label);
        *link = Link { ancestor: top.ancestor, list_or_label: label };
    }
    label
}

/// Finds the immediate dominators: of each number the nearest ancestor, in the
/// tree built so far, that is not below the semidominator. `nodes` is how
/// many to reserve for.
fn nearest_common_ancestors<N: Number>(
    mut path: TreePath,
    semis: &[N],
    nodes: usize,
    control: &Control,
) -> Result<Vec<u32>, Error> {
    let mut ticker = control.ticker();
    let mut parents: Vec<u32> = Vec::with_capacity(nodes);
    parents.push(0);
    let mut budget = semis.len() * 16;
    for semi in &semis[1..] {
        ticker.tick()?;
        let semi = semi.get();
        let mut d = path.descend();
        while d > semi {
            d = parents[d as usize];
            budget = budget.saturating_sub(1);
        }
        parents.push(d);
        if budget == 0 {
            finish_with_jumps(&mut parents, path, semis, control)?;
            break;
        }
    }
    Ok(parents)
}

#[derive(Clone, Copy)]
struct Jump {
    depth: u32,
    to: u32,
}

/// Goes on where the linear search was given up.
fn finish_with_jumps<N: Number>(
    parents: &mut Vec<u32>,
    mut path: TreePath,
    semis: &[N],
    control: &Control,
) -> Result<(), Error> {
    let mut ticker = control.ticker();
    let mut jumps: Vec<Jump> = Vec::with_capacity(semis.len());
    jumps.push(Jump { depth: 0, to: 0 });
    for (w, semi) in semis.iter().enumerate().skip(1) {
        ticker.tick()?;
        let semi = semi.get();
        let d = if let Some(&known) = parents.get(w) {
            known
        } else {
            let mut d = path.descend();
            while d > semi {
                let far = jumps[d as usize].to;
                d = if far > semi { far } else { parents[d as usize] };
            }
            parents.push(d);
            d
        };
        let near = jumps[d as usize];
        let far = jumps[near.to as usize];
        // Lengths of jumps follow the skew-binary numbers.
        let to = if near.depth - jumps[near.to as usize].depth
            == far.depth - jumps[far.to as usize].depth
        {
            far.to
        } else {
            d
        };
        jumps.push(Jump { depth: near.depth + 1, to });
    }
    Ok(())
}
