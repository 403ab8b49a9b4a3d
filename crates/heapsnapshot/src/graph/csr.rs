//! The incoming edges of each node.
#![allow(clippy::cast_possible_truncation, reason = "words are cut into their parts")]

use super::Graph;
use crate::control::Control;
use crate::error::Error;
use crate::ids::{EdgeIx, NodeIx};
use crate::index_vec::IndexVec;

/// The incoming edges of each node, of all kinds.
///
/// Takes 4 bytes per node, and 6 per edge with fewer than 2^24 nodes and
/// edges, else 8. Computed at the first query about retainers, because the
/// analysis itself does not need it.
#[derive(Clone, Debug)]
pub(crate) struct Reverse {
    /// By node: the start of its list in `links`. Has one entry more than
    /// there are nodes: the end of the last list.
    first: IndexVec<NodeIx, u32>,
    /// The edges, by target.
    links: Links,
}

/// Edges with their sources, each pair as one little-endian number: the edge in
/// the lower half of the bits, the source in the upper one.
#[derive(Clone, Debug)]
struct Links {
    /// Followed by padding, so that eight bytes can be loaded at every pair.
    bytes: Vec<u8>,
    /// Bits of an edge and of a source: 24 or 32.
    bits: usize,
}

/// Number of bytes that one load or store of a pair covers.
const WORD: usize = size_of::<u64>();

impl Links {
    /// Returns room for all edges of `graph`.
    fn new(graph: &Graph) -> Self {
        let most = graph.node_count().max(graph.edge_count());
        let bits = if most < 1 << 24 { 24 } else { 32 };
        Self { bytes: vec![0; graph.edge_count() * bits / 4 + WORD], bits }
    }

    /// Returns the word that begins with a pair.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        let first = at * self.bits / 4;
        self.bytes[first..].first_chunk::<WORD>().map_or(0, |word| u64::from_le_bytes(*word))
    }

    #[inline]
    fn get(&self, at: usize) -> (EdgeIx, NodeIx) {
        let word = self.word(at);
        let mask = (1 << self.bits) - 1;
        (EdgeIx((word & mask) as u32), NodeIx((word >> self.bits & mask) as u32))
    }

    /// Stores a pair where none was stored before.
    #[inline]
    fn set(&mut self, at: usize, edge: EdgeIx, source: NodeIx) {
        let word = self.word(at) | u64::from(edge.0) | u64::from(source.0) << self.bits;
        let first = at * self.bits / 4;
        if let Some(place) = self.bytes[first..].first_chunk_mut::<WORD>() {
            *place = word.to_le_bytes();
        }
    }
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
        let mut links = Links::new(graph);
        let mut ticker = control.ticker();
        for node in graph.nodes() {
            ticker.tick()?;
            for (at, edge) in graph.out_at(node) {
                let slot = &mut first[edge.to];
                *slot -= 1;
                links.set(*slot as usize, at, node);
            }
        }
        debug_assert_eq!(first[NodeIx(0)], 0, "every place was filled");
        Ok(Self { first, links })
    }

    /// Returns the incoming edges of `node` with their sources, in descending
    /// order of the edges, as DevTools does.
    pub(crate) fn of(
        &self,
        node: NodeIx,
    ) -> impl ExactSizeIterator<Item = (EdgeIx, NodeIx)> + Clone + '_ {
        let range = self.first[node] as usize..self.first[NodeIx(node.0 + 1)] as usize;
        let links = &self.links;
        range.map(move |at| links.get(at))
    }
}
