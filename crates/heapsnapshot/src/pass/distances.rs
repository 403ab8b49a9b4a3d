//! Distances: how many steps from a root.
//!
//! Inputs: kinds, names, edges. Output: one number a node.

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind, Graph, NodeKind};
use crate::ids::StrIx;
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
/// O(N + E) time, 4 bytes a node for the queue.
pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Vec<i32>, Error> {
    control.enter(Stage::Distances)?;
    let root = graph.root().index();
    let mut rules = Rules::new(graph);
    let mut distances = vec![Distance::UNREACHABLE.0; graph.node_count()];
    let mut queue = Vec::with_capacity(graph.node_count());
    for edge in graph.out(root) {
        if is_user_root(graph, edge.to()) {
            distances[edge.to()] = 1;
            queue.push(edge.to);
        }
    }
    let has_user_roots = !queue.is_empty();
    breadth_first(graph, &mut distances, &mut queue, control, &mut |node, at| {
        rules.allows(node, at)
    })?;
    distances[root] = if has_user_roots { Distance::SYSTEM } else { 0 };
    queue.clear();
    queue.push(graph.root().0);
    breadth_first(graph, &mut distances, &mut queue, control, &mut |node, at| {
        rules.allows(node, at)
    })?;
    Ok(distances)
}

/// Numbers everything that `queue` reaches over `allowed` edges that are not
/// weak. `allowed` is asked about edges to nodes without a number only.
pub(crate) fn breadth_first(
    graph: &Graph,
    distances: &mut [i32],
    queue: &mut Vec<u32>,
    control: &Control,
    allowed: &mut impl FnMut(usize, usize) -> bool,
) -> Result<(), Error> {
    let mut ticker = control.ticker();
    let mut head = 0;
    while let Some(&node) = queue.get(head) {
        ticker.tick()?;
        head += 1;
        let node = node as usize;
        let distance = distances[node] + 1;
        let range = graph.edge_range(node);
        for (at, edge) in range.clone().zip(&graph.edges[range]) {
            let slot = &mut distances[edge.to()];
            if *slot == Distance::UNREACHABLE.0 && !edge.is_weak() && allowed(node, at) {
                *slot = distance;
                queue.push(edge.to);
            }
        }
    }
    Ok(())
}

/// Which edges distances follow.
struct Rules<'a> {
    graph: &'a Graph,
    native_contexts: Vec<u32>,
    descriptors: Vec<u32>,
    sloppy_maps: Vec<u32>,
    /// Ephemerons of which one half was seen, by part.
    half_seen: BitSet,
    /// Kinds that need a second look.
    special: [bool; 256],
}

impl<'a> Rules<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut special = [false; 256];
        special[usize::from(NodeKind::HIDDEN.0)] = true;
        special[usize::from(NodeKind::ARRAY.0)] = true;
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
    fn allows(&mut self, node: usize, at: usize) -> bool {
        let ephemeron = self.graph.edges[at].kind() == EdgeKind::EPHEMERON;
        if ephemeron || self.special[usize::from(self.graph.kinds[node])] {
            self.allows_special(node, at)
        } else {
            true
        }
    }

    fn allows_special(&mut self, node: usize, at: usize) -> bool {
        let graph = self.graph;
        let kind = graph.edges[at].kind();
        if graph.is_kind(node, NodeKind::HIDDEN)
            && self.native_contexts.contains(&graph.names[node])
            && !kind.has_index()
            && self.sloppy_maps.contains(&graph.raw_edge_name(at))
        {
            return false;
        }
        if graph.is_kind(node, NodeKind::ARRAY) && self.descriptors.contains(&graph.names[node]) {
            let name = graph.raw_edge_name(at);
            let number = if kind.has_index() {
                Some(i64::from(name))
            } else {
                parse_int(graph.text(StrIx(name)))
            };
            return number.is_none_or(|number| number < 2 || number % 3 != 1);
        }
        if kind == EdgeKind::EPHEMERON {
            if let Some(ephemeron) = graph.ephemerons.get(graph.raw_edge_name(at)) {
                return !self.half_seen.toggle(ephemeron.part as usize);
            }
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
