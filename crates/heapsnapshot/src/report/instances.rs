//! Lists of nodes: instances of a class, search results.

use std::cmp::Ordering;

use super::{Filter, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::graph::BitSet;
use crate::ids::{ClassIx, NodeIx, to_u32};
use crate::text::TextBuf;

/// The column that orders a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum NodeSort {
    /// Retained size descending, then id: DevTools' default.
    #[default]
    RetainedSize,
    /// Shallow size descending, then id.
    ShallowSize,
    /// Distance, then retained size descending.
    Distance,
    /// Display name, then id.
    Name,
    /// Id.
    Id,
}

/// A list of nodes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Nodes {
    /// The nodes of the window.
    pub nodes: Vec<NodeIx>,
    /// Number of nodes, shown or not.
    pub node_count: usize,
}

/// What to search for. Empty fields match everything.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Text that the display name must contain.
    pub name: String,
    /// Whether the case of `name` matters.
    pub case_sensitive: bool,
    /// The kind's name in the file (`object`, `closure` ...).
    pub kind: String,
    /// The exact name of the class.
    pub class: String,
    /// Bytes that the node must retain at least.
    pub min_retained_size: u64,
    /// Whether nodes without a shallow size are found. DevTools' search leaves
    /// them out, as its Summary does.
    pub include_empty: bool,
    /// Which nodes are searched.
    pub filter: Filter,
    /// The column that orders the nodes; `None` is file order.
    pub sort: Option<NodeSort>,
    /// Reverses the natural direction.
    pub reverse: bool,
    /// Which nodes to return.
    pub window: Window,
}

impl Analysis {
    /// Returns the nodes that the Summary counts in `class`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`] if the filter names an unknown node.
    ///
    /// # Complexity
    /// O(N + k log k) time for k nodes shown, 4 bytes an instance.
    pub fn instances(
        &self,
        class: ClassIx,
        filter: Filter,
        sort: NodeSort,
        window: Window,
    ) -> Result<Nodes, Error> {
        let passing = filter.passing(self)?;
        let nodes = (0..to_u32(self.graph.node_count()))
            .filter(|&node| {
                let node = node as usize;
                self.classes.at(node) == class.0
                    && !self.shallow.is_zero(node)
                    && passing.as_ref().is_none_or(|passing| passing.contains(node))
            })
            .collect();
        Ok(self.sorted(nodes, Some(sort), false, window))
    }

    /// Returns the class that the Summary shows under `key`: a class key, or
    /// the name of a class.
    #[must_use]
    pub fn find_class(&self, key: &str) -> Option<ClassIx> {
        let wanted = TextBuf::from(key);
        let options = super::SummaryOptions::default();
        // The row that won over others of the same key is the one meant.
        let rows = self.summary(&options).ok()?.rows;
        let by_key = rows.iter().find(|row| row.key == wanted);
        by_key.or_else(|| rows.iter().find(|row| row.constructor == wanted)).map(|row| row.class)
    }

    /// Returns the nodes that match `query`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`] if the filter names an unknown node.
    ///
    /// # Complexity
    /// O(N + length of all strings) time; names of plain objects and
    /// concatenated strings are made to be searched.
    pub fn search(&self, query: &Query) -> Result<Nodes, Error> {
        let passing = query.filter.passing(self)?;
        let kinds: Vec<bool> = (0..=255usize)
            .map(|code| {
                let name = self.graph.node_kind_names.get(code).map(String::as_str);
                query.kind.is_empty() || name == Some(query.kind.as_str())
            })
            .collect();
        let classes: Vec<bool> = (0..to_u32(self.classes.len()))
            .map(|class| {
                query.class.is_empty()
                    || self.classes.name(&self.graph, ClassIx(class)) == query.class.as_str()
            })
            .collect();
        let wanted = Wanted::new(query);
        let mut matching_strings = BitSet::new(self.graph.string_count());
        for (ix, text) in self.graph.strings.iter() {
            if wanted.is_in(&text.to_string_lossy()) {
                matching_strings.insert(ix.index());
            }
        }
        let matches = |node: usize| {
            if !kinds[usize::from(self.graph.kinds[node])]
                || !classes[self.classes.at(node) as usize]
                || (!query.include_empty && self.shallow.is_zero(node))
                || self.retained.get(node) < query.min_retained_size
                || passing.as_ref().is_some_and(|passing| !passing.contains(node))
            {
                return false;
            }
            if wanted.is_empty() {
                true
            } else if self.names.is_made(&self.graph, node) {
                wanted.is_in(&self.display_name(NodeIx(to_u32(node))).to_string())
            } else {
                matching_strings.contains(self.graph.names[node] as usize)
            }
        };
        let nodes =
            (0..to_u32(self.graph.node_count())).filter(|&node| matches(node as usize)).collect();
        Ok(self.sorted(nodes, query.sort, query.reverse, query.window))
    }

    fn sorted(
        &self,
        mut nodes: Vec<u32>,
        sort: Option<NodeSort>,
        reverse: bool,
        window: Window,
    ) -> Nodes {
        let node_count = nodes.len();
        if let Some(sort) = sort {
            window.sort(&mut nodes, |&a, &b| {
                self.compare_nodes(sort, reverse, NodeIx(a), NodeIx(b)).then(a.cmp(&b))
            });
        } else {
            window.cut(&mut nodes);
        }
        Nodes { nodes: nodes.into_iter().map(NodeIx).collect(), node_count }
    }

    fn compare_nodes(&self, sort: NodeSort, reverse: bool, a: NodeIx, b: NodeIx) -> Ordering {
        let id = || self.graph.id(a).cmp(&self.graph.id(b));
        let retained = || self.retained_size(b).cmp(&self.retained_size(a));
        let (first, second) = match sort {
            NodeSort::RetainedSize => (retained(), id()),
            NodeSort::ShallowSize => (self.shallow_size(b).cmp(&self.shallow_size(a)), id()),
            NodeSort::Distance => (self.distance(a).cmp(&self.distance(b)), retained()),
            NodeSort::Name => (self.display_name(a).cmp(&self.display_name(b)), id()),
            NodeSort::Id => (id(), Ordering::Equal),
        };
        let first = if reverse { first.reverse() } else { first };
        first.then(second)
    }
}

/// A text to look for.
struct Wanted {
    text: String,
    fold_case: bool,
}

impl Wanted {
    fn new(query: &Query) -> Self {
        let fold_case = !query.case_sensitive;
        let text = if fold_case { query.name.to_lowercase() } else { query.name.clone() };
        Self { text, fold_case }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn is_in(&self, name: &str) -> bool {
        if self.text.is_empty() {
            false
        } else if self.fold_case {
            name.to_lowercase().contains(&self.text)
        } else {
            name.contains(&self.text)
        }
    }
}
