//! The Comparison: the objects that were added and removed between two
//! snapshots.

mod grouped;

use std::collections::HashMap;

use super::parts::filter;
use super::{NodeSort, Nodes, Window};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::ids::ClassIx;
use crate::pass::classes::Classes;
use crate::text::TextBuf;
use grouped::{Grouped, merge};

/// The column that sorts the rows of a Comparison. Numbers descend.
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

/// Options of [`compare`].
#[derive(Clone, Debug, Default)]
pub struct ComparisonOptions {
    /// The column that sorts the rows. Equal rows are sorted by name.
    pub sort: ComparisonSort,
    /// Whether to reverse the natural direction: numbers descend, names ascend.
    pub reverse: bool,
    /// The rows to return.
    pub window: Window,
    /// Cancellation.
    pub control: Control,
}

/// The row of a class with added or removed objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComparisonRow {
    /// Name of the class.
    pub constructor: TextBuf,
    /// DevTools' key of the class, see [`Classes::key`].
    pub key: TextBuf,
    /// Number of objects that only the newer snapshot has.
    pub added_count: u64,
    /// Number of objects that only the older snapshot has.
    pub removed_count: u64,
    /// Sum of the shallow sizes of the added objects, in bytes.
    pub added_size: u64,
    /// Sum of the shallow sizes of the removed objects, in bytes.
    pub removed_size: u64,
}

impl ComparisonRow {
    /// Returns the added minus the removed objects.
    #[must_use]
    pub fn count_delta(&self) -> i64 {
        self.added_count.cast_signed() - self.removed_count.cast_signed()
    }

    /// Returns the added minus the removed bytes.
    #[must_use]
    pub fn size_delta(&self) -> i64 {
        self.added_size.cast_signed() - self.removed_size.cast_signed()
    }
}

/// The result of [`compare`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// The rows in the window.
    pub rows: Vec<ComparisonRow>,
    /// Number of rows, also outside of the window.
    pub row_count: usize,
    /// Number of added objects in all rows.
    pub added_count: u64,
    /// Number of removed objects in all rows.
    pub removed_count: u64,
    /// Bytes added in all rows.
    pub added_size: u64,
    /// Bytes removed in all rows.
    pub removed_size: u64,
    /// Keys of classes of the older snapshot that DevTools does not show, see
    /// [`Analysis::summary`].
    pub lost_base_keys: Vec<TextBuf>,
    /// The same of the newer snapshot.
    pub lost_current_keys: Vec<TextBuf>,
}

impl Comparison {
    /// Returns the added minus the removed bytes of all rows.
    #[must_use]
    pub fn size_delta(&self) -> i64 {
        self.added_size.cast_signed() - self.removed_size.cast_signed()
    }
}

/// Which snapshot has an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Only the newer one.
    Added,
    /// Only the older one.
    Removed,
}

/// A Comparison that can be sorted and paged repeatedly.
///
/// # Memory
/// The rows, and 2 bytes per node of the older snapshot (4 with more than 65
/// 535 classes).
#[derive(Debug, Default)]
pub struct ComparisonRows {
    /// The classes of `base` first, each in the order of the first object.
    rows: Vec<ComparisonRow>,
    /// The classes of `base` by the interfaces of `current`.
    base_classes: Classes,
    /// By key: the class in `base_classes`, and in `current`.
    by_key: HashMap<TextBuf, [Option<ClassIx>; 2]>,
    lost_base_keys: Vec<TextBuf>,
    lost_current_keys: Vec<TextBuf>,
}

impl ComparisonRows {
    /// Returns rows without the objects behind them.
    pub(super) fn of_names(rows: Vec<ComparisonRow>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Compares as [`compare`] does.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    ///
    /// # Complexity
    /// O(N) time. Needs 8 bytes per node of each snapshot while it runs.
    pub fn new(base: &Analysis, current: &Analysis, control: &Control) -> Result<Self, Error> {
        let base_classes = base.classes_by(&current.definitions, control)?;
        let old = Grouped::new(base, &base_classes);
        control.check()?;
        let new = Grouped::new(current, &current.classes);
        let mut by_key: HashMap<TextBuf, [Option<usize>; 2]> = HashMap::new();
        for (side, grouped) in [&old, &new].into_iter().enumerate() {
            for (at, (key, _)) in grouped.keys.iter().enumerate() {
                by_key.entry(key.clone()).or_default()[side] = Some(at);
            }
        }
        let mut rows = Vec::new();
        let keys = old.keys.iter().chain(&new.keys).map(|(key, _)| key);
        for (at, key) in keys.enumerate() {
            let [old_at, new_at] = by_key.get(key).copied().unwrap_or_default();
            // A key of both snapshots already has its row.
            if at < old.keys.len() || old_at.is_none() {
                rows.extend(row(key, (base, &old, old_at), (current, &new, new_at)));
            }
        }
        let class = |grouped: &Grouped, at: Option<usize>| at.map(|at| grouped.keys[at].1);
        let by_key = by_key
            .into_iter()
            .map(|(key, [old_at, new_at])| (key, [class(&old, old_at), class(&new, new_at)]));
        Ok(Self {
            rows,
            by_key: by_key.collect(),
            base_classes,
            lost_base_keys: old.lost,
            lost_current_keys: new.lost,
        })
    }

    /// Returns the sums of all rows, and the rows in the window. Rows with
    /// equal columns and names keep their order.
    ///
    /// # Complexity
    /// O(rows) time, plus sorting the rows in the window.
    #[must_use]
    pub fn show(&self, options: &ComparisonOptions) -> Comparison {
        let sum = |value: fn(&ComparisonRow) -> u64| self.rows.iter().map(value).sum();
        let mut rows: Vec<(usize, &ComparisonRow)> = self.rows.iter().enumerate().collect();
        options
            .window
            .sort(&mut rows, |(at_a, a), (at_b, b)| order(options, a, b).then(at_a.cmp(at_b)));
        Comparison {
            rows: rows.into_iter().map(|(_, row)| row.clone()).collect(),
            row_count: self.rows.len(),
            added_count: sum(|row| row.added_count),
            removed_count: sum(|row| row.removed_count),
            added_size: sum(|row| row.added_size),
            removed_size: sum(|row| row.removed_size),
            lost_base_keys: self.lost_base_keys.clone(),
            lost_current_keys: self.lost_current_keys.clone(),
        }
    }

    /// Returns the objects that the row of `key` counts as added or removed.
    /// Empty if there is no such row. They are nodes of `current` (added) or
    /// `base` (removed), which must be the snapshots that were compared.
    ///
    /// # Complexity
    /// O(N + k log k) time on several threads for k objects in the window.
    /// Needs 12 bytes per object of the class.
    #[must_use]
    pub fn objects(
        &self,
        (base, current): (&Analysis, &Analysis),
        key: &TextBuf,
        side: Side,
        sort: NodeSort,
        window: Window,
    ) -> Nodes {
        let [old, new] = self.by_key.get(key).copied().unwrap_or_default();
        let nodes = |analysis: &Analysis, classes: &Classes, class: Option<ClassIx>| {
            let Some(class) = class else { return Vec::new() };
            let mut nodes = filter(analysis.graph.node_count(), |node, ()| {
                classes.of(node) == class && !analysis.shallow.is_zero(node)
            });
            nodes.sort_by_key(|&node| analysis.graph.ids[node]);
            nodes
        };
        let old = nodes(base, &self.base_classes, old);
        let new = nodes(current, &current.classes, new);
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        merge((base, &old), (current, &new), |node| removed.push(node), |node| added.push(node));
        let (analysis, found) = match side {
            Side::Added => (current, added),
            Side::Removed => (base, removed),
        };
        analysis.sorted(found, Some(sort), false, window)
    }
}

/// Returns the row of a class; `None` if no object was added or removed.
fn row(
    key: &TextBuf,
    (base, old, old_at): (&Analysis, &Grouped, Option<usize>),
    (current, new, new_at): (&Analysis, &Grouped, Option<usize>),
) -> Option<ComparisonRow> {
    let old_nodes = old_at.map_or(&[][..], |at| old.nodes(at));
    let new_nodes = new_at.map_or(&[][..], |at| new.nodes(at));
    let (mut removed_count, mut removed_size) = (0, 0);
    let (mut added_count, mut added_size) = (0, 0);
    merge(
        (base, old_nodes),
        (current, new_nodes),
        |node| {
            removed_count += 1;
            removed_size += base.shallow.get(node);
        },
        |node| {
            added_count += 1;
            added_size += current.shallow.get(node);
        },
    );
    let constructor = match new_at {
        Some(at) => current.classes.name(&current.graph, new.keys[at].1).to_owned(),
        // DevTools names such a class after its last object, which by then has
        // its own class back.
        None => base.class_name(*old_nodes.last()?).to_owned(),
    };
    let row = ComparisonRow {
        constructor,
        key: key.clone(),
        added_count,
        removed_count,
        added_size,
        removed_size,
    };
    (removed_count > 0 || added_count > 0).then_some(row)
}

/// Compares two snapshots of one process: DevTools' Comparison view.
///
/// # Semantics
/// Objects of a class are matched by id. An object whose size changed counts as
/// unchanged. Plain objects of both snapshots are classified by the interfaces
/// of `current`. Only nodes with a shallow size count. Classes that DevTools
/// does not show because of an equal key are not in the rows either, see
/// [`Analysis::summary`]. Ties are in DevTools' order: the classes of `base`
/// first, each in the order of the first object.
///
/// Ids of different processes are not comparable; see
/// [`same_process`](crate::same_process) and
/// [`compare_by_name`](crate::compare_by_name).
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N) time, plus sorting the rows. Needs 8 bytes per node of each snapshot.
///
/// # Examples
/// ```
/// use heapsnapshot::{Analysis, AnalysisOptions, ComparisonOptions, Graph, ReadOptions, compare};
///
/// let read = |path: &str| {
///     let graph = Graph::from_file(path, &ReadOptions::default())?;
///     Analysis::new(graph, &AnalysisOptions::default())
/// };
/// # let (first, second) = ("../../test/fixtures/node20.heapsnapshot.zst", "../../test/fixtures/node20-later.heapsnapshot.zst");
/// let (base, current) = (read(first)?, read(second)?);
/// for row in compare(&base, &current, &ComparisonOptions::default())?.rows {
///     println!("{:+} {}", row.count_delta(), row.constructor);
/// }
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
pub fn compare(
    base: &Analysis,
    current: &Analysis,
    options: &ComparisonOptions,
) -> Result<Comparison, Error> {
    Ok(ComparisonRows::new(base, current, &options.control)?.show(options))
}

/// Compares two rows by the sorted column, then by name.
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
