//! The lower bound: lets serde_json read the integers of a heap snapshot into vectors, and prints
//! their number.

use std::error::Error;

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct Snapshot {
    nodes: Vec<u32>,
    edges: Vec<u32>,
    #[serde(default)]
    locations: Vec<u32>,
    #[serde(rename = "strings")]
    _strings: IgnoredAny,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: floor FILE")?;
    let bytes = std::fs::read(path)?;
    let Snapshot { nodes, edges, locations, .. } = serde_json::from_slice(&bytes)?;
    let sum = [&nodes, &edges, &locations].iter().map(|column| column.len()).sum::<usize>();
    let usage = usage();
    println!(
        "{{\"integers\":{sum},\"maxRss\":{},\"cpuSeconds\":{}}}",
        if cfg!(target_os = "macos") { usage.ru_maxrss } else { usage.ru_maxrss * 1024 },
        seconds(usage.ru_utime) + seconds(usage.ru_stime)
    );
    Ok(())
}

/// Returns the resources that this process has used.
fn usage() -> libc::rusage {
    // SAFETY: rusage is plain numbers, for which all zeros is a valid value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live rusage, which the call fills in.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    usage
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}
