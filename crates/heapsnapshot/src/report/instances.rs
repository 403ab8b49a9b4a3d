//! Lists of nodes: instances of a class, search results.

use std::cmp::Ordering;

use memchr::memchr2_iter;
use memchr::memmem::Finder;

use super::display::{ByShape, DisplayNames, joined};
use super::order::{Next, Order, after_chunk, chunk, signed};
use super::parts::{by_parts, filled, filter};
use super::{Filter, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::graph::{BitSet, Graph, NodeKind};
use crate::ids::{ClassIx, NodeIx, StrIx, to_u32};
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
    /// O(N + k log k) time for k nodes shown, on all cores; 12 bytes an instance
    /// while it is sorted.
    pub fn instances(
        &self,
        class: ClassIx,
        filter: Filter,
        sort: NodeSort,
        window: Window,
    ) -> Result<Nodes, Error> {
        let passing = filter.passing(self)?;
        let passing = passing.as_deref();
        let nodes = super::parts::filter(self.graph.node_count(), |node, ()| {
            self.classes.at(node) == class.0
                && !self.shallow.is_zero(node)
                && passing.as_ref().is_none_or(|passing| passing.contains(node))
        });
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
    /// O(N + length of all strings) time on all cores; names of plain objects
    /// and concatenated strings are made to be searched. 12 bytes a match while
    /// it is sorted.
    pub fn search(&self, query: &Query) -> Result<Nodes, Error> {
        let passing = query.filter.passing(self)?;
        let passing = passing.as_deref();
        let kinds: Vec<bool> = (0..=255usize)
            .map(|code| {
                let name = self.graph.node_kind_names.get(code).map(String::as_str);
                query.kind.is_empty() || name == Some(query.kind.as_str())
            })
            .collect();
        let classes: Option<Vec<bool>> = (!query.class.is_empty()).then(|| {
            let all = (0..to_u32(self.classes.len())).map(ClassIx);
            all.map(|class| self.classes.name(&self.graph, class) == query.class.as_str()).collect()
        });
        let by_name = ByName::new(self, query);
        let nodes = filter(self.graph.node_count(), |node, scratch| {
            // What is not asked for is not looked at: the columns are long.
            kinds[usize::from(self.graph.kinds[node])]
                && classes.as_ref().is_none_or(|classes| classes[self.classes.at(node) as usize])
                && (query.include_empty || !self.shallow.is_zero(node))
                && (query.min_retained_size == 0
                    || self.retained.get(node) >= query.min_retained_size)
                && passing.is_none_or(|passing| passing.contains(node))
                && by_name.matches(node, scratch)
        });
        Ok(self.sorted(nodes, query.sort, query.reverse, query.window))
    }

    /// Returns the part of a list of nodes that `window` shows, in order.
    ///
    /// # Complexity
    /// O(n + k log k) on all cores for k nodes shown; 12 bytes a node.
    #[must_use]
    pub fn sort_nodes(&self, nodes: &[NodeIx], sort: NodeSort, window: Window) -> Nodes {
        self.sorted(nodes.iter().map(|node| node.0).collect(), Some(sort), false, window)
    }

    pub(super) fn sorted(
        &self,
        mut nodes: Vec<u32>,
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
        Nodes { nodes: nodes.into_iter().map(NodeIx).collect(), node_count }
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
}

/// Nodes by a column. Names are looked at chunk by chunk.
struct Sorting<'a> {
    analysis: &'a Analysis,
    sort: NodeSort,
    reverse: bool,
    /// The first chunk of each string, if there are more nodes than strings: they
    /// are read from one end to the other, instead of here and there.
    first_chunks: Vec<u64>,
}

impl<'a> Sorting<'a> {
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
        Self { analysis, sort, reverse, first_chunks }
    }

    fn chunk(&self, node: usize, level: u32, names: &mut DisplayNames) -> u64 {
        let Analysis { graph, names: known, .. } = self.analysis;
        match self.first_chunks.get(graph.names[node] as usize) {
            Some(&first) if level == 0 && !known.is_made(graph, node) => first,
            _ => chunk(names.of(self.analysis, node), level),
        }
    }

    /// The level of what orders nodes whose columns are equal.
    const TIE: u32 = u32::MAX;

    /// Keys of the column, turned round if it is.
    fn turned(&self, key: u64) -> u64 {
        if self.reverse { !key } else { key }
    }

    fn tie(&self, node: u32) -> u64 {
        match self.sort {
            NodeSort::Distance => !self.analysis.retained.get(node as usize),
            _ => u64::from(self.analysis.graph.ids[node as usize]),
        }
    }
}

impl Order for Sorting<'_> {
    type Scratch = DisplayNames;

    fn key(&self, node: u32, level: u32, names: &mut DisplayNames) -> u64 {
        let Analysis { graph, shallow, retained, .. } = self.analysis;
        let at = node as usize;
        if level == Self::TIE {
            return self.tie(node);
        }
        self.turned(match self.sort {
            NodeSort::RetainedSize => !retained.get(at),
            NodeSort::ShallowSize => !shallow.get(at),
            NodeSort::Distance => signed(self.analysis.distance(NodeIx(node)).raw()),
            NodeSort::Name => self.chunk(at, level, names),
            NodeSort::Id => u64::from(graph.ids[at]),
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

    fn compare(&self, a: u32, b: u32) -> Ordering {
        let order = self
            .analysis
            .with_name(a as usize, |a| self.analysis.with_name(b as usize, |b| a.cmp(&b)));
        let order = if self.reverse { order.reverse() } else { order };
        order.then_with(|| self.tie(a).cmp(&self.tie(b)))
    }
}

/// Which nodes have a name with a text.
struct ByName<'a> {
    analysis: &'a Analysis,
    wanted: Wanted,
    /// Strings with the text.
    strings: BitSet,
    /// Strings that it may begin in, and those that it may end in, if they are
    /// put together.
    tails: BitSet,
    heads: BitSet,
}

/// What a thread keeps while it looks at names.
#[derive(Default)]
struct NameScratch {
    objects: ByShape<bool>,
    joined: TextBuf,
}

impl<'a> ByName<'a> {
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
        Self { analysis, wanted, strings, tails, heads }
    }

    fn matches(&self, node: usize, scratch: &mut NameScratch) -> bool {
        let Analysis { graph, names, .. } = self.analysis;
        let kind = NodeKind(graph.kinds[node]);
        if self.wanted.is_empty() {
            true
        } else if kind == NodeKind::OBJECT && names.is_plain_object(graph, node) {
            self.may_be_in_object(node)
                && *scratch
                    .objects
                    .of(self.analysis, node, |name| self.wanted.is_in(name.as_text()))
        } else if kind == NodeKind::CONS_STRING {
            self.may_be_in_joined(node)
                && self.wanted.is_in(joined(self.analysis, node, &mut scratch.joined))
        } else {
            self.strings.contains(graph.names[node] as usize)
        }
    }

    /// Returns whether the text can be in a concatenated string.
    fn may_be_in_joined(&self, node: usize) -> bool {
        let Analysis { graph, names, .. } = self.analysis;
        let (first, second) = names.parts(graph, node);
        if graph.is_kind(first, NodeKind::CONS_STRING)
            || graph.is_kind(second, NodeKind::CONS_STRING)
        {
            return true;
        }
        let (first, second) = (graph.names[first] as usize, graph.names[second] as usize);
        self.strings.contains(first)
            || self.strings.contains(second)
            || (self.tails.contains(first) && self.heads.contains(second))
    }

    /// Returns whether the text can be in the name of a plain object. Such a
    /// name is made of properties, quoted and escaped if they need it, and of
    /// punctuation.
    fn may_be_in_object(&self, node: usize) -> bool {
        let Analysis { graph, names, .. } = self.analysis;
        self.wanted.has_punctuation
            || names.shape(graph, node).any(|name| {
                let name = name as usize;
                self.strings.contains(name) || self.analysis.confusing().contains(name)
            })
    }
}

/// Marks the strings of which something is true, for several such things.
fn strings<const N: usize>(
    graph: &Graph,
    is: impl Fn(Text<'_>) -> [bool; N] + Sync,
) -> [BitSet; N] {
    let count = graph.string_count();
    let parts = by_parts(count, |part| {
        let mut found = [const { Vec::new() }; N];
        for at in part.map(to_u32) {
            for (found, is) in found.iter_mut().zip(is(graph.text(StrIx(at)))) {
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
            for at in found {
                marked.insert(at as usize);
            }
        }
    }
    marked
}

impl Analysis {
    /// Marks the strings that are quoted in the names of plain objects.
    fn confusing(&self) -> &BitSet {
        self.kept.confusing.get_or_init(|| {
            let [confusing] = strings(&self.graph, |text| [has_confusing(text)]);
            confusing
        })
    }
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
    /// Of each byte, whether the text has it before its end, and after its beginning.
    inner: Vec<(bool, bool)>,
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
        let mut inner = vec![(false, false); 256];
        for pair in text.as_bytes().windows(2) {
            for byte in [pair[0], pair[0].to_ascii_uppercase()] {
                inner[usize::from(byte)].0 = true;
            }
            for byte in [pair[1], pair[1].to_ascii_uppercase()] {
                inner[usize::from(byte)].1 = true;
            }
        }
        Self { text, fold_case, exact, folded, has_punctuation, inner }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn is_in(&self, name: Text<'_>) -> bool {
        let bytes = name.as_bytes();
        if self.text.is_empty() {
            false
        } else if let Some(finder) = &self.exact {
            finder.find(bytes).is_some()
        } else if let Some((lower, upper)) = self.folded {
            memchr2_iter(lower, upper, bytes).any(|at| {
                let here = bytes.get(at..at + self.text.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(self.text.as_bytes()))
            }) || self.folds_to_ascii(bytes) && self.is_in_folded(name)
        } else if self.fold_case {
            // What is ASCII has no letter of another alphabet.
            !bytes.is_ascii() && self.is_in_folded(name)
        } else {
            name.to_string_lossy().contains(&self.text)
        }
    }

    /// Returns whether a text that ends like `name` may have what is wanted where
    /// it goes on.
    fn may_begin_in(&self, name: Text<'_>) -> bool {
        let (name, text) = (name.as_bytes(), self.text.as_bytes());
        self.is_uncertain(name)
            || name.last().is_some_and(|&last| self.inner[usize::from(last)].0)
                && (1..text.len()).any(|length| {
                    let tail = name.len().checked_sub(length).map(|from| &name[from..]);
                    tail.is_some_and(|tail| self.are_equal(tail, &text[..length]))
                })
    }

    /// Returns whether a text that begins like `name` may have the end of what is
    /// wanted there.
    fn may_end_in(&self, name: Text<'_>) -> bool {
        let (name, text) = (name.as_bytes(), self.text.as_bytes());
        self.is_uncertain(name)
            || name.first().is_some_and(|&first| self.inner[usize::from(first)].1)
                && (1..text.len()).any(|length| {
                    let head = name.get(..length);
                    head.is_some_and(|head| self.are_equal(head, &text[text.len() - length..]))
                })
    }

    /// Returns whether parts of texts cannot be compared byte by byte.
    fn is_uncertain(&self, name: &[u8]) -> bool {
        !self.text.is_ascii() || (self.fold_case && self.folds_to_ascii(name))
    }

    fn are_equal(&self, a: &[u8], b: &[u8]) -> bool {
        if self.fold_case { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    fn is_in_folded(&self, name: Text<'_>) -> bool {
        name.to_string_lossy().to_lowercase().contains(&self.text)
    }

    /// Returns whether a character that is not ASCII becomes one of the text as a
    /// small letter: only the sign of Kelvin and a capital I with a dot do.
    fn folds_to_ascii(&self, name: &[u8]) -> bool {
        let has = |letter, capital: &str| {
            memchr::memchr(letter, self.text.as_bytes()).is_some()
                && memchr::memmem::find(name, capital.as_bytes()).is_some()
        };
        !name.is_ascii() && (has(b'k', "\u{212A}") || has(b'i', "\u{130}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_only_become_ascii_as_small_ones() {
        let folding = ('\u{80}'..=char::MAX).filter(|c| c.to_lowercase().any(|c| c.is_ascii()));
        assert_eq!(folding.collect::<String>(), "\u{130}\u{212A}");
        for (text, name, is_in) in [
            ("k", "273 \u{212A}", true),
            ("K", "273 \u{212A}", true),
            ("i", "\u{130}zmir", true),
            ("zm", "\u{130}ZMIR", true),
            ("\u{e9}t\u{e9}", "L'\u{c9}T\u{c9}", true),
            ("\u{e9}", "ete", false),
            ("order", "订单 Order", true),
            ("k", "\u{130}", false),
        ] {
            let wanted = Wanted::new(&Query { name: text.into(), ..Query::default() });
            assert_eq!(wanted.is_in(TextBuf::from(name).as_text()), is_in, "{text} in {name}");
        }
    }
}
