//! Options that JavaScript passes with a query.

use heapsnapshot::{Analysis, Filter, Window};
use napi_derive::napi;

use crate::task::Outcome;

/// Which rows of a list to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct ListOptions {
    /// Rows to return at most; all by default.
    pub limit: Option<u32>,
    /// Rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// A filter of DevTools, by its name there.
    pub filter: Option<String>,
    /// Only constructors whose name contains this text, in any case.
    pub r#match: Option<String>,
}

/// Which rows of a comparison to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct DiffListOptions {
    /// Rows to return at most; all by default.
    pub limit: Option<u32>,
    /// Rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// Whether to compare how many objects of each name there are, instead of the objects.
    pub by_name: Option<bool>,
}

/// Which rows of a trend to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct TrendListOptions {
    /// Constructors to return at most; all by default.
    pub limit: Option<u32>,
    /// Constructors to skip.
    pub offset: Option<u32>,
    /// The order of the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// Owners to return at most; all by default.
    pub owners: Option<u32>,
}

/// What to look for.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct FindOptions {
    /// Text that the name contains.
    pub name: Option<String>,
    /// Whether capitals differ from small letters.
    pub case_sensitive: Option<bool>,
    /// V8's kind of object.
    pub r#type: Option<String>,
    /// Exact name of the class. Not `constructor`, which every object inherits.
    pub class_name: Option<String>,
    /// Bytes that the object retains at least.
    pub min_retained_size: Option<f64>,
    /// Rows to return at most; all by default.
    pub limit: Option<u32>,
    /// Rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows; the order of the file by default.
    pub sort: Option<String>,
}

/// How much of the tree of retainers to follow.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct PathLimits {
    /// Longest path, 30 by default, 1000 at most.
    pub depth: Option<u32>,
    /// Objects in all paths together, 5000 by default.
    pub nodes: Option<u32>,
    /// Retainers of one object, 100 by default.
    pub siblings: Option<u32>,
}

pub(super) fn window(limit: Option<u32>, offset: Option<u32>) -> Window {
    Window {
        offset: offset.map_or(0, |offset| offset as usize),
        limit: limit.map_or(usize::MAX, |limit| limit as usize),
    }
}

impl ListOptions {
    pub(super) fn window(&self) -> Window {
        window(self.limit, self.offset)
    }

    pub(super) fn filter(&self, analysis: &Analysis) -> Outcome<Filter> {
        Ok(Filter::parse(self.filter.as_deref().unwrap_or_default(), analysis)?)
    }
}
