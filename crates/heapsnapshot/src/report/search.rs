//! Search for nodes by name, kind, class and size.

mod wanted;

use super::display::{ByShape, joined};
use super::parts::{by_parts, filter};
use super::{Filter, NodeSort, Nodes, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::graph::{BitSet, Graph, NodeKind};
use crate::ids::{ClassIx, Idx, NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::names::has_confusing;
use crate::text::{Text, TextBuf};

use wanted::Wanted;

/// The conditions of [`Analysis::search`]. Nodes must meet all of them. Empty
/// fields match every node.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// A text that the displayed name contains.
    pub name: String,
    /// Whether `name` must match in case.
    pub case_sensitive: bool,
    /// The name of the kind in the file, such as `object` or `closure`.
    pub kind: String,
    /// The exact name of the class.
    pub class: String,
    /// The minimum retained size in bytes.
    pub min_retained_size: u64,
    /// Whether nodes with a shallow size of 0 match. DevTools' search leaves
    /// them out, as its Summary does.
    pub include_empty: bool,
    /// The nodes to search.
    pub filter: Filter,
    /// The column that sorts the nodes; `None` for the order of the file.
    pub sort: Option<NodeSort>,
    /// Whether to reverse the natural direction of the column.
    pub reverse: bool,
    /// The nodes to return.
    pub window: Window,
}

impl Analysis {
    /// Returns the nodes that match `query`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`] if the filter contains an unknown
    /// node.
    ///
    /// # Complexity
    /// O(N + length of all strings) time on several threads. Names of plain
    /// objects and concatenated strings are made in order to search them. Needs
    /// 12 bytes per match while it sorts.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Analysis, AnalysisOptions, Graph, Query, ReadOptions, Window};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let query = Query {
    ///     name: "http".to_owned(),
    ///     kind: "string".to_owned(),
    ///     window: Window::first(10),
    ///     ..Query::default()
    /// };
    /// for node in analysis.search(&query)?.nodes {
    ///     assert_eq!(analysis.graph().kind_name(node), "string");
    /// }
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    pub fn search(&self, query: &Query) -> Result<Nodes, Error> {
        let passing = query.filter.passing(self)?;
        let passing = passing.as_deref();
        let kinds: Vec<bool> = (0..=255usize)
            .map(|code| {
                let name = self.graph.node_kind_names.get(code).map(String::as_str);
                query.kind.is_empty() || name == Some(query.kind.as_str())
            })
            .collect();
        let classes: Option<IndexVec<ClassIx, bool>> = (!query.class.is_empty()).then(|| {
            let all = (0..to_u32(self.classes.len())).map(ClassIx);
            let is_wanted = |class| self.classes.name(&self.graph, class) == query.class.as_str();
            all.map(is_wanted).collect::<Vec<bool>>().into()
        });
        let by_name = ByName::new(self, query);
        let nodes = filter(self.graph.node_count(), |node, scratch| {
            // Reads only the columns that the query needs: they are long.
            kinds[self.graph.kinds[node].index()]
                && classes.as_ref().is_none_or(|classes| classes[self.classes.of(node)])
                && (query.include_empty || !self.shallow.is_zero(node))
                && (query.min_retained_size == 0
                    || self.retained.get(node) >= query.min_retained_size)
                && passing.is_none_or(|passing| passing.contains(node))
                && by_name.matches(node, scratch)
        });
        Ok(self.sorted(nodes, query.sort, query.reverse, query.window))
    }
}

/// The condition on the name.
struct ByName<'a> {
    analysis: &'a Analysis,
    wanted: Wanted,
    /// The strings that contain the text.
    strings: BitSet<StrIx>,
    /// The strings that the text can start in, if others are appended to them.
    tails: BitSet<StrIx>,
    /// The strings that the text can end in, if they are appended to others.
    heads: BitSet<StrIx>,
    /// Whether the name of any plain object can contain the text.
    in_objects: bool,
}

/// Memory that a thread reuses between names.
#[derive(Default)]
struct NameScratch {
    objects: ByShape<bool>,
    joined: TextBuf,
    open: Vec<NodeIx>,
}

impl<'a> ByName<'a> {
    /// Searches the string table. O(length of all strings) time.
    fn new(analysis: &'a Analysis, query: &Query) -> Self {
        let wanted = Wanted::new(query);
        let [strings, tails, heads] = if wanted.is_empty() {
            Default::default()
        } else {
            let graph = &analysis.graph;
            strings(graph, |text| {
                [wanted.is_in(text), wanted.may_begin_in(text), wanted.may_end_in(text)]
            })
        };
        let in_objects = !wanted.is_empty()
            && (wanted.has_punctuation || {
                let properties = analysis.properties();
                properties.intersects(&strings) || properties.intersects(analysis.confusing())
            });
        Self { analysis, wanted, strings, tails, heads, in_objects }
    }

    /// Returns whether the name of `node` contains the text.
    fn matches(&self, node: NodeIx, scratch: &mut NameScratch) -> bool {
        let Analysis { graph, names, .. } = self.analysis;
        let kind = graph.kinds[node];
        if self.wanted.is_empty() {
            true
        } else if kind == NodeKind::OBJECT && names.is_plain_object(graph, node) {
            self.in_objects
                && self.may_be_in_object(node)
                && *scratch
                    .objects
                    .of(self.analysis, node, |name| self.wanted.is_in(name.as_text()))
        } else if kind == NodeKind::CONS_STRING {
            self.may_be_in_joined(node, &mut scratch.open)
                && self.wanted.is_in(joined(self.analysis, node, &mut scratch.joined))
        } else {
            self.strings.contains(graph.names[node])
        }
    }

    /// Returns whether a concatenated string can contain the text: in one of
    /// its parts, or across several.
    fn may_be_in_joined(&self, node: NodeIx, open: &mut Vec<NodeIx>) -> bool {
        /// Maximum number of parts to examine. From here on, joining them is
        /// faster: it stops after as many characters.
        const MAX_PIECES: usize = 1 << 12;
        let Analysis { graph, names, .. } = self.analysis;
        let (mut begins, mut ends) = (false, false);
        open.clear();
        open.push(node);
        for _ in 0..MAX_PIECES {
            let Some(node) = open.pop() else { return begins && ends };
            if graph.is_kind(node, NodeKind::CONS_STRING) {
                let (first, second) = names.parts(graph, node);
                open.extend([first, second]);
                continue;
            }
            let piece = graph.names[node];
            if self.strings.contains(piece) {
                return true;
            }
            begins |= self.tails.contains(piece);
            ends |= self.heads.contains(piece);
        }
        true
    }

    /// Returns whether the name of a plain object can contain the text. Such a
    /// name consists of its properties, quoted and escaped if necessary, and of
    /// punctuation.
    fn may_be_in_object(&self, node: NodeIx) -> bool {
        let Analysis { graph, names, .. } = self.analysis;
        self.wanted.has_punctuation
            || names
                .shape(graph, node)
                .any(|name| self.strings.contains(name) || self.analysis.confusing().contains(name))
    }
}

/// Returns the sets of strings for which `is` returns true, for several
/// conditions at once.
fn strings<const N: usize>(
    graph: &Graph,
    is: impl Fn(Text<'_>) -> [bool; N] + Sync,
) -> [BitSet<StrIx>; N] {
    let count = graph.string_count();
    let parts = by_parts(count, |part| {
        let mut found = [const { Vec::new() }; N];
        for at in part.map(StrIx::at) {
            for (found, is) in found.iter_mut().zip(is(graph.text(at))) {
                if is {
                    found.push(at);
                }
            }
        }
        found
    });
    let mut marked = [(); N].map(|()| BitSet::new(count));
    for part in parts {
        for (marked, found) in marked.iter_mut().zip(part) {
            marked.extend(found);
        }
    }
    marked
}

impl Analysis {
    /// Returns the strings that are names of properties of plain objects.
    fn properties(&self) -> &BitSet<StrIx> {
        self.cache.properties.get_or_init(|| {
            let Self { graph, names, .. } = self;
            let parts = by_parts(graph.node_count(), |part| {
                let mut found = BitSet::new(graph.string_count());
                let nodes = part.map(NodeIx::at);
                for node in nodes.filter(|&node| names.is_plain_object(graph, node)) {
                    found.extend(names.shape(graph, node));
                }
                found
            });
            let mut parts = parts.into_iter();
            let mut all = parts.next().unwrap_or_default();
            parts.for_each(|part| all.unite(&part));
            all
        })
    }

    /// Returns the property names that are quoted in the names of plain
    /// objects.
    fn confusing(&self) -> &BitSet<StrIx> {
        self.cache.confusing.get_or_init(|| {
            let [confusing] = strings(&self.graph, |text| [has_confusing(text)]);
            confusing
        })
    }
}
