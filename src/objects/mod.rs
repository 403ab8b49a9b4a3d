//! Plain objects for JavaScript, and their conversion from the engine's results. Integers become
//! `f64`; sizes are in bytes.

mod allocations;
mod findings;
mod members;
mod memory;
mod message;
mod new_objects;
mod nodes;
mod packages;
mod paths;
mod text;
mod trends;
mod views;

pub(crate) use allocations::frames_of;
pub use allocations::{AllocationFrame, AllocationList, AllocationTree, Timeline};
pub use findings::{ClosureGroup, Finding, LeakReport};
pub use memory::{DuplicateStringList, NativeContextList};
pub use new_objects::NewObjects;
pub use nodes::{EdgeList, NodeDetails, NodeList};
pub use packages::Packages;
pub use paths::{PathBranch, PathForest};
pub use trends::Trend;
pub use views::{Diff, Statistics, Summary};

use heapsnapshot::Distance;
use napi_derive::napi;

use crate::error::to_number;

/// Returns the distance, which is null if the object is unreachable from the program's roots, and
/// DevTools' number for it.
fn distances(raw: i32) -> (Option<u32>, i32) {
    let steps = u32::try_from(raw).ok().filter(|_| raw < Distance::SYSTEM);
    (steps, raw)
}

/// Converts a number of items.
fn count(value: usize) -> f64 {
    to_number(value as u64)
}

/// Converts a signed difference. Exact up to 2^53 in both directions.
fn delta(value: i64) -> f64 {
    let size = to_number(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

/// The totals of a list.
#[napi(object, object_from_js = false)]
pub struct ListTotals {
    /// Number of rows, returned or not.
    pub count: f64,
}

/// Progress of opening a snapshot.
#[napi(object, object_from_js = false)]
pub struct Progress {
    /// The current stage.
    pub stage: String,
    /// The work that is done.
    pub done: f64,
    /// The work in total, 0 if unknown.
    pub total: f64,
}
