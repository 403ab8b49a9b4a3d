//! The functions that JavaScript calls to capture. `lib/` is their only caller:
//! arguments are checked there, and a [`Failure`] becomes an `Error` there.
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
use super::{environment, interrupt, main_thread, system};

/// What `openDump` is to write, and how.
#[napi(object)]
#[expect(clippy::struct_excessive_bools, reason = "named options of a JavaScript object")]
pub struct DumpPlan {
    /// The file; nothing else ever exists under this name than the whole snapshot.
    pub path: String,
    /// The descriptor that it goes to in the place of a file; `path` is what messages call it.
    pub descriptor: Option<i32>,
    /// The request of another process that it answers, and whose descriptor it goes to.
    pub handover: Option<u32>,
    /// Replace an existing regular file.
    pub replace: bool,
    /// `gzip` or `zstd`; plain if absent.
    pub encoding: Option<String>,
    /// Also write `<path>.json`.
    pub sidecar: bool,
    /// Say on stderr how it ended.
    pub announce: bool,
    /// If a forked child fails, the dump is tried again: that is nothing to say.
    pub retried: bool,
    /// Block until the dump of another thread has ended, instead of failing.
    pub wait: bool,
    /// V8 was asked, and takes the snapshot when the loop turns.
    pub deferred: bool,
    /// What is taken out; nothing if absent.
    pub redaction: Option<RedactionPlan>,
}

/// What is taken out of a snapshot.
#[napi(object)]
pub struct RedactionPlan {
    /// Longer strings are cut to so many characters.
    pub max_length: Option<u32>,
    /// Strings that one of them matches are replaced.
    pub rules: Vec<RedactionRule>,
    /// Names that are data are replaced, too.
    pub names: bool,
    /// The home directory: with `names`, the user's name is taken out of paths of scripts.
    pub home: Option<String>,
}

/// Matches strings for which all of this holds; the texts as they are in the file.
#[napi(object)]
pub struct RedactionRule {
    /// How they begin.
    pub starts_with: Option<String>,
    /// What is in them.
    pub contains: Option<String>,
    /// In characters.
    pub longer_than: Option<u32>,
}

/// One dump on its way to disk. Dropped without an end, it leaves nothing behind.
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
    /// The plan of a dump, beside which `scripts` are written if the facts have `sources`.
    ///
    /// # Errors
    ///
    /// If the descriptor that it goes to is not open.
    pub(super) fn with_scripts(self, scripts: &Scripts) -> Result<Plan, Error> {
        let (stream, asker) = self.outlet()?;
        Ok(Plan {
            stream,
            asker,
            target: PathBuf::from(self.path),
            replace: self.replace,
            encoding: Encoding::from_name(self.encoding.as_deref()),
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

    /// Where it goes in the place of a file, and who is told how it ended.
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

    /// Where it goes in the place of a file.
    #[cfg(all(unix, not(target_os = "linux")))]
    fn outlet(&self) -> Result<Outlet, Error> {
        Ok((self.descriptor.map(duplicate).transpose()?, None))
    }

    /// Where it goes in the place of a file.
    #[cfg(not(unix))]
    fn outlet(&self) -> Result<Outlet, Error> {
        let message = "a descriptor can be written to on Unix only";
        self.descriptor.map_or(Ok((None, None)), |_| Err(Error::new(Code::Unsupported, message)))
    }
}

/// Where a snapshot goes in the place of a file, and who is told how the dump ended.
type Outlet = (Option<File>, Option<Box<dyn Asker>>);

#[napi]
impl NativeDump {
    /// V8 has begun: the dump lock cannot be taken over any more.
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

    /// Adds a script to those that are written beside the snapshot.
    #[napi(catch_unwind)]
    pub fn add_script(&self, name: String, text: String) {
        self.scripts.add(name, text);
    }

    /// Blocks until the file is published: the result as JSON, or why there is none.
    #[napi(catch_unwind)]
    pub fn finish(&self, facts: String) -> Either<String, Failure> {
        let (sender, receiver) = mpsc::channel();
        self.end(&facts, Box::new(move |outcome| drop(sender.send(outcome))));
        match receiver.recv().unwrap_or_else(|_| Err(Error::internal("the snapshot writer"))) {
            Ok(result) => Either::A(result),
            Err(error) => Either::B(error.into()),
        }
    }

    /// Publishes in the background; the environment gets a `finished` notice with `ticket`.
    #[napi(catch_unwind)]
    pub fn finish_later(&self, facts: String, environment: u32, ticket: u32) {
        self.end(&facts, delivery::listener(environment, ticket));
    }

    /// Gives the dump up; whoever waits for its end is told so, or why.
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
        // `lib/` sends an object; anything else would only lose what it says about the dump.
        self.writer.finish(serde_json::from_str::<Facts>(facts).unwrap_or_default(), listener);
    }
}

/// Copies an ASCII string, as every chunk of V8's is (it escapes everything else).
pub(super) fn copy_text(env: Env, text: &JsString, bytes: &mut Vec<u8>) {
    let value = text.value().value;
    let mut length = 0;
    // SAFETY: a string of this environment; without a buffer only the length is written.
    unsafe {
        sys::napi_get_value_string_latin1(
            env.raw(),
            value,
            std::ptr::null_mut(),
            0,
            &raw mut length,
        );
    }
    // One more: Node-API ends what it writes with a NUL.
    bytes.resize(length + 1, 0);
    let mut written = 0;
    // SAFETY: the buffer has the size given.
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

/// Adds the calling environment; `handler(message, interrupted)` gets its mail.
#[napi(catch_unwind, ts_args_type = "handler: (message: string, interrupted: boolean) => boolean")]
pub fn attach(env: Env, handler: Function<'_, Unknown<'_>, bool>) -> Either<u32, Failure> {
    // SAFETY: napi-rs hands out the calling environment and a value of it.
    match unsafe { delivery::attach(env.raw(), handler.value().value) } {
        Ok(id) => Either::A(id),
        Err(error) => Either::B(error.into()),
    }
}

/// The environments that loaded the addon, oldest first, one for each thread.
#[napi(catch_unwind)]
pub fn peers() -> Vec<u32> {
    environment::peers()
}

/// Returns whether the calling thread is the one that the process began with.
#[napi(catch_unwind)]
pub fn is_main_thread() -> bool {
    main_thread::is_main_thread()
}

/// Sends `text` to another environment; a request is served even by a stuck thread.
#[napi(catch_unwind)]
pub fn post(to: u32, text: String, is_request: bool) -> bool {
    delivery::post(to, text, is_request)
}

/// A `lockFree` notice follows as soon as nobody is dumping.
#[napi(catch_unwind)]
pub fn await_dump_lock(environment: u32) {
    delivery::await_dump_lock(environment);
}

/// Blocks until the snapshot being written, if any, is published, but not for longer than
/// `limit_ms`.
#[napi(catch_unwind)]
pub fn settle(limit_ms: u32) {
    DumpLock::settle(Duration::from_millis(limit_ms.into()));
}

/// Whether the loop of this environment stays alive for a dump under way.
#[napi(catch_unwind)]
pub fn keep_loop_alive(environment: u32, keep: bool) {
    delivery::keep_loop_alive(environment, keep);
}

/// Answers `signal` with a dump of `environment`, or of every thread.
///
/// `patienceMs`: how long a thread may leave the request lying before it is
/// interrupted; absent: it never is. `message`: the mail that asks for the dump.
#[napi(catch_unwind)]
pub fn install(
    environment: u32,
    signal: i32,
    everyone: bool,
    patience_ms: Option<u32>,
    message: String,
) -> Option<Failure> {
    let patience = patience_ms.map(|ms| Duration::from_millis(ms.into()));
    trigger::install(Settings { environment, signal, everyone, patience, message: message.into() })
        .err()
        .map(Failure::from)
}

/// Stops answering the signal. `false` if this environment had not installed it.
#[napi(catch_unwind)]
pub fn uninstall(environment: u32) -> bool {
    trigger::uninstall(environment)
}

/// What the process offers to this addon beyond Node-API.
#[napi(object)]
pub struct HostFeatures {
    /// libuv's functions are exported: a signal can be watched.
    pub libuv: bool,
    /// Why a stuck thread cannot be interrupted; absent if it can.
    pub interrupt_obstacle: Option<String>,
    /// Where an interrupt has to wait, in this version of V8.
    pub interrupt_limitation: Option<String>,
}

/// What the process offers to this addon beyond Node-API.
#[napi(catch_unwind)]
pub fn host_features() -> HostFeatures {
    let interrupt_obstacle = interrupt::obstacle();
    HostFeatures {
        libuv: trigger::is_available(),
        interrupt_limitation: interrupt::limitation().filter(|_| interrupt_obstacle.is_none()),
        interrupt_obstacle,
    }
}
