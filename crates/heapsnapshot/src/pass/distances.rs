//! Distances: how many steps from a root.
//!
//! Inputs: kinds, names, edges. Output: one number a node.

use std::collections::VecDeque;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, Edge, EdgeKind, Graph, NodeKind};
use crate::ids::{EdgeIx, NodeIx, PartIx, StrIx};
use crate::index_vec::IndexVec;
use crate::pass::edge_policy::is_user_root;
use crate::text::Text;

/// Distance of a node as DevTools counts it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Distance(pub(crate) i32);

impl Distance {
    /// No root reaches the node.
    pub const UNREACHABLE: Self = Self(-5);
    /// Distances from here up are from V8's own roots: the user's reach the
    /// node not at all.
    pub const SYSTEM: i32 = 100_000_000;

    /// Returns DevTools' number: the steps from a user root, or
    /// [`Self::SYSTEM`] plus the steps from the root, or -5.
    #[must_use]
    pub fn raw(self) -> i32 {
        self.0
    }

    /// Returns the steps from a user root, `None` if there is no such path.
    /// DevTools shows the latter as a minus sign.
    #[must_use]
    pub fn steps(self) -> Option<u32> {
        u32::try_from(self.0).ok().filter(|_| self.0 < Self::SYSTEM)
    }
}

/// The distance of every node: 2 bytes a node, or 4 if some are too large.
#[derive(Clone, Debug)]
pub(crate) enum Distances {
    Narrow(IndexVec<NodeIx, u16>),
    Wide(IndexVec<NodeIx, i32>),
}

impl Distances {
    #[inline]
    pub(crate) fn get(&self, node: NodeIx) -> Distance {
        match self {
            Self::Narrow(codes) => Distance(codes[node].distance()),
            Self::Wide(codes) => Distance(codes[node].distance()),
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Narrow(codes) => codes.capacity() * 2,
            Self::Wide(codes) => codes.capacity() * 4,
        }
    }
}

/// How a distance is stored.
trait Code: Copy + PartialEq {
    const UNREACHABLE: Self;
    /// Returns `None` if the distance does not fit.
    fn of(distance: i32) -> Option<Self>;
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

/// Distances from system roots have the upper bit set.
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

/// Computes all distances.
///
/// # Semantics
/// Breadth first, twice: from the user's roots (targets of the root that are
/// not synthetic, over any edge, and documents) with distance 1; then from the
/// root, with [`Distance::SYSTEM`], over what is left. Weak edges and three
/// kinds of edges that mislead people are skipped, see `Rules::allows`. One of
/// those rules has a memory, so the order of the queue matters.
///
/// # Complexity
/// O(N + E) time, twice if a distance does not fit in 15 bits; 4 bytes for
/// each node that is in the queue at once.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Distances, Error> {
    control.enter(Stage::Distances)?;
    if let Some(codes) = compute_as::<u16>(graph, control)? {
        return Ok(Distances::Narrow(codes));
    }
    Ok(Distances::Wide(compute_as::<i32>(graph, control)?.unwrap_or_default()))
}

/// Returns `None` if a distance does not fit.
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

/// Numbers everything that `queue` reaches. Returns whether all fits.
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

/// Which edges distances follow.
struct Rules<'a> {
    graph: &'a Graph,
    native_contexts: Vec<StrIx>,
    descriptors: Vec<StrIx>,
    sloppy_maps: Vec<StrIx>,
    /// Ephemerons of which one half was seen, by part.
    half_seen: BitSet<PartIx>,
    /// Kinds that need a second look.
    special: [bool; 256],
}

impl<'a> Rules<'a> {
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

    /// Skipped: the `sloppy_function_map` of a hidden native context, which
    /// makes everything look near; the transitions of a descriptor array; and
    /// of the two halves of an ephemeron the one that is met first, so that a
    /// value is one step beyond the farther of table and key.
    #[inline]
    fn allows(&mut self, node: NodeIx, at: EdgeIx, edge: Edge) -> bool {
        let ephemeron = edge.kind() == EdgeKind::EPHEMERON;
        if ephemeron || self.special[self.graph.kinds[node].index()] {
            self.allows_special(node, at, edge.kind())
        } else {
            true
        }
    }

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

/// JavaScript's `parseInt(text, 10)`, saturating.
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
