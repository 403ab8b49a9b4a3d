//! Parses numbers in a valid frame: every query must return.
#![no_main]

use arbitrary::Arbitrary;
use heapsnapshot::{
    Analysis, AnalysisOptions, ComparisonOptions, Filter, Graph, LinkSort, PathOptions, Query,
    SummaryOptions, Window, compare,
};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    nodes: Vec<[u8; 6]>,
    edges: Vec<[u8; 3]>,
    strings: Vec<String>,
    fix_counts: bool,
}

fn list(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

fuzz_target!(|input: Input| {
    let n = input.nodes.len() as u64;
    let mut nodes = Vec::new();
    let mut left = input.edges.len();
    for (at, node) in input.nodes.iter().enumerate() {
        let last = at + 1 == input.nodes.len();
        let mut count = usize::from(node[4] % 8);
        if input.fix_counts {
            count = if last { left } else { count.min(left) };
        }
        left = left.saturating_sub(count);
        nodes.extend([
            u64::from(node[0] % 16),
            u64::from(node[1]) % (input.strings.len() as u64 + 1),
            u64::from(node[2]),
            u64::from(node[3]) << (node[3] % 40),
            count as u64,
            u64::from(node[5] % 4),
        ]);
    }
    let mut edges = Vec::new();
    for edge in &input.edges {
        edges.extend([
            u64::from(edge[0] % 8),
            u64::from(edge[1]) % (input.strings.len() as u64 + 1),
            u64::from(edge[2]) % n.max(1) * 6,
        ]);
    }
    let strings: Vec<String> =
        input.strings.iter().map(|s| serde_json::to_string(s).unwrap()).collect();
    let json = format!(
        r#"{{"snapshot":{{"meta":{{"node_fields":["type","name","id","self_size","edge_count","detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"]]}},"node_count":{n},"edge_count":{}}},"nodes":[{}],"edges":[{}],"strings":[{}]}}"#,
        input.edges.len(),
        list(&nodes),
        list(&edges),
        strings.join(",")
    );
    let Ok(graph) = Graph::from_bytes(json.as_bytes()) else { return };
    let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
    for filter in [
        Filter::All,
        Filter::RetainedByContexts,
        Filter::RetainedByConsole,
        Filter::RetainedByEventHandlers,
        Filter::RetainedByDetachedDomNodes,
        Filter::DuplicatedStrings,
        Filter::SharedNativeContext,
    ] {
        analysis.summary(&SummaryOptions { filter, ..SummaryOptions::default() }).unwrap();
    }
    analysis.duplicate_strings(Window::default());
    analysis.search(&Query { name: "a".into(), ..Query::default() }).unwrap();
    for node in analysis.graph().nodes() {
        analysis.display_name(node);
        analysis.containment(node, LinkSort::RetainedSize, Window::first(3));
        analysis.retainers(node, LinkSort::Distance, Window { offset: 1, limit: 2 });
        let options = PathOptions { max_nodes: 50, ..PathOptions::default() };
        analysis.paths_to_roots(node, options);
    }
    let same = compare(&analysis, &analysis, &ComparisonOptions::default()).unwrap();
    assert_eq!(same.row_count, 0);
});
