//! The analysis as JavaScript calls it: a handle on an analysed snapshot that
//! lives outside V8's heap. Every question has a form that works on the thread
//! pool and a `Sync` twin.

#![expect(
    clippy::missing_errors_doc,
    reason = "these comments become the JavaScript documentation, which has a table of codes"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "what comes from JavaScript is converted, so there is nothing to borrow"
)]

mod compared;
mod findings;
mod live;
mod packages;
mod questions;
mod rows;
mod sidecar;

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use heapsnapshot::{Analysis, AnalysisOptions, Control, Graph, ReadOptions, Stage};
use napi::bindgen_prelude::{AsyncTask, ObjectFinalize};
use napi::{Env, Task};
use napi_derive::napi;

use crate::error::{Failure, to_number};
use crate::objects::Progress;
use crate::task::{Outcome, guard, now};

/// What the thread that works tells the thread that asks.
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

/// Follows and stops the opening of a snapshot.
#[napi]
#[derive(Default)]
pub struct NativeControl {
    cancelled: Arc<AtomicBool>,
    meter: Arc<Meter>,
}

#[napi]
impl NativeControl {
    /// A control for one snapshot.
    #[napi(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work soon; it rejects with `ABORT_ERR`.
    #[napi]
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// How far the work is.
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

/// Reads and analyses a file.
fn open(path: &str, control: &Control) -> Outcome<Analysis> {
    // Opened here first, so that a failure can name the system call.
    File::open(path).map_err(|error| Failure::Io {
        error,
        syscall: "open",
        path: Some(path.to_owned()),
    })?;
    let read = ReadOptions { control: control.clone(), ..ReadOptions::default() };
    let options = AnalysisOptions { control: control.clone(), ..AnalysisOptions::default() };
    Graph::from_file(path, &read)
        .and_then(|graph| Analysis::new(graph, &options))
        .map_err(|error| Failure::from(error).about(path))
}

/// The task behind `NativeSnapshot.open`: unlike others it tells V8 how much
/// memory its result holds.
pub struct Open {
    path: String,
    control: Control,
}

impl Task for Open {
    type Output = Outcome<Analysis>;
    type JsValue = NativeSnapshot;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guard(|| open(&self.path, &self.control)))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<NativeSnapshot> {
        let analysis = output.map_err(|failure| failure.into_js(env))?;
        NativeSnapshot::of_file(env, analysis, &self.path)
    }
}

/// An analysed snapshot.
#[napi(custom_finalize)]
pub struct NativeSnapshot {
    /// `None` once closed. Work that is under way holds on to its own share.
    /// Behind a lock because a handle can be closed while it is lent to work.
    analysis: Mutex<Option<Arc<Analysis>>>,
    /// What V8 was told about.
    external_bytes: i64,
    /// The file that it was read from.
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
        // V8 collects forgotten handles sooner when it knows what they hold.
        env.adjust_external_memory(external_bytes)?;
        let analysis = Mutex::new(Some(Arc::new(analysis)));
        Ok(Self { analysis, external_bytes, file: None })
    }

    /// A snapshot that was read from `path`.
    fn of_file(env: Env, analysis: Analysis, path: &str) -> napi::Result<Self> {
        Ok(Self { file: std::path::absolute(path).ok(), ..Self::new(env, analysis)? })
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Analysis>>> {
        // Nothing that can panic runs under the lock.
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

/// Gives memory back without stopping the JavaScript thread for it: unmapping
/// gigabytes takes tens of milliseconds.
fn free(analysis: Arc<Analysis>) {
    const LARGE: usize = 64 << 20;
    if analysis.heap_bytes() >= LARGE {
        let helper = std::thread::Builder::new().name("heapdump-free".to_owned());
        // Without a thread the closure, and what it owns, is dropped here.
        drop(helper.spawn(move || drop(analysis)));
    }
}

#[napi]
impl NativeSnapshot {
    /// Reads and analyses a file on the thread pool. Plain, gzip or zstd.
    #[napi(ts_return_type = "Promise<NativeSnapshot>")]
    #[must_use]
    pub fn open(path: String, control: Option<&NativeControl>) -> AsyncTask<Open> {
        let control = control.map(NativeControl::control).unwrap_or_default();
        AsyncTask::new(Open { path, control })
    }

    /// Reads and analyses a file. Plain, gzip or zstd.
    #[napi]
    pub fn open_sync(env: Env, path: String) -> napi::Result<Self> {
        let analysis = now(env, || open(&path, &Control::new()))?;
        Self::of_file(env, analysis, &path)
    }

    /// Frees the memory as soon as no question is under way. Harmless when repeated.
    #[napi]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.release(env)
    }

    /// Whether `close` has been called.
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
