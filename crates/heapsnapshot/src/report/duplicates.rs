//! Strings with equal texts.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use super::Window;
use crate::analysis::Analysis;
use crate::graph::{BitSet, EdgeKind, NodeKind};
use crate::ids::{NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::distances::parse_int;
use crate::query_cache::{Cut, EqualStrings};
use crate::text::TextBuf;

/// Strings with the same text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DuplicateText {
    /// The text, as far as the snapshot contains it.
    pub text: TextBuf,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
    /// Sum of their retained sizes, in bytes.
    pub retained_size: u64,
    /// The strings, in the order of the file.
    pub nodes: Vec<NodeIx>,
    /// Whether V8 truncated the text in the snapshot. The strings then also
    /// have equal `length` and `hash`.
    pub truncated: bool,
    /// The full length in UTF-16 units, if truncated and known.
    pub length: Option<i64>,
    /// V8's hash of the full text, if truncated and known.
    pub hash: Option<i64>,
}

/// A page of the groups of equal strings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DuplicateStrings {
    /// The groups in the window, by retained size descending.
    pub groups: Vec<DuplicateText>,
    /// Number of groups, also outside of the window.
    pub group_count: usize,
}

/// Stands for no group.
const NONE: u32 = u32::MAX;

/// The strings of a snapshot by text; also by length and hash if the text was
/// truncated. Groups are numbered by their first string, as in DevTools.
#[derive(Default)]
struct Groups {
    /// Every string with its group, in the order of the file.
    members: Vec<(NodeIx, u32)>,
    /// By group: its first string, whose text is that of the group.
    first: Vec<NodeIx>,
    /// By group: its number of strings.
    sizes: Vec<u32>,
}

impl Groups {
    /// Groups the strings. Compares texts in place: most occur once, and copies
    /// of all of them would take more memory than the graph.
    fn new(analysis: &Analysis, look: &Lookup<'_>) -> Self {
        let graph = &analysis.graph;
        let mut groups = Self::default();
        let mut known = Known::default();
        // By string of the file: its group, so that each text is hashed once.
        let mut by_name = IndexVec::from_elem(NONE, graph.string_count());
        for node in graph.nodes() {
            let kind = graph.kinds[node];
            let is_text = kind == NodeKind::STRING || kind == NodeKind::CONS_STRING;
            // Real strings have a size; V8 also writes numbers as string nodes.
            if !is_text || analysis.shallow.is_zero(node) || look.is_flat(node) {
                continue;
            }
            let cut = look.cut(node);
            let name = (cut.is_none() && !analysis.names.is_made(graph, node))
                .then_some(graph.names[node]);
            let at = match name.map_or(NONE, |name| by_name[name]) {
                NONE => analysis.with_name(node, |text| {
                    known.find_or_add((text, cut), to_u32(groups.first.len()), |group| {
                        let first = groups.first[group as usize];
                        look.cut(first) == cut && analysis.with_name(first, |other| other == text)
                    })
                }),
                at => at,
            };
            if let Some(name) = name {
                by_name[name] = at;
            }
            if at as usize == groups.first.len() {
                groups.first.push(node);
                groups.sizes.push(0);
            }
            groups.sizes[at as usize] += 1;
            groups.members.push((node, at));
        }
        groups
    }

    /// Returns the groups with several strings, by retained size descending.
    fn several(self, analysis: &Analysis, look: &Lookup<'_>) -> EqualStrings {
        let Self { members, first, sizes } = self;
        let mut retained = vec![0u64; first.len()];
        for &(node, group) in &members {
            let sum = &mut retained[group as usize];
            *sum = sum.saturating_add(analysis.retained.get(node));
        }
        let cut = |group: u32| look.cut(first[group as usize]);
        let several = (0..to_u32(first.len())).filter(|&group| sizes[group as usize] > 1);
        let mut order: Vec<(Reverse<u64>, bool, u32)> = several
            .map(|group| (Reverse(retained[group as usize]), cut(group).is_some(), group))
            .collect();
        order.sort_unstable();
        let mut found = EqualStrings::default();
        // By group: the place of its next string.
        let mut places = vec![NONE; first.len()];
        let mut end = 0;
        for (at, &(_, is_cut, group)) in order.iter().enumerate() {
            places[group as usize] = end;
            end += sizes[group as usize];
            found.ends.push(end);
            if let Some(cut) = is_cut.then(|| cut(group)).flatten() {
                found.cuts.insert(to_u32(at), cut);
            }
        }
        found.nodes = vec![NodeIx::NONE; end as usize];
        for (node, group) in members {
            let place = &mut places[group as usize];
            if *place != NONE {
                found.nodes[*place as usize] = node;
                *place += 1;
            }
        }
        found.ends.shrink_to_fit();
        found
    }
}

/// Finds the group of a string by a hash.
#[derive(Default)]
struct Known {
    hasher: RandomState,
    /// By hash: the latest group with it.
    last: HashMap<u64, u32>,
    /// By group: the previous group with the same hash.
    before: Vec<u32>,
}

impl Known {
    /// Returns the group for which `is_in` returns true; or `next`, a new
    /// group, if there is none.
    fn find_or_add(&mut self, key: impl Hash, next: u32, is_in: impl Fn(u32) -> bool) -> u32 {
        let slot = self.last.entry(self.hasher.hash_one(key)).or_insert(NONE);
        let mut group = *slot;
        while group != NONE {
            if is_in(group) {
                return group;
            }
            group = self.before[group as usize];
        }
        self.before.push(*slot);
        *slot = next;
        next
    }
}

/// Returns the strings of all groups.
pub(crate) fn members(analysis: &Analysis) -> BitSet {
    let mut marked = BitSet::new(analysis.graph.node_count());
    marked.extend(analysis.equal_strings().nodes.iter().copied());
    marked
}

/// Positions of the strings that name parts of strings and numbers.
struct Lookup<'a> {
    analysis: &'a Analysis,
    first: Vec<StrIx>,
    second: Vec<StrIx>,
    truncated: Vec<StrIx>,
    length: Vec<StrIx>,
    hash: Vec<StrIx>,
    value: Vec<StrIx>,
    bool_name: Vec<StrIx>,
    int_name: Vec<StrIx>,
}

impl<'a> Lookup<'a> {
    /// Finds the names. O(strings) time.
    fn new(analysis: &'a Analysis) -> Self {
        let find = |text| analysis.graph.find_strings(text);
        Self {
            analysis,
            first: find("first"),
            second: find("second"),
            truncated: find("truncated"),
            length: find("length"),
            hash: find("hash"),
            value: find("value"),
            bool_name: find("bool"),
            int_name: find("int"),
        }
    }

    /// Returns the target of the first internal edge of `node` with one of
    /// `names`.
    fn internal(&self, node: NodeIx, names: &[StrIx]) -> Option<NodeIx> {
        if names.is_empty() {
            return None;
        }
        let graph = &self.analysis.graph;
        graph
            .out_at(node)
            .find(|(at, edge)| {
                edge.kind().public() == EdgeKind::INTERNAL && names.contains(&graph.edge_text(*at))
            })
            .map(|(_, edge)| edge.to)
    }

    /// Returns whether `node` is a concatenated string with an empty part. V8
    /// makes one when it flattens a string; it would be a duplicate of its
    /// other part.
    fn is_flat(&self, node: NodeIx) -> bool {
        let graph = &self.analysis.graph;
        graph.is_kind(node, NodeKind::CONS_STRING)
            && graph.out_at(node).any(|(at, edge)| {
                let name = graph.edge_text(at);
                edge.kind().public() == EdgeKind::INTERNAL
                    && (self.first.contains(&name) || self.second.contains(&name))
                    && self.analysis.display_name(edge.to).as_text().is_empty()
            })
    }

    /// Returns length and hash of a string whose text was truncated; `None` for
    /// other strings.
    fn cut(&self, node: NodeIx) -> Option<Cut> {
        let graph = &self.analysis.graph;
        let flag = self.internal(node, &self.truncated)?;
        let is_bool =
            graph.is_kind(flag, NodeKind::NUMBER) && self.bool_name.contains(&graph.names[flag]);
        let value = self.internal(flag, &self.value)?;
        if !is_bool || graph.name(value) != "true" {
            return None;
        }
        Some((self.int(node, &self.length), self.int(node, &self.hash)))
    }

    /// Returns the integer that an edge with one of `names` refers to.
    fn int(&self, node: NodeIx, names: &[StrIx]) -> Option<i64> {
        let graph = &self.analysis.graph;
        let number = self.internal(node, names)?;
        if !graph.is_kind(number, NodeKind::NUMBER) || !self.int_name.contains(&graph.names[number])
        {
            return None;
        }
        parse_int(graph.name(self.internal(number, &self.value)?))
    }
}

impl Analysis {
    /// Returns the groups of strings with equal texts.
    ///
    /// # Semantics
    /// Concatenated strings count with their whole text, unless one of their
    /// parts is empty. Order: retained size descending; then complete texts
    /// before truncated ones, each in order of first appearance.
    ///
    /// # Complexity
    /// O(strings and texts in the window) time. First call: O(N + length of all
    /// strings), with 12 bytes per string and about 40 per text.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions, Window};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// for group in analysis.duplicate_strings(Window::first(10)).groups {
    ///     assert!(group.nodes.len() > 1);
    /// }
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    #[must_use]
    pub fn duplicate_strings(&self, window: Window) -> DuplicateStrings {
        let found = self.equal_strings();
        let group_count = found.ends.len();
        let groups = window.range(group_count).filter_map(|at| {
            let nodes = found.group(at);
            let sum = |size: &dyn Fn(NodeIx) -> u64| {
                nodes.iter().fold(0u64, |sum, &node| sum.saturating_add(size(node)))
            };
            let cut = found.cuts.get(&to_u32(at)).copied();
            Some(DuplicateText {
                text: self.display_name(*nodes.first()?),
                shallow_size: sum(&|node| self.shallow.get(node)),
                retained_size: sum(&|node| self.retained.get(node)),
                nodes: nodes.to_vec(),
                truncated: cut.is_some(),
                length: cut.and_then(|(length, _)| length),
                hash: cut.and_then(|(_, hash)| hash),
            })
        });
        DuplicateStrings { groups: groups.collect(), group_count }
    }

    /// Returns the groups, computed once.
    fn equal_strings(&self) -> &EqualStrings {
        self.cache.equal_strings.get_or_init(|| {
            let look = Lookup::new(self);
            Groups::new(self, &look).several(self, &look)
        })
    }
}
