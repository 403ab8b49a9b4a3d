//! The shapes that JavaScript sees, and how the engine's results become them.
//! Numbers are widened here; sizes are bytes.

mod findings;
mod memory;
mod message;
mod newcomers;
mod nodes;
mod packages;
mod paths;
mod text;
mod trends;
mod views;

pub use findings::{ClosureGroup, Finding, LeakReport};
pub use memory::{DuplicateStringList, NativeContextList};
pub use newcomers::NewObjects;
pub use nodes::{EdgeList, NodeDetails, NodeList};
pub use packages::Packages;
pub use paths::{PathBranch, PathForest};
pub use trends::Trend;
pub use views::{Diff, Statistics, Summary};

use heapsnapshot::Distance;
use napi_derive::napi;

use crate::error::to_number;

/// DevTools' number, and the same for people: null when no root of the program
/// leads there.
fn distances(raw: i32) -> (Option<u32>, i32) {
    let steps = u32::try_from(raw).ok().filter(|_| raw < Distance::SYSTEM);
    (steps, raw)
}

/// A count of things in memory.
fn count(value: usize) -> f64 {
    to_number(value as u64)
}

/// Growth or shrinkage. Exact up to 2^53 either way.
fn delta(value: i64) -> f64 {
    let size = to_number(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

/// What all rows of a list amount to.
#[napi(object, object_from_js = false)]
pub struct ListTotals {
    /// Rows there are, returned or not.
    pub count: f64,
}

/// How far the reading and the analysis of a snapshot are.
#[napi(object, object_from_js = false)]
pub struct Progress {
    /// What is being done.
    pub stage: String,
    /// How much of it is done.
    pub done: f64,
    /// How much there is to do, 0 if that is not known.
    pub total: f64,
}
