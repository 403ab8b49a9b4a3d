//! Input that is cut, changed or made up: an error that says where, never a
//! panic, a hang or a result.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "helpers of tests fail by panicking, and lists of cases are long"
)]

mod support;

use heapsnapshot::{Analysis, AnalysisOptions, Error, ErrorKind, Graph, Reader};
use support::builder::SnapshotBuilder;
use support::random;

fn read(bytes: &[u8]) -> Result<Graph, Error> {
    Graph::from_bytes(bytes)
}

fn small() -> String {
    let mut builder = SnapshotBuilder::new();
    let global = builder.node("object", "global", 3, 16);
    let text = builder.node("string", "te\\xt", 5, 24);
    builder.edge(0, "shortcut", "g", global);
    builder.edge(global, "property", "t", text);
    builder.edge(global, "element", "12", text);
    builder.locations = vec![(1, [7, 8, 9])];
    builder.json()
}

#[test]
fn every_prefix_is_an_error() {
    for json in [small(), random::snapshot(3).json()] {
        read(json.as_bytes()).unwrap();
        for end in 0..json.len() {
            let error = read(&json.as_bytes()[..end]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Truncated, "{end}: {error}");
            assert_eq!(error.offset(), Some(end as u64));
        }
    }
}

/// The byte ranges of all integers outside of strings.
fn integers(json: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = json.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut in_string) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' => in_string = !in_string,
            b'0'..=b'9' if !in_string => {
                let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                found.push(at..end);
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[test]
fn every_number_replaced() {
    let json = small();
    for range in integers(&json) {
        let array = json[..range.start].rfind("\":[").map(|at| &json[..at]);
        let section = array.and_then(|before| before.rsplit('"').next()).unwrap_or("");
        let in_header = range.start < json.find("\"nodes\"").unwrap();
        for replacement in
            ["-1", "4294967296", "1e3", "1.5", "\"x\"", "null", "", "00", "9007199254740993"]
        {
            let mut changed = json.clone();
            changed.replace_range(range.clone(), replacement);
            match read(changed.as_bytes()) {
                Ok(graph) => {
                    // Sizes may be that large; lines and columns may be before the first.
                    let welcome = [("4294967296", "nodes"), ("-1", "locations")];
                    assert!(welcome.contains(&(replacement, section)), "{section} {range:?}");
                    Analysis::new(graph, &AnalysisOptions::default()).unwrap();
                }
                Err(error) => {
                    if !in_header {
                        assert!(error.section().is_some() || error.offset().is_some(), "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_byte_changed_never_panics() {
    let json = small();
    for at in 0..json.len() {
        for byte in [b'0', b'9', b'"', b'\\', b'[', b']', b'{', b'}', b',', b' ', 0, 0xFF] {
            let mut changed = json.clone().into_bytes();
            changed[at] = byte;
            if let Ok(graph) = read(&changed) {
                let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
                analysis.summary(&heapsnapshot::SummaryOptions::default()).unwrap();
            }
        }
    }
}

/// The sections of a snapshot as `(key, "key": value)`.
fn sections(json: &str) -> Vec<(&str, &str)> {
    let keys = ["snapshot", "nodes", "edges", "locations", "strings"];
    let starts: Vec<usize> =
        keys.iter().map(|k| json.find(&format!("\"{k}\":")).unwrap()).collect();
    keys.iter()
        .enumerate()
        .map(|(at, key)| {
            let end = starts.get(at + 1).map_or(json.len() - 1, |end| end - 1);
            (*key, &json[starts[at]..end])
        })
        .collect()
}

#[test]
fn duplicated_missing_and_reordered_sections() {
    let json = small();
    let all = sections(&json);
    let join = |parts: &[&str]| format!("{{{}}}", parts.join(","));
    let texts: Vec<&str> = all.iter().map(|(_, text)| *text).collect();
    assert_eq!(join(&texts), json);
    for at in 0..texts.len() {
        let mut doubled = texts.clone();
        doubled.push(texts[at]);
        let error = read(join(&doubled).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Inconsistent, "{error}");
        assert_eq!(error.section(), Some(all[at].0));

        let mut missing = texts.clone();
        missing.remove(at);
        let result = read(join(&missing).as_bytes());
        if all[at].0 == "locations" {
            result.unwrap();
        } else {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Inconsistent);
        }
    }
    // The header must come first; the rest may come in any order.
    for rotation in 1..texts.len() {
        let mut reordered = texts.clone();
        reordered[1..].rotate_left(rotation - 1);
        read(join(&reordered).as_bytes()).unwrap();
        let mut late = texts.clone();
        late.rotate_left(rotation);
        let result = read(join(&late).as_bytes());
        // Strings need no description.
        if late[0].starts_with("\"strings\"") {
            result.unwrap();
        } else {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Inconsistent);
        }
    }
}

#[test]
fn counts_and_positions_that_contradict() {
    let json = small();
    let cases = [
        ("\"node_count\":3", "\"node_count\":4", "nodes"),
        ("\"node_count\":3", "\"node_count\":2", "nodes"),
        ("\"edge_count\":3", "\"edge_count\":9", "nodes"),
        ("\"node_count\":3", "\"node_count\":0", "snapshot"),
        ("\"edge_count\":3", "\"edge_count\":2", "nodes"),
    ];
    for (from, to, section) in cases {
        let error = read(json.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Inconsistent, "{error}");
        if section == "snapshot" {
            assert_eq!(error.section(), Some(section), "{error}");
        }
    }
    let error = read(json.replace("\"edges\":[", "\"edges\":[0,0,").as_bytes()).unwrap_err();
    assert_eq!(error.section(), Some("edges"), "{error}");
    let error =
        read(json.replace("\"strings\":[\"<dummy>\",", "\"strings\":[").as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent, "{error}");
}

#[test]
fn stated_counts_do_not_reserve_memory() {
    let json = small();
    for count in ["4294967294", "4294967295", "99999999999999"] {
        for key in ["node_count", "edge_count"] {
            let changed = json.replace(&format!("\"{key}\":3"), &format!("\"{key}\":{count}"));
            assert!(read(changed.as_bytes()).is_err());
        }
    }
}

#[test]
fn columns_that_are_missing_are_named() {
    for column in ["type", "name", "id", "self_size", "edge_count", "name_or_index", "to_node"] {
        let json = small().replacen(&format!("\"{column}\""), "\"gone\"", 1);
        let error = read(json.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.message().contains(column), "{error}");
    }
}

#[test]
fn what_is_no_snapshot_fails_at_once() {
    let zeros = vec![0; 1000];
    let cases: [(&[u8], ErrorKind); 8] = [
        (b"", ErrorKind::Truncated),
        (b"   ", ErrorKind::Truncated),
        (b"hello", ErrorKind::Parse),
        (b"[1,2,3]", ErrorKind::Parse),
        (b"{}", ErrorKind::Inconsistent),
        (b"{\"a\":1}", ErrorKind::Inconsistent),
        (b"\x7fELF\x02\x01\x01", ErrorKind::Parse),
        (&zeros, ErrorKind::Parse),
    ];
    for (bytes, kind) in cases {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    let error =
        Graph::from_file("/no/such/file", &heapsnapshot::ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(error.io_error().unwrap().kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn deep_nesting_costs_no_stack() {
    let depth = 1_000_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{{\"x\":{}1{}", open.repeat(depth), close.repeat(depth));
        let json = small().replacen('{', &format!("{nested},"), 1);
        read(json.as_bytes()).unwrap();
        let json = small().replacen(
            "\"meta\":{",
            &format!("\"meta\":{{\"x\":{}1{},", open.repeat(depth), close.repeat(depth)),
            1,
        );
        assert_eq!(read(json.as_bytes()).unwrap_err().kind(), ErrorKind::Parse);
        let mut reader = Reader::new();
        reader.push(b"{\"x\":").unwrap();
        reader.push(open.repeat(depth).as_bytes()).unwrap();
        assert_eq!(reader.finish().unwrap_err().kind(), ErrorKind::Truncated);
    }
}

#[test]
fn keys_of_any_length_are_skipped() {
    // Regression: a long key was an error, at a place that depended on chunks.
    for key in
        ["x".repeat(31), "x".repeat(32), "x".repeat(33), "x".repeat(100_000), "\\\"\\u0041".into()]
    {
        let json = small().replacen('{', &format!("{{\"{key}\":[1],"), 1);
        read(json.as_bytes()).unwrap();
        let mut reader = Reader::new();
        json.as_bytes().chunks(7).try_for_each(|chunk| reader.push(chunk)).unwrap();
        reader.finish().unwrap();
    }
}

#[test]
fn names_beyond_the_strings_are_located() {
    let json = small();
    let sections = [("nodes", 1, 6), ("edges", 2, 3)];
    for (section, column, width) in sections {
        let key = format!("\"{section}\":[");
        let start = json.find(&key).unwrap() + key.len();
        let end = start + json[start..].find(']').unwrap();
        let numbers: Vec<&str> = json[start..end].split(',').collect();
        // The last record but one: an element edge has no name.
        let column = if section == "edges" { 1 } else { column };
        let record = 1;
        let mut changed = numbers.clone();
        changed[record * width + column] = "99";
        let at = start + changed[..record * width + column].join(",").len() + 1;
        let text = format!("{}{}{}", &json[..start], changed.join(","), &json[end..]);
        let error = read(text.as_bytes()).unwrap_err();
        assert_eq!(error.section(), Some(section), "{error}");
        assert_eq!(error.index(), Some(1));
        assert_eq!(error.offset(), Some(at as u64), "{error}");
        let path =
            std::env::temp_dir().join(format!("heapsnapshot-{section}-{}", std::process::id()));
        std::fs::write(&path, &text).unwrap();
        let error = Graph::from_file(&path, &heapsnapshot::ReadOptions::default()).unwrap_err();
        assert_eq!(error.offset(), Some(at as u64), "{error}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn errors_say_where() {
    let json = small();
    let at = json.find("\"edges\":[").unwrap() + "\"edges\":[".len();
    let comma = at + json[at..].find(',').unwrap();
    let mut changed = json.clone();
    changed.replace_range(at..comma, "99");
    let error = read(changed.as_bytes()).unwrap_err();
    assert_eq!(error.section(), Some("edges"));
    assert_eq!(error.index(), Some(0));
    assert_eq!(error.offset(), Some(at as u64));
    assert_eq!(
        error.to_string(),
        format!("edges[0]: type 99 is not among the edge types at byte {at}")
    );
}

#[test]
fn cancelling_stops_reading_and_analysing() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    let control = heapsnapshot::Control::new().with_cancel(Arc::new(AtomicBool::new(true)));
    let mut reader = Reader::with_control(control.clone());
    assert_eq!(reader.push(b"{").unwrap_err().kind(), ErrorKind::Cancelled);
    let graph = read(small().as_bytes()).unwrap();
    let options = AnalysisOptions { control, ..AnalysisOptions::default() };
    assert_eq!(Analysis::new(graph, &options).unwrap_err().kind(), ErrorKind::Cancelled);
}
