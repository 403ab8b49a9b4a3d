//! The Comparison: what was added and removed between two snapshots.

use std::collections::HashMap;

use super::Window;
use super::summary::replace_equal_keys;
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::ids::{ClassIx, NodeIx, to_u32};
use crate::pass::classes::Classes;
use crate::pass::totals::{Aggregate, count};
use crate::text::TextBuf;

/// The column that orders the rows of a Comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ComparisonSort {
    /// Bytes added, then name: DevTools' default.
    #[default]
    AddedSize,
    /// Bytes removed.
    RemovedSize,
    /// Growth in bytes.
    SizeDelta,
    /// Objects added.
    AddedCount,
    /// Objects removed.
    RemovedCount,
    /// Growth in objects.
    CountDelta,
    /// Name.
    Name,
}

/// What a Comparison shows.
#[derive(Clone, Debug, Default)]
pub struct ComparisonOptions {
    /// The column that orders the rows; ties by name.
    pub sort: ComparisonSort,
    /// Reverses the natural direction (numbers descend, names ascend).
    pub reverse: bool,
    /// Which rows to return.
    pub window: Window,
    /// Cancellation.
    pub control: Control,
}

/// One class that changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComparisonRow {
    /// Name of the class.
    pub constructor: TextBuf,
    /// DevTools' key of the class.
    pub key: TextBuf,
    /// Objects that only the newer snapshot has.
    pub added_count: u64,
    /// Objects that only the older snapshot has.
    pub removed_count: u64,
    /// Bytes of the added objects.
    pub added_size: u64,
    /// Bytes of the removed objects.
    pub removed_size: u64,
}

impl ComparisonRow {
    /// Returns the growth in objects.
    #[must_use]
    pub fn count_delta(&self) -> i64 {
        self.added_count.cast_signed() - self.removed_count.cast_signed()
    }

    /// Returns the growth in bytes.
    #[must_use]
    pub fn size_delta(&self) -> i64 {
        self.added_size.cast_signed() - self.removed_size.cast_signed()
    }
}

/// The rows of a Comparison.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// The rows of the window.
    pub rows: Vec<ComparisonRow>,
    /// Number of classes that changed, shown or not.
    pub row_count: usize,
    /// Objects added, all rows.
    pub added_count: u64,
    /// Objects removed, all rows.
    pub removed_count: u64,
    /// Bytes added, all rows.
    pub added_size: u64,
    /// Bytes removed, all rows.
    pub removed_size: u64,
    /// Keys of classes that DevTools loses in the older snapshot, see
    /// [`Analysis::summary`].
    pub lost_base_keys: Vec<TextBuf>,
    /// The same for the newer snapshot.
    pub lost_current_keys: Vec<TextBuf>,
}

impl Comparison {
    /// Adds up, orders and cuts; ties by name keep the order of `rows`.
    pub(super) fn new(rows: Vec<ComparisonRow>, options: &ComparisonOptions) -> Self {
        let sum = |value: fn(&ComparisonRow) -> u64| rows.iter().map(value).sum();
        let mut comparison = Self {
            row_count: rows.len(),
            added_count: sum(|row| row.added_count),
            removed_count: sum(|row| row.removed_count),
            added_size: sum(|row| row.added_size),
            removed_size: sum(|row| row.removed_size),
            ..Self::default()
        };
        let mut rows: Vec<(usize, ComparisonRow)> = rows.into_iter().enumerate().collect();
        options
            .window
            .sort(&mut rows, |(at_a, a), (at_b, b)| order(options, a, b).then(at_a.cmp(at_b)));
        comparison.rows = rows.into_iter().map(|(_, row)| row).collect();
        comparison
    }

    /// Returns the growth in bytes, all rows.
    #[must_use]
    pub fn size_delta(&self) -> i64 {
        self.added_size.cast_signed() - self.removed_size.cast_signed()
    }
}

/// The objects of one class that changed, by id ascending.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClassComparison {
    /// Nodes of the newer snapshot.
    pub added: Vec<NodeIx>,
    /// Nodes of the older snapshot.
    pub removed: Vec<NodeIx>,
}

/// The counted nodes of one snapshot, by class key.
struct Grouped {
    /// Key and class in order of first appearance.
    keys: Vec<(TextBuf, ClassIx)>,
    /// End of each key's part of `nodes`.
    ends: Vec<u32>,
    /// Nodes by key, then by id.
    nodes: Vec<u32>,
    lost: Vec<TextBuf>,
}

impl Grouped {
    fn new(analysis: &Analysis, classes: &Classes) -> Self {
        let Analysis { graph, shallow, distances, .. } = analysis;
        let rows = count(graph, shallow, distances, classes, None);
        let (shown, lost) = replace_equal_keys(analysis, classes, rows);
        let mut slots = vec![u32::MAX; classes.len()];
        let mut ends: Vec<u32> = Vec::with_capacity(shown.len());
        let mut start = 0;
        for (at, (_, Aggregate { class, count, .. })) in shown.iter().enumerate() {
            slots[class.index()] = to_u32(at);
            ends.push(start);
            start += u32::try_from(*count).unwrap_or(u32::MAX);
        }
        let mut nodes = vec![0u32; start as usize];
        for node in 0..analysis.graph.node_count() {
            let slot = slots[classes.at(node) as usize];
            if slot != u32::MAX && !analysis.shallow.is_zero(node) {
                let end = &mut ends[slot as usize];
                nodes[*end as usize] = to_u32(node);
                *end += 1;
            }
        }
        let mut grouped = Self {
            keys: shown.into_iter().map(|(key, row)| (key, row.class)).collect(),
            ends,
            nodes,
            lost: lost.into_iter().map(|(key, _)| key).collect(),
        };
        for at in 0..grouped.ends.len() {
            let range = grouped.range(at);
            // Nearly sorted: V8 writes objects in the order of their ids.
            grouped.nodes[range].sort_by_key(|&node| analysis.graph.ids[node as usize]);
        }
        grouped
    }

    fn range(&self, at: usize) -> std::ops::Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        start as usize..self.ends[at] as usize
    }

    fn nodes(&self, at: usize) -> &[u32] {
        &self.nodes[self.range(at)]
    }
}

/// Walks two lists sorted by id and reports what only one of them has.
fn merge(
    (base, base_nodes): (&Analysis, &[u32]),
    (current, current_nodes): (&Analysis, &[u32]),
    mut removed: impl FnMut(u32),
    mut added: impl FnMut(u32),
) {
    let (mut i, mut j) = (0, 0);
    let id = |analysis: &Analysis, node: u32| analysis.graph.ids[node as usize];
    while let (Some(&a), Some(&b)) = (base_nodes.get(i), current_nodes.get(j)) {
        match id(base, a).cmp(&id(current, b)) {
            std::cmp::Ordering::Less => {
                removed(a);
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                added(b);
                j += 1;
            }
            // The same object, whatever became of its size.
            std::cmp::Ordering::Equal => {
                i += 1;
                j += 1;
            }
        }
    }
    base_nodes[i..].iter().for_each(|&node| removed(node));
    current_nodes[j..].iter().for_each(|&node| added(node));
}

struct Pair {
    base: Grouped,
    current: Grouped,
    base_by_key: HashMap<TextBuf, usize>,
    current_by_key: HashMap<TextBuf, usize>,
}

impl Pair {
    fn new(base: &Analysis, current: &Analysis, control: &Control) -> Result<Self, Error> {
        let base_classes = base.classes_by(&current.definitions, control)?;
        let index = |grouped: &Grouped| {
            grouped.keys.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect()
        };
        let base = Grouped::new(base, &base_classes);
        control.check()?;
        let current = Grouped::new(current, &current.classes);
        Ok(Self { base_by_key: index(&base), current_by_key: index(&current), base, current })
    }
}

/// Compares two snapshots of one process.
///
/// # Semantics
/// Objects are matched by id within a class; an object that changed its size
/// did not change. Plain objects of both snapshots are classified by the
/// interfaces of `current`. Only nodes with a shallow size count. Keys that
/// DevTools loses are lost here too, see [`Analysis::summary`]. Ties keep
/// DevTools' order: the classes of `base` first, each by first object.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N) time apart from sorting the rows, and 8 bytes a node of either snapshot.
pub fn compare(
    base: &Analysis,
    current: &Analysis,
    options: &ComparisonOptions,
) -> Result<Comparison, Error> {
    let pair = Pair::new(base, current, &options.control)?;
    let mut rows: Vec<ComparisonRow> = Vec::new();
    let mut add = |base_at: Option<usize>, current_at: Option<usize>| {
        let base_nodes = base_at.map_or(&[][..], |at| pair.base.nodes(at));
        let current_nodes = current_at.map_or(&[][..], |at| pair.current.nodes(at));
        let (mut removed_count, mut removed_size) = (0, 0);
        let (mut added_count, mut added_size) = (0, 0);
        merge(
            (base, base_nodes),
            (current, current_nodes),
            |node| {
                removed_count += 1;
                removed_size += base.shallow.get(node as usize);
            },
            |node| {
                added_count += 1;
                added_size += current.shallow.get(node as usize);
            },
        );
        if removed_count == 0 && added_count == 0 {
            return;
        }
        let (key, constructor) = match (base_at, current_at) {
            (_, Some(at)) => {
                let (key, class) = &pair.current.keys[at];
                (key, current.classes.name(&current.graph, *class).to_owned())
            }
            (Some(at), None) => {
                // DevTools names such a class after its last object, which by
                // then has its own class back.
                let last = base_nodes.last().copied().unwrap_or_default();
                (&pair.base.keys[at].0, base.class_name(NodeIx(last)).to_owned())
            }
            (None, None) => return,
        };
        let key = key.clone();
        let row = ComparisonRow {
            constructor,
            key,
            added_count,
            removed_count,
            added_size,
            removed_size,
        };
        rows.push(row);
    };
    for (at, (key, _)) in pair.base.keys.iter().enumerate() {
        add(Some(at), pair.current_by_key.get(key).copied());
    }
    for (at, (key, _)) in pair.current.keys.iter().enumerate() {
        if !pair.base_by_key.contains_key(key) {
            add(None, Some(at));
        }
    }
    Ok(Comparison {
        lost_base_keys: pair.base.lost,
        lost_current_keys: pair.current.lost,
        ..Comparison::new(rows, options)
    })
}

fn order(options: &ComparisonOptions, a: &ComparisonRow, b: &ComparisonRow) -> std::cmp::Ordering {
    let name = || a.constructor.cmp(&b.constructor);
    let first = match options.sort {
        ComparisonSort::AddedSize => b.added_size.cmp(&a.added_size),
        ComparisonSort::RemovedSize => b.removed_size.cmp(&a.removed_size),
        ComparisonSort::SizeDelta => b.size_delta().cmp(&a.size_delta()),
        ComparisonSort::AddedCount => b.added_count.cmp(&a.added_count),
        ComparisonSort::RemovedCount => b.removed_count.cmp(&a.removed_count),
        ComparisonSort::CountDelta => b.count_delta().cmp(&a.count_delta()),
        ComparisonSort::Name => name(),
    };
    let first = if options.reverse { first.reverse() } else { first };
    first.then_with(name)
}

/// Returns the objects behind one row of a [`Comparison`].
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// As [`compare`].
pub fn compare_class(
    base: &Analysis,
    current: &Analysis,
    key: &TextBuf,
    control: &Control,
) -> Result<ClassComparison, Error> {
    let pair = Pair::new(base, current, control)?;
    let base_nodes = pair.base_by_key.get(key).map_or(&[][..], |&at| pair.base.nodes(at));
    let current_nodes = pair.current_by_key.get(key).map_or(&[][..], |&at| pair.current.nodes(at));
    let mut found = ClassComparison::default();
    let ClassComparison { added, removed } = &mut found;
    merge(
        (base, base_nodes),
        (current, current_nodes),
        |node| removed.push(NodeIx(node)),
        |node| added.push(NodeIx(node)),
    );
    Ok(found)
}
