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
//!   its own number. Only edges to smaller numbers are listed by target.
//! * `label` holds the smallest semidominator of a path, not the vertex that
//!   has it: Semi-NCA never asks for the vertex.
//! * The search for the nearest common ancestor is linear in the depth of the
//!   tree in the worst case, which a linked list whose items are also in an
//!   array does reach. After a budget of steps it goes on with jump pointers
//!   (E. W. Myers, *An applicative random-access stack*, IPL 1983,
//!   doi:10.1016/0020-0190(83)90106-0), which bound a search by O(log N).

mod lists;
mod number;
mod path;
mod search;
mod tree;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Graph};
use crate::ids::to_u32;
use crate::pass::edge_policy::{Essential, page_starts};

use lists::Lists;
pub(crate) use number::Number;
use number::Short;
use path::TreePath;
use search::{PageEdges, Search, complete_page, unheld};
pub(crate) use tree::{NumberedTree, Tree};

/// Computes the dominator tree over the essential edges, and the page objects
/// that decide which edges those are.
///
/// # Semantics
/// Nodes that the root does not reach and that nothing holds count as held by
/// the root. What is still unreached (cycles that nobody holds) is dominated by
/// the root directly, and its own edges are ignored.
///
/// # Complexity
/// O((N + E) log N) time, in practice linear. While it runs 14 bytes a node, 3
/// an edge to a smaller number (17 and 4 from 2^24 nodes), 8 an edge to a larger
/// one that is not in the tree, and 12 a level of the depth-first search.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<(Tree, BitSet), Error> {
    if graph.node_count() < Short::NONE as usize {
        compute_with::<Short>(graph, control).map(|(tree, page)| (Tree::Short(tree), page))
    } else {
        compute_with::<u32>(graph, control).map(|(tree, page)| (Tree::Long(tree), page))
    }
}

fn compute_with<N: Number>(
    graph: &Graph,
    control: &Control,
) -> Result<(NumberedTree<N>, BitSet), Error> {
    control.enter(Stage::Dominators)?;
    let nodes = graph.node_count();
    let mut search = Search::<N>::new(nodes);
    search.visit(graph.root(), 0);
    // Over essential edges the page reaches page objects only, so searching it
    // first also finds nearly all of them.
    let mut in_page = PageEdges::new(graph);
    for start in page_starts(graph) {
        if start == graph.root() {
            in_page.skipped.push(start);
        } else if search.number_of(start) == N::NONE {
            search.visit(start, 0);
            search.run(graph, start, &mut in_page, control)?;
        }
    }
    let mut page = BitSet::new(nodes);
    for (node, &number) in search.numbers.iter_enumerated() {
        if ![N::NONE, 0].contains(&number.get()) {
            page.insert(node);
        }
    }
    complete_page(graph, &mut page, in_page.skipped, control)?;

    let mut essential = Essential::new(graph, &page);
    search.run(graph, graph.root(), &mut essential, control)?;
    if search.reached() < nodes {
        for node in unheld(graph, &essential, &search.numbers) {
            search.visit(node, 0);
            search.run(graph, node, &mut essential, control)?;
        }
    }
    let predecessors = search.predecessors(graph, &essential, control)?;
    let Search { numbers, parents, forward, .. } = search;
    let reached = parents.len();
    let path = TreePath::new(&parents);
    let semi = semidominators(parents, forward, predecessors, control)?;

    let mut order = vec![N::of(0); nodes];
    let mut unreached = reached;
    for (node, &number) in numbers.iter_enumerated() {
        let number = number.get();
        let place = if number == N::NONE { &mut unreached } else { &mut (number as usize) };
        order[*place] = N::of(node.0);
        *place += 1;
    }
    debug_assert_eq!(unreached, nodes, "every node has a place of its own");
    drop(numbers);
    let mut parents = nearest_common_ancestors(path, semi, control)?;
    parents.resize(nodes, N::of(0));
    Ok((NumberedTree { order, parents }, page))
}

/// `ancestors` are the parents in the depth-first tree at first, and shortcuts
/// upwards later.
fn semidominators<N: Number>(
    mut ancestors: Vec<N>,
    mut forward: Vec<(u32, u32)>,
    predecessors: Lists<N>,
    control: &Control,
) -> Result<Vec<N>, Error> {
    let mut ticker = control.ticker();
    let mut path = Vec::new();
    // The end of a list is not asked for any more once its number was processed:
    // from then on there is the smallest semidominator from that number up to
    // below its ancestor.
    let Lists { ends: mut labels, mut items } = predecessors;
    let mut end = items.len();
    let mut semi = vec![N::of(0); ancestors.len()];
    forward.sort_unstable();
    for w in (1..ancestors.len()).rev() {
        ticker.tick()?;
        let mut smallest = ancestors[w].get();
        while let Some((_, source)) = forward.pop_if(|&mut (target, _)| target as usize == w) {
            smallest = smallest.min(source);
        }
        let start = labels[w - 1] as usize;
        for v in &items[start..end] {
            let label = eval(&mut ancestors, &mut labels, &mut path, v.get(), to_u32(w));
            smallest = smallest.min(label);
        }
        end = start;
        // What was read makes room for what is written, an eighth at a time.
        if items.len() - end > items.len() / 8 {
            items.truncate(end);
            items.shrink_to_fit();
        }
        debug_assert!((smallest as usize) < w, "a semidominator is a proper ancestor");
        semi[w] = N::of(smallest);
        labels[w] = smallest;
    }
    Ok(semi)
}

/// Returns the smallest semidominator on the tree path from `v` up to the last
/// number larger than `w`, and makes the path short for the next time.
#[inline]
fn eval<N: Number>(
    ancestors: &mut [N],
    labels: &mut [u32],
    path: &mut Vec<u32>,
    v: u32,
    w: u32,
) -> u32 {
    let mut top = v;
    let mut above = ancestors[top as usize].get();
    path.clear();
    while above > w {
        path.push(top);
        top = above;
        above = ancestors[top as usize].get();
    }
    let mut label = labels[top as usize];
    for &below in path.iter().rev() {
        label = label.min(labels[below as usize]);
        labels[below as usize] = label;
        ancestors[below as usize] = N::of(above);
    }
    label
}

/// Finds the immediate dominators: of each number the nearest ancestor, in the
/// tree built so far, that is not below the semidominator. They take the place
/// of the semidominators.
fn nearest_common_ancestors<N: Number>(
    mut path: TreePath,
    semi: Vec<N>,
    control: &Control,
) -> Result<Vec<N>, Error> {
    let mut ticker = control.ticker();
    let mut parents = semi;
    let mut budget = parents.len() * 16;
    for w in 1..parents.len() {
        ticker.tick()?;
        let semi = parents[w].get();
        let mut d = path.descend();
        while d > semi {
            d = parents[d as usize].get();
            budget = budget.saturating_sub(1);
        }
        debug_assert!((d as usize) < w, "a dominator is a proper ancestor");
        parents[w] = N::of(d);
        if budget == 0 {
            finish_with_jumps(&mut parents, w + 1, path, control)?;
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

/// Goes on where the linear search was given up, at the number `next`.
fn finish_with_jumps<N: Number>(
    parents: &mut [N],
    next: usize,
    mut path: TreePath,
    control: &Control,
) -> Result<(), Error> {
    let mut ticker = control.ticker();
    let mut jumps: Vec<Jump> = Vec::with_capacity(parents.len());
    jumps.push(Jump { depth: 0, to: 0 });
    for w in 1..parents.len() {
        ticker.tick()?;
        if w >= next {
            let semi = parents[w].get();
            let mut d = path.descend();
            while d > semi {
                let far = jumps[d as usize].to;
                d = if far > semi { far } else { parents[d as usize].get() };
            }
            debug_assert!((d as usize) < w, "a dominator is a proper ancestor");
            parents[w] = N::of(d);
        }
        let d = parents[w].get();
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
