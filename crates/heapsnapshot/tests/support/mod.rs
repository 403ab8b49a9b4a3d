//! Shared by the integration tests: a builder of small snapshots, slow but
//! obvious reference implementations, and a source of pseudo-random numbers.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod builder;
pub(crate) mod naive;
pub(crate) mod random;
