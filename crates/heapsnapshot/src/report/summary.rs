//! The Summary: one row a class.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::aggregate::by_class;
use super::{Filter, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::ids::{ClassIx, NodeIx};
use crate::kept::Filtered;
use crate::pass::classes::Classes;
use crate::pass::distances::Distance;
use crate::pass::totals::Aggregate;
use crate::text::TextBuf;

/// The column that orders the rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum SummarySort {
    /// Retained size, then name: DevTools' default.
    #[default]
    RetainedSize,
    /// Shallow size, then name.
    ShallowSize,
    /// Distance, then retained size descending.
    Distance,
    /// Name, then retained size descending.
    Name,
    /// Number of objects, then name.
    Count,
}

/// What a Summary shows.
#[derive(Clone, Debug, Default)]
pub struct SummaryOptions {
    /// Which nodes count.
    pub filter: Filter,
    /// Keep the classes whose name has this text, whatever its case.
    pub class_contains: String,
    /// The column that orders the rows.
    pub sort: SummarySort,
    /// Reverses the natural direction (sizes and counts descend, names and
    /// distances ascend).
    pub reverse: bool,
    /// Which rows to return.
    pub window: Window,
}

/// One class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SummaryRow {
    /// The class.
    pub class: ClassIx,
    /// Its name.
    pub constructor: TextBuf,
    /// DevTools' key of the class, the same in another snapshot.
    pub key: TextBuf,
    /// Number of objects.
    pub count: u64,
    /// The smallest distance of its objects by DevTools' numbers, so that one
    /// unreachable object makes the class unreachable.
    pub distance: Distance,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that would be freed with all its objects.
    pub retained_size: u64,
}

/// A class that DevTools does not show because a later class has the same key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostRow {
    /// What the row would have been.
    pub row: SummaryRow,
    /// A node of the class.
    pub example: NodeIx,
}

/// The rows of a Summary.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// The rows of the window.
    pub rows: Vec<SummaryRow>,
    /// Number of rows that match, shown or not.
    pub row_count: usize,
    /// Objects in all matching rows.
    pub count: u64,
    /// Bytes in all matching rows.
    pub shallow_size: u64,
    /// Bytes of the whole snapshot, which percentages refer to.
    pub total_size: u64,
    /// Nodes of the whole snapshot.
    pub node_count: u64,
    /// Classes that DevTools loses. See [`Analysis::summary`].
    pub lost_rows: Vec<LostRow>,
}

/// A class with its key.
pub(crate) type Keyed = (TextBuf, Aggregate);

/// Applies DevTools' rule for classes with equal keys: the later class takes
/// the place of the earlier one. Returns what is shown and what is lost.
pub(crate) fn replace_equal_keys(
    analysis: &Analysis,
    classes: &Classes,
    rows: Vec<Aggregate>,
) -> (Vec<Keyed>, Vec<Keyed>) {
    let mut shown: Vec<Keyed> = Vec::with_capacity(rows.len());
    let mut lost = Vec::new();
    let mut by_key: HashMap<TextBuf, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = classes.key(&analysis.graph, row.class);
        if let Some(&at) = by_key.get(&key) {
            lost.push((key, std::mem::replace(&mut shown[at].1, row)));
        } else {
            by_key.insert(key.clone(), shown.len());
            shown.push((key, row));
        }
    }
    (shown, lost)
}

impl Analysis {
    /// Returns the classes of the snapshot with their totals.
    ///
    /// # Semantics
    /// Nodes whose shallow size is zero do not count. When two classes have the
    /// same key (equal names that are different strings of the file) DevTools
    /// shows only the one whose first object comes later; so does this, and
    /// the other one is in [`Summary::lost_rows`]. Ties keep the order of first
    /// objects.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`] if the filter names an unknown node.
    ///
    /// # Complexity
    /// O(N + C log C) time for C classes, plus what the filter costs; O(C log C)
    /// once the filter, or none, has been asked for.
    pub fn summary(&self, options: &SummaryOptions) -> Result<Summary, Error> {
        let rows = self.rows(options.filter)?;
        let (shown, lost) = replace_equal_keys(self, &self.classes, rows);
        let wanted = options.class_contains.to_lowercase();
        let mut rows: Vec<(usize, SummaryRow)> = shown
            .into_iter()
            .map(|(key, row)| self.summary_row(key, &row))
            .filter(|row| {
                wanted.is_empty() || row.constructor.to_string().to_lowercase().contains(&wanted)
            })
            .enumerate()
            .collect();
        let mut summary = Summary {
            row_count: rows.len(),
            count: rows.iter().map(|(_, row)| row.count).sum(),
            shallow_size: rows.iter().map(|(_, row)| row.shallow_size).sum(),
            total_size: self.total_size(),
            node_count: self.graph.node_count() as u64,
            lost_rows: lost
                .into_iter()
                .map(|(key, row)| LostRow { row: self.summary_row(key, &row), example: row.first })
                .collect(),
            rows: Vec::new(),
        };
        options
            .window
            .sort(&mut rows, |(at_a, a), (at_b, b)| compare(options, a, b).then(at_a.cmp(at_b)));
        summary.rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(summary)
    }

    fn rows(&self, filter: Filter) -> Result<Vec<Aggregate>, Error> {
        let kept = match filter {
            Filter::All => self.kept.aggregates.get_or_init(|| by_class(self, None)),
            _ => match filter.kept(self)? {
                Some(Filtered { nodes, aggregates }) => {
                    aggregates.get_or_init(|| by_class(self, Some(nodes)))
                }
                None => return Ok(by_class(self, filter.passing(self)?.as_deref())),
            },
        };
        Ok(kept.clone())
    }

    fn summary_row(&self, key: TextBuf, row: &Aggregate) -> SummaryRow {
        SummaryRow {
            class: row.class,
            constructor: self.classes.name(&self.graph, row.class).to_owned(),
            key,
            count: row.count,
            distance: Distance(row.distance),
            shallow_size: row.shallow,
            retained_size: row.retained,
        }
    }
}

fn compare(options: &SummaryOptions, a: &SummaryRow, b: &SummaryRow) -> Ordering {
    let name = || a.constructor.cmp(&b.constructor);
    let retained = || b.retained_size.cmp(&a.retained_size);
    let (first, second) = match options.sort {
        SummarySort::RetainedSize => (retained(), name()),
        SummarySort::ShallowSize => (b.shallow_size.cmp(&a.shallow_size), name()),
        SummarySort::Count => (b.count.cmp(&a.count), name()),
        SummarySort::Distance => (a.distance.cmp(&b.distance), retained()),
        SummarySort::Name => (name(), retained()),
    };
    let first = if options.reverse { first.reverse() } else { first };
    first.then(second)
}
