//! The header of a snapshot: what comes before its array of nodes.

use serde_json::Value;

/// Begins the array of nodes, and ends the header.
pub(super) const NODES: &[u8] = b"\"nodes\":[";

/// Many times the header of any version; a longer one is not waited for.
pub(super) const LIMIT: usize = 1 << 16;

/// The object `snapshot` of a header, given all up to `NODES`.
pub(super) fn parse(header: &[u8]) -> Option<Value> {
    let mut object = header.trim_ascii_end().strip_suffix(b",")?.to_owned();
    object.push(b'}');
    let mut header: Value = serde_json::from_slice(&object).ok()?;
    header.get_mut("snapshot").map(Value::take)
}
