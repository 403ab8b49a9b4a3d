//! The same snapshot however it is cut, spaced, ordered and extended.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "helpers of tests fail by panicking, and lists of cases are long"
)]

mod support;

use heapsnapshot::{Analysis, AnalysisOptions, EdgeName, Graph, ReadOptions, Reader};
use support::builder::SnapshotBuilder;
use support::random;

/// Everything a graph holds, as text.
fn describe(graph: &Graph) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for node in graph.nodes() {
        writeln!(
            out,
            "{} {} {:?} {} {:?} {:?}",
            graph.id(node),
            graph.kind_name(node),
            graph.name(node),
            graph.self_size(node),
            graph.detachedness(node),
            graph.location(node)
        )
        .unwrap();
        for edge in graph.edges(node) {
            let name = match graph.edge_name(edge) {
                EdgeName::Index(index) => index.to_string(),
                EdgeName::Str(ix) => format!("{:?}", graph.text(ix)),
            };
            let to = graph.id(graph.target(edge));
            assert_eq!(graph.source(edge), node);
            writeln!(out, "  {} {name} {to}", graph.edge_kind_name(edge)).unwrap();
        }
    }
    out
}

fn read_in_chunks(bytes: &[u8], size: usize) -> Graph {
    let mut reader = Reader::new();
    for chunk in bytes.chunks(size) {
        reader.push(chunk).unwrap();
    }
    reader.finish().unwrap()
}

fn sample() -> SnapshotBuilder {
    let mut builder = random::snapshot(7);
    builder.node("string", "quote \" backslash \\ line\nfeed é 😀 \u{1}", 1001, 123_456_789_012);
    builder.locations = vec![(3, [1, 2, 3]), (1, [4, 5, 6]), (3, [7, 8, 9])];
    builder
}

#[test]
fn chunks_of_any_size() {
    let json = sample().json();
    let expected = describe(&Graph::from_bytes(json.as_bytes()).unwrap());
    for size in (1..=64).chain([65_536]) {
        assert_eq!(describe(&read_in_chunks(json.as_bytes(), size)), expected, "by {size}");
    }
}

#[test]
fn white_space_unknown_keys_and_unknown_columns() {
    let plain = describe(&Graph::from_bytes(sample().json().as_bytes()).unwrap());
    for space in ["", " ", "\n", "\r\n\t "] {
        for extra in [false, true] {
            let mut builder = sample();
            builder.space = space;
            builder.extra_keys = extra;
            builder.extra_columns = extra;
            let json = builder.json();
            assert_eq!(describe(&Graph::from_bytes(json.as_bytes()).unwrap()), plain, "{space:?}");
            for size in 1..=16 {
                assert_eq!(describe(&read_in_chunks(json.as_bytes(), size)), plain);
            }
        }
    }
}

#[test]
fn the_last_of_several_locations_counts() {
    let graph = Graph::from_bytes(sample().json().as_bytes()).unwrap();
    let node = graph.nodes().nth(3).unwrap();
    assert_eq!(graph.location(node).unwrap().script_id, 7);
}

/// Regression: with Node 24 every test that vitest runs in a vm has such places, and
/// no snapshot of it could be read.
#[test]
fn places_before_the_first_character_are_at_it() {
    let json = sample().json();
    assert!(json.contains(",7,8,9"), "{json}");
    let at = |places: &str| {
        let graph = Graph::from_bytes(json.replace(",7,8,9", places).as_bytes())?;
        Ok::<_, heapsnapshot::Error>(graph.location(graph.nodes().nth(3).unwrap()).unwrap())
    };
    let location = at(",7,-3,-25").unwrap();
    assert_eq!((location.script_id, location.line, location.column), (7, 0, 0));
    assert_eq!(at(",-7,8,9").unwrap_err().section(), Some("locations"));
}

#[test]
fn files_read_on_two_threads_equal_files_read_on_one() {
    // Several megabytes, so that the file is read in many blocks.
    let mut builder = SnapshotBuilder::new();
    for at in 0..60_000u64 {
        let node = builder.node("object", &format!("C{}, {}", at % 100, at % 977), at * 2 + 3, at);
        builder.edge(0, "element", "1", node);
        builder.edge(node, "property", &format!("p{}", at % 333), usize::try_from(at / 2).unwrap());
        builder.edge(node, "element", &(at * 71_000 % 4_000_000_000).to_string(), node);
    }
    let json = builder.json();
    assert!(json.len() > 3 << 20);
    let path = std::env::temp_dir().join(format!("heapsnapshot-wire-{}", std::process::id()));
    std::fs::write(&path, &json).unwrap();
    let read = |threads| {
        let options = ReadOptions { threads, ..ReadOptions::default() };
        describe(&Graph::from_file(&path, &options).unwrap())
    };
    let expected = describe(&Graph::from_bytes(json.as_bytes()).unwrap());
    assert_eq!(read(1), expected);
    for _ in 0..3 {
        assert_eq!(read(2), expected);
    }

    // A mistake in the middle is found at the same place.
    let middle = json.len() / 2;
    let at = middle + json[middle..].find(',').unwrap();
    let mut broken = json.into_bytes();
    broken[at] = b';';
    std::fs::write(&path, &broken).unwrap();
    for threads in [1, 2] {
        let options = ReadOptions { threads, ..ReadOptions::default() };
        let error = Graph::from_file(&path, &options).unwrap_err();
        assert_eq!(error.offset(), Some(at as u64), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn compressed_input_is_recognised() {
    use std::io::Write as _;
    let json = sample().json();
    let expected = describe(&Graph::from_bytes(json.as_bytes()).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(json.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(
        json.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    for bytes in [gzip, zstd] {
        for size in [1, 3, 1000, 1 << 20] {
            assert_eq!(describe(&read_in_chunks(&bytes, size)), expected);
        }
        let options = ReadOptions::default();
        let source = std::io::Cursor::new(bytes.clone());
        assert_eq!(describe(&Graph::from_reader(source, &options).unwrap()), expected);
        let cut = &bytes[..bytes.len() - 9];
        let source = std::io::Cursor::new(cut.to_vec());
        assert!(Graph::from_reader(source, &options).is_err());
        assert!(Graph::from_bytes(cut).is_err());
    }
}

#[test]
fn lone_surrogates_survive() {
    let mut builder = SnapshotBuilder::new();
    builder.node("string", "LONE", 3, 8);
    let json = builder.json().replace("LONE", "a\\ud83dz\\uDE00\\ud83d\\ude00");
    let graph = Graph::from_bytes(json.as_bytes()).unwrap();
    let name = graph.name(graph.nodes().nth(1).unwrap());
    let units: Vec<u16> = name.utf16().collect();
    assert_eq!(units, [0x61, 0xD83D, 0x7A, 0xDE00, 0xD83D, 0xDE00]);
    let mut written = String::new();
    name.write_json(&mut written);
    assert_eq!(written, "\"a\\ud83dz\\ude00😀\"");
}

#[test]
fn kinds_that_nobody_knows_are_kept_by_name() {
    let mut builder = SnapshotBuilder::new();
    let node = builder.node("bigint", "n", 3, 8);
    builder.edge(0, "context", "c", node);
    let json =
        builder.json().replace("\"bigint\"", "\"quantum\"").replace("\"context\"", "\"warp\"");
    let graph = Graph::from_bytes(json.as_bytes()).unwrap();
    let node = graph.nodes().nth(1).unwrap();
    assert_eq!(graph.kind_name(node), "quantum");
    assert_eq!(graph.edge_kind_name(graph.edges(graph.root()).next().unwrap()), "warp");
    let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
    assert_eq!(analysis.class_name(node), "(quantum)");
}
