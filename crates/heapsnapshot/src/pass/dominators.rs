//! Computes the dominator tree.
//!
//! A node *d* dominates a node *v* if every path from the root to *v* contains
//! *d*. The immediate dominator of *v* is its nearest dominator other than *v*.
//! If *d* is removed, the root no longer reaches the nodes that *d* dominates:
//! these are what *d* retains.
//!
//! Inputs: edges, node kinds and ids, entries of `WeakMap`s, and names of the
//! root's children. Outputs: the [`Tree`], and the set of page objects (objects
//! of a web page as DevTools defines them, see [`PageEdges`]), which is computed
//! here because it decides which edges are [essential](Essential).
//!
//! # Algorithm
//! Semi-NCA: L. Georgiadis, *Linear-Time Algorithms for Dominators and Related
//! Problems*, Princeton 2005, section 2.2. The semidominators are those of
//! T. Lengauer and R. E. Tarjan, *A fast algorithm for finding dominators in a
//! flowgraph*, TOPLAS 1979, doi:10.1145/357062.357071.
//!
//! 1. `search` visits the nodes depth-first, over essential edges. A node's
//!    *number* is its position in that order; the root has number 0. The edges
//!    that lead to a node for the first time form the *depth-first tree*.
//! 2. `semidominators` computes, from the largest number to the smallest, the
//!    semidominator of each number *v*: the smallest number from which a path
//!    leads to *v* with only numbers larger than *v* in between. It is an
//!    ancestor of *v* in the depth-first tree.
//! 3. `nearest_common_ancestors` computes, from the smallest number to the
//!    largest, the immediate dominator of each number *v*. It starts at *v*'s
//!    parent in the depth-first tree, and goes up in the dominator tree computed
//!    so far. The first number that is not larger than *v*'s semidominator is
//!    the result.
//!
//! # Differences from the published algorithm
//! * All steps work on depth-first numbers, so that nodes that are close in the
//!   tree are close in memory.
//! * Edges to smaller numbers are stored, by target. An edge to a larger number
//!   always comes from an ancestor, which contributes its own number to the
//!   semidominator. The edge from the parent needs no storage; the search stores
//!   the few others.
//! * `labels` hold the smallest semidominator on a path, not the number that has
//!   it, because Semi-NCA does not need that number.
//! * Going up takes O(N) steps per number in the worst case, such as a linked
//!   list whose values are also in an array. When a budget of steps is used up,
//!   the pass continues with jump pointers, which need O(log N) steps per number
//!   (E. W. Myers, *An applicative random-access stack*, IPL 1983,
//!   doi:10.1016/0020-0190(83)90106-0).

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
use path::ParentIter;
use search::{PageEdges, Search, complete_page, unreached_without_incoming_edge};
pub(crate) use tree::{NumberedTree, Tree};

/// Computes the dominator tree over the essential edges, and the set of page
/// objects.
///
/// # Semantics
/// As in DevTools, every node has a dominator, also one that the root does not
/// reach:
///
/// 1. An unreached node without essential incoming edges counts as a child of
///    the root. The search continues from it, as from the root's other children.
/// 2. The remaining unreached nodes are on cycles, or are reached only from
///    cycles. The root is their immediate dominator. Their edges are ignored.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O((N + E) log N) time; linear in practice. The pass needs 14 bytes per node
/// and 3 per edge to a smaller number (17 and 4 if there are 2^24 - 1 nodes or
/// more), 8 per edge to a larger number outside the depth-first tree, and 12 per
/// level of the depth-first search.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<(Tree, BitSet), Error> {
    if graph.node_count() < Short::NONE as usize {
        compute_with::<Short>(graph, control).map(|(tree, page)| (Tree::Short(tree), page))
    } else {
        compute_with::<u32>(graph, control).map(|(tree, page)| (Tree::Long(tree), page))
    }
}

/// [`compute`] with depth-first numbers of the type `N`.
fn compute_with<N: Number>(
    graph: &Graph,
    control: &Control,
) -> Result<(NumberedTree<N>, BitSet), Error> {
    control.enter(Stage::Dominators)?;
    let nodes = graph.node_count();
    let mut search = Search::<N>::new(nodes);
    search.visit(graph.root(), 0);
    // The essential edges of a page object lead only to page objects. Searching
    // from the starts of the page first therefore finds nearly all page objects
    // without another search; `complete_page` adds the rest.
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
        for node in unreached_without_incoming_edge(graph, &essential, &search.numbers) {
            search.visit(node, 0);
            search.run(graph, node, &mut essential, control)?;
        }
    }
    let predecessors = search.predecessors(graph, &essential, control)?;
    let Search { numbers, parents, forward, .. } = search;
    let reached = parents.len();
    let tree_parents = ParentIter::new(&parents);
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
    let mut dominators = nearest_common_ancestors(tree_parents, semi, control)?;
    dominators.resize(nodes, N::of(0));
    Ok((NumberedTree { order, dominators }, page))
}

/// Returns the semidominator of each number.
///
/// `ancestors` contains the parents in the depth-first tree. [`eval`] replaces
/// them by ancestors further up. `forward` contains the edges to larger numbers
/// outside the tree, `predecessors` the edges to smaller ones.
fn semidominators<N: Number>(
    mut ancestors: Vec<N>,
    mut forward: Vec<(u32, u32)>,
    predecessors: Lists<N>,
    control: &Control,
) -> Result<Vec<N>, Error> {
    let mut ticker = control.ticker();
    let mut path = Vec::new();
    // Two uses of one array, to save memory. Until number `w` was processed,
    // `labels[w]` is the end of its list of predecessors. From then on, it is the
    // smallest semidominator from `w` up to, but without, `ancestors[w]`.
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
        // Whenever the lists already read make up more than an eighth of `items`,
        // frees them. Pages of `semi` become resident as they are written, so the
        // memory stays about the same.
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
/// number larger than `w`.
///
/// Compresses the path. Afterwards, for every number `u` on it, `ancestors[u]` is
/// the first number beyond the end of the path, and `labels[u]` is the smallest
/// semidominator from `u` up to, but without, `ancestors[u]`.
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

/// Returns the immediate dominator of each number, see step 3 in the description
/// of this module. Overwrites `semi` with the result, to save memory.
///
/// `tree_parents` yields the parents in the depth-first tree.
fn nearest_common_ancestors<N: Number>(
    mut tree_parents: ParentIter,
    semi: Vec<N>,
    control: &Control,
) -> Result<Vec<N>, Error> {
    let mut ticker = control.ticker();
    let mut dominators = semi;
    let mut budget = dominators.len() * 16;
    for w in 1..dominators.len() {
        ticker.tick()?;
        let semi = dominators[w].get();
        let mut d = tree_parents.next_parent();
        while d > semi {
            d = dominators[d as usize].get();
            budget = budget.saturating_sub(1);
        }
        debug_assert!((d as usize) < w, "a dominator is a proper ancestor");
        dominators[w] = N::of(d);
        if budget == 0 {
            finish_with_jumps(&mut dominators, w + 1, tree_parents, control)?;
            break;
        }
    }
    Ok(dominators)
}

/// A pointer from a number to a distant ancestor in the dominator tree.
#[derive(Clone, Copy)]
struct Jump {
    /// Depth of the number that has the pointer.
    depth: u32,
    /// The ancestor.
    to: u32,
}

/// Computes the immediate dominators from the number `next` on, with jump
/// pointers. The `dominators` of smaller numbers are complete; those from `next` on
/// still hold semidominators.
fn finish_with_jumps<N: Number>(
    dominators: &mut [N],
    next: usize,
    mut tree_parents: ParentIter,
    control: &Control,
) -> Result<(), Error> {
    let mut ticker = control.ticker();
    let mut jumps: Vec<Jump> = Vec::with_capacity(dominators.len());
    jumps.push(Jump { depth: 0, to: 0 });
    for w in 1..dominators.len() {
        ticker.tick()?;
        if w >= next {
            let semi = dominators[w].get();
            let mut d = tree_parents.next_parent();
            while d > semi {
                let far = jumps[d as usize].to;
                d = if far > semi { far } else { dominators[d as usize].get() };
            }
            debug_assert!((d as usize) < w, "a dominator is a proper ancestor");
            dominators[w] = N::of(d);
        }
        let d = dominators[w].get();
        let near = jumps[d as usize];
        let far = jumps[near.to as usize];
        // If the two jumps above `d` have the same length, the new jump covers both
        // and the step to `d`. Lengths are therefore 1, 3, 7, 15 and so on, the
        // place values of skew-binary numbers: any ancestor is O(log N) jumps away.
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
