//! Writes what a heap snapshot contains as Parquet tables, for query engines.
//!
//! ```text
//! DIR/TABLE/service=S/host=H/date=YYYY-MM-DD/snapshot=NAME/part-0.parquet
//! ```
//!
//! [`Tables::Small`] are some kilobytes for each snapshot; [`Tables::Graph`] adds every node, edge and string. The columns are
//! in [`SCHEMAS`]. A file that exists is complete: it is written under another name, synced and renamed.
//!
//! # Memory
//!
//! A column of a row group of each table at a time: [`ROWS_PER_GROUP`] rows of 10 bytes, and the texts of the group, each once. For
//! each column of names, 4 bytes for each string of the snapshot.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod file;
mod graph;
mod group;
mod runs;
mod schema;
mod small;
mod texts;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread::ScopedJoinHandle;

use heapsnapshot::Analysis;

pub use schema::{Field, Kind, ROWS_PER_GROUP, SCHEMAS, Schema};

/// Which tables to write.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tables {
    /// `snapshots`, `classes`, `packages`, `findings` and `owners`.
    #[default]
    Small,
    /// These, and `nodes`, `edges` and `strings`.
    Graph,
}

/// The folders that a snapshot's files go into. Hive partitions: engines read them as columns.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Name of the service.
    pub service: String,
    /// Name of the machine.
    pub host: String,
    /// Day of the snapshot, as `YYYY-MM-DD`.
    pub date: String,
    /// Name of the snapshot, unique among those of the service and host.
    pub snapshot: String,
}

/// Facts about a snapshot that are not in its contents.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Path or name of the file.
    pub file: String,
    /// When it was taken, in milliseconds since 1970, if known.
    pub taken_at_ms: Option<i64>,
    /// Version of Node, if known.
    pub node_version: Option<String>,
    /// Process id, if known.
    pub pid: Option<i64>,
    /// Release of the service, if known.
    pub release: Option<String>,
}

/// How to export a snapshot.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory that gets the tables. It is created if need be.
    pub directory: PathBuf,
    /// Which tables to write.
    pub tables: Tables,
    /// The folders below each table.
    pub partition: Partition,
    /// Facts about the snapshot.
    pub facts: Facts,
    /// Sources, source roots and cancellation, for findings and packages. `show_values` also decides
    /// whether the tables contain the contents of strings, and names that look like data.
    pub findings: findings::Options,
}

/// An export that failed.
#[derive(Debug)]
pub enum Error {
    /// A file could not be written.
    Io {
        /// The system call.
        call: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The analysis failed, or was cancelled.
    Analysis(heapsnapshot::Error),
    /// The Parquet library refused a value. A bug.
    Encode(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io { call, path, source } => write!(f, "{call} {}: {source}", path.display()),
            Self::Analysis(error) => error.fmt(f),
            Self::Encode(reason) => write!(f, "Parquet: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<heapsnapshot::Error> for Error {
    fn from(error: heapsnapshot::Error) -> Self {
        Self::Analysis(error)
    }
}

/// A file that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Name of the table.
    pub table: &'static str,
    /// Path of the file.
    pub path: PathBuf,
    /// Number of rows.
    pub rows: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Writes the tables of one snapshot. Files of an earlier export of the same snapshot are replaced.
///
/// `earlier`: snapshots of the same process, oldest first. Findings compare with them. They are not written.
///
/// # Errors
/// [`Error`]. Tables that were complete before the error stay.
///
/// # Complexity
/// O(N + E) time and the cost of findings.
pub fn export(
    analysis: &Analysis,
    earlier: &[&Analysis],
    options: &Options,
) -> Result<Vec<Written>, Error> {
    if options.tables == Tables::Small {
        return with_packages(analysis, earlier, options);
    }
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| graph::edges_and_strings(analysis, options));
        let with_packages = with_packages(analysis, earlier, options);
        let beside = joined(beside);
        let mut written = with_packages?;
        written.extend(beside?);
        Ok(written)
    })
}

/// Writes the tables that need the package of each node: all but edges and strings.
fn with_packages(
    analysis: &Analysis,
    earlier: &[&Analysis],
    options: &Options,
) -> Result<Vec<Written>, Error> {
    let owners = findings::package_owners(analysis, &options.findings)?;
    if options.tables == Tables::Small {
        return small::write(analysis, earlier, &owners, options);
    }
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| graph::nodes(analysis, &owners, options));
        let small = small::write(analysis, earlier, &owners, options);
        let nodes = joined(beside);
        let mut written = small?;
        written.push(nodes?);
        Ok(written)
    })
}

/// Returns the result of a thread.
fn joined<T>(thread: ScopedJoinHandle<'_, Result<T, Error>>) -> Result<T, Error> {
    thread.join().unwrap_or_else(|_| Err(Error::Encode("a thread panicked".to_owned())))
}

/// Returns the folder of a table's file.
fn folder(table: &str, options: &Options) -> PathBuf {
    let Partition { service, host, date, snapshot } = &options.partition;
    let mut folder = options.directory.join(table);
    for (key, value) in
        [("service", service), ("host", host), ("date", date), ("snapshot", snapshot)]
    {
        folder.push(format!("{key}={}", escaped(value)));
    }
    folder
}

/// Escapes characters that cannot stand in the value of a partition, as Hive and Spark do: `%2F`. A value never is, or leads
/// to, another folder.
fn escaped(value: &str) -> String {
    let mut out = String::new();
    for (at, char) in value.chars().enumerate() {
        let is_plain = char.is_alphanumeric() || matches!(char, '-' | '_' | '@');
        if is_plain || (char == '.' && at > 0) {
            out.push(char);
        } else {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_partitions_are_names_of_folders() {
        assert_eq!(escaped("shop-api_2.1"), "shop-api_2.1");
        assert_eq!(escaped("a/../b c"), "a%2F..%2Fb%20c");
        assert_eq!(escaped(".."), "%2E.");
        assert_eq!(escaped("größe=1"), "größe%3D1");
    }
}
