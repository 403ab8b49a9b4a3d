//! A cache of query results that take long to compute. Lists are requested page
//! by page, and each page is a new query.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::graph::BitSet;
use crate::ids::{NodeIx, StrIx};
use crate::pass::totals::Aggregate;
use crate::report::AllocationRow;

/// Number of filters without a parameter: length of [`Filter::NAMED`](crate::Filter::NAMED).
pub(crate) const FILTER_COUNT: usize = 7;

/// The cached results of one [`Analysis`](crate::Analysis). Each is computed at
/// most once.
#[derive(Default)]
pub(crate) struct QueryCache {
    /// The rows of the Summary with retained sizes.
    pub(crate) aggregates: OnceLock<Vec<Aggregate>>,
    /// Property names that are quoted in the names of plain objects. One bit
    /// per string.
    pub(crate) confusing: OnceLock<BitSet<StrIx>>,
    /// Strings that are property names of plain objects. One bit per string.
    pub(crate) properties: OnceLock<BitSet<StrIx>>,
    /// Strings with equal texts: 4 bytes per such string, and 4 per text.
    pub(crate) equal_strings: OnceLock<EqualStrings>,
    /// By grouping: the rows of functions or stacks that allocated.
    pub(crate) allocations: [OnceLock<Vec<AllocationRow>>; 2],
    /// By filter: the nodes that pass it. One bit per node each.
    pub(crate) filtered: [OnceLock<Filtered>; FILTER_COUNT],
}

/// The nodes that pass a filter.
#[derive(Debug)]
pub(crate) struct Filtered {
    /// These nodes.
    pub(crate) nodes: BitSet,
    /// The rows of the Summary, of these nodes only.
    pub(crate) aggregates: OnceLock<Vec<Aggregate>>,
}

/// Length and hash of a string whose text V8 truncated, where the snapshot
/// contains them.
pub(crate) type Cut = (Option<i64>, Option<i64>);

/// Groups of strings with equal texts, those that retain most first.
#[derive(Clone, Default, Debug)]
pub(crate) struct EqualStrings {
    /// By group: its end in `nodes`.
    pub(crate) ends: Vec<u32>,
    /// The strings of all groups.
    pub(crate) nodes: Vec<NodeIx>,
    /// By group, for groups whose texts were truncated.
    pub(crate) cuts: HashMap<u32, Cut>,
}

impl EqualStrings {
    /// Returns the strings of a group.
    pub(crate) fn group(&self, at: usize) -> &[NodeIx] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.nodes[start as usize..self.ends[at] as usize]
    }
}
