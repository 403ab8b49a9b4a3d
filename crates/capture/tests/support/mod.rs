//! Shared by tests and the fuzz target of the redactor.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod graph;
pub(crate) mod planted;
