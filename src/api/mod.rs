//! The analysis for JavaScript: a handle of an analysed snapshot outside V8's heap. Every query has
//! an asynchronous form on the thread pool and a `Sync` form.

#![expect(
    clippy::missing_errors_doc,
    reason = "these comments become the JavaScript documentation, which has a table of codes"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "values from JavaScript are converted, so there is nothing to borrow"
)]

mod allocations;
mod compared;
mod export;
mod findings;
mod live;
mod packages;
mod questions;
mod rows;
mod sidecar;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use encryption::open_encrypted;
use heapsnapshot::{Analysis, AnalysisOptions, Control, Graph, ReadOptions, Stage};
use napi::bindgen_prelude::{AsyncTask, ObjectFinalize};
use napi::{Env, Task};
use napi_derive::napi;

use crate::error::{Failure, to_number};
use crate::objects::Progress;
use crate::task::{Outcome, guard, now};

/// Progress of the working thread, for the JS thread.
#[derive(Default)]
struct Meter {
    stage: Mutex<Option<Stage>>,
    done: AtomicU64,
    total: AtomicU64,
}

impl Meter {
    fn note(&self, stage: Stage, done: u64, total: u64) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Some(stage);
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }
}

/// Reports the progress of opening a snapshot, and cancels it.
#[napi]
#[derive(Default)]
pub struct NativeControl {
    cancelled: Arc<AtomicBool>,
    meter: Arc<Meter>,
}

#[napi]
impl NativeControl {
    /// Creates a control for one snapshot.
    #[napi(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the work, which soon rejects with `ABORT_ERR`.
    #[napi]
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Returns the progress of the work.
    #[napi]
    #[must_use]
    pub fn progress(&self) -> Progress {
        let stage = *self.meter.stage.lock().unwrap_or_else(PoisonError::into_inner);
        Progress {
            stage: stage.map_or("start", Stage::name).to_owned(),
            done: to_number(self.meter.done.load(Ordering::Relaxed)),
            total: to_number(self.meter.total.load(Ordering::Relaxed)),
        }
    }

    fn control(&self) -> Control {
        let meter = Arc::clone(&self.meter);
        let report = Arc::new(move |stage, done, total| meter.note(stage, done, total));
        Control::new().with_cancel(Arc::clone(&self.cancelled)).with_progress(report)
    }
}

/// Reads and analyses a file, with the identities in the file `identity` if it is encrypted.
fn open(path: &str, identity: Option<&str>, control: &Control) -> Outcome<Analysis> {
    // Opened here first, so that a failure can name the system call.
    File::open(path).map_err(|error| Failure::Io {
        error,
        syscall: "open",
        path: Some(path.to_owned()),
    })?;
    let read = ReadOptions { control: control.clone(), ..ReadOptions::default() };
    let options = AnalysisOptions { control: control.clone(), ..AnalysisOptions::default() };
    let encrypted = open_encrypted(Path::new(path), identity.map(Path::new));
    let graph = match encrypted.map_err(Failure::Decryption)? {
        Some(decrypted) => Graph::from_reader(decrypted, &read),
        None => Graph::from_file(path, &read),
    };
    graph
        .and_then(|graph| Analysis::new(graph, &options))
        .map_err(|error| Failure::from(error).about(path))
}

/// The task of `NativeSnapshot.open`. Unlike others it reports the memory of its result to V8.
pub struct Open {
    path: String,
    identity: Option<String>,
    control: Control,
}

impl Task for Open {
    type Output = Outcome<Analysis>;
    type JsValue = NativeSnapshot;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guard(|| open(&self.path, self.identity.as_deref(), &self.control)))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<NativeSnapshot> {
        let analysis = output.map_err(|failure| failure.into_js(env))?;
        NativeSnapshot::of_file(env, analysis, &self.path)
    }
}

/// An analysed snapshot.
#[napi(custom_finalize)]
pub struct NativeSnapshot {
    /// `None` once closed. Running tasks hold references of their own.
    /// Locked because the handle can be closed while a task borrows it.
    analysis: Mutex<Option<Arc<Analysis>>>,
    /// Bytes reported to V8.
    external_bytes: i64,
    /// The file of the snapshot.
    file: Option<PathBuf>,
}

impl ObjectFinalize for NativeSnapshot {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.release(env)
    }
}

impl NativeSnapshot {
    fn new(env: Env, analysis: Analysis) -> napi::Result<Self> {
        let external_bytes = i64::try_from(analysis.heap_bytes()).unwrap_or(i64::MAX);
        // V8 collects unused handles sooner if it knows their size.
        env.adjust_external_memory(external_bytes)?;
        let analysis = Mutex::new(Some(Arc::new(analysis)));
        Ok(Self { analysis, external_bytes, file: None })
    }

    /// Returns the handle of a snapshot from the file `path`.
    fn of_file(env: Env, analysis: Analysis, path: &str) -> napi::Result<Self> {
        Ok(Self { file: std::path::absolute(path).ok(), ..Self::new(env, analysis)? })
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Analysis>>> {
        // No code that can panic runs under the lock.
        self.analysis.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn analysis(&self) -> Outcome<Arc<Analysis>> {
        self.slot().clone().ok_or(Failure::Closed)
    }

    fn opened(&self, env: Env) -> napi::Result<Arc<Analysis>> {
        self.analysis().map_err(|failure| failure.into_js(env))
    }

    fn release(&self, env: Env) -> napi::Result<()> {
        let analysis = self.slot().take();
        if let Some(analysis) = analysis {
            env.adjust_external_memory(-self.external_bytes)?;
            free(analysis);
        }
        Ok(())
    }
}

/// Frees the memory on another thread if it is large, because unmapping gigabytes takes tens of
/// milliseconds.
fn free(analysis: Arc<Analysis>) {
    const LARGE: usize = 64 << 20;
    if analysis.heap_bytes() >= LARGE {
        let helper = std::thread::Builder::new().name("heapdump-free".to_owned());
        // If no thread can be started, the closure and its contents are dropped here.
        drop(helper.spawn(move || drop(analysis)));
    }
}

#[napi]
impl NativeSnapshot {
    /// Reads and analyses a file on the thread pool. Plain, gzip or zstd; `identity`: the file with
    /// the identities for an encrypted one.
    #[napi(ts_return_type = "Promise<NativeSnapshot>")]
    #[must_use]
    pub fn open(
        path: String,
        identity: Option<String>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Open> {
        let control = control.map(NativeControl::control).unwrap_or_default();
        AsyncTask::new(Open { path, identity, control })
    }

    /// Reads and analyses a file, as `open`.
    #[napi]
    pub fn open_sync(env: Env, path: String, identity: Option<String>) -> napi::Result<Self> {
        let analysis = now(env, || open(&path, identity.as_deref(), &Control::new()))?;
        Self::of_file(env, analysis, &path)
    }

    /// Frees the memory as soon as no query is running. Idempotent.
    #[napi]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.release(env)
    }

    /// Returns whether `close` has been called.
    #[napi(getter)]
    #[must_use]
    pub fn closed(&self) -> bool {
        self.slot().is_none()
    }

    /// Number of objects.
    #[napi(getter)]
    pub fn node_count(&self, env: Env) -> napi::Result<f64> {
        Ok(to_number(self.opened(env)?.graph().node_count() as u64))
    }

    /// Number of references.
    #[napi(getter)]
    pub fn edge_count(&self, env: Env) -> napi::Result<f64> {
        Ok(to_number(self.opened(env)?.graph().edge_count() as u64))
    }

    /// Bytes of the whole snapshot.
    #[napi(getter)]
    pub fn total_size(&self, env: Env) -> napi::Result<f64> {
        Ok(to_number(self.opened(env)?.total_size()))
    }

    /// V8's id of the root.
    #[napi(getter)]
    pub fn root_id(&self, env: Env) -> napi::Result<u32> {
        let analysis = self.opened(env)?;
        Ok(analysis.graph().id(analysis.graph().root()).get())
    }

    /// Bytes that this handle holds outside V8's heap.
    #[napi(getter)]
    pub fn memory_used(&self, env: Env) -> napi::Result<f64> {
        Ok(to_number(self.opened(env)?.heap_bytes() as u64))
    }
}
