//! Options that JavaScript passes with a query.

use heapsnapshot::{Analysis, Filter, Window};
use napi_derive::napi;

use crate::task::Outcome;

/// Which rows of a list to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct ListOptions {
    /// Maximum number of rows. All by default.
    pub limit: Option<u32>,
    /// Number of rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// The name of a filter of DevTools.
    pub filter: Option<String>,
    /// A part of the name of constructors, case-insensitive.
    pub r#match: Option<String>,
}

/// Which rows of a comparison to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct DiffListOptions {
    /// Maximum number of rows. All by default.
    pub limit: Option<u32>,
    /// Number of rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// Whether to compare the number of objects of each name, instead of the objects.
    pub by_name: Option<bool>,
}

/// Which rows of a trend to return.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct TrendListOptions {
    /// Maximum number of constructors. All by default.
    pub limit: Option<u32>,
    /// Number of constructors to skip.
    pub offset: Option<u32>,
    /// The order of the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
    /// Maximum number of owners. All by default.
    pub owners: Option<u32>,
}

/// The conditions of a search.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct FindOptions {
    /// A part of the name.
    pub name: Option<String>,
    /// Whether `name` is case-sensitive.
    pub case_sensitive: Option<bool>,
    /// V8's type of the object.
    pub r#type: Option<String>,
    /// Exact name of the class. Not `constructor`, which every object inherits.
    pub class_name: Option<String>,
    /// Minimum retained size in bytes.
    pub min_retained_size: Option<f64>,
    /// Maximum number of rows. All by default.
    pub limit: Option<u32>,
    /// Number of rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows. The order of the file by default.
    pub sort: Option<String>,
}

/// Limits of the tree of retaining paths.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct PathLimits {
    /// Maximum length of a path. 30 by default, at most 1000.
    pub depth: Option<u32>,
    /// Maximum number of objects in all paths together. 5000 by default.
    pub nodes: Option<u32>,
    /// Maximum number of retainers of one object. 100 by default.
    pub siblings: Option<u32>,
}

/// Returns the window of rows. Without `limit`, all rows from `offset`.
pub(crate) fn window(limit: Option<u32>, offset: Option<u32>) -> Window {
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
