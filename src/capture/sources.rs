//! Collects the texts of scripts on the JS thread. The thread that publishes the snapshot writes
//! them to a file beside it.

use std::io::BufWriter;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use capture::{Companion, Error, PartialFile, Policy, System, lock};
use findings::{ScriptText, saved_sources_path, write_saved_sources};
use serde_json::{Map, Value};

/// The scripts that JavaScript has added so far. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Scripts(Arc<Mutex<Vec<ScriptText>>>);

impl Scripts {
    /// Adds a script.
    pub(super) fn add(&self, name: String, text: String) {
        lock(&self.0).push(ScriptText { name, text });
    }

    fn take(&self) -> Vec<ScriptText> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl Companion for Scripts {
    fn write(
        &self,
        target: &Path,
        redaction: Option<&Policy>,
        sources: &mut Map<String, Value>,
        system: System,
    ) -> Option<PathBuf> {
        let path = saved_sources_path(target);
        // A panic of a parser must not fail the dump.
        let publish = || publish(&path, self, redaction, system);
        let written = panic::catch_unwind(AssertUnwindSafe(publish))
            .unwrap_or_else(|_| Err(Error::internal("the writer of sources")));
        match written {
            Ok(fields) => {
                sources.insert("path".to_owned(), path.to_string_lossy().into());
                sources.extend(fields);
                Some(path)
            }
            Err(error) => {
                sources.clear();
                sources.insert("path".to_owned(), Value::Null);
                sources.insert("reason".to_owned(), error.to_string().into());
                None
            }
        }
    }
}

/// Writes the scripts to `path`. Returns the fields of `sources`.
fn publish(
    path: &Path,
    scripts: &Scripts,
    redaction: Option<&Policy>,
    system: System,
) -> Result<Map<String, Value>, Error> {
    let (partial, file) = PartialFile::create(path, true, system)?;
    let write_error = |error: std::io::Error| Error::io(&error, "write", path);
    let mut scripts = scripts.take();
    // The names must be those in the redacted snapshot, because findings compare them.
    if let Some(names) = redaction.and_then(|policy| policy.names.as_ref()) {
        for script in &mut scripts {
            script.name = names.script(std::mem::take(&mut script.name));
        }
    }
    let (out, counts) = write_saved_sources(scripts, redaction.is_some(), BufWriter::new(file))
        .map_err(write_error)?;
    let file = out.into_inner().map_err(|error| write_error(error.into_error()))?;
    let bytes = file.metadata().map_err(|e| Error::io(&e, "fstat", path))?.len();
    partial.publish(&file)?;
    Ok(Map::from_iter([
        ("bytes".to_owned(), bytes.into()),
        ("scripts".to_owned(), counts.scripts.into()),
        ("leftOut".to_owned(), counts.left_out.into()),
    ]))
}
