//! Analyses random graphs: every pass equals its reference implementation.
#![no_main]

#[path = "../../crates/heapsnapshot/tests/support/mod.rs"]
mod support;

use heapsnapshot::{Analysis, AnalysisOptions, Graph, NodeFlags};
use libfuzzer_sys::fuzz_target;
use support::builder::{EDGE_KINDS, NODE_KINDS, SnapshotBuilder};
use support::naive;

const NAMES: [&str; 8] = [
    "Object",
    "Array",
    "system / ExternalStringData",
    "(map descriptors)",
    "(Document DOM trees)",
    "Detached X",
    "",
    "X",
];

fuzz_target!(|data: &[u8]| {
    let Some((&head, data)) = data.split_first() else { return };
    let nodes = usize::from(head % 24) + 1;
    let (about_nodes, about_edges) = data.split_at((nodes * 2).min(data.len()));
    let mut builder = SnapshotBuilder::new();
    for (at, pair) in about_nodes.chunks_exact(2).enumerate() {
        let kind = NODE_KINDS[usize::from(pair[0]) % NODE_KINDS.len()];
        let name = NAMES[usize::from(pair[0] >> 4) % NAMES.len()];
        let id = builder.node(kind, name, at as u64 * 2 + 3, u64::from(pair[1]) * 8);
        builder.detachedness(id, u64::from(pair[1] % 16 == 3) + u64::from(pair[1] % 16 == 5) * 2);
    }
    let nodes = builder.nodes.len();
    for edge in about_edges.chunks_exact(3).take(96) {
        let (from, to) = (usize::from(edge[0]) % nodes, usize::from(edge[1]) % nodes);
        match edge[2] % 16 {
            15 => builder.ephemeron(from, usize::from(edge[2] >> 4) % nodes, to, 1),
            _ => {
                let kind = EDGE_KINDS[usize::from(edge[2]) % EDGE_KINDS.len()];
                builder.edge(from, kind, &(edge[2] >> 4).to_string(), to);
            }
        }
    }
    let graph = Graph::from_bytes(builder.json().as_bytes()).unwrap();
    let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
    let graph = analysis.graph();
    let shallow = naive::shallow(&builder);
    let dominators = naive::dominators(&builder);
    let retained = naive::retained(&dominators, &shallow);
    let distances = naive::distances(&builder);
    let page = naive::page(&builder);
    let queryable = naive::queryable(&builder);
    for node in graph.nodes() {
        let at = node.index();
        assert_eq!(analysis.shallow_size(node), shallow[at], "shallow {at}");
        assert_eq!(analysis.dominator(node).index(), dominators[at], "dominator {at}");
        assert_eq!(analysis.retained_size(node), retained[at], "retained {at}");
        assert_eq!(analysis.distance(node).raw(), distances[at], "distance {at}");
        assert_eq!(
            analysis.flags(node).contains(NodeFlags::PAGE_OBJECT),
            page.contains(&at),
            "page {at}"
        );
        assert_eq!(
            analysis.flags(node).contains(NodeFlags::QUERYABLE),
            queryable.contains(&at),
            "queryable {at}"
        );
    }
});
