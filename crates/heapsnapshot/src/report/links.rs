//! Edges of one node, both ways: Containment and Retainers.

use std::cmp::Ordering;

use super::Window;
use super::display::DisplayNames;
use super::order::{Next, Order, after_chunk, chunk, signed};
use super::parts::{by_parts, joined};
use crate::analysis::Analysis;
use crate::ids::{EdgeIx, NodeIx, to_u32};
use crate::pass::distances::Distance;
use crate::text::TextBuf;

/// The column that orders a list of edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LinkSort {
    /// Retained size of the other node descending, then edge name: DevTools'
    /// default for Containment.
    RetainedSize,
    /// Distance of the other node, then its name: the default for Retainers.
    Distance,
    /// Edge name, then retained size descending.
    EdgeName,
    /// Shallow size of the other node descending, then edge name.
    ShallowSize,
}

/// One edge with the node at its other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The edge.
    pub edge: EdgeIx,
    /// Its name as DevTools shows it.
    pub name: TextBuf,
    /// The node at the other end: the target for Containment, the source for
    /// Retainers.
    pub node: NodeIx,
    /// Distance as the list shows it: the node's for Containment. For
    /// Retainers, one that no root reaches counts as very far.
    pub distance: i32,
}

/// A list of edges.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Links {
    /// The edges of the window.
    pub links: Vec<Link>,
    /// Number of edges, shown or not.
    pub link_count: usize,
}

/// What DevTools adds to the distance of a retainer that no root reaches.
const FAR: i32 = 200_000_000;

impl Analysis {
    /// Returns how many edges of any kind point to `node`.
    ///
    /// # Complexity
    /// O(1) after the first question about retainers, which takes O(N + E).
    #[must_use]
    pub fn retainer_count(&self, node: NodeIx) -> usize {
        self.reverse().of(node).len()
    }

    /// Returns the edges of any kind that point to `node`, with their sources,
    /// in descending order of the edges. Unlike [`Self::retainers`] it makes no
    /// names and sorts nothing.
    ///
    /// # Complexity
    /// As [`Self::retainer_count`].
    pub fn incoming(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = (EdgeIx, NodeIx)> + Clone + '_ {
        self.reverse().of(node)
    }

    /// Returns the edges of `node` with their targets, weak ones included.
    ///
    /// # Semantics
    /// DevTools' Containment view and the children in its other trees. Edge
    /// names compare as text even if they are numbers; names come before
    /// numbers, `__proto__` last. Ties keep file order.
    ///
    /// # Complexity
    /// O(D + k log k) for D edges of which k are shown; 24 bytes an edge.
    #[must_use]
    pub fn containment(&self, node: NodeIx, sort: LinkSort, window: Window) -> Links {
        let links = self.graph.edges(node).map(|edge| (edge, self.graph.target(edge)));
        self.links(&links.collect::<Vec<_>>(), sort, window, false)
    }

    /// Returns the edges that keep `node` alive, with their sources: all that
    /// are not weak and do not come from the root.
    ///
    /// # Semantics
    /// DevTools' Retainers pane. Ties are in descending edge order, which is
    /// how DevTools stores retainers.
    ///
    /// # Complexity
    /// O(D + k log k) on all cores for D retainers of which k are shown, and
    /// O(N + E) time and 4 bytes a node and 8 an edge on the first call.
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

    fn link_distance(&self, node: NodeIx, retainers: bool) -> i32 {
        let distance = self.distance(node);
        if retainers && distance == Distance::UNREACHABLE { FAR } else { distance.raw() }
    }
}

/// Edges by a column. The last tie-break is their place in the list: the position
/// of the edge, or of the retainer.
struct Sorting<'a> {
    analysis: &'a Analysis,
    links: &'a [(EdgeIx, NodeIx)],
    sort: LinkSort,
    retainers: bool,
}

/// Whether a name comes before numbers, or after them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Named,
    Numbered,
    Prototype,
}

impl Sorting<'_> {
    /// The level of numbers that come before names.
    const FIRST: u32 = 0;
    /// The level of ranks, and the first one of chunks of names.
    const RANK: u32 = 1;
    const NAME: u32 = 2;
    /// The level of sizes that come after names.
    const LAST: u32 = u32::MAX;

    fn at(&self, place: u32) -> (EdgeIx, NodeIx) {
        self.links[place as usize]
    }

    fn rank(&self, edge: EdgeIx) -> Rank {
        if self.analysis.is_proto(edge) {
            Rank::Prototype
        } else if self.analysis.is_named(edge) {
            Rank::Named
        } else {
            Rank::Numbered
        }
    }

    /// What comes after the name.
    fn after_name(&self) -> Next {
        if self.sort == LinkSort::EdgeName { Next::Level(Self::LAST) } else { Next::Place }
    }

    fn names(&self, a: u32, b: u32) -> Ordering {
        let (a, b) = (self.at(a), self.at(b));
        if self.sort == LinkSort::Distance {
            self.analysis.display_name(a.1).cmp(&self.analysis.display_name(b.1))
        } else {
            self.analysis.with_label(a.0, |a| self.analysis.with_label(b.0, |b| a.cmp(&b)))
        }
    }

    /// Compares edges of a node with two edges named `__proto__`.
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

/// With two edges named `__proto__` DevTools' comparison contradicts itself:
/// each comes before the other. What it shows then depends on the engine's
/// sorting algorithm.
fn has_two_prototypes(analysis: &Analysis, links: &[(EdgeIx, NodeIx)]) -> bool {
    links.iter().filter(|&&(edge, _)| analysis.is_proto(edge)).nth(1).is_some()
}

/// Sorts as `Array.prototype.sort` does for short arrays: the ascending (or
/// reversed descending) run at the start, then binary insertion of the rest.
/// Needs no consistent order, and shows the rows as DevTools would.
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
