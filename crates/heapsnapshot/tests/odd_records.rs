//! Records that need a closer look: the reader finds them among thousands of ordinary ones, and
//! stores ordinary records as if it had read them one by one.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod support;

use heapsnapshot::{Error, Graph};
use support::builder::SnapshotBuilder;

fn read(bytes: &[u8]) -> Result<Graph, Error> {
    Graph::from_bytes(bytes)
}

/// Returns a snapshot of thousands of records, and its sections with the number of known columns.
fn many() -> (SnapshotBuilder, [(&'static str, usize); 2]) {
    let mut builder = SnapshotBuilder::new();
    for at in 0..1500u64 {
        let size = if at % 100 == 7 { 70_000 * at } else { at % 50 };
        let node = builder.node("object", &format!("C{}", at % 300), at * 2 + 3, size);
        builder.detachedness(node, at % 3);
        builder.edge(0, "element", &(at * 2_000_000).to_string(), node);
        builder.edge(node, "property", &format!("p{}", at % 200), usize::try_from(at / 2).unwrap());
    }
    (builder, [("nodes", 6), ("edges", 3)])
}

#[test]
fn odd_numbers_are_found_among_thousands() {
    // With unknown columns, the reader reads records one by one.
    let (mut builder, sections) = many();
    let layouts = [false, true].map(|extra_columns| {
        builder.extra_columns = extra_columns;
        (builder.json(), extra_columns)
    });
    for (section, width) in sections {
        let odd: &[(usize, &str)] = match section {
            "nodes" => &[
                (0, "15"),
                (0, "4294967296"),
                (1, "4294967296"),
                (1, "4294967295"),
                (2, "4294967296"),
                (3, "9007199254740992"),
                (4, "4294967297"),
                (4, "9999"),
                (5, "3"),
            ],
            _ => &[
                (0, "7"),
                (0, "16"),
                (0, "9007199254740992"),
                (1, "4294967296"),
                (2, "1"),
                (2, "5"),
                (2, "9007199254740991"),
                (2, "780000000"),
            ],
        };
        for &(column, replacement) in odd {
            for record in [0, 1, 511, 512, 700, 1023, 1499] {
                let errors = layouts.each_ref().map(|(json, extra_columns)| {
                    let key = format!("\"{section}\":[");
                    let start = json.find(&key).unwrap() + key.len();
                    let nth = if *extra_columns {
                        record * (2 * width + 1) + 1 + 2 * column
                    } else {
                        record * width + column
                    };
                    let at = start
                        + json[start..].split(',').take(nth).map(|n| n.len() + 1).sum::<usize>();
                    let end = at + json[at..].find(',').unwrap();
                    let changed = format!("{}{replacement}{}", &json[..at], &json[end..]);
                    read(changed.as_bytes()).map(|_| ()).map_err(|error| {
                        let text = error.to_string();
                        let text = text.split(" at byte").next().map(str::to_owned);
                        // A sum that is too large can show at a later record.
                        (error.kind(), error.index(), error.offset() == Some(at as u64), text)
                    })
                });
                let [plain, one_by_one] = errors;
                assert!(plain.is_err(), "{section}[{record}].{column} = {replacement}");
                assert_eq!(plain, one_by_one, "{section}[{record}].{column} = {replacement}");
            }
        }
    }
}

#[test]
fn plain_records_are_stored_as_odd_ones_are() {
    let (mut builder, _) = many();
    let [plain, one_by_one] = [false, true].map(|extra_columns| {
        builder.extra_columns = extra_columns;
        read(builder.json().as_bytes()).unwrap()
    });
    for node in plain.nodes() {
        let describe = |graph: &Graph| {
            let edges: Vec<_> = graph
                .edges(node)
                .map(|edge| (graph.edge_kind(edge), graph.edge_name(edge), graph.target(edge)))
                .collect();
            let (kind, name, id) = (graph.kind(node), graph.name_ix(node), graph.id(node));
            (kind, name, id, graph.self_size(node), graph.detachedness(node), edges)
        };
        assert_eq!(describe(&plain), describe(&one_by_one), "{node:?}");
    }
}
