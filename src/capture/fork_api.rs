//! The functions that JavaScript calls to capture in a forked child.
//! `lib/capture/{capture,fork,watch}.js` call them.
#![expect(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "the callers are in JavaScript, which Node-API hands values"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use capture::{Code, Error, Facts, Phase, STACK_SIZE};
use napi::JsString;
use napi::bindgen_prelude::{Either, Env, Function};
use napi_derive::napi;

use super::api::{DumpPlan, copy_text};
use super::delivery;
use super::failure::Failure;
use super::fork::{self, Child, Probe, Side, Task};
use super::fork_stage::Stage;
use super::heap_limit;
use super::out_of_memory::{self, LastDump};
use super::sources::Scripts;
use super::system::block_signals;

/// How to fork.
#[napi(object)]
pub struct ForkPlan {
    /// Objects keep their ids in later dumps.
    pub comparable: bool,
    /// The child goes on if this process ends, and gives the file its name itself.
    pub survives: bool,
    /// This process, and others, have the processor and the disk first.
    pub is_in_background: bool,
    /// How many bytes the child may grow by; without a limit if absent.
    pub memory_bytes: Option<f64>,
    /// How many milliseconds the child may take.
    pub timeout_ms: f64,
    /// Write an image of the memory instead of a snapshot, with this JSON object in its header.
    pub image: Option<String>,
}

/// A dump that a forked child takes. Dropped without an end, it leaves nothing behind.
#[napi]
pub struct NativeFork {
    /// Until `finishLater`.
    stage: Option<Stage>,
    abandoned: Arc<AtomicBool>,
}

/// Why dumps cannot be forked here; nothing if they can, as far as is known without trying.
#[napi(catch_unwind)]
pub fn fork_obstacle() -> Option<String> {
    fork::obstacle().map(str::to_owned)
}

/// Whether a trial has shown that forked dumps work here: nothing if nobody has tried, an empty
/// text if they do, else why not.
#[napi(catch_unwind)]
pub fn fork_verdict() -> Option<String> {
    fork::verdict().map(|verdict| verdict.err().unwrap_or_default())
}

/// Tries it in a process of its own, unless it is known, and blocks until then.
#[napi(catch_unwind)]
pub fn probe_fork(executable: String, script: String) {
    Probe { executable, script }.find_out();
}

/// The same in the background; then sends `text` to `environment`, as `post` does. A request is
/// sent after fifteen seconds, too, if nothing is known yet.
#[napi(catch_unwind)]
pub fn probe_fork_later(
    executable: String,
    script: String,
    environment: u32,
    text: String,
    is_request: bool,
) {
    let then = move || {
        delivery::post(environment, text, is_request);
    };
    Probe { executable, script }.find_out_later(Box::new(then), is_request);
}

/// Whether V8 is in the middle of marking the heap of this thread: a fork would take longer.
#[napi(catch_unwind)]
pub fn is_marking() -> bool {
    fork::is_marking()
}

/// Takes the dump lock and creates the temporary file.
#[napi(catch_unwind)]
pub fn open_fork(plan: DumpPlan) -> Either<NativeFork, Failure> {
    match Stage::open(plan) {
        Ok(stage) => Either::A(NativeFork { stage: Some(stage), abandoned: Arc::default() }),
        Err(error) => Either::B(error.into()),
    }
}

/// Sends the request `text` to `environment` when the heap of this thread is full, and lets it
/// grow by `extra_bytes` then. Once. `false` where V8 cannot be asked for that.
#[napi(catch_unwind)]
pub fn watch_heap_limit(environment: u32, text: String, extra_bytes: u32) -> bool {
    heap_limit::watch(environment, text, extra_bytes as usize)
}

/// The request is being served, until `unwatchHeapLimit`: the heap may grow as much as that needs.
#[napi(catch_unwind)]
pub fn serve_heap_limit() {
    heap_limit::serve();
}

/// Takes the dump `plan` when V8 runs out of heap on this thread all the same; the process then
/// ends as it would have ended. `facts` is what is known of the result, as JSON; in the name of
/// the file, `{utc}` and `{clock}` become the time. With `is_image`, it is a heap image. `false`
/// where V8 cannot be asked for that.
#[napi(catch_unwind)]
pub fn watch_out_of_memory(
    plan: DumpPlan,
    makes_directory: bool,
    facts: String,
    is_image: bool,
    memory_bytes: Option<f64>,
) -> bool {
    let Ok(plan) = plan.with_scripts(&Scripts::default()) else { return false };
    out_of_memory::arm(LastDump {
        plan,
        makes_directory,
        facts: serde_json::from_str::<Facts>(&facts).unwrap_or_default(),
        is_image,
        memory: memory_bytes.map(whole),
    })
}

/// A dump at the heap limit has begun: what `watchOutOfMemory` asked for is done only if that fails.
#[napi(catch_unwind)]
pub fn stand_by_for_out_of_memory() {
    out_of_memory::stand_by();
}

/// Ends what `watchOutOfMemory` began.
#[napi(catch_unwind)]
pub fn unwatch_out_of_memory() {
    out_of_memory::disarm();
}

/// Saturates, which is what is wanted.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(bytes: f64) -> usize {
    bytes as usize
}

/// Ends what `watchHeapLimit` began.
#[napi(catch_unwind)]
pub fn unwatch_heap_limit() {
    heap_limit::unwatch();
}

/// Writes a chunk of the snapshot, in the child.
#[napi(catch_unwind)]
pub fn write_in_child(env: Env, chunk: JsString) {
    let mut bytes = Vec::new();
    copy_text(env, &chunk, &mut bytes);
    fork::write_in_child(&bytes);
}

#[napi]
impl NativeFork {
    /// Forks. In the child, `capture()` must call `writeInChild` with every chunk and answer
    /// whether V8 succeeded; the child ends with it. In the parent, gives the child's process id.
    #[napi(catch_unwind)]
    pub fn fork(
        &mut self,
        capture: Function<'_, (), bool>,
        plan: ForkPlan,
    ) -> Either<u32, Failure> {
        match self.start(&capture, &plan) {
            Ok(child) => Either::A(child),
            Err(error) => {
                if let Some(stage) = self.stage.take() {
                    stage.discard(None);
                }
                Either::B(error.into())
            }
        }
    }

    fn start(&mut self, capture: &Function<'_, (), bool>, plan: &ForkPlan) -> Result<u32, Error> {
        let stage = self.stage.as_mut().ok_or_else(|| Error::internal("fork"))?;
        let file =
            stage.file.try_clone().map_err(|e| Error::io(&e, "dup", stage.publication.target()))?;
        let (encoding, redactor) = (stage.publication.encoding(), stage.publication.redactor());
        let memory = plan.memory_bytes.map(whole);
        let image =
            plan.image.as_deref().map(|facts| serde_json::from_str(facts).unwrap_or_default());
        let timeout = Duration::try_from_secs_f64(plan.timeout_ms / 1e3).unwrap_or(Duration::MAX);
        let (reader, sender) = fork::status_pipe()?;
        match fork::fork(plan.comparable)? {
            Side::Parent(pid) => {
                if plan.survives {
                    stage.publication.leave_to_child();
                }
                let child = Child::new(pid, reader, timeout);
                let is_stream = stage.publication.is_stream();
                stage.child = Some(if is_stream { child.writing_to_stream() } else { child });
                Ok(pid.unsigned_abs())
            }
            Side::Child => {
                let partial = if plan.survives { stage.publication.take_partial() } else { None };
                let take = || capture.call(()).unwrap_or(false);
                // SAFETY: this is the child.
                unsafe {
                    fork::run_child(
                        Task {
                            file,
                            encoding,
                            status: sender,
                            redactor,
                            is_in_background: plan.is_in_background,
                            memory,
                            partial,
                            image,
                        },
                        take,
                    )
                }
            }
        }
    }

    /// Adds a script to those that are written beside the snapshot.
    #[napi(catch_unwind)]
    pub fn add_script(&self, name: String, text: String) {
        if let Some(stage) = &self.stage {
            stage.scripts.add(name, text);
        }
    }

    /// Waits for the child and publishes, in the background; the environment gets a
    /// `finished` notice with `ticket`. If the child fails, the environment also gets the
    /// request `otherwise`, which even a stuck thread serves.
    #[napi(catch_unwind)]
    pub fn finish_later(
        &mut self,
        facts: String,
        environment: u32,
        ticket: u32,
        otherwise: Option<String>,
    ) {
        let facts = serde_json::from_str::<Facts>(&facts).unwrap_or_default();
        let Some(stage) = self.stage.take() else { return };
        stage.publication.enter(Phase::Writing);
        let abandoned = Arc::clone(&self.abandoned);
        let watch = move || {
            block_signals();
            stage.end(&abandoned, facts, (environment, ticket), otherwise);
        };
        // Without a thread the stage is dropped: the child is killed, and nothing is published.
        let _ = thread::Builder::new()
            .name("heapdump-watch".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(watch);
    }

    /// Gives the dump up; whoever waits for its end is told so. Before `finishLater`, that is
    /// the end, and `why` is announced.
    #[napi(catch_unwind)]
    pub fn abandon(&mut self, why: Option<String>) {
        self.abandoned.store(true, Ordering::Release);
        let Some(stage) = self.stage.take() else { return };
        let failure = match why {
            Some(message) => Error::new(Code::Internal, message),
            None => Error::aborted(),
        };
        stage.discard(Some(failure));
    }
}
