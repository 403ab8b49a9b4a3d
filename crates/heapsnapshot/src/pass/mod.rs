//! Passes: pure functions that compute columns from a graph and earlier
//! results.
//!
//! One file per pass. No pass recurses on the depth of the graph; each checks
//! for cancellation; none uses the result of a later one. The order is that of
//! [`crate::Analysis::new`].

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
