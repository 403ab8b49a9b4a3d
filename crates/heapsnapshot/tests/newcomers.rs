//! New objects by class and owner, against a reference implementation; and
//! the conditions for two snapshots of one process.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    dead_code,
    reason = "helpers of tests fail by panicking, and other tests use the rest of the support"
)]

mod support;

use std::collections::{BTreeMap, HashSet};

use heapsnapshot::{
    Analysis, AnalysisOptions, ComparisonOptions, Control, ErrorKind, Graph, NodeIx, Window,
    compare_by_name, newcomers, same_process,
};
use support::builder::SnapshotBuilder;
use support::random;

fn analyse(builder: &SnapshotBuilder) -> Analysis {
    let graph = Graph::from_bytes(builder.json().as_bytes()).unwrap();
    Analysis::new(graph, &AnalysisOptions { threads: 1, ..AnalysisOptions::default() }).unwrap()
}

/// The same graph without the ids of every `period`th object.
fn earlier(builder: &SnapshotBuilder, period: usize) -> SnapshotBuilder {
    let mut base = builder.clone();
    for node in base.nodes.iter_mut().skip(1).step_by(period) {
        node.id += 1 << 30;
    }
    base
}

type Row = (u64, u64, u64);

/// Climbs from every object, as the definitions say.
fn naive(base: &Analysis, current: &Analysis) -> BTreeMap<(usize, usize), Row> {
    let ids: HashSet<_> = base.graph().nodes().map(|node| base.graph().id(node)).collect();
    let root = current.graph().root();
    let is_known = |node: NodeIx| node == root || ids.contains(&current.graph().id(node));
    let group = |node: NodeIx| {
        let mut owner = current.dominator(node);
        while !is_known(owner) {
            owner = current.dominator(owner);
        }
        (owner.index(), current.class(node).index())
    };
    let is_new = |node: NodeIx| !is_known(node) && current.shallow_size(node) > 0;
    let mut rows = BTreeMap::new();
    for node in current.graph().nodes().filter(|&node| is_new(node)) {
        let row: &mut Row = rows.entry(group(node)).or_default();
        row.0 += 1;
        row.1 += current.shallow_size(node);
        let chain = current.dominator_chain(node);
        if !chain.iter().skip(1).any(|&above| is_new(above) && group(above) == group(node)) {
            row.2 += current.retained_size(node);
        }
    }
    rows
}

#[test]
fn groups_agree_with_their_reference_on_random_graphs() {
    for seed in 0..random::cases(300) {
        let builder = random::snapshot(seed);
        let current = analyse(&builder);
        for period in [1, 2, 5] {
            let base = analyse(&earlier(&builder, period));
            let found = newcomers(&base, &current, Window::default(), &Control::new()).unwrap();
            let rows: BTreeMap<_, _> = found
                .groups
                .iter()
                .map(|group| {
                    let key = (group.owner.index(), group.class.index());
                    (key, (group.count, group.shallow_size, group.retained_size))
                })
                .collect();
            assert_eq!(rows, naive(&base, &current), "seed {seed}");
            assert_eq!(found.group_count, rows.len());
            assert_eq!(found.count, rows.values().map(|row| row.0).sum::<u64>());
            assert_eq!(found.shallow_size, rows.values().map(|row| row.1).sum::<u64>());
            let sizes: Vec<_> = found.groups.iter().map(|group| group.retained_size).collect();
            assert!(sizes.is_sorted_by(|a, b| a >= b), "seed {seed}");
            let first = Window { offset: 1, limit: 2 };
            let few = newcomers(&base, &current, first, &Control::new()).unwrap();
            let expected: Vec<_> = found.groups.iter().skip(1).take(2).copied().collect();
            assert_eq!((few.groups, few.group_count), (expected, found.group_count));
        }
        let same = newcomers(&current, &current, Window::default(), &Control::new()).unwrap();
        assert_eq!((same.group_count, same.count, same.shallow_size), (0, 0, 0));
    }
}

#[test]
fn a_shortest_path_goes_from_edge_to_edge_towards_the_roots() {
    for seed in 0..random::cases(300) {
        let builder = random::snapshot(seed);
        let analysis = analyse(&builder);
        for node in analysis.graph().nodes() {
            let path = analysis.shortest_path(node, 100);
            let distance = analysis.distance(node).steps();
            if distance.is_none_or(|steps| steps <= 1) {
                assert!(path.is_empty());
                continue;
            }
            let (mut at, mut left) = (node, analysis.distance(node).raw());
            for step in path {
                assert_eq!(analysis.graph().target(step.edge), at, "seed {seed}");
                assert!(step.distance < left, "seed {seed}");
                (at, left) = (step.node, step.distance);
            }
        }
    }
}

#[test]
fn the_same_objects_are_of_one_process_and_renamed_ones_are_not() {
    let builder = random::snapshot(3);
    let current = analyse(&builder);
    assert!(same_process(&current, &current));
    assert!(!same_process(&analyse(&earlier(&builder, 1)), &current), "no common ids");
    let mut other = builder.clone();
    for node in other.nodes.iter_mut().skip(1).step_by(10) {
        node.name.push('2');
    }
    assert!(!same_process(&analyse(&other), &current), "a tenth has another name");
}

#[test]
fn compared_by_name_only_numbers_count() {
    for seed in 0..random::cases(100) {
        let builder = random::snapshot(seed);
        let current = analyse(&builder);
        // The same objects under other ids.
        let found = compare_by_name(
            &analyse(&earlier(&builder, 1)),
            &current,
            &ComparisonOptions::default(),
        );
        assert_eq!(found.unwrap().row_count, 0, "seed {seed}");
        let mut more = builder.clone();
        let node = more.node("object", "Added", 1 << 20, 48);
        more.edge(0, "property", "p", node);
        let more = analyse(&more);
        for (base, current, sign) in [(&current, &more, 1), (&more, &current, -1)] {
            let found = compare_by_name(base, current, &ComparisonOptions::default()).unwrap();
            let row = found.rows.iter().find(|row| row.constructor.to_string() == "Added").unwrap();
            assert_eq!((row.count_delta(), row.size_delta()), (sign, 48 * sign), "seed {seed}");
            let delta = found.rows.iter().map(heapsnapshot::ComparisonRow::size_delta).sum::<i64>();
            assert_eq!(found.size_delta(), delta);
        }
    }
}

#[test]
fn grouping_can_be_cancelled() {
    let many = {
        let mut builder = SnapshotBuilder::new();
        for at in 0..70_000 {
            let node = builder.node("object", "A", 3 + 2 * at, 16);
            builder.edge(0, "property", &format!("p{at}"), node);
        }
        analyse(&builder)
    };
    let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let control = Control::new().with_cancel(flag);
    let error = newcomers(&many, &many, Window::default(), &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}
