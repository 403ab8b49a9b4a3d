//! Totals by category, as DevTools' Statistics view shows them.
//!
//! Inputs: kinds, names, shallow sizes, edges, total. Output: [`Statistics`].

use std::collections::HashMap;

use crate::graph::{BitSet, Column, EdgeKind, Graph, NodeKind};
use crate::ids::NodeIx;

/// Bytes by category. A node counts in the first category that fits, in the
/// order of DevTools: system, native, code, strings, arrays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// All bytes, including [`crate::Graph::extra_native_bytes`].
    pub total: u64,
    /// Memory outside of V8's heap: native nodes and the extra native bytes.
    pub native_total: u64,
    /// The part of `native_total` that is contents of array buffers.
    pub typed_arrays: u64,
    /// V8's heap: `total - native_total`.
    pub v8_total: u64,
    /// Compiled code.
    pub code: u64,
    /// Nodes named `Array`, with their elements if no other node refers to
    /// them.
    pub js_arrays: u64,
    /// Flat, concatenated and sliced strings.
    pub strings: u64,
    /// Hidden nodes: V8's internal objects.
    pub system: u64,
}

impl Statistics {
    /// Returns the bytes of V8's heap that are in no other category.
    ///
    /// Negative if the elements of arrays were counted in two categories, which
    /// DevTools does not correct.
    #[must_use]
    pub fn other_js(&self) -> i64 {
        let named = self.code + self.strings + self.js_arrays + self.system;
        self.v8_total.cast_signed() - named.cast_signed()
    }

    /// Returns the bytes outside of V8's heap that are not contents of array
    /// buffers.
    #[must_use]
    pub fn other_native(&self) -> u64 {
        self.native_total - self.typed_arrays
    }
}

/// Assigns the shallow size of every node to a category. `total` is the sum of
/// all of them and of the extra native bytes.
///
/// # Complexity
/// O(N) time; O(N + E) if elements of an array still have a size of their own.
pub(crate) fn compute(graph: &Graph, shallow: &Column, total: u64) -> Statistics {
    let buffers = graph.find_strings("system / JSArrayBufferData");
    let arrays = graph.find_strings("Array");
    let elements = graph.find_strings("elements");
    let mut sums =
        Statistics { total, native_total: graph.extra_native_bytes, ..Statistics::default() };
    // Stores of elements, which count for the array if nothing else refers to
    // them, with the number of arrays that refer to them.
    let mut stores: HashMap<NodeIx, u64> = HashMap::new();
    for node in graph.nodes() {
        let size = shallow.get(node);
        match graph.kinds[node] {
            NodeKind::HIDDEN => sums.system += size,
            NodeKind::NATIVE => {
                sums.native_total += size;
                if buffers.contains(&graph.names[node]) {
                    sums.typed_arrays += size;
                }
            }
            NodeKind::CODE => sums.code += size,
            kind if kind.is_string() => sums.strings += size,
            _ if arrays.contains(&graph.names[node]) => {
                sums.js_arrays += size;
                let store = graph.out_at(node).find(|(at, edge)| {
                    edge.kind() == EdgeKind::INTERNAL && elements.contains(&graph.edge_text(*at))
                });
                if let Some((_, edge)) = store
                    && !shallow.is_zero(edge.to)
                {
                    *stores.entry(edge.to).or_default() += 1;
                }
            }
            _ => {}
        }
    }
    sums.js_arrays += sole_elements(graph, shallow, &stores);
    sums.v8_total = sums.total.saturating_sub(sums.native_total);
    sums
}

/// Returns the sum of the sizes of the `stores` with exactly one incoming edge.
/// Every edge counts, also weak ones, as in DevTools.
fn sole_elements(graph: &Graph, shallow: &Column, stores: &HashMap<NodeIx, u64>) -> u64 {
    if stores.is_empty() {
        return 0;
    }
    let mut is_store = BitSet::new(graph.node_count());
    is_store.extend(stores.keys().copied());
    let mut once = BitSet::new(graph.node_count());
    let mut twice = BitSet::new(graph.node_count());
    for edge in graph.edges.iter() {
        if is_store.contains(edge.to) && !once.insert(edge.to) {
            twice.insert(edge.to);
        }
    }
    stores.keys().filter(|&&store| !twice.contains(store)).map(|&store| shallow.get(store)).sum()
}
