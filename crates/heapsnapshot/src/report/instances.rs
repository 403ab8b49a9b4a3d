//! Sorted lists of nodes, such as the instances of a class.

use std::cmp::Ordering;

use super::display::DisplayNames;
use super::order::{Next, Order, after_chunk, chunk, signed};
use super::parts::{self, filled};
use super::{Filter, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::ids::{ClassIx, NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::text::{Text, TextBuf};

/// The column that sorts a list of nodes. Equal nodes are in the order of the
/// list.
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

/// A page of a list of nodes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Nodes {
    /// The nodes in the window.
    pub nodes: Vec<NodeIx>,
    /// Number of nodes, also outside of the window.
    pub node_count: usize,
}

impl Analysis {
    /// Returns the nodes that the Summary counts in `class`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`] if the filter contains an unknown
    /// node.
    ///
    /// # Complexity
    /// O(N + k log k) time on several threads for k nodes in the window. Needs
    /// 12 bytes per instance while it sorts.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Analysis, AnalysisOptions, Filter, Graph, NodeSort, ReadOptions, Window};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let class = analysis.find_class("Function").expect("every program has functions");
    /// let page = analysis.instances(class, Filter::All, NodeSort::RetainedSize, Window::first(5))?;
    /// assert_eq!(page.nodes.len(), 5);
    /// assert!(page.node_count > 5);
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    pub fn instances(
        &self,
        class: ClassIx,
        filter: Filter,
        sort: NodeSort,
        window: Window,
    ) -> Result<Nodes, Error> {
        let passing = filter.passing(self)?;
        let passing = passing.as_deref();
        let nodes = parts::filter(self.graph.node_count(), |node, ()| {
            self.classes.of(node) == class
                && !self.shallow.is_zero(node)
                && passing.as_ref().is_none_or(|passing| passing.contains(node))
        });
        Ok(self.sorted(nodes, Some(sort), false, window))
    }

    /// Returns the class that the Summary shows for `key`: a key of
    /// [`crate::Classes::key`], or else a name. Of several classes with the
    /// name, returns the one that retains most.
    ///
    /// # Complexity
    /// That of [`Analysis::summary`].
    #[must_use]
    pub fn find_class(&self, key: &str) -> Option<ClassIx> {
        let wanted = TextBuf::from(key);
        let options = super::SummaryOptions::default();
        // The row that won over others of the same key is the one meant.
        let rows = self.summary(&options).ok()?.rows;
        let by_key = rows.iter().find(|row| row.key == wanted);
        by_key.or_else(|| rows.iter().find(|row| row.constructor == wanted)).map(|row| row.class)
    }

    /// Returns the window of the sorted list of `nodes`.
    ///
    /// # Complexity
    /// O(n + k log k) time on several threads for k nodes in the window. Needs
    /// 12 bytes per node.
    #[must_use]
    pub fn sort_nodes(&self, nodes: &[NodeIx], sort: NodeSort, window: Window) -> Nodes {
        self.sorted(nodes.to_vec(), Some(sort), false, window)
    }

    /// Returns the window of `nodes`, sorted if `sort` is given.
    pub(super) fn sorted(
        &self,
        mut nodes: Vec<NodeIx>,
        sort: Option<NodeSort>,
        reverse: bool,
        window: Window,
    ) -> Nodes {
        let node_count = nodes.len();
        if let Some(sort) = sort {
            let order = Sorting::new(self, sort, reverse, node_count);
            nodes = window.choose(nodes, &order);
        } else {
            window.cut(&mut nodes);
        }
        Nodes { nodes, node_count }
    }

    /// Calls `look` with the displayed name of `node`. Copies the name only if
    /// it has to be made.
    pub(super) fn with_name<T>(&self, node: NodeIx, look: impl FnOnce(Text<'_>) -> T) -> T {
        if self.names.is_made(&self.graph, node) {
            look(self.display_name(node).as_text())
        } else {
            look(self.graph.name(node))
        }
    }
}

/// Nodes sorted by a column. Names are compared part by part.
struct Sorting<'a> {
    analysis: &'a Analysis,
    sort: NodeSort,
    reverse: bool,
    /// By string: the key of its first part, if there are more nodes than
    /// strings. Computed in the order of the string table, which is faster than
    /// at random.
    first_chunks: IndexVec<StrIx, u64>,
}

impl<'a> Sorting<'a> {
    /// Prepares an order of `node_count` nodes.
    fn new(analysis: &'a Analysis, sort: NodeSort, reverse: bool, node_count: usize) -> Self {
        let graph = &analysis.graph;
        let count = graph.string_count();
        let first_chunks = if sort == NodeSort::Name && node_count > count {
            let text = |at| graph.text(StrIx(to_u32(at)));
            filled(count, |from, chunks| {
                for (at, key) in chunks.iter_mut().enumerate() {
                    *key = chunk(text(from + at), 0);
                }
            })
        } else {
            Vec::new()
        };
        Self { analysis, sort, reverse, first_chunks: first_chunks.into() }
    }

    /// Returns the key of part `level` of the name of `node`.
    fn chunk(&self, node: NodeIx, level: u32, names: &mut DisplayNames) -> u64 {
        let Analysis { graph, names: known, .. } = self.analysis;
        match self.first_chunks.get(graph.names[node]) {
            Some(&first) if level == 0 && !known.is_made(graph, node) => first,
            _ => chunk(names.of(self.analysis, node), level),
        }
    }

    /// The level that orders nodes with equal columns.
    const TIE: u32 = u32::MAX;

    /// Returns a key of the column, inverted if the order is reversed.
    fn turned(&self, key: u64) -> u64 {
        if self.reverse { !key } else { key }
    }

    /// Returns the key that orders nodes with equal columns.
    fn tie(&self, node: NodeIx) -> u64 {
        match self.sort {
            NodeSort::Distance => !self.analysis.retained.get(node),
            _ => u64::from(self.analysis.graph.ids[node].get()),
        }
    }
}

impl Order for Sorting<'_> {
    type Item = NodeIx;
    type Scratch = DisplayNames;

    fn key(&self, node: NodeIx, level: u32, names: &mut DisplayNames) -> u64 {
        let Analysis { graph, shallow, retained, .. } = self.analysis;
        if level == Self::TIE {
            return self.tie(node);
        }
        self.turned(match self.sort {
            NodeSort::RetainedSize => !retained.get(node),
            NodeSort::ShallowSize => !shallow.get(node),
            NodeSort::Distance => signed(self.analysis.distance(node).raw()),
            NodeSort::Name => self.chunk(node, level, names),
            NodeSort::Id => u64::from(graph.ids[node].get()),
        })
    }

    fn next(&self, level: u32, key: u64) -> Next {
        match self.sort {
            _ if level == Self::TIE => Next::Place,
            NodeSort::Id => Next::Place,
            NodeSort::Name => after_chunk(self.turned(key), level, 0, Next::Level(Self::TIE)),
            _ => Next::Level(Self::TIE),
        }
    }

    fn compare(&self, a: NodeIx, b: NodeIx) -> Ordering {
        let order = self.analysis.with_name(a, |a| self.analysis.with_name(b, |b| a.cmp(&b)));
        let order = if self.reverse { order.reverse() } else { order };
        order.then_with(|| self.tie(a).cmp(&self.tie(b)))
    }
}
