//! What tests and the fuzz target of the redactor share.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod graph;
pub(crate) mod planted;
