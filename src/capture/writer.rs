//! Writes one dump, on a thread of its own.
//!
//! The JS thread is stopped while V8 hands out the snapshot; every microsecond
//! spent on disk there would lengthen the pause. So chunks go through a bounded
//! queue to a thread that encodes and writes, and asks the kernel to start
//! writing back early so that the final `fsync` is short.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
#[cfg(unix)]
use std::mem::MaybeUninit;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::ptr;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;
use std::time::Instant;

use serde_json::{Map, Value};

use super::encoder::{Encoder, Encoding};
use super::envelope::Envelope;
use super::environment;
use super::failure::Failure;
use super::file::PartialFile;
use super::turn::Turn;

/// Chunks under way between the JS thread and the disk: at most 8 MB on recent V8.
const QUEUE: usize = 8;

/// Enough for the encoders, which keep their tables on the heap.
const STACK_SIZE: usize = 256 * 1024;

/// Bytes between two requests to start writing back.
const WRITE_BACK: u64 = 8 << 20;

/// What JavaScript knows of a dump when V8 is done: becomes the `DumpResult`.
pub(super) type Facts = Map<String, Value>;

/// The end of a dump: the `DumpResult` as JSON, or why there is none.
pub(super) type Outcome = Result<String, Failure>;

/// What is to be written, and how.
pub(super) struct Plan {
    pub(super) encoding: Encoding,
    /// Also write `<path>.json`.
    pub(super) sidecar: bool,
    /// Say on stderr how it ended.
    pub(super) announce: bool,
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

enum Message {
    Chunk(Vec<u8>),
    Finish(Facts, Listener),
}

/// The sending end; dropping it without [`finish`](Self::finish) gives the dump up.
pub(super) struct Writer {
    sending: Arc<Sending>,
    spent: Receiver<Vec<u8>>,
}

struct Sending {
    messages: SyncSender<Message>,
    abandoned: Arc<OnceLock<Failure>>,
}

thread_local! {
    /// What is being sent by this JS thread.
    static SENDING: RefCell<Weak<Sending>> = const { RefCell::new(Weak::new()) };
}

/// Gives up what this JS thread was sending when its JavaScript was ended: nobody
/// else will call [`Writer::finish`].
pub(super) fn give_up_on_this_thread() {
    if let Some(sending) = SENDING.take().upgrade() {
        let _ = sending.abandoned.set(Failure::aborted());
        let _ = sending.messages.send(Message::Finish(Facts::new(), Listener::Nobody));
    }
}

impl Writer {
    /// Opens the file and starts the thread.
    pub(super) fn start(
        target: &Path,
        replace: bool,
        plan: Plan,
        turn: Turn,
    ) -> Result<Self, Failure> {
        let announce = plan.announce;
        let writer = Self::open_and_spawn(target, replace, plan, turn);
        if let (Err(failure), true) = (&writer, announce) {
            announce_line(&format!("dump failed: {failure}"));
        }
        writer
    }

    fn open_and_spawn(
        target: &Path,
        replace: bool,
        plan: Plan,
        turn: Turn,
    ) -> Result<Self, Failure> {
        let (partial, file) = PartialFile::create(target, replace)?;
        let encoder =
            Encoder::new(file, plan.encoding).map_err(|e| Failure::io(&e, "write", target))?;
        let (messages, inbox) = mpsc::sync_channel(QUEUE);
        let (returns, spent) = mpsc::sync_channel(QUEUE);
        let abandoned = Arc::new(OnceLock::new());
        let job = Job {
            inbox,
            returns,
            abandoned: Arc::clone(&abandoned),
            plan,
            started: Instant::now(),
        };
        thread::Builder::new()
            .name("heapdump-writer".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || job.run(partial, encoder, turn))
            .map_err(|e| Failure::io(&e, "pthread_create", target))?;
        let sending = Arc::new(Sending { messages, abandoned });
        SENDING.set(Arc::downgrade(&sending));
        Ok(Self { sending, spent })
    }

    /// An empty buffer, used before if possible.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.spent.try_recv().unwrap_or_default()
    }

    /// Queues a chunk; waits while the queue is full.
    pub(super) fn write(&self, chunk: Vec<u8>) {
        // The thread takes messages until `Finish`, whatever happens to the file.
        let _ = self.sending.messages.send(Message::Chunk(chunk));
    }

    /// All chunks are queued: publish, then tell `listener`.
    pub(super) fn finish(&self, facts: Facts, listener: Listener) {
        SENDING.take();
        let _ = self.sending.messages.send(Message::Finish(facts, listener));
    }

    /// Gives the dump up, also after [`finish`](Self::finish) as long as it is not published.
    /// The first reason counts.
    pub(super) fn abandon(&self, why: Failure) {
        let _ = self.sending.abandoned.set(why);
    }
}

/// The thread's side.
struct Job {
    inbox: Receiver<Message>,
    returns: SyncSender<Vec<u8>>,
    abandoned: Arc<OnceLock<Failure>>,
    plan: Plan,
    started: Instant,
}

impl Job {
    fn run(self, partial: PartialFile, mut encoder: Encoder, turn: Turn) {
        block_signals();
        let mut envelope = Envelope::default();
        let received = guarded(|| self.receive(&mut encoder, &mut envelope, partial.target()));
        let (outcome, listener) = match received {
            // The sender is gone: nobody is left to tell.
            Ok(None) => return,
            Ok(Some((facts, listener))) => {
                (guarded(|| self.publish(partial, encoder, &envelope, facts)), listener)
            }
            Err(failure) => {
                // Give the disk back at once; V8 may be at work for a while yet.
                drop((encoder, partial));
                match self.drain() {
                    Some(listener) => (Err(failure), listener),
                    None => return,
                }
            }
        };
        if self.plan.announce {
            announce_line(&match &outcome {
                Ok(facts) => describe(facts),
                Err(failure) => format!("dump failed: {failure}"),
            });
        }
        // The next dump may start before anybody is told of this one.
        drop(turn);
        let outcome = outcome.map(|facts| Value::Object(facts).to_string());
        match listener {
            Listener::Waiting(sender) => drop(sender.send(outcome)),
            Listener::Nobody => {}
            Listener::Environment { id, ticket } => environment::finished(id, ticket, outcome),
        }
    }

    /// Writes chunks until the sender is done (`Some`) or gone (`None`).
    fn receive(
        &self,
        encoder: &mut Encoder,
        envelope: &mut Envelope,
        target: &Path,
    ) -> Result<Option<(Facts, Listener)>, Failure> {
        let mut flushed = 0;
        while let Ok(message) = self.inbox.recv() {
            if let Some(why) = self.abandoned.get() {
                return match message {
                    Message::Chunk(_) => Err(why.clone()),
                    Message::Finish(facts, listener) => Ok(Some((facts, listener))),
                };
            }
            match message {
                Message::Finish(facts, listener) => return Ok(Some((facts, listener))),
                Message::Chunk(mut chunk) => {
                    envelope.push(&chunk);
                    encoder.write_all(&chunk).map_err(|e| Failure::io(&e, "write", target))?;
                    if envelope.bytes() - flushed >= WRITE_BACK {
                        flushed = envelope.bytes();
                        start_write_back(encoder.file());
                    }
                    chunk.clear();
                    // A full return queue only means that this buffer is freed.
                    let _ = self.returns.try_send(chunk);
                }
            }
        }
        Ok(None)
    }

    /// Takes messages without writing, until the listener is known.
    fn drain(&self) -> Option<Listener> {
        while let Ok(message) = self.inbox.recv() {
            if let Message::Finish(_, listener) = message {
                return Some(listener);
            }
        }
        None
    }

    /// Checks that the snapshot is whole and gives it its name.
    fn publish(
        &self,
        partial: PartialFile,
        encoder: Encoder,
        envelope: &Envelope,
        mut facts: Facts,
    ) -> Result<Facts, Failure> {
        let target = partial.target().to_owned();
        let sidecar = self.plan.sidecar.then(|| sidecar_of(partial.absolute()));
        let file = encoder.finish().map_err(|e| Failure::io(&e, "write", &target))?;
        if let Some(why) = self.abandoned.get() {
            return Err(why.clone());
        }
        if !envelope.is_complete() {
            return Err(Failure::new(
                "ERR_HEAPDUMP_TRUNCATED",
                format!("V8 ended the snapshot early, after {} bytes", envelope.bytes()),
            ));
        }
        let bytes = file.metadata().map_err(|e| Failure::io(&e, "fstat", &target))?.len();
        facts.insert("bytes".to_owned(), bytes.into());
        facts.insert("snapshotBytes".to_owned(), envelope.bytes().into());
        if let Some(sidecar) = &sidecar {
            // Before the snapshot: whoever sees the snapshot finds the sidecar.
            self.note_duration(&mut facts);
            write_sidecar(sidecar, &facts)?;
        }
        let published = partial.publish(&file);
        if let (Err(_), Some(sidecar)) = (&published, &sidecar) {
            let _ = std::fs::remove_file(sidecar);
        }
        published?;
        self.note_duration(&mut facts);
        Ok(facts)
    }

    fn note_duration(&self, facts: &mut Facts) {
        let ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        facts.insert("durationMs".to_owned(), ms.into());
    }
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

/// Turns a panic into a failure: the host process must not notice.
fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    panic::catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Failure::internal("the snapshot writer")))
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

/// One line on stderr, whole or not at all; nobody is told if stderr is gone.
fn announce_line(line: &str) {
    let _ = io::stderr().lock().write_all(format!("heapdump-rs: {line}\n").as_bytes());
}

/// Handlers of the application must not run on this small stack, and a file that
/// grows over its limit must be an error (`EFBIG`), not the death of the process
/// by `SIGXFSZ`.
#[cfg(unix)]
fn block_signals() {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set that it is given.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: changes the mask of this thread alone; the set was filled above.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut()) };
}

#[cfg(not(unix))]
fn block_signals() {}

/// Lets the kernel start writing what it has, so that `fsync` finds little to do.
#[cfg(target_os = "linux")]
fn start_write_back(file: &File) {
    // SAFETY: advice on a descriptor that `file` keeps open; failure is harmless.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

#[cfg(not(target_os = "linux"))]
fn start_write_back(_file: &File) {}
