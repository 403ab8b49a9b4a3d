//! Living objects in the tree of calls that allocated them.

use crate::analysis::Analysis;
use crate::ids::{Idx as _, TraceIx, to_u32};
use crate::index_vec::IndexVec;

/// A call in the tree of [`Analysis::allocation_tree`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocationCall {
    /// The stack that ends with this call.
    pub trace: TraceIx,
    /// Position of the caller in the list; `None` for V8's `(root)`.
    pub caller: Option<u32>,
    /// Number of living objects that the called function itself allocated.
    pub count: u64,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
}

impl Analysis {
    /// Returns the tree of calls that allocated the living objects, callers
    /// first; with `other`, only of objects that `other` does not have. Empty
    /// without allocation stacks.
    ///
    /// # Semantics
    /// The objects are those of [`Self::allocations`]. Calls without such an
    /// object in them are left out.
    ///
    /// # Complexity
    /// O(N + S) time for N objects and S stacks; with `other` O(N log N), unless
    /// the nodes of both are already sorted by id. Needs 21 bytes per stack while
    /// it computes.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{AllocationOptions, Analysis, AnalysisOptions, Graph, ReadOptions};
    ///
    /// # let path = "../../test/fixtures/adversarial2.heapsnapshot.gz";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let calls = analysis.allocation_tree(None);
    /// let found = analysis.allocations(&AllocationOptions::default());
    /// assert_eq!(calls.iter().map(|call| call.count).sum::<u64>(), found.totals.count);
    /// assert_eq!(analysis.allocation_tree(Some(&analysis)), []);
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    #[must_use]
    pub fn allocation_tree(&self, other: Option<&Self>) -> Vec<AllocationCall> {
        let nodes = &self.graph.traces.nodes;
        let known = other.map(|other| self.having(other.ids()));
        let mut own = IndexVec::from_elem((0_u64, 0_u64), nodes.len());
        let mut is_used = IndexVec::from_elem(false, nodes.len());
        let is_wanted = |&node: &_| known.as_ref().is_none_or(|known| !known.contains(node));
        for node in self.graph.nodes().filter(is_wanted) {
            if let Some(trace) = self.counted_trace(node) {
                own[trace].0 += 1;
                own[trace].1 += self.shallow.get(node);
                is_used[trace] = true;
            }
        }
        // A caller comes before the functions that it calls.
        for trace in (0..nodes.len()).rev().map(TraceIx::at) {
            let caller = nodes[trace].parent;
            if is_used[trace] && is_used.get(caller).is_some() {
                is_used[caller] = true;
            }
        }
        let mut positions = IndexVec::from_elem(0_u32, nodes.len());
        let mut calls = Vec::new();
        for (trace, node) in nodes.iter_enumerated().filter(|&(trace, _)| is_used[trace]) {
            positions[trace] = to_u32(calls.len());
            let caller = positions.get(node.parent).copied();
            let (count, shallow_size) = own[trace];
            calls.push(AllocationCall { trace, caller, count, shallow_size });
        }
        calls
    }
}
