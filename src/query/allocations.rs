//! Queries about allocation stacks, which a snapshot has if V8 tracked allocations.

use heapsnapshot::{AllocationOptions, Allocations, Analysis};
use napi_derive::napi;

use super::sorts::{ALLOCATION_SORTS, GROUPINGS, choose, choose_one};
use super::{find, window};
use crate::objects::{AllocationFrame, AllocationTree, Timeline, frames_of};
use crate::task::Outcome;

/// Which rows of the allocations to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct AllocationListOptions {
    /// Maximum number of rows. All by default.
    pub limit: Option<u32>,
    /// Number of rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// How to group the objects: by `function` or `stack`.
    pub by: Option<String>,
}

/// Returns the living objects by the function or the stack that allocated them.
pub(crate) fn allocations(
    analysis: &Analysis,
    options: &AllocationListOptions,
) -> Outcome<Allocations> {
    Ok(analysis.allocations(&AllocationOptions {
        by: choose_one("by", options.by.as_deref(), &GROUPINGS)?,
        sort: choose(options.sort.as_deref(), &ALLOCATION_SORTS)?,
        reverse: options.reverse.unwrap_or_default(),
        window: window(options.limit, options.offset),
    }))
}

/// Returns the tree of calls that allocated the living objects; with `other`, only of objects that
/// `other` does not have.
pub(crate) fn allocation_tree(analysis: &Analysis, other: Option<&Analysis>) -> AllocationTree {
    AllocationTree::new(analysis, &analysis.allocation_tree(other))
}

/// Returns the functions that were running when an object was allocated; `None` if that is not
/// known.
pub(crate) fn allocation_stack(
    analysis: &Analysis,
    id: f64,
) -> Outcome<Option<Vec<AllocationFrame>>> {
    Ok(frames_of(analysis, find(analysis, id)?))
}

pub(crate) fn timeline(analysis: &Analysis) -> Timeline {
    Timeline::new(&analysis.timeline())
}
