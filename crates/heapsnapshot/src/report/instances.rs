//! Lists of nodes: instances of a class, search results.

use std::cmp::Ordering;

use memchr::memchr2_iter;
use memchr::memmem::Finder;

use super::{Filter, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::graph::{BitSet, EdgeKind};
use crate::ids::{ClassIx, NodeIx, to_u32};
use crate::pass::names::has_confusing;
use crate::text::{Text, TextBuf};

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
        // Properties that can put `wanted` into the name of an object.
        let mut hints = BitSet::new(self.graph.string_count());
        for (ix, text) in self.graph.strings.iter() {
            if wanted.is_in(text) {
                matching_strings.insert(ix.index());
            }
            if wanted.may_be_in_property(text) {
                hints.insert(ix.index());
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
                (wanted.has_punctuation
                    || !self.names.is_plain_object(&self.graph, node)
                    || self.has_property(node, &hints))
                    && wanted.is_in(self.display_name(NodeIx(to_u32(node))).as_text())
            } else {
                matching_strings.contains(self.graph.names[node] as usize)
            }
        };
        let nodes =
            (0..to_u32(self.graph.node_count())).filter(|&node| matches(node as usize)).collect();
        Ok(self.sorted(nodes, query.sort, query.reverse, query.window))
    }

    /// Returns whether one of `names` is that of a property of `node`.
    fn has_property(&self, node: usize, names: &BitSet) -> bool {
        self.graph.edge_range(node).any(|at| {
            self.graph.edges[at].kind() == EdgeKind::PROPERTY
                && names.contains(self.graph.raw_edge_name(at) as usize)
        })
    }

    fn sorted(
        &self,
        mut nodes: Vec<u32>,
        sort: Option<NodeSort>,
        reverse: bool,
        window: Window,
    ) -> Nodes {
        let node_count = nodes.len();
        if sort == Some(NodeSort::Name) {
            nodes = self.by_name(nodes, reverse, window);
        } else if let Some(sort) = sort {
            window.sort(&mut nodes, |&a, &b| {
                self.compare_nodes(sort, reverse, NodeIx(a), NodeIx(b)).then(a.cmp(&b))
            });
        } else {
            window.cut(&mut nodes);
        }
        Nodes { nodes: nodes.into_iter().map(NodeIx).collect(), node_count }
    }

    /// Orders by display name. Most names differ in their beginnings, which are
    /// kept beside the nodes while these move.
    fn by_name(&self, nodes: Vec<u32>, reverse: bool, window: Window) -> Vec<u32> {
        let with_name = |node| (self.with_name(node as usize, name_start), node);
        let mut named: Vec<([u8; 8], u32)> = nodes.into_iter().map(with_name).collect();
        window.sort(&mut named, |a, b| match a.0.cmp(&b.0) {
            Ordering::Equal => self
                .compare_nodes(NodeSort::Name, reverse, NodeIx(a.1), NodeIx(b.1))
                .then(a.1.cmp(&b.1)),
            order if reverse => order.reverse(),
            order => order,
        });
        named.into_iter().map(|(_, node)| node).collect()
    }

    /// Calls `look` with the display name, which is not copied unless it has to
    /// be made.
    pub(super) fn with_name<T>(&self, node: usize, look: impl FnOnce(Text<'_>) -> T) -> T {
        if self.names.is_made(&self.graph, node) {
            look(self.display_name(NodeIx(to_u32(node))).as_text())
        } else {
            look(self.graph.name_of(node))
        }
    }

    fn compare_names(&self, a: NodeIx, b: NodeIx) -> Ordering {
        let is_made = |node: NodeIx| self.names.is_made(&self.graph, node.index());
        let raw = |node: NodeIx| self.graph.names[node.index()];
        if raw(a) == raw(b) && !is_made(a) && !is_made(b) {
            return Ordering::Equal;
        }
        self.with_name(a.index(), |a| self.with_name(b.index(), |b| a.cmp(&b)))
    }

    fn compare_nodes(&self, sort: NodeSort, reverse: bool, a: NodeIx, b: NodeIx) -> Ordering {
        let id = || self.graph.id(a).cmp(&self.graph.id(b));
        let retained = || self.retained_size(b).cmp(&self.retained_size(a));
        let (first, second) = match sort {
            NodeSort::RetainedSize => (retained(), id()),
            NodeSort::ShallowSize => (self.shallow_size(b).cmp(&self.shallow_size(a)), id()),
            NodeSort::Distance => (self.distance(a).cmp(&self.distance(b)), retained()),
            NodeSort::Name => (self.compare_names(a, b), id()),
            NodeSort::Id => (id(), Ordering::Equal),
        };
        let first = if reverse { first.reverse() } else { first };
        first.then(second)
    }
}

/// The beginning of a name. Names whose beginnings differ are in the order of
/// these.
fn name_start(name: Text<'_>) -> [u8; 8] {
    /// Below it the order of bytes is that of code units.
    const SURROGATES: u8 = 0xED;
    let mut start = [0u8; 8];
    for (to, &byte) in start.iter_mut().zip(name.as_bytes()) {
        *to = byte.min(SURROGATES);
        if byte >= SURROGATES {
            break;
        }
    }
    start
}

/// A text to look for.
struct Wanted {
    text: String,
    fold_case: bool,
    /// Finds an ASCII text if case matters.
    exact: Option<Finder<'static>>,
    /// Both cases of the first byte of an ASCII text, if case does not matter.
    folded: Option<(u8, u8)>,
    /// Whether it has more than letters and digits.
    has_punctuation: bool,
}

impl Wanted {
    fn new(query: &Query) -> Self {
        let fold_case = !query.case_sensitive;
        let text = if fold_case { query.name.to_lowercase() } else { query.name.clone() };
        let exact = (text.is_ascii() && !fold_case).then(|| Finder::new(&text).into_owned());
        let first = text.bytes().next().filter(|_| text.is_ascii() && fold_case);
        let folded = first.map(|byte| (byte, byte.to_ascii_uppercase()));
        let is_punctuation = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
        let has_punctuation = text.chars().any(is_punctuation);
        Self { text, fold_case, exact, folded, has_punctuation }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns whether a text without punctuation can be in the name of a plain
    /// object because of this property. Such a name is made of properties,
    /// quoted and escaped if they need it, and of punctuation.
    fn may_be_in_property(&self, property: Text<'_>) -> bool {
        has_confusing(property) || self.is_in(property)
    }

    fn is_in(&self, name: Text<'_>) -> bool {
        let bytes = name.as_bytes();
        if self.text.is_empty() {
            false
        } else if let Some(finder) = &self.exact {
            finder.find(bytes).is_some()
        } else if let Some((lower, upper)) = self.folded.filter(|_| bytes.is_ascii()) {
            memchr2_iter(lower, upper, bytes).any(|at| {
                let here = bytes.get(at..at + self.text.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(self.text.as_bytes()))
            })
        } else if self.fold_case {
            name.to_string_lossy().to_lowercase().contains(&self.text)
        } else {
            name.to_string_lossy().contains(&self.text)
        }
    }
}
