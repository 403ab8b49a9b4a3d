//! What the sidecar beside a snapshot says about the process (`sidecar: true` of a dump).

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A sidecar has a few kilobytes; anything may lie beside a snapshot.
const MAX_BYTES: u64 = 1 << 20;

/// Bytes of RSS of the process when the snapshot `file` was begun. `None` without a sidecar
/// that says so.
pub(super) fn rss(file: &Path) -> Option<u64> {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    let mut text = Vec::new();
    File::open(name).ok()?.take(MAX_BYTES).read_to_end(&mut text).ok()?;
    let sidecar: serde_json::Value = serde_json::from_slice(&text).ok()?;
    sidecar.get("memoryBefore")?.get("rss")?.as_u64()
}
