//! The functions that JavaScript calls to capture in a forked child.
//! `lib/capture/capture.js` is their only caller.
#![expect(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "the callers are in JavaScript, which Node-API hands values"
)]

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use napi::JsString;
use napi::bindgen_prelude::{Either, Env, Function};
use napi_derive::napi;
use serde_json::Value;

use super::api::{DumpPlan, copy_text, take_turn};
use super::environment;
use super::failure::{self, Failure};
use super::fork::{self, Child, Probe, Side, Task};
use super::heap_limit;
use super::out_of_memory::{self, LastDump};
use super::publication::{Facts, Listener, Plan, Publication};
use super::turn::Phase;
use super::writer::{STACK_SIZE, block_signals};

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
}

/// A dump that a forked child takes. Dropped without an end, it leaves nothing behind.
#[napi]
pub struct NativeFork {
    /// Until `finishLater`.
    stage: Option<Stage>,
    abandoned: Arc<AtomicBool>,
}

struct Stage {
    publication: Publication,
    file: File,
    child: Option<Child>,
}

/// How long a file system may take for the end of a snapshot that is complete, whatever is left
/// of the child's time: a slow disk takes long for `fsync`.
const MIN_PUBLISH_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a file system may take to remove a file.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a JS thread waits for the removal of a file, which goes on in the background.
const JS_THREAD_TIMEOUT: Duration = Duration::from_millis(200);

impl Stage {
    /// Waits for the child's end and publishes what it wrote.
    fn end(
        self,
        abandoned: &AtomicBool,
        facts: Facts,
        (environment, ticket): (u32, u32),
        otherwise: Option<String>,
    ) {
        let Self { publication, file, child } = self;
        let is_abandoned = || abandoned.load(Ordering::Acquire);
        let target = publication.target().to_string_lossy().into_owned();
        let time_left = child.as_ref().map(Child::time_left).unwrap_or_default();
        let begun = Instant::now();
        let watched = match child {
            Some(child) => {
                let on_progress = |bytes| environment::progress(environment, ticket, bytes);
                child.watch(is_abandoned, on_progress)
            }
            None => Err(Failure::internal("fork")),
        };
        let watched = watched
            .map_err(|failure| failure.about(target.clone()))
            .and_then(|bytes| if is_abandoned() { Err(Failure::aborted()) } else { Ok(bytes) });
        let failed = watched.as_ref().err().cloned();
        let limit = match &failed {
            None => time_left.saturating_sub(begun.elapsed()).max(MIN_PUBLISH_TIMEOUT),
            Some(_) => DISCARD_TIMEOUT,
        };
        let (announce, cancelled) = (publication.announce(), publication.cancellation());
        let outcome = run_within(limit, move |listener| {
            let written = || {
                if watched.as_ref().is_err_and(Failure::is_of_child) {
                    exercise(&file);
                }
                watched.map(|bytes| (file, bytes))
            };
            publication.end(written, facts, listener);
        });
        let is_stalled = outcome.is_none();
        let outcome = outcome.unwrap_or_else(|| {
            cancelled.store(true, Ordering::Release);
            let failure = stalled(&target, failed.as_ref());
            announce.failure(&failure);
            Err(failure)
        });
        environment::finished(environment, ticket, outcome);
        if let (Some(request), Some(failure)) = (otherwise, failed)
            && failure.is_of_child()
            && !is_stalled
        {
            environment::post(environment, with_failure(&request, &failure), true);
        }
    }

    /// Removes the file and ends the child, in the background if that takes long.
    fn discard(self, failure: Option<Failure>) {
        let Self { publication, child, .. } = self;
        run_within(JS_THREAD_TIMEOUT, move |listener| {
            drop(child);
            match failure {
                Some(failure) => publication.end(|| Err(failure), Facts::new(), listener),
                None => drop(publication),
            }
        });
    }
}

/// Runs `action` on a thread of its own and gives what it tells the listener; `None` if that
/// takes longer than `limit`: `action` goes on, and nobody listens.
fn run_within(
    limit: Duration,
    action: impl FnOnce(Listener) + Send + 'static,
) -> Option<Result<String, Failure>> {
    let (sender, outcome) = mpsc::channel();
    let run = move || {
        block_signals();
        action(Listener::Waiting(sender));
    };
    // Without a thread `action` is dropped, and with it the file and the sender.
    let _ = thread::Builder::new()
        .name("heapdump-publish".to_owned())
        .stack_size(STACK_SIZE)
        .spawn(run);
    match outcome.recv_timeout(limit) {
        Ok(outcome) => Some(outcome),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Err(Failure::internal("publication"))),
    }
}

/// Writes to a file that will be removed. If the file system did not let the child write, this
/// does not return, and the dump is not tried again in the process itself, which would be stuck.
fn exercise(mut file: &File) {
    // Any answer is good enough, also an error.
    let _ = file.set_len(0).and_then(|()| file.write_all(&[0])).and_then(|()| file.sync_all());
}

/// The file system has not answered in time.
fn stalled(target: &str, failed: Option<&Failure>) -> Failure {
    let before = failed.map(|failure| format!("; before that, {failure}")).unwrap_or_default();
    Failure::new(failure::STALLED, format!("the file system of '{target}' does not answer{before}"))
}

/// The JSON object `request`, with one more field.
fn with_failure(request: &str, failure: &Failure) -> String {
    let mut request = serde_json::from_str::<Facts>(request).unwrap_or_default();
    request.insert("failure".to_owned(), failure.to_json());
    Value::Object(request).to_string()
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
        environment::post(environment, text, is_request);
    };
    Probe { executable, script }.find_out_later(Box::new(then), is_request);
}

/// Whether V8 is in the middle of marking the heap of this thread: a fork would take longer.
#[napi(catch_unwind)]
pub fn is_marking() -> bool {
    fork::is_marking()
}

/// Takes the turn and creates the temporary file.
#[napi(catch_unwind)]
pub fn open_fork(plan: DumpPlan) -> Either<NativeFork, Failure> {
    let turn = match take_turn(&plan, Phase::Capturing) {
        Ok(turn) => turn,
        Err(failure) => return Either::B(failure),
    };
    let plan: Plan = plan.into();
    let announce = plan.announce;
    match Publication::open(plan, turn) {
        Ok((publication, file)) => Either::A(NativeFork {
            stage: Some(Stage { publication, file, child: None }),
            abandoned: Arc::default(),
        }),
        Err(failure) => {
            announce.failure(&failure);
            Either::B(failure)
        }
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
/// the file, `{utc}` and `{clock}` become the time. `false` where V8 cannot be asked for that.
#[napi(catch_unwind)]
pub fn watch_out_of_memory(
    plan: DumpPlan,
    makes_directory: bool,
    facts: String,
    memory_bytes: Option<f64>,
) -> bool {
    out_of_memory::arm(LastDump {
        plan: plan.into(),
        makes_directory,
        facts: serde_json::from_str::<Facts>(&facts).unwrap_or_default(),
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
            Err(failure) => {
                if let Some(stage) = self.stage.take() {
                    stage.discard(None);
                }
                Either::B(failure)
            }
        }
    }

    fn start(&mut self, capture: &Function<'_, (), bool>, plan: &ForkPlan) -> Result<u32, Failure> {
        let stage = self.stage.as_mut().ok_or_else(|| Failure::internal("fork"))?;
        let file = stage
            .file
            .try_clone()
            .map_err(|e| Failure::io(&e, "dup", stage.publication.target()))?;
        let (encoding, redactor) = (stage.publication.encoding(), stage.publication.redactor());
        let memory = plan.memory_bytes.map(whole);
        let timeout = Duration::try_from_secs_f64(plan.timeout_ms / 1e3).unwrap_or(Duration::MAX);
        let (reader, sender) = fork::status_pipe()?;
        match fork::fork(plan.comparable)? {
            Side::Parent(pid) => {
                if plan.survives {
                    stage.publication.leave_to_child();
                }
                stage.child = Some(Child::new(pid, reader, timeout));
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
            stage.publication.scripts().add(name, text);
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
            Some(message) => Failure::new("ERR_HEAPDUMP_INTERNAL", message),
            None => Failure::aborted(),
        };
        stage.discard(Some(failure));
    }
}
