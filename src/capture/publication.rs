//! The end of a dump: checks, sidecar, the file's name, and who is told.

use std::fs::File;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use serde_json::{Map, Value};

use super::encoder::Encoding;
use super::environment;
use super::failure::Failure;
use super::file::PartialFile;
use super::redaction::{Policy, Redactor};
use super::sources::{self, Scripts};
#[cfg(target_os = "linux")]
use super::turn::Phase;
use super::turn::Turn;
use crate::fault;

/// What JavaScript knows of a dump when V8 is done: becomes the `DumpResult`.
pub(super) type Facts = Map<String, Value>;

/// The end of a dump: the `DumpResult` as JSON, or why there is none.
pub(super) type Outcome = Result<String, Failure>;

/// What is to be written, and how.
pub(super) struct Plan {
    pub(super) target: PathBuf,
    /// Replace an existing regular file.
    pub(super) replace: bool,
    pub(super) encoding: Encoding,
    /// Also write `<path>.json`.
    pub(super) sidecar: bool,
    pub(super) announce: Announce,
    /// What is taken out of the snapshot.
    pub(super) redaction: Option<Policy>,
    /// The scripts to be written beside the snapshot, if the facts have `sources`.
    pub(super) scripts: Scripts,
}

/// What to say on stderr of how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announce {
    Nothing,
    Everything,
    /// Nothing of a forked child that failed: the dump is tried again.
    AllButRetries,
}

impl Announce {
    /// Says on stderr why there is no snapshot.
    pub(super) fn failure(self, failure: &Failure) {
        match self {
            Self::Nothing => {}
            Self::AllButRetries if failure.is_of_child() => {}
            _ => announce_line(&format!("dump failed: {failure}")),
        }
    }
}

/// Who wants to know how it ended.
pub(super) enum Listener {
    /// A thread that waits for it.
    Waiting(mpsc::Sender<Outcome>),
    /// Whoever wanted to know was ended.
    Nobody,
    /// An environment, told through its mailbox.
    Environment { id: u32, ticket: u32 },
}

/// A dump that holds the turn and a temporary file; dropped without an end, it
/// leaves nothing behind.
pub(super) struct Publication {
    plan: Plan,
    /// Gone as soon as it is known that nothing will be published.
    partial: Option<PartialFile>,
    /// The child gives the file its name: this process may be gone by then.
    by_child: bool,
    /// Set when the file system took too long and the listener has been told so.
    cancelled: Arc<AtomicBool>,
    started: Instant,
    turn: Turn,
}

/// Dumps of this process that were published.
static PUBLISHED: AtomicU64 = AtomicU64::new(0);

/// How many dumps of this process were published so far.
#[cfg(target_os = "linux")]
pub(super) fn published() -> u64 {
    PUBLISHED.load(Ordering::Acquire)
}

impl Publication {
    /// Creates the temporary file.
    pub(super) fn open(plan: Plan, turn: Turn) -> Result<(Self, File), Failure> {
        let started = Instant::now();
        let (partial, file) = PartialFile::create(&plan.target, plan.replace)?;
        let cancelled = Arc::default();
        let partial = Some(partial);
        Ok((Self { plan, partial, by_child: false, cancelled, started, turn }, file))
    }

    /// The file that will exist in the end, as the caller gave it.
    pub(super) fn target(&self) -> &Path {
        &self.plan.target
    }

    /// How it is stored.
    pub(super) fn encoding(&self) -> Encoding {
        self.plan.encoding
    }

    /// What is said on stderr.
    #[cfg(target_os = "linux")]
    pub(super) fn announce(&self) -> Announce {
        self.plan.announce
    }

    /// Once this is set, the publication announces nothing and does not begin to give the file
    /// its name.
    #[cfg(target_os = "linux")]
    pub(super) fn cancellation(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// What rewrites the snapshot before it is stored.
    pub(super) fn redactor(&self) -> Option<Redactor> {
        self.plan.redaction.clone().map(Redactor::new)
    }

    /// The scripts to be written beside the snapshot.
    #[cfg(target_os = "linux")]
    pub(super) fn scripts(&self) -> &Scripts {
        &self.plan.scripts
    }

    /// Notes how far the dump is.
    #[cfg(target_os = "linux")]
    pub(super) fn enter(&self, phase: Phase) {
        self.turn.id().enter(phase);
    }

    /// The child gives the file its name before it reports that it is complete.
    #[cfg(target_os = "linux")]
    pub(super) fn leave_to_child(&mut self) {
        self.by_child = true;
    }

    /// The file in the making, for the child that publishes it.
    #[cfg(target_os = "linux")]
    pub(super) fn take_partial(&mut self) -> Option<PartialFile> {
        self.partial.take()
    }

    /// Gives the disk back: nothing will be published.
    pub(super) fn discard(&mut self) {
        self.partial = None;
    }

    /// Publishes the file that `written` gives with the size of the snapshot in it, and tells
    /// everybody. A panic is a failure like any other: the host process must not notice.
    pub(super) fn end(
        mut self,
        written: impl FnOnce() -> Result<(File, u64), Failure>,
        facts: Facts,
        listener: Listener,
    ) {
        let published = panic::catch_unwind(AssertUnwindSafe(|| {
            let (file, bytes) = written()?;
            self.publish(&file, bytes, facts)
        }))
        .unwrap_or_else(|_| Err(Failure::internal("the snapshot writer")));
        self.discard();
        if published.is_ok() {
            PUBLISHED.fetch_add(1, Ordering::Release);
        }
        match &published {
            _ if self.cancelled.load(Ordering::Acquire) => {}
            Err(failure) => self.plan.announce.failure(failure),
            Ok(_) if self.plan.announce == Announce::Nothing => {}
            Ok(facts) => announce_line(&describe(facts)),
        }
        // The next dump may start before anybody is told of this one.
        drop(self.turn);
        let outcome = published.map(|facts| Value::Object(facts).to_string());
        match listener {
            Listener::Waiting(sender) => drop(sender.send(outcome)),
            Listener::Nobody => {}
            Listener::Environment { id, ticket } => environment::finished(id, ticket, outcome),
        }
    }

    fn publish(&mut self, file: &File, bytes: u64, mut facts: Facts) -> Result<Facts, Failure> {
        fault::point("publication");
        let Some(partial) = self.partial.take() else { return Err(Failure::aborted()) };
        let target = &self.plan.target;
        let mut companions = Companions::default();
        let size = file.metadata().map_err(|e| Failure::io(&e, "fstat", target))?.len();
        facts.insert("bytes".to_owned(), size.into());
        facts.insert("snapshotBytes".to_owned(), bytes.into());
        // Before the snapshot: whoever sees the snapshot finds what belongs to it.
        if let Some(told) = wanted_sources(&mut facts) {
            let redaction = self.plan.redaction.as_ref();
            let written = sources::write(partial.absolute(), &self.plan.scripts, redaction, told);
            companions.0.extend(written);
        }
        if self.plan.sidecar {
            let sidecar = sidecar_of(partial.absolute());
            self.note_duration(&mut facts);
            write_sidecar(&sidecar, &facts)?;
            companions.0.push(sidecar);
        }
        if !self.by_child {
            partial.make_durable(file)?;
            if self.cancelled.load(Ordering::Acquire) {
                return Err(Failure::aborted());
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

/// Files that were published beside the snapshot; removed if that is not published.
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

/// What is to be told of the sources, if they were asked for and could be had.
fn wanted_sources(facts: &mut Facts) -> Option<&mut Map<String, Value>> {
    let sources = facts.get_mut("sources")?.as_object_mut()?;
    (!sources.contains_key("reason")).then_some(sources)
}

/// One line on stderr, whole or not at all; nobody is told if stderr is gone.
pub(super) fn announce_line(line: &str) {
    let _ = io::stderr().lock().write_all(format!("heapdump-rs: {line}\n").as_bytes());
}

fn describe(facts: &Facts) -> String {
    let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| facts.get(key).and_then(Value::as_f64).unwrap_or_default();
    format!(
        "wrote {} ({:.1} MB, paused {:.0} ms)",
        text("path"),
        number("bytes") / 1e6,
        number("pauseMs")
    )
}

/// `<path>.json`, beside the snapshot.
fn sidecar_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn write_sidecar(path: &Path, facts: &Facts) -> Result<(), Failure> {
    let (partial, mut file) = PartialFile::create(path, true)?;
    let text = format!("{:#}\n", Value::Object(facts.clone()));
    file.write_all(text.as_bytes()).map_err(|e| Failure::io(&e, "write", path))?;
    partial.publish(&file)
}
