//! Totals by category, as the Statistics view draws them.
//!
//! Inputs: kinds, names, shallow sizes, edges, total. Output: [`Statistics`].

use std::collections::HashMap;

use crate::graph::{BitSet, Column, EdgeKind, Graph, NodeKind};
use crate::ids::NodeIx;

/// Bytes by category. A node counts in the first category that fits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Everything, [`crate::Graph::extra_native_bytes`] included.
    pub total: u64,
    /// Memory outside the JavaScript heap.
    pub native_total: u64,
    /// Of that, the bytes of array buffers.
    pub typed_arrays: u64,
    /// The JavaScript heap: `total - native_total`.
    pub v8_total: u64,
    /// Compiled code.
    pub code: u64,
    /// Arrays and their elements.
    pub js_arrays: u64,
    /// Strings of all kinds.
    pub strings: u64,
    /// V8 internals.
    pub system: u64,
}

impl Statistics {
    /// Bytes of the JavaScript heap in no other category. Negative if arrays
    /// share elements, which DevTools counts twice.
    #[must_use]
    pub fn other_js(&self) -> i64 {
        let named = self.code + self.strings + self.js_arrays + self.system;
        self.v8_total.cast_signed() - named.cast_signed()
    }

    /// Native bytes that are not of array buffers.
    #[must_use]
    pub fn other_native(&self) -> u64 {
        self.native_total - self.typed_arrays
    }
}

/// Sorts the shallow size of every node into a category.
///
/// # Complexity
/// O(N) time; O(N + E) if some array's elements still have a size of their own.
pub(crate) fn compute(graph: &Graph, shallow: &Column, total: u64) -> Statistics {
    let buffers = graph.find_strings("system / JSArrayBufferData");
    let arrays = graph.find_strings("Array");
    let elements = graph.find_strings("elements");
    let mut sums =
        Statistics { total, native_total: graph.extra_native_bytes, ..Statistics::default() };
    // Stores of elements that belong to the array if nobody else has them,
    // with the number of arrays that name them.
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

/// Sums the sizes of those `stores` that exactly one edge points to.
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
