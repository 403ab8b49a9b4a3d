//! Maps, sets, arrays and dictionaries, and their entries.

use heapsnapshot::{EdgeKind, NodeIx, NodeKind};

use super::Heap;
use crate::words::Word;

/// The kind of a collection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Collection {
    Array,
    Map,
    Set,
    /// An object used as a dictionary.
    Dictionary,
}

impl Collection {
    /// Returns the word for it in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Map => "Map",
            Self::Set => "Set",
            Self::Dictionary => "object",
        }
    }
}

impl Heap<'_> {
    /// Returns the kind of a collection and the number of entries that the snapshot shows. Small
    /// numbers are not nodes, so a collection of small numbers shows none. Returns `None` if the
    /// node is not a collection.
    pub(crate) fn collection(&self, node: NodeIx) -> Option<(Collection, u64)> {
        if self.graph.kind(node) != NodeKind::OBJECT || self.is_context(node) {
            return None;
        }
        // Weak collections retain nothing; V8 removes their dead entries in time.
        if self.graph.name(node).as_str().is_some_and(|name| name.contains("Weak")) {
            return None;
        }
        if let Some(table) = self.internal(node, Word::Table) {
            let name = self.graph.name(node);
            let (kind, stride) = match name.as_str() {
                Some("Map") => (Collection::Map, 3),
                Some("Set") => (Collection::Set, 2),
                _ => match self.analysis.class_name(node).as_str() {
                    Some(class) if class.contains("Set") => (Collection::Set, 2),
                    _ => (Collection::Map, 3),
                },
            };
            return Some((kind, self.table_entries(table, stride)));
        }
        let (mut elements, mut places, mut properties) = (0u64, 0u64, 0u64);
        for edge in self.graph.edges(node) {
            match self.graph.edge_kind(edge) {
                EdgeKind::ELEMENT => {
                    places += 1;
                    // A hole or `undefined` is not an entry.
                    elements += u64::from(!self.is_filler(self.graph.target(edge)));
                }
                EdgeKind::PROPERTY => properties += 1,
                _ => {}
            }
        }
        if self.graph.name(node) == "Array" || places > properties {
            return Some((Collection::Array, elements));
        }
        // The prototype, and up to seven properties, which most objects have, do not make a
        // dictionary.
        (properties > 8).then(|| (Collection::Dictionary, properties - 1))
    }

    /// Returns the number of entries of a hash table that the snapshot shows.
    fn table_entries(&self, table: NodeIx, stride: usize) -> u64 {
        let mut by_column = [0u64; 3];
        for (at, _) in self.table_items(table) {
            by_column[at % stride] += 1;
        }
        by_column.into_iter().max().unwrap_or_default()
    }

    /// Returns the contents of a hash table, with their positions.
    fn table_items(&self, table: NodeIx) -> impl Iterator<Item = (usize, NodeIx)> + '_ {
        self.graph.edges(table).filter_map(|edge| {
            let target = self.graph.target(edge);
            if self.graph.edge_kind(edge) == EdgeKind::WEAK || self.is_filler(target) {
                return None;
            }
            Some((self.position(edge)?, target))
        })
    }

    /// Returns the contents of a collection: values, and the keys of maps.
    pub(crate) fn items(&self, node: NodeIx, kind: Collection) -> Vec<NodeIx> {
        match kind {
            Collection::Map | Collection::Set => {
                let Some(table) = self.internal(node, Word::Table) else { return Vec::new() };
                self.table_items(table).map(|(_, item)| item).collect()
            }
            Collection::Array => {
                let mut items = self.targets(node, EdgeKind::ELEMENT);
                items.retain(|&item| !self.is_filler(item));
                items
            }
            Collection::Dictionary => self
                .graph
                .edges(node)
                .filter(|&edge| {
                    self.graph.edge_kind(edge) == EdgeKind::PROPERTY
                        && !self.is_named(edge, Word::Proto)
                })
                .map(|edge| self.graph.target(edge))
                .collect(),
        }
    }

    /// Returns the targets of all edges of a kind.
    pub(super) fn targets(&self, node: NodeIx, kind: EdgeKind) -> Vec<NodeIx> {
        let edges = self.graph.edges(node).filter(|&edge| self.graph.edge_kind(edge) == kind);
        edges.map(|edge| self.graph.target(edge)).collect()
    }

    /// Returns the capacity of a collection in entries.
    pub(crate) fn room(&self, node: NodeIx) -> u64 {
        let store =
            self.internal(node, Word::Table).or_else(|| self.internal(node, Word::Elements));
        store.map_or(0, |store| self.graph.self_size(store) / 8)
    }

    /// Returns whether an array has elements that are `undefined`, `null` or holes.
    pub(crate) fn has_empty_places(&self, node: NodeIx) -> bool {
        self.graph.edges(node).any(|edge| {
            self.graph.edge_kind(edge) == EdgeKind::ELEMENT
                && self.is_filler(self.graph.target(edge))
        })
    }
}
