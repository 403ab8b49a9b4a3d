//! Functions for JavaScript that take a dump. Their only caller is `lib/`, which checks arguments
//! and converts a [`Failure`] to an `Error`.
#![expect(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "the callers are in JavaScript, which Node-API hands values"
)]

use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use capture::{
    Announce, Asker, Code, DumpLock, DumpLockId, Encoding, Error, Facts, Listener, Names, Phase,
    Plan, Policy, Rule, Vocabulary, Writer,
};
use encryption::Recipients;
use napi::bindgen_prelude::{Either, Env, Function, JsValue, Unknown};
use napi::{JsString, sys};
use napi_derive::napi;

use super::delivery::{self, take_dump_lock};
use super::failure::Failure;
#[cfg(target_os = "linux")]
use super::handover::{self, HandoverAsker};
use super::sources::Scripts;
#[cfg(unix)]
use super::stream::duplicate;
use super::trigger::{self, Settings};
use super::{environment, heap_profiler, interrupt, main_thread, system};

/// The options of one dump.
#[napi(object)]
#[expect(clippy::struct_excessive_bools, reason = "named options of a JavaScript object")]
pub struct DumpPlan {
    /// The path of the file. It exists only once the snapshot is complete.
    pub path: String,
    /// The descriptor to write to instead of a file. Messages call it `path`.
    pub descriptor: Option<i32>,
    /// The id of the handover request to answer. The snapshot is written to its descriptor.
    pub handover: Option<u32>,
    /// Whether to replace an existing regular file.
    pub replace: bool,
    /// `gzip` or `zstd`. Uncompressed if absent.
    pub encoding: Option<String>,
    /// The public keys of those who can read the file. Not encrypted if absent.
    pub recipients: Option<Vec<String>>,
    /// Whether to write `<path>.json`, too.
    pub sidecar: bool,
    /// Whether to print the result on stderr.
    pub announce: bool,
    /// Whether the dump is retried if a forked child fails. Such a failure is not printed.
    pub retried: bool,
    /// Whether to block until the dump of another thread has ended, instead of failing.
    pub wait: bool,
    /// Whether V8 takes the snapshot only when the event loop turns.
    pub deferred: bool,
    /// What to redact. Nothing if absent.
    pub redaction: Option<RedactionPlan>,
}

/// What to redact in a snapshot.
#[napi(object)]
pub struct RedactionPlan {
    /// Number of characters to which longer strings are cut.
    pub max_length: Option<u32>,
    /// Strings that match one of these rules are replaced.
    pub rules: Vec<RedactionRule>,
    /// Whether to replace names that look like data, too.
    pub names: bool,
    /// The home directory. With `names`, the user's name is removed from paths of scripts.
    pub home: Option<String>,
}

/// Matches strings that satisfy all conditions. Texts are compared with the escaped text in the
/// file.
#[napi(object)]
pub struct RedactionRule {
    /// The start of the string.
    pub starts_with: Option<String>,
    /// A part of the string.
    pub contains: Option<String>,
    /// The string has more than this many characters.
    pub longer_than: Option<u32>,
}

/// One dump. Dropped before it is finished, it leaves no files behind.
#[napi]
pub struct NativeDump {
    writer: Writer,
    dump_lock: DumpLockId,
    scripts: Scripts,
}

/// Takes the dump lock and creates the temporary file.
#[napi(catch_unwind)]
pub fn open_dump(plan: DumpPlan) -> Either<NativeDump, Failure> {
    match open(plan) {
        Ok(dump) => Either::A(dump),
        Err(error) => Either::B(error.into()),
    }
}

fn open(plan: DumpPlan) -> Result<NativeDump, Error> {
    let taken = take_dump_lock(Phase::first(plan.deferred), plan.wait).ok_or_else(Error::busy)?;
    let dump_lock = taken.id();
    let scripts = Scripts::default();
    let writer = Writer::start(plan.with_scripts(&scripts)?, taken)?;
    Ok(NativeDump { writer, dump_lock, scripts })
}

impl From<RedactionPlan> for Policy {
    fn from(plan: RedactionPlan) -> Self {
        let rule = |rule: RedactionRule| Rule {
            starts_with: rule.starts_with.map(String::into_bytes),
            contains: rule.contains.map(String::into_bytes),
            longer_than: rule.longer_than.map(|length| length as usize),
        };
        let vocabulary = Vocabulary {
            redacted: findings::REDACTED,
            is_known: findings::is_known_to_rules,
            max_record: findings::MAX_RECORD_PROPERTIES,
        };
        Self {
            vocabulary,
            max_length: plan.max_length.map(|length| length as usize),
            rules: plan.rules.into_iter().map(rule).collect(),
            names: plan.names.then(|| Names::new(plan.home)),
        }
    }
}

impl DumpPlan {
    /// Converts the options. `scripts` are written beside the snapshot if the facts have `sources`.
    ///
    /// # Errors
    ///
    /// If the descriptor is not open, or if a recipient is not a public key.
    pub(super) fn with_scripts(self, scripts: &Scripts) -> Result<Plan, Error> {
        let (stream, asker) = self.outlet()?;
        let recipients = self.recipients.as_deref().map(Recipients::parse).transpose();
        Ok(Plan {
            stream,
            asker,
            target: PathBuf::from(self.path),
            replace: self.replace,
            encoding: Encoding::from_name(self.encoding.as_deref()),
            // JavaScript has checked the keys.
            recipients: recipients.map_err(|e| Error::new(Code::Unsupported, e.to_string()))?,
            sidecar: self.sidecar,
            redaction: self.redaction.map(Policy::from),
            scripts: Some(Box::new(scripts.clone())),
            system: system::system(),
            announce: match (self.announce, self.retried) {
                (false, _) => Announce::Nothing,
                (true, false) => Announce::Everything,
                (true, true) => Announce::AllButRetries,
            },
        })
    }

    /// Returns the descriptor to write to instead of a file, and the process that gets the result.
    #[cfg(target_os = "linux")]
    fn outlet(&self) -> Result<Outlet, Error> {
        let Some(id) = self.handover else {
            return Ok((self.descriptor.map(duplicate).transpose()?, None));
        };
        let handover = handover::pending(id).ok_or_else(Error::aborted)?;
        let stream = duplicate(handover.descriptor())?;
        let asker = HandoverAsker { handover, is_retried: self.retried };
        Ok((Some(stream), Some(Box::new(asker))))
    }

    /// Returns the descriptor to write to instead of a file.
    #[cfg(all(unix, not(target_os = "linux")))]
    fn outlet(&self) -> Result<Outlet, Error> {
        Ok((self.descriptor.map(duplicate).transpose()?, None))
    }

    /// Fails if there is a descriptor to write to instead of a file.
    #[cfg(not(unix))]
    fn outlet(&self) -> Result<Outlet, Error> {
        let message = "a descriptor can be written to on Unix only";
        self.descriptor.map_or(Ok((None, None)), |_| Err(Error::new(Code::Unsupported, message)))
    }
}

/// The descriptor to write to instead of a file, and the process that gets the result.
type Outlet = (Option<File>, Option<Box<dyn Asker>>);

#[napi]
impl NativeDump {
    /// Records that V8 has started the snapshot. The dump lock cannot be taken over any more.
    #[napi(catch_unwind)]
    pub fn begin(&self) {
        self.dump_lock.enter(Phase::Capturing);
    }

    /// Queues a chunk of the snapshot for writing.
    #[napi(catch_unwind)]
    pub fn write(&self, env: Env, chunk: JsString) {
        let mut bytes = self.writer.buffer();
        copy_text(env, &chunk, &mut bytes);
        self.writer.write(bytes);
    }

    /// Adds a script to be written beside the snapshot.
    #[napi(catch_unwind)]
    pub fn add_script(&self, name: String, text: String) {
        self.scripts.add(name, text);
    }

    /// Blocks until the file is published. Returns the result as JSON.
    #[napi(catch_unwind)]
    pub fn finish(&self, facts: String) -> Either<String, Failure> {
        let (sender, receiver) = mpsc::channel();
        self.end(&facts, Box::new(move |outcome| drop(sender.send(outcome))));
        match receiver.recv().unwrap_or_else(|_| Err(Error::internal("the snapshot writer"))) {
            Ok(result) => Either::A(result),
            Err(error) => Either::B(error.into()),
        }
    }

    /// Publishes the file in the background. Sends the environment a `finished` message with
    /// `ticket`.
    #[napi(catch_unwind)]
    pub fn finish_later(&self, facts: String, environment: u32, ticket: u32) {
        self.end(&facts, delivery::listener(environment, ticket));
    }

    /// Aborts the dump. Callers that wait for the result get an error, with the message `why` if
    /// given.
    #[napi(catch_unwind)]
    pub fn abandon(&self, why: Option<String>) {
        self.writer.abandon(match why {
            Some(message) => Error::new(Code::Internal, message),
            None => Error::aborted(),
        });
    }
}

impl NativeDump {
    fn end(&self, facts: &str, listener: Listener) {
        self.dump_lock.enter(Phase::Writing);
        // `lib/` passes a JSON object. Other text counts as an object without fields.
        self.writer.finish(serde_json::from_str::<Facts>(facts).unwrap_or_default(), listener);
    }
}

/// Copies an ASCII string. All chunks of V8 are ASCII, because it escapes other characters.
pub(super) fn copy_text(env: Env, text: &JsString, bytes: &mut Vec<u8>) {
    let value = text.value().value;
    let mut length = 0;
    // SAFETY: `text` is a string of this environment. Without a buffer, only the length is
    // returned.
    unsafe {
        sys::napi_get_value_string_latin1(
            env.raw(),
            value,
            std::ptr::null_mut(),
            0,
            &raw mut length,
        );
    }
    // One byte more, because Node-API appends a NUL.
    bytes.resize(length + 1, 0);
    let mut written = 0;
    // SAFETY: `text` is a string of this environment, and the buffer has the given size.
    unsafe {
        sys::napi_get_value_string_latin1(
            env.raw(),
            value,
            bytes.as_mut_ptr().cast(),
            bytes.len(),
            &raw mut written,
        );
    }
    bytes.truncate(written);
}

/// Adds the calling environment, and returns its id. `handler(message, interrupted)` is called for
/// each of its messages.
#[napi(catch_unwind, ts_args_type = "handler: (message: string, interrupted: boolean) => boolean")]
pub fn attach(env: Env, handler: Function<'_, Unknown<'_>, bool>) -> Either<u32, Failure> {
    // SAFETY: napi-rs passes the calling environment and a value of it.
    match unsafe { delivery::attach(env.raw(), handler.value().value) } {
        Ok(id) => Either::A(id),
        Err(error) => Either::B(error.into()),
    }
}

/// Returns the ids of the environments that loaded the addon, oldest first, one for each thread.
#[napi(catch_unwind)]
pub fn peers() -> Vec<u32> {
    environment::peers()
}

/// Returns whether the calling thread is the main thread of the process.
#[napi(catch_unwind)]
pub fn is_main_thread() -> bool {
    main_thread::is_main_thread()
}

/// Sends `text` to another environment. A request is served even by a stuck thread. Returns `false`
/// if there is no environment with this id.
#[napi(catch_unwind)]
pub fn post(to: u32, text: String, is_request: bool) -> bool {
    delivery::post(to, text, is_request)
}

/// Sends the environment a `lockFree` message as soon as no dump is in progress.
#[napi(catch_unwind)]
pub fn await_dump_lock(environment: u32) {
    delivery::await_dump_lock(environment);
}

/// Blocks until the snapshot that is being written, if any, is published, but not longer than
/// `limit_ms`.
#[napi(catch_unwind)]
pub fn settle(limit_ms: u32) {
    DumpLock::settle(Duration::from_millis(limit_ms.into()));
}

/// Sets whether a dump in progress keeps the event loop of this environment alive.
#[napi(catch_unwind)]
pub fn keep_loop_alive(environment: u32, keep: bool) {
    delivery::keep_loop_alive(environment, keep);
}

/// Makes `signal` cause a dump of `environment`, or of every thread.
///
/// `interruptTimeoutMs`: how long a thread may take to serve the request before it is interrupted.
/// If absent, it is never interrupted. `message`: the request for the dump.
#[napi(catch_unwind)]
pub fn install(
    environment: u32,
    signal: i32,
    all_threads: bool,
    interrupt_timeout_ms: Option<u32>,
    message: String,
) -> Option<Failure> {
    let interrupt_timeout = interrupt_timeout_ms.map(|ms| Duration::from_millis(ms.into()));
    let message = message.into();
    trigger::install(Settings { environment, signal, all_threads, interrupt_timeout, message })
        .err()
        .map(Failure::from)
}

/// Stops to watch the signal. Returns `false` if this environment had not installed it.
#[napi(catch_unwind)]
pub fn uninstall(environment: u32) -> bool {
    trigger::uninstall(environment)
}

/// Starts to record the stack of every allocation of this thread, which makes allocations slow. Returns
/// `false` if this host cannot.
#[napi(catch_unwind)]
pub fn start_tracking_allocations() -> bool {
    heap_profiler::start_tracking()
}

/// Stops recording the stacks of allocations, and discards them.
#[napi(catch_unwind)]
pub fn stop_tracking_allocations() {
    heap_profiler::stop_tracking();
}

/// Returns why `key` is not the public key of a recipient; nothing if it is one.
#[napi(catch_unwind)]
pub fn recipient_problem(key: String) -> Option<String> {
    Recipients::parse(&[key]).err().map(|error| error.to_string())
}

/// Functions of the host that this addon uses in addition to Node-API.
#[napi(object)]
pub struct HostFeatures {
    /// Whether libuv's functions are exported, so that a signal can be watched.
    pub libuv: bool,
    /// Why a stuck thread cannot be interrupted. Absent if it can.
    pub interrupt_obstacle: Option<String>,
    /// Where interrupts have to wait, in this version of V8. Absent if nowhere.
    pub interrupt_limitation: Option<String>,
}

/// Returns which functions the host has in addition to Node-API.
#[napi(catch_unwind)]
pub fn host_features() -> HostFeatures {
    let interrupt_obstacle = interrupt::obstacle();
    HostFeatures {
        libuv: trigger::is_available(),
        interrupt_limitation: interrupt::limitation().filter(|_| interrupt_obstacle.is_none()),
        interrupt_obstacle,
    }
}
