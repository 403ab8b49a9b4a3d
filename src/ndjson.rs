//! Writes nodes as lines of JSON.

use std::fmt::Write as _;

use heapsnapshot::{Analysis, NodeIx};

/// Typical length of a line in bytes. Used to allocate the text in one step.
const LINE_BYTES: usize = 224;

/// Returns the lines of up to `limit` nodes from index `start` on, in the order of the file.
pub(crate) fn nodes(analysis: &Analysis, start: usize, limit: usize) -> String {
    let count = analysis.graph().node_count();
    let end = start.saturating_add(limit).min(count);
    let mut out = String::with_capacity(end.saturating_sub(start) * LINE_BYTES);
    for node in analysis.graph().nodes().take(end).skip(start) {
        write_node(analysis, node, &mut out);
    }
    out
}

fn write_node(analysis: &Analysis, node: NodeIx, out: &mut String) {
    let graph = analysis.graph();
    let distance = analysis.distance(node);
    // Writing to a String cannot fail.
    let _ = write!(out, "{{\"id\":{},\"name\":", graph.id(node));
    analysis.display_name(node).as_text().write_json(out);
    // The names of kinds are read from the file, so they may need escapes.
    out.push_str(",\"type\":");
    heapsnapshot::TextBuf::from(graph.kind_name(node)).as_text().write_json(out);
    out.push_str(",\"constructor\":");
    analysis.class_name(node).write_json(out);
    let _ = write!(
        out,
        ",\"selfSize\":{},\"shallowSize\":{},\"retainedSize\":{},\"distance\":",
        graph.self_size(node),
        analysis.shallow_size(node),
        analysis.retained_size(node),
    );
    let _ = match distance.steps() {
        Some(steps) => write!(out, "{steps}"),
        None => write!(out, "null"),
    };
    let _ = writeln!(
        out,
        ",\"rawDistance\":{},\"dominatorId\":{},\"detachedness\":{}}}",
        distance.raw(),
        graph.id(analysis.dominator(node)),
        graph.detachedness(node).code(),
    );
}
