//! What questions found that takes long to find, for the next question: lists are
//! asked for page by page.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::graph::BitSet;
use crate::ids::{NodeIx, StrIx};
use crate::pass::totals::Aggregate;

/// Number of filters without a parameter: length of [`Filter::NAMED`](crate::Filter::NAMED).
pub(crate) const FILTER_COUNT: usize = 7;

#[derive(Default)]
pub(crate) struct Kept {
    /// The Summary's rows with retained sizes.
    pub(crate) aggregates: OnceLock<Vec<Aggregate>>,
    /// Strings that are quoted in the names of plain objects. A bit a string.
    pub(crate) confusing: OnceLock<BitSet<StrIx>>,
    /// Strings that name properties of plain objects. A bit a string.
    pub(crate) properties: OnceLock<BitSet<StrIx>>,
    /// 4 bytes a string that is not alone with its text, and 4 such a text.
    pub(crate) equal_strings: OnceLock<EqualStrings>,
    /// One bit set of nodes for each filter.
    pub(crate) filtered: [OnceLock<Filtered>; FILTER_COUNT],
}

/// What a filter lets through.
#[derive(Debug)]
pub(crate) struct Filtered {
    pub(crate) nodes: BitSet,
    /// The Summary's rows of them.
    pub(crate) aggregates: OnceLock<Vec<Aggregate>>,
}

/// Length and hash of a string whose text was cut off, as far as they are known.
pub(crate) type Cut = (Option<i64>, Option<i64>);

/// Strings with equal texts, by retained size descending.
#[derive(Clone, Default, Debug)]
pub(crate) struct EqualStrings {
    /// End of each group in `nodes`.
    pub(crate) ends: Vec<u32>,
    pub(crate) nodes: Vec<NodeIx>,
    /// Groups whose texts were cut off.
    pub(crate) cuts: HashMap<u32, Cut>,
}

impl EqualStrings {
    /// Returns the strings of a group.
    pub(crate) fn group(&self, at: usize) -> &[NodeIx] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.nodes[start as usize..self.ends[at] as usize]
    }
}
