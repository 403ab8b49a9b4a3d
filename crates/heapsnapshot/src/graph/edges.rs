//! The edges, packed: 6 to 8 bytes each.
#![allow(clippy::cast_possible_truncation, reason = "words are cut into their parts")]

use super::kind::EdgeKind;
use crate::ids::{EdgeIx, NodeIx, to_u32};

/// One directed edge. The source is known from where the edge is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) to: NodeIx,
    /// Kind in the lower 4 bits, name or index above them.
    label: u32,
}

const KIND_BITS: u32 = 4;

impl Edge {
    #[inline]
    pub(crate) fn kind(self) -> EdgeKind {
        // Four bits remain.
        EdgeKind((self.label & ((1 << KIND_BITS) - 1)) as u8)
    }

    #[inline]
    pub(crate) fn is_weak(self) -> bool {
        self.kind() == EdgeKind::WEAK
    }
}

/// All edges, each as one little-endian number: the target in the lower bits,
/// the label above.
///
/// A target takes 3 bytes if there are fewer than 2^24 nodes, else 4. A label
/// takes 3, names from 2^20 up kept aside, until those are too many; from then
/// on 4, names from 2^28 up kept aside.
#[derive(Clone, Debug)]
pub(crate) struct Edges {
    /// What follows the last edge lets each be loaded as eight bytes.
    bytes: Vec<u8>,
    len: usize,
    layout: Layout,
    /// `(edge, name)`, ascending, for names that a label does not hold.
    large_names: Vec<(EdgeIx, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    width: usize,
    target_bits: u32,
    target_mask: u64,
    label_mask: u64,
}

/// An edge is loaded and stored with so many bytes.
const WORD: usize = size_of::<u64>();

impl Layout {
    fn new(target_bits: u32, label_bits: u32) -> Self {
        let low_bits = |bits: u32| (1 << bits) - 1;
        Self {
            width: (target_bits + label_bits) as usize / 8,
            target_bits,
            target_mask: low_bits(target_bits),
            label_mask: low_bits(label_bits),
        }
    }

    /// Marks a name that is kept aside.
    #[inline]
    fn large_name(self) -> u32 {
        (self.label_mask >> KIND_BITS) as u32
    }

    #[inline]
    fn load(self, bytes: &[u8], at: usize) -> Edge {
        let first = at * self.width;
        let word = bytes[first..].first_chunk::<WORD>().map_or(0, |word| u64::from_le_bytes(*word));
        let label = (word >> self.target_bits) & self.label_mask;
        Edge { to: NodeIx((word & self.target_mask) as u32), label: label as u32 }
    }

    /// Stores an edge over what follows it, so edges must be stored in order.
    #[inline]
    fn store(self, bytes: &mut [u8], at: usize, edge: Edge) {
        let first = at * self.width;
        let word = u64::from(edge.to.0) | u64::from(edge.label) << self.target_bits;
        if let Some(place) = bytes[first..].first_chunk_mut::<WORD>() {
            *place = word.to_le_bytes();
        }
    }
}

impl Default for Edges {
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl Edges {
    /// Makes room for `edges` edges between `nodes` nodes.
    pub(crate) fn new(nodes: u64, edges: usize) -> Self {
        let layout = Layout::new(if nodes < 1 << 24 { 24 } else { 32 }, 24);
        let bytes = vec![0; edges * layout.width + WORD];
        Self { bytes, len: 0, layout, large_names: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, at: EdgeIx) -> Edge {
        debug_assert!(at.index() < self.len, "the edge {at} of {}", self.len);
        self.layout.load(&self.bytes, at.index())
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Edge> {
        (0..to_u32(self.len)).map(|at| self.get(EdgeIx(at)))
    }

    /// Returns the name or index of an edge as the file has it.
    #[inline]
    pub(crate) fn name(&self, at: EdgeIx) -> u32 {
        let name = self.get(at).label >> KIND_BITS;
        if name == self.layout.large_name() { self.large_name(at) } else { name }
    }

    #[cold]
    fn large_name(&self, at: EdgeIx) -> u32 {
        match self.large_names.binary_search_by_key(&at, |&(at, _)| at) {
            Ok(at) => self.large_names[at].1,
            Err(_) => self.layout.large_name(),
        }
    }

    /// Returns the names that a label holds: those below this.
    pub(crate) fn name_limit(&self) -> u32 {
        self.layout.large_name()
    }

    /// Appends edges whose names are below [`Self::name_limit`].
    #[inline]
    pub(crate) fn extend(&mut self, edges: impl ExactSizeIterator<Item = (NodeIx, EdgeKind, u32)>) {
        self.reserve(edges.len());
        let layout = self.layout;
        let bytes = &mut self.bytes[self.len * layout.width..];
        self.len += edges.len();
        for (at, (to, kind, name)) in edges.enumerate() {
            layout.store(bytes, at, Edge { to, label: name << KIND_BITS | u32::from(kind.0) });
        }
    }

    /// Appends an edge with any name.
    pub(crate) fn push(&mut self, to: NodeIx, kind: EdgeKind, name: u32) {
        let limit = self.name_limit();
        if name >= limit {
            self.large_names.push((EdgeIx(to_u32(self.len)), name));
        }
        self.extend(std::iter::once((to, kind, name.min(limit))));
        // Eight bytes for each name aside; one an edge for having none.
        if self.layout.label_mask < u64::from(u32::MAX)
            && self.large_names.len() > 1024 + self.len / 8
        {
            self.widen();
        }
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    fn reserve(&mut self, more: usize) {
        let needed = (self.len + more) * self.layout.width + WORD;
        if needed > self.bytes.len() {
            self.bytes.resize(needed.max(self.bytes.len() * 2), 0);
        }
    }

    /// Changes to labels of four bytes.
    fn widen(&mut self) {
        let layout = Layout::new(self.layout.target_bits, 32);
        // As many as there was room for.
        let room = (self.bytes.len() - WORD) / self.layout.width;
        let mut bytes = vec![0; room * layout.width + WORD];
        for at in (0..to_u32(self.len)).map(EdgeIx) {
            let Edge { to, label } = self.get(at);
            let kind = label & ((1 << KIND_BITS) - 1);
            let name = self.name(at).min(layout.large_name());
            layout.store(&mut bytes, at.index(), Edge { to, label: name << KIND_BITS | kind });
        }
        self.large_names.retain(|&(_, name)| name >= layout.large_name());
        (self.bytes, self.layout) = (bytes, layout);
    }

    pub(crate) fn set_kind(&mut self, at: EdgeIx, kind: EdgeKind) {
        debug_assert!(kind.is_known(), "a kind has four bits");
        // The lowest bits of the label are in a byte of their own.
        let byte = at.index() * self.layout.width + self.layout.target_bits as usize / 8;
        self.bytes[byte] = self.bytes[byte] & !((1 << KIND_BITS) - 1) | kind.0;
    }

    pub(crate) fn shrink(&mut self) {
        self.bytes.truncate(self.len * self.layout.width + WORD);
        self.bytes.shrink_to_fit();
        self.large_names.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.large_names.capacity() * size_of::<(EdgeIx, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edges with every kind, and names around the limits.
    fn some(nodes: u64, count: usize, large: usize) -> Vec<(NodeIx, EdgeKind, u32)> {
        let names = [0, 1, (1 << 20) - 2, (1 << 20) - 1, 1 << 20, (1 << 28) - 1, u32::MAX];
        let last = to_u32(usize::try_from(nodes).unwrap() - 1);
        (0..count)
            .map(|at| {
                let name = if at % large == 0 { names[at / large % names.len()] } else { 77 };
                (NodeIx(last - to_u32(at) % 3), EdgeKind((at % 8) as u8), name)
            })
            .collect()
    }

    #[test]
    fn edges_of_every_layout_survive() {
        for (nodes, large, width) in
            [(1 << 24, 10_000, 7), ((1 << 24) - 1, 10_000, 6), (1 << 24, 2, 8), (1000, 2, 7)]
        {
            let all = some(nodes, 30_000, large);
            let mut edges = Edges::new(nodes, 5);
            for &(to, kind, name) in &all {
                edges.push(to, kind, name);
            }
            assert_eq!(edges.layout.width, width);
            edges.shrink();
            for at in (0..to_u32(all.len())).map(EdgeIx) {
                if edges.get(at).is_weak() {
                    edges.set_kind(at, EdgeKind((at.0 % 2) as u8));
                }
            }
            assert_eq!(edges.iter().len(), all.len());
            for (at, &(to, kind, name)) in all.iter().enumerate() {
                let kind = if kind == EdgeKind::WEAK { EdgeKind((at % 2) as u8) } else { kind };
                let edge = edges.get(EdgeIx(to_u32(at)));
                assert_eq!(
                    (edge.to, edge.kind(), edges.name(EdgeIx(to_u32(at)))),
                    (to, kind, name),
                    "{at}"
                );
            }
        }
    }
}
