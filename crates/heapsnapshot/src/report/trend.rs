//! The development of classes and owners over several snapshots of one process.

mod classes;
mod lineage;
mod owners;

use std::cmp::Ordering;

use super::Window;
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::{Error, ErrorKind};
use lineage::Lineage;

pub use classes::TrendClass;
pub use lineage::births;
pub use owners::TrendOwner;

/// The development of a series of numbers. The order is that of
/// [`TrendSort::Verdict`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Every number is larger than the previous one.
    Growing,
    /// None of the other verdicts applies.
    Noisy,
    /// Every number is smaller than the previous one.
    Shrinking,
    /// The largest and the smallest number differ by at most 1 % of the
    /// largest.
    Stable,
}

impl Verdict {
    /// Returns the verdict on a series. [`Verdict::Stable`] has precedence.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::Verdict;
    ///
    /// assert_eq!(Verdict::of([10, 20, 30].into_iter()), Verdict::Growing);
    /// assert_eq!(Verdict::of([10, 30, 20].into_iter()), Verdict::Noisy);
    /// assert_eq!(Verdict::of([1000, 1001, 1002].into_iter()), Verdict::Stable);
    /// ```
    #[must_use]
    pub fn of(series: impl Iterator<Item = u64> + Clone) -> Self {
        let most = series.clone().max().unwrap_or_default();
        let least = series.clone().min().unwrap_or_default();
        if most - least <= most / 100 {
            Self::Stable
        } else if series.clone().is_sorted_by(|a, b| a < b) {
            Self::Growing
        } else if series.is_sorted_by(|a, b| a > b) {
            Self::Shrinking
        } else {
            Self::Noisy
        }
    }

    /// Returns the verdict as a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Growing => "growing",
            Self::Noisy => "noisy",
            Self::Shrinking => "shrinking",
            Self::Stable => "stable",
        }
    }
}

/// The column that sorts the rows. Growth descends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum TrendSort {
    /// Verdict, in the order growing, noisy, shrinking, stable; then growth in
    /// bytes.
    #[default]
    Verdict,
    /// Growth in bytes from the first to the last snapshot.
    SizeDelta,
    /// Growth in objects.
    CountDelta,
    /// Growth in retained bytes.
    RetainedDelta,
    /// Name of the class, or of the class of an owner.
    Name,
}

/// Options of [`trends`].
#[derive(Clone, Debug, Default)]
pub struct TrendOptions {
    /// The column that sorts the rows. Equal rows are sorted by name, then by
    /// key or id.
    pub sort: TrendSort,
    /// Whether to reverse the natural direction: growth descends, names ascend.
    pub reverse: bool,
    /// The classes to return.
    pub classes: Window,
    /// The owners to return.
    pub owners: Window,
    /// Cancellation.
    pub control: Control,
}

/// Number and size of some objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cohort {
    /// Number of objects.
    pub count: u64,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
}

impl Cohort {
    /// Counts an object.
    fn add(&mut self, shallow_size: u64) {
        self.count += 1;
        self.shallow_size += shallow_size;
    }
}

/// A group of objects in one of the snapshots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrendPoint {
    /// The objects of the group.
    pub all: Cohort,
    /// Bytes that would be freed with them.
    pub retained_size: u64,
    /// The objects of the group that the first snapshot has, too.
    pub survivors: Cohort,
    /// The objects of the group in the last snapshot that exist since this
    /// snapshot: those that were added in the step to it, and retained.
    pub stayed: Cohort,
}

/// The development of a group of objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trend<T> {
    /// The group.
    pub of: T,
    /// The verdict on the bytes; if that is noisy, on the number of objects.
    pub verdict: Verdict,
    /// The group in each snapshot, the oldest first.
    pub points: Vec<TrendPoint>,
}

impl<T> Trend<T> {
    /// Returns a group without objects in all snapshots.
    fn new(of: T, snapshots: usize) -> Self {
        Self { of, verdict: Verdict::Stable, points: vec![TrendPoint::default(); snapshots] }
    }

    /// Sets the verdict.
    fn judge(&mut self) {
        self.verdict = Verdict::of(self.points.iter().map(|point| point.all.shallow_size));
        if self.verdict == Verdict::Noisy {
            self.verdict = Verdict::of(self.points.iter().map(|point| point.all.count));
        }
    }

    /// Returns the growth in objects from the first to the last snapshot.
    #[must_use]
    pub fn count_delta(&self) -> i64 {
        self.delta(|point| point.all.count)
    }

    /// Returns the growth in bytes from the first to the last snapshot.
    #[must_use]
    pub fn size_delta(&self) -> i64 {
        self.delta(|point| point.all.shallow_size)
    }

    /// Returns the growth in retained bytes from the first to the last
    /// snapshot.
    #[must_use]
    pub fn retained_delta(&self) -> i64 {
        self.delta(|point| point.retained_size)
    }

    /// Returns the growth of a value.
    fn delta(&self, value: impl Fn(&TrendPoint) -> u64) -> i64 {
        let at = |point: Option<&TrendPoint>| point.map_or(0, &value).cast_signed();
        at(self.points.last()) - at(self.points.first())
    }

    /// Compares by a column other than the name.
    fn compare(&self, other: &Self, sort: TrendSort) -> Ordering {
        let size = || other.size_delta().cmp(&self.size_delta());
        match sort {
            TrendSort::Verdict => self.verdict.cmp(&other.verdict).then_with(size),
            TrendSort::SizeDelta => size(),
            TrendSort::CountDelta => other.count_delta().cmp(&self.count_delta()),
            TrendSort::RetainedDelta => other.retained_delta().cmp(&self.retained_delta()),
            TrendSort::Name => Ordering::Equal,
        }
    }
}

/// A page of developments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrendList<T> {
    /// The rows in the window.
    pub rows: Vec<Trend<T>>,
    /// Number of rows, also outside of the window.
    pub row_count: usize,
    /// Number of rows by [`Verdict`], in its order, also outside of the window.
    pub verdict_counts: [usize; 4],
}

impl<T> Default for TrendList<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), row_count: 0, verdict_counts: [0; 4] }
    }
}

impl<T> TrendList<T> {
    /// Sorts the rows, and takes those in the window. `name` must be unique.
    fn new<'a, N: Ord>(
        rows: &'a [Trend<T>],
        options: &TrendOptions,
        window: Window,
        name: impl Fn(&'a T) -> N,
    ) -> Self
    where
        T: Clone,
    {
        let mut verdict_counts = [0; 4];
        for row in rows {
            verdict_counts[row.verdict as usize] += 1;
        }
        let mut named: Vec<(N, &Trend<T>)> = rows.iter().map(|row| (name(&row.of), row)).collect();
        window.sort(&mut named, |(a_name, a), (b_name, b)| {
            let first = match options.sort {
                TrendSort::Name => a_name.cmp(b_name),
                sort => a.compare(b, sort),
            };
            let first = if options.reverse { first.reverse() } else { first };
            first.then_with(|| a_name.cmp(b_name))
        });
        let shown = named.into_iter().map(|(_, row)| row.clone());
        Self { rows: shown.collect(), row_count: rows.len(), verdict_counts }
    }
}

/// The result of [`trends`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trends {
    /// By class.
    pub classes: TrendList<TrendClass>,
    /// By owner.
    pub owners: TrendList<TrendOwner>,
}

/// Returns the development of classes and owners over snapshots of one process,
/// oldest first.
///
/// # Semantics
/// Objects are identified by their id. Only nodes with a shallow size count.
///
/// Classes are identified by DevTools' key. Plain objects of all snapshots are
/// classified by the interfaces of the last one. Classes with equal keys are
/// summed up; DevTools shows only one of them.
///
/// An *owner* is an object that all snapshots have, such as a cache or a list.
/// Every other object has one owner: its nearest dominator that all snapshots
/// have. The memory that an owner retains therefore does not count for the
/// owners above it.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for fewer than three snapshots,
/// [`ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N log N) time per snapshot. Needs about 10 bytes per node of all
/// snapshots, and 56 bytes per row and snapshot.
pub fn trends(snapshots: &[&Analysis], options: &TrendOptions) -> Result<Trends, Error> {
    let rows = TrendRows::new(snapshots, &options.control)?;
    let last = snapshots.last().ok_or_else(too_few)?;
    Ok(rows.show(last, options))
}

/// Trends that can be sorted and paged repeatedly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrendRows {
    classes: Vec<Trend<TrendClass>>,
    owners: Vec<Trend<TrendOwner>>,
}

impl TrendRows {
    /// Computes the rows as [`trends`] does.
    ///
    /// # Errors
    /// Those of [`trends`].
    ///
    /// # Complexity
    /// That of [`trends`].
    pub fn new(snapshots: &[&Analysis], control: &Control) -> Result<Self, Error> {
        let &[first, .., last] = snapshots else { return Err(too_few()) };
        if snapshots.len() < 3 {
            return Err(too_few());
        }
        let lineage = Lineage::new(first, snapshots, last, control)?;
        let mut classes = classes::follow(snapshots, last, &lineage, control)?;
        let mut owners = owners::follow(snapshots, last, &lineage, control)?;
        classes.iter_mut().for_each(Trend::judge);
        owners.iter_mut().for_each(Trend::judge);
        Ok(Self { classes, owners })
    }

    /// Returns the rows in the windows. `last` is the last of the snapshots.
    ///
    /// # Complexity
    /// O(rows) time, plus sorting the rows in the windows.
    #[must_use]
    pub fn show(&self, last: &Analysis, options: &TrendOptions) -> Trends {
        let owner = |row: &TrendOwner| (last.class_name(row.owner), last.graph.id(row.owner));
        Trends {
            classes: TrendList::new(&self.classes, options, options.classes, |class| class),
            owners: TrendList::new(&self.owners, options, options.owners, owner),
        }
    }
}

/// Returns the error for fewer than three snapshots.
#[cold]
fn too_few() -> Error {
    Error::new(ErrorKind::InvalidArgument, "a trend takes three snapshots or more")
}
