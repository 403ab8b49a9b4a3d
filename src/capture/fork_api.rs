//! Functions for JavaScript that take a forked dump. `lib/capture/{capture,fork,watch}.js` call
//! them.
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
use super::fork::{self, Child, SelfTest, Side, Task};
use super::fork_stage::Stage;
use super::heap_limit;
use super::out_of_memory::{self, LastDump};
use super::sources::Scripts;
use super::system::block_signals;

/// The options of a forked dump.
#[napi(object)]
pub struct ForkPlan {
    /// Whether objects keep their ids in later dumps.
    pub comparable: bool,
    /// Whether the child continues if this process ends. It publishes the file itself then.
    pub survives: bool,
    /// Whether to lower the child's priority for the processor and the disk.
    pub is_in_background: bool,
    /// How many bytes the child may grow by. Unlimited if absent.
    pub memory_bytes: Option<f64>,
    /// How many milliseconds the child may take.
    pub timeout_ms: f64,
    /// A JSON object for the header of a heap image, which is written instead of a snapshot.
    pub image: Option<String>,
}

/// A forked dump. Dropped before `finishLater`, it leaves no files behind.
#[napi]
pub struct NativeFork {
    /// `None` after `finishLater`.
    stage: Option<Stage>,
    abandoned: Arc<AtomicBool>,
}

/// Returns why this process cannot be forked, as far as is known without the self-test.
#[napi(catch_unwind)]
pub fn fork_obstacle() -> Option<String> {
    fork::obstacle().map(str::to_owned)
}

/// Returns the result of the fork self-test: an empty text if forked dumps work, otherwise the
/// reason why they do not. Returns nothing if there is no result yet.
#[napi(catch_unwind)]
pub fn fork_verdict() -> Option<String> {
    fork::self_test_result().map(|result| result.err().unwrap_or_default())
}

/// Runs the fork self-test if there is no result yet, and blocks until it has ended.
#[napi(catch_unwind)]
pub fn probe_fork(executable: String, script: String) {
    SelfTest { executable, script }.run_blocking();
}

/// Runs the fork self-test in the background if there is no result yet. Then sends `text` to
/// `environment`, like `post`. A request is sent after fifteen seconds even without a result.
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
    SelfTest { executable, script }.run_later(Box::new(then), is_request);
}

/// Returns whether V8 is marking the heap of this thread. A fork takes longer then.
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

/// Sends the request `text` to `environment` when the heap of this thread is full, once, and raises
/// the heap limit by `extraBytes` then. Returns `false` if this host does not support it.
#[napi(catch_unwind)]
pub fn watch_heap_limit(environment: u32, text: String, extra_bytes: u32) -> bool {
    heap_limit::watch(environment, text, extra_bytes as usize)
}

/// Starts to serve the request of `watchHeapLimit`. Until `unwatchHeapLimit`, the heap may grow as
/// far as needed.
#[napi(catch_unwind)]
pub fn serve_heap_limit() {
    heap_limit::serve();
}

/// Takes the dump `plan` if V8 runs out of heap on this thread. The process then ends as usual. In
/// the path, `{utc}` and `{clock}` are replaced with the time. `facts`: the known fields of the
/// result, as JSON. `isImage`: whether to write a heap image. Returns `false` if this host does not
/// support it.
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

/// Records that a dump at the heap limit has started. The dump of `watchOutOfMemory` is then taken
/// only if that one fails.
#[napi(catch_unwind)]
pub fn stand_by_for_out_of_memory() {
    out_of_memory::stand_by();
}

/// Cancels `watchOutOfMemory`.
#[napi(catch_unwind)]
pub fn unwatch_out_of_memory() {
    out_of_memory::disarm();
}

/// Converts a number of bytes from JavaScript. Negative and too large numbers saturate.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(bytes: f64) -> usize {
    bytes as usize
}

/// Cancels `watchHeapLimit`, or ends `serveHeapLimit`.
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
    /// Forks. In the child, calls `capture()`, which must pass every chunk to `writeInChild` and
    /// return whether V8 succeeded, and then ends the child. In the parent, returns the child's
    /// process id.
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
        let recipients = stage.publication.recipients();
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
                // SAFETY: this is the only thread of a child that was just forked.
                unsafe {
                    fork::run_child(
                        Task {
                            file,
                            encoding,
                            recipients,
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

    /// Adds a script to be written beside the snapshot.
    #[napi(catch_unwind)]
    pub fn add_script(&self, name: String, text: String) {
        if let Some(stage) = &self.stage {
            stage.scripts.add(name, text);
        }
    }

    /// Waits for the child and publishes the file, in the background. Sends the environment a
    /// `finished` message with `ticket`. If the child fails, also sends the environment the request
    /// `otherwise`, which even a stuck thread serves.
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
        // If no thread can be started, the stage is dropped, which kills the child and removes the
        // file.
        let _ = thread::Builder::new()
            .name("heapdump-watch".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(watch);
    }

    /// Aborts the dump. Before `finishLater`, removes the file and prints `why`. After it, the
    /// `finished` message has an error.
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
