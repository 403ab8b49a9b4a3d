//! Derived columns: pure functions from a graph and earlier results.
//!
//! One file each. None recurses on the depth of the graph, each checks for
//! cancellation, and none looks at what a later one computes.

pub(crate) mod by_id;
pub(crate) mod classes;
pub(crate) mod detached;
pub(crate) mod distances;
pub(crate) mod dominators;
pub(crate) mod edge_policy;
pub(crate) mod flags;
pub(crate) mod interfaces;
pub(crate) mod names;
pub(crate) mod native_context;
pub(crate) mod owner;
pub(crate) mod retained;
pub(crate) mod shallow;
pub(crate) mod statistics;
pub(crate) mod totals;
