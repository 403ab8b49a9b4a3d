//! Parses any bytes, whole and in chunks. They are accepted only if they are JSON.
#![no_main]

use heapsnapshot::{
    AllocationOptions, Analysis, AnalysisOptions, Graph, Reader, SummaryOptions,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let whole = Graph::from_bytes(data);
    let size = usize::from(data.first().copied().unwrap_or(0)) % 63 + 1;
    let mut reader = Reader::new();
    let pushed = data.chunks(size).try_for_each(|chunk| reader.push(chunk));
    let chunked = pushed.and_then(|()| reader.finish());
    match (whole, chunked) {
        (Ok(graph), Ok(other)) => {
            assert_eq!(graph.node_count(), other.node_count());
            assert_eq!(graph.edge_count(), other.edge_count());
            assert_eq!(graph.string_count(), other.string_count());
            assert_eq!(graph.has_allocation_stacks(), other.has_allocation_stacks());
            // Values of unknown keys are skipped without validation, and bytes that are not UTF-8
            // are replaced.
            let looked_at = !data.windows(9).any(|w| w == b"\"unknown\"");
            if !is_compressed(data)
                && looked_at
                && std::str::from_utf8(data).is_ok()
                && !has_lone_escape(data)
            {
                let value: Result<serde_json::Value, _> = serde_json::from_slice(data);
                if let Err(error) = value {
                    assert!(error.is_data() || known_leniency(data), "{error}");
                }
            }
            let analysis = Analysis::new(graph, &AnalysisOptions::default()).unwrap();
            analysis.summary(&SummaryOptions::default()).unwrap();
            let _ = analysis.allocations(&AllocationOptions::default());
            let _ = analysis.timeline();
            for node in analysis.graph().nodes() {
                if let Some(trace) = analysis.graph().allocation_trace(node) {
                    assert!(analysis.graph().trace_frames(trace).count() > 0);
                }
            }
        }
        // In a damaged stream, either the damage or the garbage is found first.
        (Err(_), Err(_)) if is_compressed(data) => {}
        (Err(a), Err(b)) => {
            assert_eq!(a.kind(), b.kind(), "{a} / {b}");
            // Some data requires a second pass over the file, and pushed chunks are gone by then.
            if b.offset().is_some() {
                assert_eq!(a.offset(), b.offset(), "{a} / {b}");
            }
        }
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => panic!("chunking matters: {error}"),
    }
});

fn is_compressed(data: &[u8]) -> bool {
    data.starts_with(&[0x1F, 0x8B]) || data.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
}

/// `serde_json` rejects lone surrogates; V8 writes them.
fn has_lone_escape(data: &[u8]) -> bool {
    data.windows(3).any(|w| matches!(w, [b'\\', b'u', b'd' | b'D']))
}

/// Top-level keys other than the parsed ones: their values may be invalid.
fn known_leniency(data: &[u8]) -> bool {
    // `trace_tree` is skipped, too, unless the header describes it.
    let known =
        ["snapshot", "nodes", "edges", "locations", "samples", "trace_function_infos", "strings"];
    let text = String::from_utf8_lossy(data).replace(|c: char| c.is_ascii_whitespace(), "");
    let keys = text.matches("\":").count();
    let read: usize = known.iter().map(|key| text.matches(&format!("\"{key}\":")).count()).sum();
    // The header itself has keys, too; serde_json checks those anyway.
    keys > read
}
