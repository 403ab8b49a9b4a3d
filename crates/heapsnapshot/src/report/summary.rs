//! The Summary: one row per class.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::aggregate::by_class;
use super::{Filter, Window};
use crate::analysis::Analysis;
use crate::error::Error;
use crate::ids::{ClassIx, NodeIx};
use crate::pass::classes::Classes;
use crate::pass::distances::Distance;
use crate::pass::totals::Aggregate;
use crate::query_cache::Filtered;
use crate::text::TextBuf;

/// The column that sorts the rows.
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

/// Options of [`Analysis::summary`].
#[derive(Clone, Debug, Default)]
pub struct SummaryOptions {
    /// The nodes that count.
    pub filter: Filter,
    /// Returns only classes whose name contains this text, ignoring case. Empty
    /// for all.
    pub class_contains: String,
    /// The column that sorts the rows.
    pub sort: SummarySort,
    /// Whether to reverse the natural direction: sizes and counts descend,
    /// names and distances ascend.
    pub reverse: bool,
    /// The rows to return.
    pub window: Window,
}

/// The row of one class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SummaryRow {
    /// The class.
    pub class: ClassIx,
    /// Its name.
    pub constructor: TextBuf,
    /// DevTools' key of the class, see [`Classes::key`].
    pub key: TextBuf,
    /// Number of its objects.
    pub count: u64,
    /// The smallest distance of its objects. Unreachable objects have a
    /// negative one, so a single unreachable object makes the class
    /// unreachable, as in DevTools.
    pub distance: Distance,
    /// Sum of the shallow sizes of its objects, in bytes.
    pub shallow_size: u64,
    /// Bytes that would be freed with all of its objects. Each byte counts
    /// once.
    pub retained_size: u64,
}

/// A class that DevTools does not show, because a later class has the same key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostRow {
    /// The row that would be shown.
    pub row: SummaryRow,
    /// An object of the class.
    pub example: NodeIx,
}

/// The result of [`Analysis::summary`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// The rows in the window.
    pub rows: Vec<SummaryRow>,
    /// Number of matching rows, also outside of the window.
    pub row_count: usize,
    /// Number of objects in all matching rows.
    pub count: u64,
    /// Bytes of the objects in all matching rows.
    pub shallow_size: u64,
    /// Bytes of the whole snapshot. Percentages refer to this.
    pub total_size: u64,
    /// Number of nodes of the whole snapshot.
    pub node_count: u64,
    /// Classes that DevTools does not show. See [`Analysis::summary`].
    pub lost_rows: Vec<LostRow>,
}

/// A row with the key of its class.
pub(crate) type Keyed = (TextBuf, Aggregate);

/// Applies DevTools' rule for classes with equal keys: a later class replaces
/// an earlier one, in the place of that one. Returns the rows that are shown
/// and those that are not.
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
    /// Returns the classes of the snapshot with their totals: DevTools' Summary
    /// view.
    ///
    /// # Semantics
    /// Nodes with a shallow size of 0 do not count. If two classes have the
    /// same key (equal names that are different strings of the file), DevTools
    /// shows only the one whose first object comes later in the file. So does
    /// this method; the other one is in [`Summary::lost_rows`]. Ties are in the
    /// order of the first objects.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NodeNotFound`] if the filter contains an unknown
    /// node.
    ///
    /// # Complexity
    /// O(N + C log C) time for C classes, plus the cost of the filter. O(C log
    /// C) for later calls with the same filter.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions, SummaryOptions, Window};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let options = SummaryOptions { window: Window::first(3), ..SummaryOptions::default() };
    /// let summary = analysis.summary(&options)?;
    /// assert_eq!(summary.rows.len(), 3);
    /// assert!(summary.rows[0].retained_size >= summary.rows[1].retained_size);
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
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

    /// Returns the totals of the classes, cached by filter.
    fn rows(&self, filter: Filter) -> Result<Vec<Aggregate>, Error> {
        let cached = match filter {
            Filter::All => self.cache.aggregates.get_or_init(|| by_class(self, None)),
            _ => match filter.cached(self)? {
                Some(Filtered { nodes, aggregates }) => {
                    aggregates.get_or_init(|| by_class(self, Some(nodes)))
                }
                None => return Ok(by_class(self, filter.passing(self)?.as_deref())),
            },
        };
        Ok(cached.clone())
    }

    /// Converts totals to a row.
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

/// Compares two rows by the sorted column.
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
