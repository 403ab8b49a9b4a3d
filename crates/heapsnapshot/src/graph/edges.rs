//! The edges, packed into 6 to 8 bytes each.
#![allow(clippy::cast_possible_truncation, reason = "words are cut into their parts")]

use super::kind::EdgeKind;
use crate::ids::{EdgeIx, NodeIx, to_u32};

/// An edge without its source, which is known from the position of the edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) to: NodeIx,
    /// Kind in the lower 4 bits, name or index above them.
    label: u32,
}

/// Bits of a label that contain the kind.
const KIND_BITS: u32 = 4;

impl Edge {
    /// Returns the kind, which can be [`EdgeKind::EPHEMERON`].
    #[inline]
    pub(crate) fn kind(self) -> EdgeKind {
        // Four bits remain.
        EdgeKind((self.label & ((1 << KIND_BITS) - 1)) as u8)
    }

    /// Returns whether the edge does not keep its target alive.
    #[inline]
    pub(crate) fn is_weak(self) -> bool {
        self.kind() == EdgeKind::WEAK
    }
}

/// All edges, each as one little-endian number: the target in the lower bits,
/// the label (kind and name) in the upper ones.
///
/// A target takes 3 bytes with fewer than 2^24 nodes, else 4. A label takes 3
/// bytes at first; names from 2^20 up are then in `large_names`. If there are
/// too many of those, all labels change to 4 bytes, and only names from 2^28 up
/// are there.
#[derive(Clone, Debug)]
pub(crate) struct Edges {
    /// Followed by padding, so that eight bytes can be loaded at every edge.
    bytes: Vec<u8>,
    len: usize,
    layout: Layout,
    /// `(edge, name)`, ascending, for names that do not fit into a label.
    large_names: Vec<(EdgeIx, u32)>,
}

/// The position of the parts of an edge.
#[derive(Clone, Copy, Debug)]
struct Layout {
    width: usize,
    target_bits: u32,
    target_mask: u64,
    label_mask: u64,
}

/// Number of bytes that one load or store of an edge covers.
const WORD: usize = size_of::<u64>();

impl Layout {
    /// Returns the layout of edges with so many bits for each part.
    fn new(target_bits: u32, label_bits: u32) -> Self {
        let low_bits = |bits: u32| (1 << bits) - 1;
        Self {
            width: (target_bits + label_bits) as usize / 8,
            target_bits,
            target_mask: low_bits(target_bits),
            label_mask: low_bits(label_bits),
        }
    }

    /// Returns the name that stands for one in `large_names`. Smaller names fit
    /// into a label.
    #[inline]
    fn large_name(self) -> u32 {
        (self.label_mask >> KIND_BITS) as u32
    }

    /// Loads the edge `at`.
    #[inline]
    fn load(self, bytes: &[u8], at: usize) -> Edge {
        let first = at * self.width;
        let word = bytes[first..].first_chunk::<WORD>().map_or(0, |word| u64::from_le_bytes(*word));
        let label = (word >> self.target_bits) & self.label_mask;
        Edge { to: NodeIx((word & self.target_mask) as u32), label: label as u32 }
    }

    /// Stores the edge `at`. Overwrites bytes after it, so edges must be stored
    /// in ascending order.
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
    /// Returns no edges, with room for `edges` of them between `nodes` nodes.
    pub(crate) fn new(nodes: u64, edges: usize) -> Self {
        let layout = Layout::new(if nodes < 1 << 24 { 24 } else { 32 }, 24);
        let bytes = vec![0; edges * layout.width + WORD];
        Self { bytes, len: 0, layout, large_names: Vec::new() }
    }

    /// Returns the number of edges.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns the edge at a position.
    #[inline]
    pub(crate) fn get(&self, at: EdgeIx) -> Edge {
        debug_assert!(at.index() < self.len, "the edge {at} of {}", self.len);
        self.layout.load(&self.bytes, at.index())
    }

    /// Returns all edges in the order of the file.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Edge> {
        (0..to_u32(self.len)).map(|at| self.get(EdgeIx(at)))
    }

    /// Returns the name (a position in the string table) or the index of an
    /// edge, as the file has it.
    #[inline]
    pub(crate) fn name(&self, at: EdgeIx) -> u32 {
        let name = self.get(at).label >> KIND_BITS;
        if name == self.layout.large_name() { self.large_name(at) } else { name }
    }

    /// Looks a name up in `large_names`. O(log L) time for L such names.
    #[cold]
    fn large_name(&self, at: EdgeIx) -> u32 {
        match self.large_names.binary_search_by_key(&at, |&(at, _)| at) {
            Ok(at) => self.large_names[at].1,
            Err(_) => self.layout.large_name(),
        }
    }

    /// Returns the smallest name that [`Self::extend`] does not accept.
    pub(crate) fn name_limit(&self) -> u32 {
        self.layout.large_name()
    }

    /// Appends edges. Their names must be below [`Self::name_limit`].
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

    /// Appends an edge with any name. Changes to labels of 4 bytes when too
    /// many names are large.
    pub(crate) fn push(&mut self, to: NodeIx, kind: EdgeKind, name: u32) {
        let limit = self.name_limit();
        if name >= limit {
            self.large_names.push((EdgeIx(to_u32(self.len)), name));
        }
        self.extend(std::iter::once((to, kind, name.min(limit))));
        // A large name takes eight bytes; wider labels take one byte per edge.
        if self.layout.label_mask < u64::from(u32::MAX)
            && self.large_names.len() > 1024 + self.len / 8
        {
            self.widen();
        }
    }

    /// Removes all edges from position `len` on. Their names must have been
    /// below [`Self::name_limit`].
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    /// Makes room for `more` edges. Doubles the capacity, so that appending
    /// takes O(1) time on average.
    fn reserve(&mut self, more: usize) {
        let needed = (self.len + more) * self.layout.width + WORD;
        if needed > self.bytes.len() {
            self.bytes.resize(needed.max(self.bytes.len() * 2), 0);
        }
    }

    /// Changes to labels of 4 bytes. O(E) time.
    fn widen(&mut self) {
        let layout = Layout::new(self.layout.target_bits, 32);
        // Keeps the capacity in edges.
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

    /// Changes the kind of an edge.
    pub(crate) fn set_kind(&mut self, at: EdgeIx, kind: EdgeKind) {
        debug_assert!(kind.is_known(), "a kind has four bits");
        // The lowest bits of the label are in a byte of their own.
        let byte = at.index() * self.layout.width + self.layout.target_bits as usize / 8;
        self.bytes[byte] = self.bytes[byte] & !((1 << KIND_BITS) - 1) | kind.0;
    }

    /// Frees unused capacity.
    pub(crate) fn shrink(&mut self) {
        self.bytes.truncate(self.len * self.layout.width + WORD);
        self.bytes.shrink_to_fit();
        self.large_names.shrink_to_fit();
    }

    /// Returns the heap memory that the edges use, in bytes.
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
