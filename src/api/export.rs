//! Parquet tables of a snapshot.

use std::path::PathBuf;
use std::sync::Arc;

use export::{Error, Facts, Options, Partition, Tables, Written, export};
use heapsnapshot::Analysis;
use napi::bindgen_prelude::{AsyncTask, ClassInstance};
use napi_derive::napi;

use super::findings::FindingsOptions;
use super::{NativeControl, NativeSnapshot};
use crate::error::{Failure, to_number};
use crate::query::of_one_process;
use crate::task::{Job, Outcome, later};

/// The target directory and the contents of the tables.
#[napi(object, object_to_js = false)]
pub struct ExportOptions {
    /// The directory of the tables.
    pub directory: String,
    /// Whether to write nodes, edges and strings, too.
    pub graph: bool,
    /// Whether to write contents of strings, and names that look like data.
    pub show_values: bool,
    /// Name of the service.
    pub service: String,
    /// Name of the machine.
    pub host: String,
    /// Day of the snapshot.
    pub date: String,
    /// Name of the snapshot.
    pub snapshot: String,
    /// Path of the snapshot's file.
    pub file: String,
    /// When the snapshot was taken, in milliseconds since 1970.
    pub taken_at_ms: Option<f64>,
    /// Version of Node.
    pub node_version: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// Release of the service.
    pub release: Option<String>,
}

/// A file that was written.
#[napi(object, object_from_js = false)]
pub struct ExportedTable {
    /// Name of the table.
    pub table: String,
    /// Path of the file.
    pub path: String,
    /// Number of rows.
    pub rows: f64,
    /// Size of the file in bytes.
    pub bytes: f64,
}

impl From<Written> for ExportedTable {
    fn from(written: Written) -> Self {
        Self {
            table: written.table.to_owned(),
            path: written.path.display().to_string(),
            rows: to_number(written.rows),
            bytes: to_number(written.bytes),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Io { call, path, source } => {
                let path = Some(path.display().to_string());
                Self::Io { error: source, syscall: call, path }
            }
            Error::Analysis(error) => error.into(),
            Error::Encode(reason) => Self::Panic(reason),
        }
    }
}

impl ExportOptions {
    fn into_core(self, findings: findings::Options) -> Options {
        #[expect(clippy::cast_possible_truncation, reason = "a time of Date, below 2^53")]
        let taken_at_ms = self.taken_at_ms.map(|ms| ms as i64);
        Options {
            directory: PathBuf::from(self.directory),
            tables: if self.graph { Tables::Graph } else { Tables::Small },
            partition: Partition {
                service: self.service,
                host: self.host,
                date: self.date,
                snapshot: self.snapshot,
            },
            facts: Facts {
                file: self.file,
                taken_at_ms,
                node_version: self.node_version,
                pid: self.pid.map(i64::from),
                release: self.release,
            },
            findings: findings::Options { show_values: self.show_values, ..findings },
        }
    }
}

fn tables(snapshots: &[Arc<Analysis>], options: &Options) -> Outcome<Vec<ExportedTable>> {
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|analysis| &**analysis).collect();
    of_one_process(&snapshots)?;
    let Some((last, earlier)) = snapshots.split_last() else { return Ok(Vec::new()) };
    Ok(export(last, earlier, options)?.into_iter().map(ExportedTable::from).collect())
}

#[napi]
impl NativeSnapshot {
    /// Writes Parquet tables. `earlier`: other snapshots of the process, oldest first, for
    /// findings.
    #[napi(ts_return_type = "Promise<Array<ExportedTable>>")]
    #[must_use]
    pub fn export_tables(
        &self,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: ExportOptions,
        findings: Option<FindingsOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<Vec<ExportedTable>>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        let options = options.into_core(self.options(&earlier, findings, control));
        later(move || tables(&snapshots?, &options))
    }
}
