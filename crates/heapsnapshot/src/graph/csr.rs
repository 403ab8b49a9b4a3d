//! The edges the other way round.

use super::Graph;
use crate::control::Control;
use crate::error::Error;
use crate::ids::{EdgeIx, NodeIx};

/// For each node the edges that point to it, all kinds included.
///
/// 4 bytes a node and 8 an edge. Built when the first question about retainers
/// is asked; the analysis itself does not need it.
#[derive(Clone, Debug)]
pub(crate) struct Reverse {
    /// `node_count + 1` positions in the other columns.
    first: Vec<u32>,
    edges: Vec<u32>,
    sources: Vec<u32>,
}

impl Reverse {
    /// Inverts the edges of `graph` by counting.
    ///
    /// # Complexity
    /// O(N + E) time.
    pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Self, Error> {
        let n = graph.node_count();
        let mut first = vec![0u32; n + 1];
        for edge in graph.edges.iter() {
            first[edge.to()] += 1;
        }
        let mut sum = 0;
        for slot in &mut first {
            sum += *slot;
            *slot = sum;
        }
        // Each slot now holds the end of its node's list. Filling backwards
        // while walking forward leaves every list in descending edge order,
        // which is DevTools' order and its last tie-break.
        let mut edges = vec![0u32; graph.edge_count()];
        let mut sources = vec![0u32; graph.edge_count()];
        let mut ticker = control.ticker();
        for node in 0..n {
            ticker.tick()?;
            for (at, edge) in graph.out_at(node) {
                let slot = &mut first[edge.to()];
                *slot -= 1;
                edges[*slot as usize] = crate::ids::to_u32(at);
                sources[*slot as usize] = crate::ids::to_u32(node);
            }
        }
        Ok(Self { first, edges, sources })
    }

    /// Returns the incoming edges of `node` with their sources, in DevTools'
    /// slot order: descending by edge.
    pub(crate) fn of(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = (EdgeIx, NodeIx)> + Clone + '_ {
        let range = self.first[node.index()] as usize..self.first[node.index() + 1] as usize;
        let edges = &self.edges[range.clone()];
        edges
            .iter()
            .zip(&self.sources[range])
            .map(|(&edge, &source)| (EdgeIx(edge), NodeIx(source)))
    }
}
