//! How classes and owners develop over several snapshots of one process.

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

/// What becomes of a series of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// It rises in every step.
    Growing,
    /// None of the others.
    Noisy,
    /// It falls in every step.
    Shrinking,
    /// Its greatest and its least number differ by no more than a hundredth of
    /// the greatest, whatever the steps.
    Stable,
}

impl Verdict {
    /// Judges a series; [`Verdict::Stable`] comes first.
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

    /// Returns a word for people.
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

/// The order of the rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum TrendSort {
    /// What is growing first, then what is noisy, shrinking, stable; each by
    /// growth in bytes.
    #[default]
    Verdict,
    /// Growth in bytes from the first snapshot to the last.
    SizeDelta,
    /// Growth in objects.
    CountDelta,
    /// Growth in retained bytes.
    RetainedDelta,
    /// Name of the class; of the class of an owner.
    Name,
}

/// What a trend shows.
#[derive(Clone, Debug, Default)]
pub struct TrendOptions {
    /// The order of the rows; ties by name, then by key or id.
    pub sort: TrendSort,
    /// Reverses the natural direction (growth descends, names ascend).
    pub reverse: bool,
    /// Which classes to return.
    pub classes: Window,
    /// Which owners to return.
    pub owners: Window,
    /// Cancellation.
    pub control: Control,
}

/// Some objects in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cohort {
    /// Number of objects.
    pub count: u64,
    /// Their bytes.
    pub shallow_size: u64,
}

impl Cohort {
    fn add(&mut self, shallow_size: u64) {
        self.count += 1;
        self.shallow_size += shallow_size;
    }
}

/// A group of objects at one of the snapshots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrendPoint {
    /// The objects of the group.
    pub all: Cohort,
    /// Bytes that would be freed with them.
    pub retained_size: u64,
    /// Those that the first snapshot has as well.
    pub survivors: Cohort,
    /// Objects of the last snapshot that this one was the first to have: what
    /// came in the step to here, and stayed.
    pub stayed: Cohort,
}

/// How a group of objects developed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trend<T> {
    /// Which group.
    pub of: T,
    /// The verdict on the bytes, or where these are noisy, on the number of
    /// objects.
    pub verdict: Verdict,
    /// The group at each snapshot.
    pub points: Vec<TrendPoint>,
}

impl<T> Trend<T> {
    fn new(of: T, snapshots: usize) -> Self {
        Self { of, verdict: Verdict::Stable, points: vec![TrendPoint::default(); snapshots] }
    }

    fn judge(&mut self) {
        self.verdict = Verdict::of(self.points.iter().map(|point| point.all.shallow_size));
        if self.verdict == Verdict::Noisy {
            self.verdict = Verdict::of(self.points.iter().map(|point| point.all.count));
        }
    }

    /// Returns the growth in objects from the first snapshot to the last.
    #[must_use]
    pub fn count_delta(&self) -> i64 {
        self.delta(|point| point.all.count)
    }

    /// Returns the growth in bytes.
    #[must_use]
    pub fn size_delta(&self) -> i64 {
        self.delta(|point| point.all.shallow_size)
    }

    /// Returns the growth in retained bytes.
    #[must_use]
    pub fn retained_delta(&self) -> i64 {
        self.delta(|point| point.retained_size)
    }

    fn delta(&self, value: impl Fn(&TrendPoint) -> u64) -> i64 {
        let at = |point: Option<&TrendPoint>| point.map_or(0, &value).cast_signed();
        at(self.points.last()) - at(self.points.first())
    }

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

/// A list of developments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrendList<T> {
    /// The rows of the window.
    pub rows: Vec<Trend<T>>,
    /// Number of rows, shown or not.
    pub row_count: usize,
    /// Number of rows of each verdict, shown or not, in the order of
    /// [`Verdict`].
    pub verdict_counts: [usize; 4],
}

impl<T> Default for TrendList<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), row_count: 0, verdict_counts: [0; 4] }
    }
}

impl<T> TrendList<T> {
    /// Orders and cuts. `name` must tell rows apart.
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

/// How the heap of a process developed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trends {
    /// By class.
    pub classes: TrendList<TrendClass>,
    /// By owner.
    pub owners: TrendList<TrendOwner>,
}

/// Follows classes and owners through snapshots of one process, oldest first.
///
/// # Semantics
/// Ids tell objects apart. Only nodes with a shallow size count.
///
/// Classes are followed by DevTools' key; plain objects of all snapshots are
/// classified by the interfaces of the last one. Classes of equal keys, of which
/// DevTools shows only one, are added up.
///
/// An *owner* is an object of all snapshots, such as a cache or a list. It owns
/// the objects that are not of all snapshots and whose nearest dominator among
/// the objects of all snapshots it is. So each object that comes or goes has
/// one owner, and what an owner keeps does not count for the owners above it.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for fewer than three snapshots: two have no
/// trend. [`ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N log N) time for each snapshot; about 10 bytes a node of all snapshots
/// and 56 bytes a row and snapshot.
pub fn trends(snapshots: &[&Analysis], options: &TrendOptions) -> Result<Trends, Error> {
    let rows = TrendRows::new(snapshots, &options.control)?;
    let last = snapshots.last().ok_or_else(too_few)?;
    Ok(rows.show(last, options))
}

/// Trends that can be looked at again and again, in any order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrendRows {
    classes: Vec<Trend<TrendClass>>,
    owners: Vec<Trend<TrendOwner>>,
}

impl TrendRows {
    /// Follows as [`trends`] does.
    ///
    /// # Errors
    /// As [`trends`].
    ///
    /// # Complexity
    /// As [`trends`].
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

    /// Orders and cuts. `last` is the last of the snapshots.
    ///
    /// # Complexity
    /// O(rows) time, apart from sorting those that are shown.
    #[must_use]
    pub fn show(&self, last: &Analysis, options: &TrendOptions) -> Trends {
        let owner = |row: &TrendOwner| (last.class_name(row.owner), last.graph.id(row.owner));
        Trends {
            classes: TrendList::new(&self.classes, options, options.classes, |class| class),
            owners: TrendList::new(&self.owners, options, options.owners, owner),
        }
    }
}

#[cold]
fn too_few() -> Error {
    Error::new(ErrorKind::InvalidArgument, "a trend takes three snapshots or more")
}
