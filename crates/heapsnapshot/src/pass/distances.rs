//! Distances: the number of edges on the shortest path from a root.
//!
//! Inputs: kinds, names, edges. Output: one number per node.

use std::collections::VecDeque;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Edge, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx, PartIx, StrIx};
use crate::index_vec::IndexVec;
use crate::pass::edge_policy::is_user_root;
use crate::text::Text;

/// The distance of a node, with DevTools' numbers. Compares by [`Self::raw`],
/// so unreachable nodes come first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Distance(pub(crate) i32);

impl Distance {
    /// The distance of a node that no root reaches.
    pub const UNREACHABLE: Self = Self(-5);

    /// The smallest distance of nodes that only V8's own roots reach, and no
    /// user root.
    pub const SYSTEM: i32 = 100_000_000;

    /// Returns DevTools' number: the edges from a user root; or
    /// [`Self::SYSTEM`] plus the edges from the root; or -5 if unreachable.
    #[must_use]
    pub fn raw(self) -> i32 {
        self.0
    }

    /// Returns the number of edges from a user root, or `None` if no user root
    /// reaches the node. DevTools shows a minus sign in that case.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::Distance;
    ///
    /// assert_eq!(Distance::UNREACHABLE.steps(), None);
    /// assert_eq!(Distance::UNREACHABLE.raw(), -5);
    /// ```
    #[must_use]
    pub fn steps(self) -> Option<u32> {
        u32::try_from(self.0).ok().filter(|_| self.0 < Self::SYSTEM)
    }
}

/// The distance of every node, in 2 bytes each, or 4 if one does not fit.
#[derive(Clone, Debug)]
pub(crate) enum Distances {
    /// All distances fit in 15 bits.
    Narrow(IndexVec<NodeIx, u16>),
    /// Some do not.
    Wide(IndexVec<NodeIx, i32>),
}

impl Distances {
    /// Returns the distance of `node`.
    #[inline]
    pub(crate) fn get(&self, node: NodeIx) -> Distance {
        match self {
            Self::Narrow(codes) => Distance(codes[node].distance()),
            Self::Wide(codes) => Distance(codes[node].distance()),
        }
    }

    /// Returns the heap memory that the column uses, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Narrow(codes) => codes.capacity() * 2,
            Self::Wide(codes) => codes.capacity() * 4,
        }
    }
}

/// A stored distance.
trait Code: Copy + PartialEq {
    /// Stands for [`Distance::UNREACHABLE`].
    const UNREACHABLE: Self;

    /// Stores a distance. Returns `None` if it does not fit.
    fn of(distance: i32) -> Option<Self>;

    /// Returns the distance, as [`Distance::raw`] numbers it.
    fn distance(self) -> i32;
}

impl Code for i32 {
    const UNREACHABLE: Self = Distance::UNREACHABLE.0;

    fn of(distance: i32) -> Option<Self> {
        Some(distance)
    }

    fn distance(self) -> i32 {
        self
    }
}

/// The upper bit marks distances from system roots.
impl Code for u16 {
    const UNREACHABLE: Self = u16::MAX;

    fn of(distance: i32) -> Option<Self> {
        if distance < Distance::SYSTEM {
            Self::try_from(distance).ok().filter(|&code| code < 0x8000)
        } else {
            let steps = Self::try_from(distance - Distance::SYSTEM).ok()?;
            (steps < 0x7FFF).then_some(steps | 0x8000)
        }
    }

    fn distance(self) -> i32 {
        match self {
            Self::UNREACHABLE => Distance::UNREACHABLE.0,
            0x8000.. => i32::from(self & 0x7FFF) + Distance::SYSTEM,
            _ => i32::from(self),
        }
    }
}

/// Computes the distance of every node.
///
/// # Semantics
/// Two breadth-first searches, as in DevTools. The first one starts at the user
/// roots, with distance 1: the targets of the root that are not synthetic, over
/// any edge, and documents. The second one starts at the root, with
/// [`Distance::SYSTEM`], and numbers the nodes that the first one did not
/// reach. Both skip weak edges, and three kinds of edges that would give
/// misleading distances; see `Rules::allows`. One of those rules depends on the
/// edges seen before. The nodes are therefore visited in the same order as by
/// DevTools.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time; twice that if a distance does not fit in 15 bits. Needs 4
/// bytes per node in the queue.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Distances, Error> {
    control.enter(Stage::Distances)?;
    if let Some(codes) = compute_as::<u16>(graph, control)? {
        return Ok(Distances::Narrow(codes));
    }
    Ok(Distances::Wide(compute_as::<i32>(graph, control)?.unwrap_or_default()))
}

/// Computes the distances in the form `C`. Returns `None` if one does not fit.
fn compute_as<C: Code>(
    graph: &Graph,
    control: &Control,
) -> Result<Option<IndexVec<NodeIx, C>>, Error> {
    let root = graph.root();
    let mut rules = Rules::new(graph);
    let mut codes = IndexVec::from_elem(C::UNREACHABLE, graph.node_count());
    let mut queue = VecDeque::new();
    for edge in graph.out(root) {
        if is_user_root(graph, edge.to) {
            let Some(one) = C::of(1) else { return Ok(None) };
            codes[edge.to] = one;
            queue.push_back(edge.to);
        }
    }
    let root_distance = if queue.is_empty() { 0 } else { Distance::SYSTEM };
    if !breadth_first(graph, &mut codes, &mut queue, &mut rules, control)? {
        return Ok(None);
    }
    let Some(code) = C::of(root_distance) else { return Ok(None) };
    codes[root] = code;
    queue.push_back(root);
    let fits = breadth_first(graph, &mut codes, &mut queue, &mut rules, control)?;
    Ok(fits.then_some(codes))
}

/// Assigns a distance to every node that `queue` reaches and that has none.
/// Returns whether all distances fit.
fn breadth_first<C: Code>(
    graph: &Graph,
    codes: &mut IndexVec<NodeIx, C>,
    queue: &mut VecDeque<NodeIx>,
    rules: &mut Rules<'_>,
    control: &Control,
) -> Result<bool, Error> {
    let mut ticker = control.ticker();
    while let Some(node) = queue.pop_front() {
        ticker.tick()?;
        debug_assert!(codes[node] != C::UNREACHABLE, "what is in the queue has a distance");
        let Some(next) = C::of(codes[node].distance() + 1) else { return Ok(false) };
        for (at, edge) in graph.out_at(node) {
            let slot = &mut codes[edge.to];
            if *slot == C::UNREACHABLE && !edge.is_weak() && rules.allows(node, at, edge) {
                *slot = next;
                queue.push_back(edge.to);
            }
        }
    }
    Ok(true)
}

/// Decides which edges the searches follow.
struct Rules<'a> {
    graph: &'a Graph,
    /// `system / NativeContext`.
    native_contexts: Vec<StrIx>,
    /// `(map descriptors)`.
    descriptors: Vec<StrIx>,
    /// `sloppy_function_map`.
    sloppy_maps: Vec<StrIx>,
    /// By entry of a `WeakMap`: whether exactly one of its two edges was seen.
    half_seen: BitSet<PartIx>,
    /// By kind of node: whether a rule for its edges exists.
    special: [bool; 256],
}

impl<'a> Rules<'a> {
    /// Finds the names that the rules mention. O(strings) time.
    fn new(graph: &'a Graph) -> Self {
        let mut special = [false; 256];
        special[NodeKind::HIDDEN.index()] = true;
        special[NodeKind::ARRAY.index()] = true;
        Self {
            graph,
            native_contexts: graph.find_strings("system / NativeContext"),
            descriptors: graph.find_strings("(map descriptors)"),
            sloppy_maps: graph.find_strings("sloppy_function_map"),
            half_seen: BitSet::new(graph.ephemerons.part_count),
            special,
        }
    }

    /// Returns whether a search follows the edge at position `at` from `node`.
    /// Asked only for edges that are not weak and lead to a node without
    /// distance.
    ///
    /// Not followed:
    ///
    /// * the `sloppy_function_map` of a hidden native context: it would give
    ///   nearly every object a small distance;
    /// * the transitions in an array of map descriptors;
    /// * the first of the two edges of a `WeakMap` entry. The second one
    ///   counts, so that the distance of the value is one more than the larger
    ///   distance of table and key.
    #[inline]
    fn allows(&mut self, node: NodeIx, at: EdgeIx, edge: Edge) -> bool {
        let ephemeron = edge.kind() == EdgeKind::EPHEMERON;
        if ephemeron || self.special[self.graph.kinds[node].index()] {
            self.allows_special(node, at, edge.kind())
        } else {
            true
        }
    }

    /// Applies the rules to an edge that one of them can concern.
    fn allows_special(&mut self, node: NodeIx, at: EdgeIx, kind: EdgeKind) -> bool {
        let graph = self.graph;
        if graph.is_kind(node, NodeKind::HIDDEN)
            && self.native_contexts.contains(&graph.names[node])
            && !kind.has_index()
            && self.sloppy_maps.contains(&graph.edge_text(at))
        {
            return false;
        }
        if graph.is_kind(node, NodeKind::ARRAY) && self.descriptors.contains(&graph.names[node]) {
            let number = if kind.has_index() {
                Some(i64::from(graph.edges.name(at)))
            } else {
                parse_int(graph.text(graph.edge_text(at)))
            };
            return number.is_none_or(|number| number < 2 || number % 3 != 1);
        }
        if kind == EdgeKind::EPHEMERON
            && let Some(ephemeron) = graph.ephemerons.get(graph.edge_text(at))
        {
            return !self.half_seen.toggle(ephemeron.part);
        }
        true
    }
}

/// Returns the number that JavaScript's `parseInt(text, 10)` returns, or `None`
/// for `NaN`. Saturates.
pub(crate) fn parse_int(text: Text<'_>) -> Option<i64> {
    let text = text.to_string_lossy();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value = None;
    for digit in digits.bytes().take_while(u8::is_ascii_digit) {
        let so_far: i64 = value.unwrap_or(0);
        value = Some(so_far.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    }
    value.map(|value| if negative { -value } else { value })
}
