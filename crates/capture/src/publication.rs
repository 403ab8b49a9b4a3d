//! Ends a dump: checks, sidecar, final name, result.

use std::fs::File;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use encryption::Recipients;
use serde_json::{Map, Value};

use crate::dump_lock::{DumpLock, Phase};
use crate::encoder::Encoding;
use crate::error::Error;
use crate::fault;
use crate::partial_file::PartialFile;
use crate::pipeline::Pipeline;
use crate::redaction::{Policy, Redactor};
use crate::sink::Sink;
use crate::status::Sizes;
use crate::system::System;

/// The fields of the `DumpResult` that JavaScript knows when V8 is done.
pub type Facts = Map<String, Value>;

/// The result of a dump: the `DumpResult` as JSON, or the error.
pub type Outcome = Result<String, Error>;

/// The options of a dump.
pub struct Plan {
    /// The target path, as given by the caller; the name of the stream in messages if there is one.
    pub target: PathBuf,
    /// A stream to write to instead of a file.
    pub stream: Option<File>,
    /// Whether to replace an existing regular file.
    pub replace: bool,
    /// The encoding of the file.
    pub encoding: Encoding,
    /// Whether to write `<path>.json`, too.
    pub sidecar: bool,
    /// Which results to print on stderr.
    pub announce: Announce,
    /// The public keys of the readers of the file. `None`: it is not encrypted.
    pub recipients: Option<Recipients>,
    /// What to redact. `None` writes the snapshot unchanged.
    pub redaction: Option<Policy>,
    /// Writes the scripts of the snapshot, if the facts have `sources`.
    pub scripts: Option<Box<dyn Companion>>,
    /// Receives the result of the dump before the listener.
    pub asker: Option<Box<dyn Asker>>,
    /// The system calls of the host.
    pub system: System,
}

/// Writes a file that belongs to a snapshot.
pub trait Companion: Send {
    /// Writes the file beside the snapshot `target`, and records the result in `sources`. A failure
    /// is recorded, too, because the snapshot is useful without the file. Returns the path of the
    /// file.
    fn write(
        &self,
        target: &Path,
        redaction: Option<&Policy>,
        sources: &mut Map<String, Value>,
        system: System,
    ) -> Option<PathBuf>;
}

/// The process that requested a dump.
pub trait Asker: Send {
    /// Sends it the result of the dump.
    fn tell(&self, outcome: &Outcome);
}

/// Which results to print on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// None.
    Nothing,
    /// The path of the snapshot, or the error.
    Everything,
    /// Like `Everything`, but no failure of a forked child, because the dump is retried.
    AllButRetries,
}

impl Announce {
    /// Prints the error of a dump on stderr.
    pub fn failure(self, error: &Error) {
        match self {
            Self::Nothing => {}
            Self::AllButRetries if error.is_of_child() => {}
            _ => announce(&format!("dump failed: {error}")),
        }
    }
}

/// Called with the end of a dump, after the dump lock was released, on the thread that published
/// it.
pub type Listener = Box<dyn FnOnce(Outcome) + Send>;

/// A dump that holds the dump lock and a temporary file; dropped without an end, it
/// leaves nothing behind.
pub struct Publication {
    plan: Plan,
    /// `None` once it is certain that nothing will be published.
    partial: Option<PartialFile>,
    /// Whether the target is a stream. Written bytes cannot be taken back then.
    is_stream: bool,
    /// The child renames the file, because this process may be dead by then.
    by_child: bool,
    /// Set after the file system took too long and the listener was called with that error.
    cancelled: Arc<AtomicBool>,
    started: Instant,
    dump_lock: DumpLock,
}

/// Number of published dumps of this process.
static PUBLISHED: AtomicU64 = AtomicU64::new(0);

/// Returns the number of dumps that this process has published so far.
#[must_use]
pub fn published() -> u64 {
    PUBLISHED.load(Ordering::Acquire)
}

impl Publication {
    /// Creates the temporary file.
    ///
    /// # Errors
    ///
    /// If it cannot be created, or if something stands in the place of the target.
    pub fn open(mut plan: Plan, dump_lock: DumpLock) -> Result<(Self, File), Error> {
        let started = Instant::now();
        let stream = plan.stream.take();
        let is_stream = stream.is_some();
        let (partial, file) = match stream {
            Some(stream) => (PartialFile::stream(&plan.target, plan.system), stream),
            None => PartialFile::create(&plan.target, plan.replace, plan.system)?,
        };
        let cancelled = Arc::default();
        let partial = Some(partial);
        Ok((
            Self { plan, partial, is_stream, by_child: false, cancelled, started, dump_lock },
            file,
        ))
    }

    /// Returns the path of the final file, as given by the caller.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.plan.target
    }

    /// Starts writing the snapshot to `file` with the encoding and redaction of the plan.
    ///
    /// # Errors
    ///
    /// If the encoder cannot be set up.
    pub fn pipeline(&self, file: File) -> Result<Pipeline, Error> {
        Sink::encrypted(file, self.plan.system, self.plan.recipients.as_ref())
            .and_then(|sink| Pipeline::new(sink, self.plan.encoding, self.redactor()))
            .map_err(|e| Error::io(&e, "write", self.target()))
    }

    /// Returns whether the target is a stream. Written bytes cannot be taken back then.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.is_stream
    }

    /// Returns the encoding of the file.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.plan.encoding
    }

    /// Returns the public keys of the readers of the file, if it is encrypted.
    #[must_use]
    pub fn recipients(&self) -> Option<Recipients> {
        self.plan.recipients.clone()
    }

    /// Returns the system calls of the host.
    #[must_use]
    pub fn system(&self) -> System {
        self.plan.system
    }

    /// Returns which results are printed on stderr.
    #[must_use]
    pub fn announce(&self) -> Announce {
        self.plan.announce
    }

    /// Returns the cancellation flag. Once it is set, the publication prints nothing and does not
    /// start to rename the file.
    #[must_use]
    pub fn cancellation(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// Returns a redactor for the snapshot, if the plan has a redaction.
    #[must_use]
    pub fn redactor(&self) -> Option<Redactor> {
        self.plan.redaction.clone().map(Redactor::new)
    }

    /// Records the phase of the dump.
    pub fn enter(&self, phase: Phase) {
        self.dump_lock.id().enter(phase);
    }

    /// Leaves the rename to the child, which does it before it reports completion.
    pub fn leave_to_child(&mut self) {
        self.by_child = true;
    }

    /// Takes the partial file, for the child that publishes it.
    pub fn take_partial(&mut self) -> Option<PartialFile> {
        self.partial.take()
    }

    /// Removes the partial file, because nothing will be published.
    pub fn discard(&mut self) {
        self.partial = None;
    }

    /// Publishes the file that `written` returns with the sizes of the snapshot in it, releases the
    /// lock, and calls the listener. A panic becomes a failure, because it must not reach the host
    /// process.
    pub fn end(
        mut self,
        written: impl FnOnce() -> Result<(File, Sizes), Error>,
        facts: Facts,
        listener: Listener,
    ) {
        let published = panic::catch_unwind(AssertUnwindSafe(|| {
            let (file, sizes) = written()?;
            self.publish(&file, sizes, facts)
        }))
        .unwrap_or_else(|_| Err(Error::internal("the snapshot writer")));
        self.discard();
        if published.is_ok() {
            PUBLISHED.fetch_add(1, Ordering::Release);
        }
        match &published {
            _ if self.cancelled.load(Ordering::Acquire) => {}
            Err(error) => self.plan.announce.failure(error),
            Ok(_) if self.plan.announce == Announce::Nothing => {}
            Ok(facts) => announce(&describe(facts)),
        }
        // The next dump may start before any listener hears of this one.
        drop(self.dump_lock);
        let outcome = published.map(|facts| Value::Object(facts).to_string());
        if let Some(asker) = &self.plan.asker {
            asker.tell(&outcome);
        }
        listener(outcome);
    }

    fn publish(&mut self, file: &File, sizes: Sizes, mut facts: Facts) -> Result<Facts, Error> {
        fault::point("publication");
        let Some(partial) = self.partial.take() else { return Err(Error::aborted()) };
        let mut companions = Companions::default();
        facts.insert("bytes".to_owned(), sizes.stored.into());
        facts.insert("snapshotBytes".to_owned(), sizes.snapshot.into());
        // Before the snapshot, so that a reader who finds the snapshot also finds these files.
        if let (Some(sources), Some(scripts)) = (wanted_sources(&mut facts), &self.plan.scripts) {
            let Plan { redaction, system, .. } = &self.plan;
            let written = scripts.write(partial.absolute(), redaction.as_ref(), sources, *system);
            companions.0.extend(written);
        }
        if self.plan.sidecar {
            let sidecar = sidecar_of(partial.absolute());
            self.note_duration(&mut facts);
            write_sidecar(&sidecar, &facts, self.plan.system)?;
            companions.0.push(sidecar);
        }
        if !self.by_child {
            partial.make_durable(file)?;
            if self.cancelled.load(Ordering::Acquire) {
                return Err(Error::aborted());
            }
            partial.rename()?;
        }
        companions.keep();
        self.note_duration(&mut facts);
        Ok(facts)
    }

    fn note_duration(&self, facts: &mut Facts) {
        let ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        facts.insert("durationMs".to_owned(), ms.into());
    }
}

/// Files published beside the snapshot. Removed on drop, unless the snapshot was published.
#[derive(Default)]
struct Companions(Vec<PathBuf>);

impl Companions {
    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Companions {
    fn drop(&mut self) {
        for file in &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Returns the `sources` of the facts, if scripts were requested and collected.
fn wanted_sources(facts: &mut Facts) -> Option<&mut Map<String, Value>> {
    let sources = facts.get_mut("sources")?.as_object_mut()?;
    (!sources.contains_key("reason")).then_some(sources)
}

/// Writes one line to stderr with a single call. Ignores a closed stderr.
pub fn announce(line: &str) {
    let _ = io::stderr().lock().write_all(format!("heapdump-rs: {line}\n").as_bytes());
}

fn describe(facts: &Facts) -> String {
    let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_file = facts.get("path").is_none_or(Value::is_string);
    let number = |key: &str| facts.get(key).and_then(Value::as_f64).unwrap_or_default();
    format!(
        "wrote {} ({:.1} MB, paused {:.0} ms)",
        if is_file { text("path") } else { "to a stream" },
        number("bytes") / 1e6,
        number("pauseMs")
    )
}

/// Returns `<path>.json`, beside the snapshot.
fn sidecar_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn write_sidecar(path: &Path, facts: &Facts, system: System) -> Result<(), Error> {
    let (partial, mut file) = PartialFile::create(path, true, system)?;
    let text = format!("{:#}\n", Value::Object(facts.clone()));
    file.write_all(text.as_bytes()).map_err(|e| Error::io(&e, "write", path))?;
    partial.publish(&file)
}

#[cfg(test)]
pub(crate) mod tests;
