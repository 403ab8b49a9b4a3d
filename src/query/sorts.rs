//! The names of sort keys in JavaScript, in the command line and on the page.
//!
//! `lib/analysis/queries.json` is generated from these tables and from [`Filter::NAMED`]; a test
//! compares it, and writes it with `HEAPDUMP_BLESS=1 cargo test queries_json`.

use findings::PackageSort;
use heapsnapshot::{
    AllocationGrouping, AllocationSort, ComparisonSort, LinkSort, NodeSort, SummarySort, TrendSort,
};

use crate::error::Failure;
use crate::task::Outcome;

/// Sort keys of one list, by name. The first is the default.
pub(super) type Sorts<T, const N: usize> = [(&'static str, T); N];

pub(super) const SUMMARY_SORTS: Sorts<SummarySort, 5> = [
    ("retainedSize", SummarySort::RetainedSize),
    ("shallowSize", SummarySort::ShallowSize),
    ("count", SummarySort::Count),
    ("distance", SummarySort::Distance),
    ("constructor", SummarySort::Name),
];

pub(super) const DIFF_SORTS: Sorts<ComparisonSort, 7> = [
    ("addedSize", ComparisonSort::AddedSize),
    ("removedSize", ComparisonSort::RemovedSize),
    ("sizeDelta", ComparisonSort::SizeDelta),
    ("addedCount", ComparisonSort::AddedCount),
    ("removedCount", ComparisonSort::RemovedCount),
    ("countDelta", ComparisonSort::CountDelta),
    ("constructor", ComparisonSort::Name),
];

pub(super) const TREND_SORTS: Sorts<TrendSort, 5> = [
    ("verdict", TrendSort::Verdict),
    ("sizeDelta", TrendSort::SizeDelta),
    ("countDelta", TrendSort::CountDelta),
    ("retainedDelta", TrendSort::RetainedDelta),
    ("constructor", TrendSort::Name),
];

pub(super) const NODE_SORTS: Sorts<NodeSort, 5> = [
    ("retainedSize", NodeSort::RetainedSize),
    ("shallowSize", NodeSort::ShallowSize),
    ("distance", NodeSort::Distance),
    ("name", NodeSort::Name),
    ("id", NodeSort::Id),
];

pub(super) const CHILDREN_SORTS: Sorts<LinkSort, 4> = [
    ("retainedSize", LinkSort::RetainedSize),
    ("distance", LinkSort::Distance),
    ("edge", LinkSort::EdgeName),
    ("shallowSize", LinkSort::ShallowSize),
];

pub(super) const RETAINERS_SORTS: Sorts<LinkSort, 4> = [
    ("distance", LinkSort::Distance),
    ("retainedSize", LinkSort::RetainedSize),
    ("edge", LinkSort::EdgeName),
    ("shallowSize", LinkSort::ShallowSize),
];

pub(super) const PACKAGE_SORTS: Sorts<PackageSort, 5> = [
    ("growth", PackageSort::Growth),
    ("ownSize", PackageSort::OwnSize),
    ("retainedSize", PackageSort::RetainedSize),
    ("count", PackageSort::Count),
    ("package", PackageSort::Name),
];

pub(super) const ALLOCATION_SORTS: Sorts<AllocationSort, 6> = [
    ("shallowSize", AllocationSort::ShallowSize),
    ("retainedSize", AllocationSort::RetainedSize),
    ("count", AllocationSort::Count),
    ("allocatedSize", AllocationSort::AllocatedSize),
    ("allocatedCount", AllocationSort::AllocatedCount),
    ("function", AllocationSort::Name),
];

/// How allocated objects are grouped.
pub(super) const GROUPINGS: Sorts<AllocationGrouping, 2> =
    [("function", AllocationGrouping::Function), ("stack", AllocationGrouping::Stack)];

/// Returns the sort key with this name, or the default one without a name.
///
/// # Errors
/// [`Failure::Argument`] names the keys that exist.
pub(super) fn choose<T: Copy>(name: Option<&str>, sorts: &[(&'static str, T)]) -> Outcome<T> {
    choose_one("sort", name, sorts)
}

/// Returns the value with this name for an option, or the first one without a name.
///
/// # Errors
/// [`Failure::Argument`] names the values that exist.
pub(super) fn choose_one<T: Copy>(
    option: &str,
    name: Option<&str>,
    values: &[(&'static str, T)],
) -> Outcome<T> {
    let entry = match name {
        None => values.first(),
        Some(name) => values.iter().find(|(known, _)| *known == name),
    };
    entry.map(|&(_, value)| value).ok_or_else(|| {
        let names: Vec<_> = values.iter().map(|(known, _)| *known).collect();
        Failure::Argument(format!(
            "{option} must be one of {}, not {:?}",
            names.join(", "),
            name.unwrap_or_default()
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use heapsnapshot::Filter;
    use serde_json::json;

    use super::*;

    fn names<T>(sorts: &[(&'static str, T)]) -> Vec<&'static str> {
        sorts.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn queries_json_is_current() {
        let expected = json!({
            "sorts": {
                "summary": names(&SUMMARY_SORTS),
                "diff": names(&DIFF_SORTS),
                "trend": names(&TREND_SORTS),
                "nodes": names(&NODE_SORTS),
                "children": names(&CHILDREN_SORTS),
                "retainers": names(&RETAINERS_SORTS),
                "packages": names(&PACKAGE_SORTS),
                "allocations": names(&ALLOCATION_SORTS),
            },
            "groupings": names(&GROUPINGS),
            "filters": names(&Filter::NAMED),
        });
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("lib/analysis/queries.json");
        if std::env::var_os("HEAPDUMP_BLESS").is_some() {
            std::fs::write(&file, format!("{expected:#}\n")).expect("the file can be written");
        }
        let text = std::fs::read_to_string(&file).expect("the file is in the repository");
        let found: serde_json::Value = serde_json::from_str(&text).expect("the file is JSON");
        assert_eq!(found, expected, "run HEAPDUMP_BLESS=1 cargo test queries_json");
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(choose(Some("size"), &SUMMARY_SORTS).is_err());
        assert!(matches!(choose(None, &RETAINERS_SORTS), Ok(LinkSort::Distance)));
        assert!(matches!(choose(Some("edge"), &RETAINERS_SORTS), Ok(LinkSort::EdgeName)));
    }
}
