//! Queries: select, sort, take a page, name. The results are plain structs that
//! own their data.
//!
//! Sorting is deterministic: the last tie-break is always unique, so a page is
//! the same whether or not the rest of the list is sorted.

mod aggregate;
mod allocation_tree;
mod allocations;
mod by_name;
mod contexts;
mod diff;
mod display;
mod duplicates;
mod edges;
mod filter;
mod instances;
mod links;
mod newcomers;
mod order;
mod parts;
mod paths;
mod search;
mod summary;
mod trend;

pub use allocation_tree::AllocationCall;
pub use allocations::{
    AllocationGrouping, AllocationOptions, AllocationRow, AllocationSizes, AllocationSort,
    Allocations, TimelinePoint,
};
pub use by_name::compare_by_name;
pub use contexts::{ContextSummary, NativeContextSize, NativeContextSizes};
pub use diff::{
    Comparison, ComparisonOptions, ComparisonRow, ComparisonRows, ComparisonSort, Side, compare,
};
pub use duplicates::{DuplicateStrings, DuplicateText};
pub use filter::Filter;
pub use instances::{NodeSort, Nodes};
pub use links::{Link, LinkSort, Links};
pub use newcomers::{NewcomerGroup, Newcomers, RetainingStep, newcomers, same_process};
pub use paths::{PathOptions, PathStep, Paths};
pub use search::Query;
pub use summary::{LostRow, Summary, SummaryOptions, SummaryRow, SummarySort};
pub use trend::{
    Cohort, Trend, TrendClass, TrendList, TrendOptions, TrendOwner, TrendPoint, TrendRows,
    TrendSort, Trends, Verdict, births, trends,
};

/// The part of a sorted list to return: a page.
///
/// # Examples
/// ```
/// use heapsnapshot::Window;
///
/// let second_page = Window { offset: 20, limit: 20 };
/// assert_eq!(Window::first(20).limit, second_page.limit);
/// assert_eq!(Window::default().limit, usize::MAX);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Number of rows to skip.
    pub offset: usize,
    /// Maximum number of rows to return.
    pub limit: usize,
}

impl Default for Window {
    /// All rows.
    fn default() -> Self {
        Self { offset: 0, limit: usize::MAX }
    }
}

impl Window {
    /// Returns the first `limit` rows.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { offset: 0, limit }
    }

    /// Keeps only the window of an ordered list.
    pub(crate) fn cut<T>(self, items: &mut Vec<T>) {
        items.truncate(self.offset.saturating_add(self.limit));
        items.drain(..self.offset.min(items.len()));
        // The caller may store the page, which must not occupy the memory of the
        // whole list.
        items.shrink_to_fit();
    }

    /// Keeps only the window of the list that sorting `items` would give.
    ///
    /// `compare` must be total, with a unique last tie-break. O(n + k log k)
    /// time for k items in the window.
    pub(crate) fn sort<T>(
        self,
        items: &mut Vec<T>,
        mut compare: impl FnMut(&T, &T) -> std::cmp::Ordering,
    ) {
        let std::ops::Range { start, end } = self.range(items.len());
        if start == end {
            *items = Vec::new();
            return;
        }
        // Selection moves the window to the front without sorting the rest.
        if end < items.len() {
            items.select_nth_unstable_by(end, &mut compare);
            items.truncate(end);
        }
        if start > 0 {
            items.select_nth_unstable_by(start, &mut compare);
            items.drain(..start);
        }
        items.shrink_to_fit();
        items.sort_unstable_by(compare);
    }
}
