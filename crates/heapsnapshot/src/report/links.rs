//! Edges of one node, both ways: Containment and Retainers.

use std::cmp::Ordering;

use super::Window;
use crate::analysis::Analysis;
use crate::ids::{EdgeIx, NodeIx};
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

/// An edge while it is being sorted.
struct Item {
    edge: EdgeIx,
    node: NodeIx,
    /// The last tie-break: edge position, or retainer slot.
    position: usize,
    label: TextBuf,
    named: bool,
}

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
    /// O(D + k log k) for D edges of which k are shown.
    #[must_use]
    pub fn containment(&self, node: NodeIx, sort: LinkSort, window: Window) -> Links {
        let items = self.graph.edges(node).map(|edge| (edge, self.graph.target(edge)));
        self.links(items.collect(), sort, window, false)
    }

    /// Returns the edges that keep `node` alive, with their sources: all that
    /// are not weak and do not come from the root.
    ///
    /// # Semantics
    /// DevTools' Retainers pane. Ties are in descending edge order, which is
    /// how DevTools stores retainers.
    ///
    /// # Complexity
    /// O(D + k log k) for D retainers of which k are shown, and O(N + E) time
    /// and 4 bytes a node and 8 an edge on the first call.
    #[must_use]
    pub fn retainers(&self, node: NodeIx, sort: LinkSort, window: Window) -> Links {
        let root = self.graph.root();
        let items = self
            .reverse()
            .of(node)
            .filter(|&(edge, source)| source != root && !self.graph.edges[edge.index()].is_weak())
            .collect();
        self.links(items, sort, window, true)
    }

    fn links(
        &self,
        items: Vec<(EdgeIx, NodeIx)>,
        sort: LinkSort,
        window: Window,
        retainers: bool,
    ) -> Links {
        let needs_label = sort != LinkSort::Distance;
        let mut items: Vec<Item> = items
            .into_iter()
            .enumerate()
            .map(|(position, (edge, node))| Item {
                edge,
                node,
                position,
                label: if needs_label { self.edge_label(edge) } else { TextBuf::new() },
                named: needs_label && self.is_named(edge),
            })
            .collect();
        let link_count = items.len();
        let mut compare = |a: &Item, b: &Item| self.order(sort, retainers, a, b);
        if has_two_prototypes(&items) {
            sort_like_javascript(&mut items, &mut compare);
            window.cut(&mut items);
        } else {
            window.sort(&mut items, compare);
        }
        let links = items
            .into_iter()
            .map(|item| Link {
                edge: item.edge,
                name: self.edge_label(item.edge),
                node: item.node,
                distance: self.link_distance(item.node, retainers),
            })
            .collect();
        Links { links, link_count }
    }

    fn link_distance(&self, node: NodeIx, retainers: bool) -> i32 {
        let distance = self.distance(node);
        if retainers && distance == Distance::UNREACHABLE { FAR } else { distance.raw() }
    }

    fn order(&self, sort: LinkSort, retainers: bool, a: &Item, b: &Item) -> Ordering {
        let by = |value: &dyn Fn(NodeIx) -> u64| value(b.node).cmp(&value(a.node));
        let retained = || by(&|node| self.retained_size(node));
        let order = match sort {
            LinkSort::RetainedSize => retained().then_with(|| compare_labels(a, b)),
            LinkSort::ShallowSize => {
                by(&|node| self.shallow_size(node)).then_with(|| compare_labels(a, b))
            }
            LinkSort::EdgeName => compare_labels(a, b).then_with(retained),
            LinkSort::Distance => {
                let distance = |item: &Item| self.link_distance(item.node, retainers);
                distance(a)
                    .cmp(&distance(b))
                    .then_with(|| self.display_name(a.node).cmp(&self.display_name(b.node)))
            }
        };
        order.then(a.position.cmp(&b.position))
    }
}

const PROTO: &str = "__proto__";

/// Compares edge names as DevTools does.
fn compare_labels(a: &Item, b: &Item) -> Ordering {
    let proto = |item: &Item| item.label.as_text() == PROTO;
    if proto(b) {
        Ordering::Less
    } else if proto(a) {
        Ordering::Greater
    } else if a.named == b.named {
        a.label.cmp(&b.label)
    } else {
        b.named.cmp(&a.named)
    }
}

/// With two edges named `__proto__` DevTools' comparison contradicts itself:
/// each comes before the other. What it shows then depends on the engine's
/// sorting algorithm.
fn has_two_prototypes(items: &[Item]) -> bool {
    items.iter().filter(|item| item.label.as_text() == PROTO).nth(1).is_some()
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
