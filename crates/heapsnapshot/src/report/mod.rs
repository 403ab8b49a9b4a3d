//! Answers to questions: choose, sort, cut off, name. Owned plain structs.

mod aggregate;
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

/// Which part of a sorted list to return.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Rows to skip.
    pub offset: usize,
    /// Rows to return at most.
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

    /// Keeps only what the window shows of an ordered list.
    pub(crate) fn cut<T>(self, items: &mut Vec<T>) {
        items.truncate(self.offset.saturating_add(self.limit));
        items.drain(..self.offset.min(items.len()));
        // What is shown may be kept, and must not keep the room of what is not.
        items.shrink_to_fit();
    }

    /// Sorts only as much of `items` as the window shows, and keeps only that.
    ///
    /// `compare` must be total, with a tie-break on something unique: then the
    /// result is that of sorting everything.
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
        // Selection moves what is shown to the front without sorting the rest.
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
