//! The edges of one node: Containment (outgoing) and Retainers (incoming).

use std::cmp::Ordering;

use super::Window;
use super::display::DisplayNames;
use super::order::{Next, Order, after_chunk, chunk, signed};
use super::parts::{by_parts, joined};
use crate::analysis::Analysis;
use crate::ids::{EdgeIx, NodeIx, to_u32};
use crate::pass::distances::Distance;
use crate::text::TextBuf;

/// The column that sorts a list of edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LinkSort {
    /// Retained size of the other node, descending, then the name of the edge:
    /// DevTools' default for Containment.
    RetainedSize,
    /// Distance of the other node, then its name: DevTools' default for
    /// Retainers.
    Distance,
    /// Name of the edge, then retained size of the other node, descending.
    EdgeName,
    /// Shallow size of the other node, descending, then the name of the edge.
    ShallowSize,
}

/// An edge, and the node at its other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The edge.
    pub edge: EdgeIx,
    /// Its name as DevTools shows it.
    pub name: TextBuf,
    /// The node at the other end: the target in Containment, the source in
    /// Retainers.
    pub node: NodeIx,
    /// The distance that DevTools shows for the node, see [`Distance::raw`]. A
    /// retainer that no root reaches has 200,000,000 instead, so that it sorts
    /// last.
    pub distance: i32,
}

/// A page of a list of edges.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Links {
    /// The edges in the window.
    pub links: Vec<Link>,
    /// Number of edges, also outside of the window.
    pub link_count: usize,
}

/// The distance that DevTools shows for a retainer that no root reaches.
const FAR: i32 = 200_000_000;

impl Analysis {
    /// Returns the number of incoming edges of `node`, of all kinds.
    ///
    /// # Complexity
    /// O(1) time; O(N + E) for the first query about retainers.
    #[must_use]
    pub fn retainer_count(&self, node: NodeIx) -> usize {
        self.reverse().of(node).len()
    }

    /// Returns the incoming edges of `node`, of all kinds, with their sources,
    /// in descending order of the edges. In contrast to [`Self::retainers`], it
    /// does not sort or make names.
    ///
    /// # Complexity
    /// That of [`Self::retainer_count`].
    pub fn incoming(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = (EdgeIx, NodeIx)> + Clone + '_ {
        self.reverse().of(node)
    }

    /// Returns the outgoing edges of `node` with their targets, including weak
    /// edges.
    ///
    /// # Semantics
    /// As DevTools' Containment view. Names of edges compare as text, also if
    /// they are numbers. Names come before numbers; `__proto__` comes last.
    /// Ties are in the order of the file.
    ///
    /// # Complexity
    /// O(D + k log k) time for D edges and k in the window. Needs 24 bytes per
    /// edge.
    #[must_use]
    pub fn containment(&self, node: NodeIx, sort: LinkSort, window: Window) -> Links {
        let links = self.graph.edges(node).map(|edge| (edge, self.graph.target(edge)));
        self.links(&links.collect::<Vec<_>>(), sort, window, false)
    }

    /// Returns the edges that keep `node` alive, with their sources: all
    /// incoming edges that are not weak and do not start at the root.
    ///
    /// # Semantics
    /// As DevTools' Retainers pane. Ties are in descending order of the edges,
    /// because DevTools stores retainers in that order.
    ///
    /// # Complexity
    /// O(D + k log k) time on several threads for D retainers and k in the
    /// window. The first query about retainers takes O(N + E) time, and 4 bytes
    /// per node and 6 per edge (8 from 2^24 nodes or edges).
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Analysis, AnalysisOptions, Graph, LinkSort, ReadOptions, Window};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let node = analysis.preorder().last().expect("a snapshot has nodes");
    /// for link in analysis.retainers(node, LinkSort::Distance, Window::first(10)).links {
    ///     println!("{} in {}", link.name, analysis.display_name(link.node));
    /// }
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    #[must_use]
    pub fn retainers(&self, node: NodeIx, sort: LinkSort, window: Window) -> Links {
        let root = self.graph.root();
        let all = self.reverse().of(node);
        let keeps =
            |&(edge, source): &(EdgeIx, NodeIx)| source != root && !self.graph.edge(edge).is_weak();
        let parts = by_parts(all.len(), |part| {
            all.clone().skip(part.start).take(part.len()).filter(keeps).collect()
        });
        self.links(&joined(parts), sort, window, true)
    }

    /// Returns the window of the sorted list of `links`.
    fn links(
        &self,
        links: &[(EdgeIx, NodeIx)],
        sort: LinkSort,
        window: Window,
        retainers: bool,
    ) -> Links {
        let order = Sorting { analysis: self, links, sort, retainers };
        let mut places: Vec<u32> = (0..to_u32(links.len())).collect();
        if sort != LinkSort::Distance && has_two_prototypes(self, links) {
            sort_like_javascript(&mut places, &mut |&a, &b| order.like_devtools(a, b));
            window.cut(&mut places);
        } else {
            places = window.choose(places, &order);
        }
        let shown = places.into_iter().map(|place| {
            let (edge, node) = links[place as usize];
            let distance = self.link_distance(node, retainers);
            Link { edge, name: self.edge_label(edge), node, distance }
        });
        Links { links: shown.collect(), link_count: links.len() }
    }

    /// Returns the distance that DevTools shows for a node in such a list.
    fn link_distance(&self, node: NodeIx, retainers: bool) -> i32 {
        let distance = self.distance(node);
        if retainers && distance == Distance::UNREACHABLE { FAR } else { distance.raw() }
    }
}

/// Edges sorted by a column. The last tie-break is the position in the list.
struct Sorting<'a> {
    analysis: &'a Analysis,
    links: &'a [(EdgeIx, NodeIx)],
    sort: LinkSort,
    retainers: bool,
}

/// The group of an edge among those sorted by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Named,
    Numbered,
    Prototype,
}

impl Sorting<'_> {
    /// The level of numbers that are compared before names.
    const FIRST: u32 = 0;

    /// The level of [`Rank`].
    const RANK: u32 = 1;

    /// The first level of parts of names.
    const NAME: u32 = 2;

    /// The level of retained sizes that are compared after names.
    const LAST: u32 = u32::MAX;

    /// Returns the edge at a position of the list, and its other node.
    fn at(&self, place: u32) -> (EdgeIx, NodeIx) {
        self.links[place as usize]
    }

    /// Returns the group of an edge.
    fn rank(&self, edge: EdgeIx) -> Rank {
        if self.analysis.is_proto(edge) {
            Rank::Prototype
        } else if self.analysis.is_named(edge) {
            Rank::Named
        } else {
            Rank::Numbered
        }
    }

    /// Returns how edges with equal names are ordered.
    fn after_name(&self) -> Next {
        if self.sort == LinkSort::EdgeName { Next::Level(Self::LAST) } else { Next::Place }
    }

    /// Compares the names that the column contains: of edges, or of nodes.
    fn names(&self, a: u32, b: u32) -> Ordering {
        let (a, b) = (self.at(a), self.at(b));
        if self.sort == LinkSort::Distance {
            self.analysis.display_name(a.1).cmp(&self.analysis.display_name(b.1))
        } else {
            self.analysis.with_label(a.0, |a| self.analysis.with_label(b.0, |b| a.cmp(&b)))
        }
    }

    /// Compares two edges as DevTools does if a node has several edges named
    /// `__proto__`.
    fn like_devtools(&self, a: u32, b: u32) -> Ordering {
        let names = || match (self.rank(self.at(a).0), self.rank(self.at(b).0)) {
            (_, Rank::Prototype) => Ordering::Less,
            (Rank::Prototype, _) => Ordering::Greater,
            (rank_a, rank_b) => rank_a.cmp(&rank_b).then_with(|| self.names(a, b)),
        };
        let number = |level| {
            let key = |place| self.key(place, level, &mut DisplayNames::default());
            key(a).cmp(&key(b))
        };
        let order = match self.sort {
            LinkSort::EdgeName => names().then_with(|| number(Self::LAST)),
            _ => number(Self::FIRST).then_with(names),
        };
        order.then(a.cmp(&b))
    }
}

impl Order for Sorting<'_> {
    /// A place in the list.
    type Item = u32;
    type Scratch = DisplayNames;

    fn first(&self) -> u32 {
        if self.sort == LinkSort::EdgeName { Self::RANK } else { Self::FIRST }
    }

    fn key(&self, place: u32, level: u32, names: &mut DisplayNames) -> u64 {
        let (edge, node) = self.at(place);
        match (self.sort, level) {
            (LinkSort::ShallowSize, Self::FIRST) => !self.analysis.shallow_size(node),
            (LinkSort::Distance, Self::FIRST) => {
                signed(self.analysis.link_distance(node, self.retainers))
            }
            (_, Self::FIRST | Self::LAST) => !self.analysis.retained_size(node),
            (_, Self::RANK) => self.rank(edge) as u64,
            (LinkSort::Distance, level) => chunk(names.of(self.analysis, node), level - Self::NAME),
            (_, level) => self.analysis.with_label(edge, |name| chunk(name, level - Self::NAME)),
        }
    }

    fn next(&self, level: u32, key: u64) -> Next {
        match level {
            Self::FIRST if self.sort == LinkSort::Distance => Next::Level(Self::NAME),
            Self::FIRST => Next::Level(Self::RANK),
            Self::RANK if key == Rank::Prototype as u64 => self.after_name(),
            Self::RANK => Next::Level(Self::NAME),
            Self::LAST => Next::Place,
            level => after_chunk(key, level, Self::NAME, self.after_name()),
        }
    }

    fn compare(&self, a: u32, b: u32) -> Ordering {
        let retained = |place| self.analysis.retained_size(self.at(place).1);
        match self.sort {
            LinkSort::EdgeName => self.names(a, b).then_with(|| retained(b).cmp(&retained(a))),
            _ => self.names(a, b),
        }
    }
}

/// Returns whether several edges are named `__proto__`.
///
/// DevTools' comparison is then contradictory: each of them comes before the
/// other. The order in DevTools depends on the sorting algorithm of V8.
fn has_two_prototypes(analysis: &Analysis, links: &[(EdgeIx, NodeIx)]) -> bool {
    links.iter().filter(|&&(edge, _)| analysis.is_proto(edge)).nth(1).is_some()
}

/// Sorts as V8's `Array.prototype.sort` does for short arrays: the ascending
/// (or reversed descending) run at the start, then binary insertion of the
/// rest.
///
/// Does not need a consistent order, and therefore shows the rows as DevTools
/// does.
fn sort_like_javascript<T>(items: &mut [T], compare: &mut impl FnMut(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let mut run = 2;
    let descending = compare(&items[1], &items[0]).is_lt();
    while run < items.len() && compare(&items[run], &items[run - 1]).is_lt() == descending {
        run += 1;
    }
    if descending {
        items[..run].reverse();
    }
    for at in run..items.len() {
        let (mut left, mut right) = (0, at);
        while left < right {
            let middle = left + (right - left) / 2;
            if compare(&items[at], &items[middle]).is_lt() {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        items[left..=at].rotate_right(1);
    }
}
