//! The incoming edges of each node.

use super::Graph;
use crate::control::Control;
use crate::error::Error;
use crate::ids::{EdgeIx, NodeIx};
use crate::index_vec::IndexVec;

/// The incoming edges of each node, of all kinds.
///
/// Takes 4 bytes per node and 8 per edge. Computed at the first query about
/// retainers, because the analysis itself does not need it.
#[derive(Clone, Debug)]
pub(crate) struct Reverse {
    /// By node: the start of its list in the other columns. Has one entry more
    /// than there are nodes: the end of the last list.
    first: IndexVec<NodeIx, u32>,
    /// The edges, by target.
    edges: Vec<EdgeIx>,
    /// The source of each of `edges`.
    sources: Vec<NodeIx>,
}

impl Reverse {
    /// Inverts the edges of `graph` by counting.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    ///
    /// # Complexity
    /// O(N + E) time.
    pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Self, Error> {
        let n = graph.node_count();
        let mut first = vec![0u32; n + 1];
        for edge in graph.edges.iter() {
            first[edge.to.index()] += 1;
        }
        let mut sum = 0;
        for slot in &mut first {
            sum += *slot;
            *slot = sum;
        }
        // Each slot now holds the end of its node's list. Filling backwards
        // while walking forward leaves every list in descending edge order,
        // which is DevTools' order and its last tie-break.
        let mut first: IndexVec<NodeIx, u32> = first.into();
        let mut edges = vec![EdgeIx::NONE; graph.edge_count()];
        let mut sources = vec![NodeIx::NONE; graph.edge_count()];
        let mut ticker = control.ticker();
        for node in graph.nodes() {
            ticker.tick()?;
            for (at, edge) in graph.out_at(node) {
                let slot = &mut first[edge.to];
                *slot -= 1;
                edges[*slot as usize] = at;
                sources[*slot as usize] = node;
            }
        }
        debug_assert_eq!(first[NodeIx(0)], 0, "every place was filled");
        Ok(Self { first, edges, sources })
    }

    /// Returns the incoming edges of `node` with their sources, in descending
    /// order of the edges, as DevTools does.
    pub(crate) fn of(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = (EdgeIx, NodeIx)> + Clone + '_ {
        let range = self.first[node] as usize..self.first[NodeIx(node.0 + 1)] as usize;
        let edges = &self.edges[range.clone()];
        edges.iter().copied().zip(self.sources[range].iter().copied())
    }
}
