//! Every pass against a reference implementation, on random graphs and on deep ones.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "helpers of tests fail by panicking, and lists of cases are long"
)]

mod support;

use heapsnapshot::{Analysis, AnalysisOptions, Graph, NodeFlags, SummaryOptions};
use support::builder::SnapshotBuilder;
use support::{naive, random};

fn analyse(builder: &SnapshotBuilder, threads: usize) -> Analysis {
    let graph = Graph::from_bytes(builder.json().as_bytes()).unwrap();
    Analysis::new(graph, &AnalysisOptions { threads, ..AnalysisOptions::default() }).unwrap()
}

#[test]
fn every_pass_agrees_with_its_reference_on_random_graphs() {
    for seed in 0..random::cases(600) {
        let builder = random::snapshot(seed);
        let analysis = analyse(&builder, 1);
        let graph = analysis.graph();
        let column = |value: &dyn Fn(heapsnapshot::NodeIx) -> u64| -> Vec<u64> {
            graph.nodes().map(value).collect()
        };

        let (states, names) = naive::detached(&builder);
        assert_eq!(column(&|n| u64::from(graph.detachedness(n).code())), states, "seed {seed}");
        let ours: Vec<String> = graph.nodes().map(|n| graph.name(n).to_string()).collect();
        assert_eq!(ours, names, "seed {seed}");

        let shallow = naive::shallow(&builder);
        assert_eq!(column(&|n| analysis.shallow_size(n)), shallow, "seed {seed}");

        let distances: Vec<i32> = graph.nodes().map(|n| analysis.distance(n).raw()).collect();
        assert_eq!(distances, naive::distances(&builder), "seed {seed}");

        let dominators = naive::dominators(&builder);
        let ours: Vec<usize> = graph.nodes().map(|n| analysis.dominator(n).index()).collect();
        assert_eq!(ours, dominators, "seed {seed}");

        let retained = naive::retained(&dominators, &shallow);
        assert_eq!(column(&|n| analysis.retained_size(n)), retained, "seed {seed}");

        let (page, queryable) = (naive::page(&builder), naive::queryable(&builder));
        for node in graph.nodes() {
            let flags = analysis.flags(node);
            let has = |flag| flags.contains(flag);
            assert_eq!(has(NodeFlags::PAGE_OBJECT), page.contains(&node.index()), "seed {seed}");
            assert_eq!(has(NodeFlags::QUERYABLE), queryable.contains(&node.index()), "seed {seed}");
            let retainers = builder.edges.iter().filter(|e| e.to == node.index()).count();
            assert_eq!(analysis.retainer_count(node), retainers);
        }

        // Rows: a class retains what its topmost objects retain.
        for row in analysis.summary(&SummaryOptions::default()).unwrap().rows {
            let members: Vec<usize> = (0..shallow.len())
                .filter(|&n| shallow[n] > 0)
                .filter(|&n| analysis.class(graph.nodes().nth(n).unwrap()) == row.class)
                .collect();
            let hidden_by = |mut node: usize| {
                while node != 0 {
                    node = dominators[node];
                    if members.contains(&node) {
                        return true;
                    }
                }
                false
            };
            let top = members.iter().filter(|&&n| n == 0 || !hidden_by(n));
            let expected: u64 = top.map(|&n| retained[n]).sum();
            assert_eq!(row.retained_size, expected, "seed {seed} {:?}", row.constructor);
            assert_eq!(row.count, members.len() as u64);
        }
    }
}

#[test]
fn threads_do_not_change_results() {
    // Large enough for the second thread to be used.
    let builder = deep(30_000);
    let (one, two) = (analyse(&builder, 1), analyse(&builder, 2));
    for node in one.graph().nodes() {
        assert_eq!(one.retained_size(node), two.retained_size(node));
        assert_eq!(one.distance(node), two.distance(node));
        assert_eq!(one.dominator(node), two.dominator(node));
        assert_eq!(one.class_name(node), two.class_name(node));
    }
}

/// A chain of objects, each with a value that an array also has: the worst
/// case for a search of common ancestors, and for anything that recurses.
fn deep(length: usize) -> SnapshotBuilder {
    let mut builder = SnapshotBuilder::new();
    let global = builder.node("object", "global", 3, 8);
    builder.edge(0, "shortcut", "global", global);
    let mut before = global;
    let mut values = Vec::new();
    for at in 0..length {
        let id = 5 + at as u64 * 4;
        let item = builder.node("object", "Item", id, 16);
        let value = builder.node("object", "Value", id + 2, 32);
        builder.edge(before, "property", "next", item);
        builder.edge(item, "property", "value", value);
        values.push(value);
        before = item;
    }
    let list = builder.node("object", "List", 4_000_001, 64);
    builder.edge(global, "property", "list", list);
    for value in values {
        builder.edge(list, "element", "0", value);
    }
    builder
}

#[test]
fn deep_chains_take_linear_time_and_no_stack() {
    let length = 100_000;
    let builder = deep(length);
    let start = std::time::Instant::now();
    let analysis = analyse(&builder, 1);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    let graph = analysis.graph();
    let global = graph.nodes().nth(1).unwrap();
    let total = 8 + 64 + length as u64 * 48;
    assert_eq!(analysis.retained_size(global), total);
    // The values are dominated by what reaches both the chain and the list.
    let last_value = graph.nodes().nth(1 + 2 * length).unwrap();
    assert_eq!(analysis.dominator(last_value), global);
    let last_item = graph.nodes().nth(2 * length).unwrap();
    assert_eq!(analysis.dominator_chain(last_item).len(), length + 2);
    // Distances beyond 15 bits use the wide column.
    assert_eq!(analysis.distance(last_item).raw(), i32::try_from(length).unwrap() + 1);
    let rows = analysis.summary(&SummaryOptions::default()).unwrap().rows;
    let items = rows.iter().find(|row| row.constructor.as_text() == "Item").unwrap();
    assert_eq!(items.retained_size, length as u64 * 16);
}

#[test]
fn sizes_beyond_four_gibibytes_add_up() {
    let mut builder = SnapshotBuilder::new();
    let global = builder.node("object", "global", 3, 5 << 32);
    let buffer = builder.node("native", "system / JSArrayBufferData", 5, 7 << 32);
    builder.edge(0, "shortcut", "global", global);
    builder.edge(global, "property", "b", buffer);
    let analysis = analyse(&builder, 1);
    assert_eq!(analysis.total_size(), 12 << 32);
    assert_eq!(analysis.statistics().typed_arrays, 7 << 32);
}

#[test]
fn an_object_is_found_by_its_id_whatever_the_order_of_ids() {
    for seed in 0..random::cases(100) {
        let mut builder = random::snapshot(seed);
        let mut random = random::Random::new(seed);
        for at in (1..builder.nodes.len()).rev() {
            let other = 1 + random.below(at);
            let id = builder.nodes[at].id;
            // Now and then twice, as only a damaged file has it.
            builder.nodes[at].id = builder.nodes[other].id;
            builder.nodes[other].id = if random.one_in(9) { builder.nodes[at].id } else { id };
        }
        let analysis = analyse(&builder, 1);
        // The first round looks at node after node, the later ones in an order.
        for _ in 0..3 {
            // Beyond the highest there is.
            for number in 0..200 {
                let id = heapsnapshot::NodeId::new(number);
                let expected = analysis.graph().find_id(id);
                match analysis.node(id) {
                    Ok(found) => assert_eq!(Some(found), expected, "seed {seed}"),
                    Err(error) => assert_eq!((error.node_id(), None), (Some(id), expected)),
                }
            }
        }
    }
}
