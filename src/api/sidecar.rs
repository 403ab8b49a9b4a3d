//! Reads the sidecar beside a snapshot (`sidecar: true` of a dump).

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Maximum size of a sidecar. A day of samples takes about a megabyte, but the file beside a snapshot
/// can be anything.
const MAX_BYTES: u64 = 8 << 20;

/// Returns the RSS of the process in bytes when the snapshot `file` was started. `None` if there is no
/// sidecar with this number.
pub(super) fn rss(file: &Path) -> Option<u64> {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    let mut text = Vec::new();
    File::open(name).ok()?.take(MAX_BYTES).read_to_end(&mut text).ok()?;
    let sidecar: serde_json::Value = serde_json::from_slice(&text).ok()?;
    sidecar.get("memoryBefore")?.get("rss")?.as_u64()
}
