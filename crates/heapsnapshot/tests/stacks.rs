//! Allocation stacks and timelines: read in any layout, refused with a place where they are wrong.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::io::Write as _;

use heapsnapshot::{
    AllocationCall, AllocationGrouping, AllocationOptions, AllocationRow, AllocationSort, Analysis,
    AnalysisOptions, Error, ErrorKind, Graph, NodeId, Reader, Window,
};

/// The functions: name, script name, script id, line and column, behind an id.
const FUNCTIONS: &str = "1,1,0,0,0,0, 3,2,3,7,41,18, 5,4,3,7,12,5, 7,0,0,0,0,0";

/// `(root)` calls `handle`, which calls `fetchOrder` directly and through a builtin. Ids are in the order of the first
/// allocations.
const TREE: &str = "1,0,0,0,[2,2,1,24,[3,1,9,96,[], 5,3,2,32,[4,1,4,40,[]]]]";

/// Points whose second one has no new objects.
const SAMPLES: &str = "0,5, 1500,5, 50250,9";

/// A snapshot of nodes with the ids 1 (the root), 3, 5, 7, 9, 11 and 12. Their traces are 0, 3, 3, 4, 2, 0 and 99. Node 3
/// refers to 5, the root to all others.
fn snapshot(functions: &str, tree: &str, samples: &str) -> String {
    let count = if functions.is_empty() { 0 } else { functions.split(',').count() / 6 };
    format!(
        r#"{{"snapshot":{{"meta":{{
            "node_fields":["type","name","id","self_size","edge_count","trace_node_id"],
            "node_types":[["synthetic","object"],"string","number","number","number","number"],
            "edge_fields":["type","name_or_index","to_node"],"edge_types":[["property","shortcut"],"x","node"],
            "trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],
            "trace_node_fields":["id","function_info_index","count","size","children"],
            "sample_fields":["timestamp_us","last_assigned_id"]}},
            "node_count":7,"edge_count":6,"trace_function_count":{count}}},
        "nodes":[0,0,1,0,5,0, 1,5,3,16,1,3, 1,5,5,24,0,3, 1,5,7,40,0,4, 1,5,9,8,0,2, 1,5,11,8,0,0, 1,5,12,8,0,99],
        "edges":[1,0,6, 0,0,18, 0,0,24, 0,0,30, 0,0,36, 0,0,12],
        "trace_function_infos":[{functions}],
        "trace_tree":[{tree}],
        "samples":[{samples}],
        "strings":["","(root)","fetchOrder","/app/orders.js","handle","Order"]}}"#
    )
}

fn small() -> String {
    snapshot(FUNCTIONS, TREE, SAMPLES)
}

fn read(json: &str) -> Result<Graph, Error> {
    Graph::from_bytes(json.as_bytes())
}

fn analyse(json: &str) -> Analysis {
    Analysis::new(read(json).unwrap(), &AnalysisOptions::default()).unwrap()
}

/// Returns the stacks of all nodes as text.
fn stacks(graph: &Graph) -> Vec<String> {
    let stack = |node| {
        let Some(trace) = graph.allocation_trace(node) else { return "-".to_owned() };
        let frames = graph.trace_frames(trace).map(|frame| {
            let (name, script) = (graph.text(frame.name), graph.text(frame.script));
            format!("{name} {script}#{}:{}:{}", frame.script_id, frame.line, frame.column)
        });
        frames.collect::<Vec<_>>().join(" < ")
    };
    graph.nodes().map(stack).collect()
}

fn expected_stacks() -> Vec<String> {
    let (root, handle) = ("(root) #0:0:0", "handle /app/orders.js#7:12:5");
    let fetch = "fetchOrder /app/orders.js#7:41:18";
    let direct = format!("{fetch} < {handle} < {root}");
    let through_builtin = format!("{fetch} <  #0:0:0 < {handle} < {root}");
    let own = format!("{handle} < {root}");
    let none = "-".to_owned();
    vec![none.clone(), direct.clone(), direct, through_builtin, own, none.clone(), none]
}

#[test]
fn stacks_are_those_of_the_file() {
    let json = small();
    assert_eq!(stacks(&read(&json).unwrap()), expected_stacks());
    for size in 1..80 {
        let mut reader = Reader::new();
        json.as_bytes().chunks(size).try_for_each(|chunk| reader.push(chunk)).unwrap();
        assert_eq!(stacks(&reader.finish().unwrap()), expected_stacks(), "chunks of {size}");
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(json.as_bytes()).unwrap();
    let graph = Graph::from_bytes(&packed.finish().unwrap()).unwrap();
    assert_eq!(stacks(&graph), expected_stacks());
}

#[test]
fn columns_and_sections_can_be_in_another_order() {
    let swapped = r#""trace_node_fields":["function_info_index","id","size","count","children"]"#;
    let json = small()
        .replace(
            r#""trace_node_fields":["id","function_info_index","count","size","children"]"#,
            swapped,
        )
        .replace(TREE, "0,1,0,0,[2,2,24,1,[1,3,96,9,[], 3,5,32,2,[1,4,40,4,[]]]]");
    assert_eq!(stacks(&read(&json).unwrap()), expected_stacks());
    let (functions, tree) =
        (format!("\"trace_function_infos\":[{FUNCTIONS}],"), format!("\"trace_tree\":[{TREE}],"));
    let late = small().replace(&functions, "").replace(&tree, &format!("{tree}{functions}"));
    assert_eq!(stacks(&read(&late).unwrap()), expected_stacks());
}

#[test]
fn a_snapshot_without_stacks_has_none() {
    let analysis = analyse(&snapshot("", "", ""));
    assert!(!analysis.graph().has_allocation_stacks());
    assert!(stacks(analysis.graph()).iter().all(|stack| stack == "-"));
    assert_eq!(analysis.allocations(&AllocationOptions::default()).row_count, 0);
    assert!(analysis.timeline().is_empty());
    // The header does not describe the sections.
    let bare = small().replace("trace_function_info_fields", "a").replace("trace_node_fields", "b");
    assert!(!read(&bare).unwrap().has_allocation_stacks());
}

/// Returns name, number and bytes of the living objects, retained bytes, and number and bytes of all objects.
fn row(analysis: &Analysis, row: &AllocationRow) -> (String, [u64; 5]) {
    let graph = analysis.graph();
    let names: Vec<_> =
        graph.trace_frames(row.trace).map(|frame| graph.text(frame.name).to_string()).collect();
    let sizes = row.sizes;
    let numbers = [
        sizes.count,
        sizes.shallow_size,
        row.retained_size,
        sizes.allocated_count,
        sizes.allocated_size,
    ];
    (names.join("<"), numbers)
}

#[test]
fn objects_are_grouped_by_function_and_by_stack() {
    let analysis = analyse(&small());
    let rows = |by, sort, reverse, window| {
        let options = AllocationOptions { by, sort, reverse, window };
        let found = analysis.allocations(&options);
        assert_eq!(found.totals.count, 4);
        assert_eq!(found.totals.allocated_size, 192);
        let rows: Vec<_> = found.rows.iter().map(|found| row(&analysis, found)).collect();
        (rows, found.row_count)
    };
    // The two objects of the first stack: one retains the other.
    let direct = ("fetchOrder<handle<(root)".to_owned(), [2, 40, 40, 9, 96]);
    let through_builtin = ("fetchOrder<<handle<(root)".to_owned(), [1, 40, 40, 4, 40]);
    let own = ("handle<(root)".to_owned(), [1, 8, 8, 1, 24]);
    let builtin = ("<handle<(root)".to_owned(), [0, 0, 0, 2, 32]);
    // Of two stacks with as many bytes, the first one stands for the function.
    let function = (direct.0.clone(), [3, 80, 80, 13, 136]);

    let by = AllocationGrouping::Function;
    let all = Window::default();
    let expected = vec![function.clone(), own.clone(), builtin.clone()];
    assert_eq!(rows(by, AllocationSort::ShallowSize, false, all), (expected, 3));
    let expected = vec![function.clone(), builtin.clone(), own.clone()];
    assert_eq!(rows(by, AllocationSort::AllocatedSize, false, all), (expected, 3));
    let expected = vec![builtin.clone(), function, own.clone()];
    assert_eq!(rows(by, AllocationSort::Name, false, all), (expected, 3));
    let by = AllocationGrouping::Stack;
    let expected = vec![direct.clone(), through_builtin.clone(), own.clone(), builtin.clone()];
    assert_eq!(rows(by, AllocationSort::RetainedSize, false, all), (expected, 4));
    let expected = vec![builtin, own];
    assert_eq!(rows(by, AllocationSort::Count, true, Window::first(2)), (expected, 4));
    let second = Window { offset: 1, limit: 1 };
    assert_eq!(rows(by, AllocationSort::ShallowSize, false, second), (vec![through_builtin], 4));
}

#[test]
fn the_timeline_counts_objects_of_the_heap_up_to_each_id() {
    let points = |samples: &str| -> Vec<[u64; 4]> {
        let timeline = analyse(&snapshot(FUNCTIONS, TREE, samples)).timeline();
        let numbers = timeline.iter().map(|point| {
            [point.timestamp_us, point.last_assigned_id, point.count, point.shallow_size]
        });
        numbers.collect()
    };
    // Ids 1, 3, 5; none; 7, 9. 11 is after the last point, 12 is not of the heap.
    assert_eq!(points(SAMPLES), [[0, 5, 3, 40], [1500, 5, 0, 0], [50250, 9, 2, 48]]);
    assert_eq!(points("0,2"), [[0, 2, 1, 0]]);
}

#[test]
fn of_several_nodes_with_one_id_the_last_one_counts() {
    let tree = "1,0,0,0,[3,2,1,8,[],3,1,1,8,[]]";
    let graph = read(&snapshot(FUNCTIONS, tree, "")).unwrap();
    let node = graph.find_id(NodeId::new(3)).unwrap();
    let top = graph.trace_frames(graph.allocation_trace(node).unwrap()).next().unwrap();
    assert_eq!(graph.text(top.name), "fetchOrder");
}

#[test]
fn the_stated_number_of_functions_does_not_matter() {
    // V8 states it first, and finds more functions while it writes.
    for stated in ["0", "2", "1000", "9007199254740991"] {
        let count = format!("\"trace_function_count\":{stated}");
        let json = small().replace("\"trace_function_count\":4", &count);
        assert_eq!(stacks(&read(&json).unwrap()), expected_stacks());
    }
}

#[test]
fn contradictions_are_refused_where_they_are() {
    let json = small();
    let inconsistent = ErrorKind::Inconsistent;
    let (functions, tree) = ("trace_function_infos", "trace_tree");
    let cases = [
        ("3,2,3,7,41,18", "3,6,3,7,41,18", inconsistent, functions, Some(1)),
        ("3,2,3,7,41,18", "3,2,99,7,41,18", inconsistent, functions, Some(1)),
        ("3,2,3,7,41,18", "3,2,3,7,4294967296,18", ErrorKind::Limit, functions, Some(1)),
        ("3,2,3,7,41,18", "3,2,3,7,41", inconsistent, functions, None),
        ("3,2,3,7,41,18", "3,2,3,7,-41,18", ErrorKind::Parse, functions, None),
        ("[3,1,9,96,[]", "[3,4,9,96,[]", inconsistent, tree, Some(2)),
        ("[3,1,9,96,[]", "[3,1,4294967296,96,[]", ErrorKind::Limit, tree, Some(2)),
        ("[3,1,9,96,[]", "[9007199254740993,1,9,96,[]", ErrorKind::Limit, tree, None),
        ("[3,1,9,96,[]", "[3,1,9,[]", ErrorKind::Parse, tree, None),
        ("[3,1,9,96,[]", "[3,1,9,96,1,[]", ErrorKind::Parse, tree, None),
        ("[3,1,9,96,[]", "[3,1,9,96,{}", ErrorKind::Parse, tree, None),
        ("40,[]]]]", "40,[]]]]]", ErrorKind::Parse, "", None),
        ("40,[]]]]", "40,[]]]],6,1,0,0,[]", inconsistent, tree, Some(5)),
    ];
    for (from, to, kind, section, index) in cases {
        assert!(json.contains(from), "{from}");
        let error = read(&json.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.kind(), error.index()), (kind, index), "{to}: {error}");
        assert_eq!(error.section().unwrap_or(""), section, "{to}: {error}");
    }
    let at = json.find("9,96,[]").unwrap() as u64;
    let error = read(&json.replace("9,96,[]", "4294967296,96,[]")).unwrap_err();
    assert_eq!(error.offset(), Some(at), "{error}");
    let children_first = json.replace(r#""size","children"]"#, r#""children","size"]"#);
    assert_eq!(read(&children_first).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn every_prefix_and_every_changed_byte_gives_an_error_or_a_snapshot() {
    let json = small();
    let start = json.find("\"trace_function_infos\"").unwrap();
    for end in start..json.len() {
        assert_eq!(read(&json[..end]).unwrap_err().kind(), ErrorKind::Truncated, "{end}");
        for byte in [b'0', b'9', b'[', b']', b'{', b',', b'"', b' '] {
            let mut changed = json.clone().into_bytes();
            changed[end] = byte;
            let Ok(graph) = Graph::from_bytes(&changed) else { continue };
            let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
            let _ = analysis.allocations(&AllocationOptions::default());
            let _ = analysis.timeline();
            stacks(analysis.graph());
        }
    }
}

#[test]
fn a_tree_of_any_depth_needs_no_stack() {
    let depth = 300_000;
    let deep = "2,1,1,8,[".repeat(depth) + &"]".repeat(depth);
    let graph = read(&snapshot(FUNCTIONS, &format!("1,0,0,0,[{deep}]"), "")).unwrap();
    let node = graph.find_id(NodeId::new(9)).unwrap();
    let trace = graph.allocation_trace(node).unwrap();
    assert_eq!(graph.trace_frames(trace).count(), depth + 1);
    let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
    assert_eq!(analysis.allocations(&AllocationOptions::default()).row_count, 1);
}

/// Returns the calls of a tree: name, name of the caller, count and bytes of the living objects.
fn calls(analysis: &Analysis, other: Option<&Analysis>) -> Vec<(String, String, u64, u64)> {
    let tree = analysis.allocation_tree(other);
    let name = |trace| {
        let graph = analysis.graph();
        graph.trace_frames(trace).next().map(|frame| graph.text(frame.name).to_string()).unwrap()
    };
    let row = |call: &AllocationCall| {
        let caller = call.caller.map_or(String::new(), |at| name(tree[at as usize].trace));
        (name(call.trace), caller, call.count, call.shallow_size)
    };
    tree.iter().map(row).collect()
}

fn call(name: &str, caller: &str, count: u64, size: u64) -> (String, String, u64, u64) {
    (name.to_owned(), caller.to_owned(), count, size)
}

#[test]
fn the_tree_has_the_living_objects_of_each_call() {
    let all = [
        call("(root)", "", 0, 0),
        call("handle", "(root)", 1, 8),
        call("fetchOrder", "handle", 2, 40),
        call("", "handle", 0, 0),
        call("fetchOrder", "", 1, 40),
    ];
    let analysis = analyse(&small());
    assert_eq!(calls(&analysis, None), all);
    assert_eq!(calls(&analysis, Some(&analysis)), []);
    // The objects 3 and 7 are new, and the call of the object 9 has no other object in it.
    let earlier = small().replace(",3,16,1,3,", ",13,16,1,3,").replace(",7,40,", ",17,40,");
    let new = [
        call("(root)", "", 0, 0),
        call("handle", "(root)", 0, 0),
        call("fetchOrder", "handle", 1, 16),
    ];
    let expected = [&new[..], &all[3..]].concat();
    assert_eq!(calls(&analysis, Some(&analyse(&earlier))), expected);
    assert_eq!(calls(&analyse(&snapshot("", "", "")), None), []);
}
