//! Queries to an open snapshot: checks the arguments from JavaScript, and calls the engine.

mod allocations;
mod options;
mod sorts;

use std::sync::Arc;

use findings::PackageSort;
use heapsnapshot::{
    Analysis, ComparisonOptions, ComparisonRows, Control, DuplicateStrings, Links, NodeId, NodeIx,
    Nodes, PathOptions, Query, Side, SummaryOptions, TextBuf, TrendOptions, TrendRows, Window,
    newcomers, same_process,
};
use napi::bindgen_prelude::Utf16String;

use crate::error::Failure;
use crate::objects::{
    Diff, NativeContextList, NewObjects, NodeDetails, PathBranch, PathForest, Statistics, Summary,
    Trend,
};
use crate::task::Outcome;

pub use allocations::AllocationListOptions;
pub(crate) use allocations::{allocation_stack, allocation_tree, allocations, timeline};
pub(crate) use options::window;
pub use options::{DiffListOptions, FindOptions, ListOptions, PathLimits, TrendListOptions};
use sorts::{
    CHILDREN_SORTS, DIFF_SORTS, NODE_SORTS, PACKAGE_SORTS, RETAINERS_SORTS, SUMMARY_SORTS,
    TREND_SORTS, choose,
};

/// Maximum length of a path. The tree of paths is converted to objects by recursion, which needs
/// stack.
const MAX_PATH_DEPTH: usize = 1000;

/// Finds the node with a V8 id.
pub(crate) fn find(analysis: &Analysis, id: f64) -> Outcome<NodeIx> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the comparison with the original notices any loss"
    )]
    let number = id as u32;
    if f64::from(number).to_bits() != id.to_bits() {
        return Err(Failure::NoSuchNode(id));
    }
    Ok(analysis.node(NodeId::new(number))?)
}

pub(crate) fn summary(analysis: &Analysis, options: &ListOptions) -> Outcome<Summary> {
    let sort = choose(options.sort.as_deref(), &SUMMARY_SORTS)?;
    let summary = analysis.summary(&SummaryOptions {
        filter: options.filter(analysis)?,
        class_contains: options.r#match.clone().unwrap_or_default(),
        sort,
        reverse: options.reverse.unwrap_or_default(),
        window: options.window(),
    })?;
    Ok(Summary::new(analysis, summary))
}

/// Returns the sort key of packages with this name.
pub(crate) fn package_sort(name: Option<&str>) -> Outcome<PackageSort> {
    choose(name, &PACKAGE_SORTS)
}

pub(crate) fn statistics(analysis: &Analysis) -> Statistics {
    analysis.statistics().into()
}

pub(crate) fn diff(
    base: &Analysis,
    current: &Analysis,
    options: &DiffListOptions,
    control: &Control,
) -> Outcome<Diff> {
    let shown = comparison_options(options)?;
    let by_name = options.by_name.unwrap_or_default();
    Ok(comparison(base, current, by_name, control)?.show(&shown).into())
}

/// Compares two snapshots. The result is read page by page.
pub(crate) fn comparison(
    base: &Analysis,
    current: &Analysis,
    by_name: bool,
    control: &Control,
) -> Outcome<ComparisonRows> {
    let compare = if by_name { ComparisonRows::by_name } else { ComparisonRows::new };
    Ok(compare(base, current, control)?)
}

pub(crate) fn comparison_options(options: &DiffListOptions) -> Outcome<ComparisonOptions> {
    let sort = choose(options.sort.as_deref(), &DIFF_SORTS)?;
    Ok(ComparisonOptions {
        sort,
        reverse: options.reverse.unwrap_or_default(),
        window: window(options.limit, options.offset),
        ..ComparisonOptions::default()
    })
}

/// Returns the added or removed objects of one row of a comparison.
pub(crate) fn compared_objects(
    rows: &ComparisonRows,
    pair: (&Analysis, &Analysis),
    class: &Utf16String,
    side: Side,
    options: &ListOptions,
) -> Outcome<Nodes> {
    let key = TextBuf::from_utf16(class.iter().copied());
    let sort = choose(options.sort.as_deref(), &NODE_SORTS)?;
    Ok(rows.objects(pair, &key, side, sort, options.window()))
}

/// Fails if the snapshots, oldest first, are not of one process.
pub(crate) fn of_one_process(snapshots: &[&Analysis]) -> Outcome<()> {
    let are_alike = snapshots.windows(2).all(|pair| same_process(pair[0], pair[1]));
    are_alike.then_some(()).ok_or(Failure::DifferentProcess)
}

/// Returns the objects added since `base`, by constructor and owner.
pub(crate) fn new_objects(
    base: &Analysis,
    current: &Analysis,
    options: &ListOptions,
    control: &Control,
) -> Outcome<NewObjects> {
    of_one_process(&[base, current])?;
    Ok(NewObjects::from_core(current, &newcomers(base, current, options.window(), control)?))
}

/// Returns the trends of constructors and owners over snapshots of one process, oldest first.
pub(crate) fn trend(
    snapshots: &[Arc<Analysis>],
    options: &TrendListOptions,
    control: &Control,
) -> Outcome<Trend> {
    let shown = trend_options(options)?;
    let rows = trend_rows(snapshots, control)?;
    Ok(shown_trend(&rows, snapshots, &shown))
}

/// Computes the trends of constructors and owners. The result is read page by page.
pub(crate) fn trend_rows(snapshots: &[Arc<Analysis>], control: &Control) -> Outcome<TrendRows> {
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|one| &**one).collect();
    of_one_process(&snapshots)?;
    Ok(TrendRows::new(&snapshots, control)?)
}

pub(crate) fn trend_options(options: &TrendListOptions) -> Outcome<TrendOptions> {
    let sort = choose(options.sort.as_deref(), &TREND_SORTS)?;
    Ok(TrendOptions {
        sort,
        reverse: options.reverse.unwrap_or_default(),
        classes: window(options.limit, options.offset),
        owners: window(options.owners, None),
        ..TrendOptions::default()
    })
}

/// Converts trends to plain objects. `snapshots`: those that the trends were computed from.
pub(crate) fn shown_trend(
    rows: &TrendRows,
    snapshots: &[Arc<Analysis>],
    options: &TrendOptions,
) -> Trend {
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|one| &**one).collect();
    let shown = snapshots.last().map(|last| rows.show(last, options));
    Trend::new(&snapshots, shown.unwrap_or_default())
}

/// Returns the objects of the class with this key, or of all classes with this name.
pub(crate) fn instances(
    analysis: &Analysis,
    class: &Utf16String,
    options: &ListOptions,
) -> Outcome<Nodes> {
    let sort = choose(options.sort.as_deref(), &NODE_SORTS)?;
    let filter = options.filter(analysis)?;
    // Compared by UTF-16 units, because a key may have half of a surrogate pair.
    let rows = analysis.summary(&SummaryOptions::default())?.rows;
    let by_key = rows.iter().find(|row| row.key.as_text().utf16().eq(class.iter().copied()));
    let nodes = match by_key {
        Some(row) => analysis.instances(row.class, filter, sort, options.window())?,
        None => analysis.search(&Query {
            class: String::from_utf16_lossy(class),
            filter,
            sort: Some(sort),
            window: options.window(),
            ..Query::default()
        })?,
    };
    Ok(nodes)
}

/// Returns found objects in another order.
pub(crate) fn sorted(analysis: &Analysis, found: &Nodes, options: &ListOptions) -> Outcome<Nodes> {
    let sort = choose(options.sort.as_deref(), &NODE_SORTS)?;
    Ok(analysis.sort_nodes(&found.nodes, sort, options.window()))
}

pub(crate) fn node(analysis: &Analysis, id: f64) -> Outcome<NodeDetails> {
    Ok(NodeDetails::new(analysis, find(analysis, id)?))
}

pub(crate) fn children(analysis: &Analysis, id: f64, options: &ListOptions) -> Outcome<Links> {
    let sort = choose(options.sort.as_deref(), &CHILDREN_SORTS)?;
    Ok(analysis.containment(find(analysis, id)?, sort, options.window()))
}

pub(crate) fn retainers(analysis: &Analysis, id: f64, options: &ListOptions) -> Outcome<Links> {
    let sort = choose(options.sort.as_deref(), &RETAINERS_SORTS)?;
    Ok(analysis.retainers(find(analysis, id)?, sort, options.window()))
}

pub(crate) fn paths(analysis: &Analysis, id: f64, limits: &PathLimits) -> Outcome<PathForest> {
    let standard = PathOptions::default();
    let bound = |limit: Option<u32>, standard| limit.map_or(standard, |limit| limit as usize);
    let found = analysis.paths_to_roots(
        find(analysis, id)?,
        PathOptions {
            max_depth: bound(limits.depth, standard.max_depth).min(MAX_PATH_DEPTH),
            max_nodes: bound(limits.nodes, standard.max_nodes),
            max_siblings: bound(limits.siblings, standard.max_siblings),
        },
    );
    let reached = [
        ("depth", found.depth_reached),
        ("nodes", found.nodes_reached),
        ("siblings", found.siblings_reached),
    ];
    Ok(PathForest {
        limits: reached
            .iter()
            .filter(|(_, yes)| *yes)
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        paths: found.paths.into_iter().map(|step| PathBranch::new(analysis, step)).collect(),
    })
}

pub(crate) fn dominators(analysis: &Analysis, id: f64, options: &ListOptions) -> Outcome<Nodes> {
    let chain = analysis.dominator_chain(find(analysis, id)?);
    let Window { offset, limit } = options.window();
    Ok(Nodes {
        node_count: chain.len(),
        nodes: chain.into_iter().skip(offset).take(limit).collect(),
    })
}

pub(crate) fn dominated(analysis: &Analysis, id: f64, options: &ListOptions) -> Outcome<Nodes> {
    Ok(analysis.dominated(find(analysis, id)?, options.window()))
}

pub(crate) fn search(analysis: &Analysis, options: FindOptions) -> Outcome<Nodes> {
    let sort = options.sort.as_deref().map(|word| choose(Some(word), &NODE_SORTS)).transpose()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, which is what a bound should do"
    )]
    let min_retained_size = options.min_retained_size.unwrap_or_default() as u64;
    let nodes = analysis.search(&Query {
        name: options.name.unwrap_or_default(),
        case_sensitive: options.case_sensitive.unwrap_or_default(),
        kind: options.r#type.unwrap_or_default(),
        class: options.class_name.unwrap_or_default(),
        min_retained_size,
        include_empty: true,
        sort,
        window: window(options.limit, options.offset),
        ..Query::default()
    })?;
    Ok(nodes)
}

pub(crate) fn duplicate_strings(analysis: &Analysis, options: &ListOptions) -> DuplicateStrings {
    analysis.duplicate_strings(options.window())
}

pub(crate) fn native_contexts(analysis: &Analysis) -> NativeContextList {
    NativeContextList::new(analysis)
}

#[cfg(test)]
mod tests {
    use heapsnapshot::{AnalysisOptions, Graph};

    use super::*;

    /// A root with one object, whose id is 3.
    fn analysis() -> Analysis {
        let text = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],
            "node_types":[["synthetic","object"]],"edge_fields":["type","name_or_index","to_node"],
            "edge_types":[["shortcut"]]},"node_count":2,"edge_count":1},
            "nodes":[0,0,1,0,1, 1,1,3,16,0],"edges":[0,2,5],"strings":["","Order","order"]}"#;
        let graph = Graph::from_bytes(text.as_bytes()).unwrap();
        Analysis::new(graph, &AnalysisOptions::default()).unwrap()
    }

    #[test]
    fn only_an_id_of_a_node_finds_one() {
        let analysis = analysis();
        assert!(find(&analysis, 3.0).is_ok());
        for id in [4.0, 3.5, -3.0, -0.0, f64::NAN, f64::INFINITY, 4_294_967_299.0] {
            assert!(find(&analysis, id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_window_without_limit_has_all_rows_from_its_offset() {
        let all = window(None, Some(2));
        assert_eq!((all.offset, all.limit), (2, usize::MAX));
        assert_eq!((window(Some(0), None).offset, window(Some(0), None).limit), (0, 0));
    }

    #[test]
    fn lists_are_cut_to_their_window() {
        let analysis = analysis();
        let rows = |limit, offset| {
            let options = ListOptions { limit, offset, ..ListOptions::default() };
            let found = dominators(&analysis, 3.0, &options).ok().expect("the node exists");
            (found.node_count, found.nodes.len())
        };
        assert_eq!(rows(None, None), (2, 2));
        assert_eq!(rows(Some(1), None), (2, 1));
        assert_eq!(rows(None, Some(5)), (2, 0));
    }

    #[test]
    fn a_name_of_a_column_that_does_not_exist_is_refused() {
        let options = ListOptions { sort: Some("weight".to_owned()), ..ListOptions::default() };
        assert!(summary(&analysis(), &options).is_err());
        assert!(children(&analysis(), 3.0, &options).is_err());
    }
}
