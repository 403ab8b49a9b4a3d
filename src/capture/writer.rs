//! Writes one dump, on a thread of its own.
//!
//! The JS thread is stopped while V8 hands out the snapshot; every microsecond
//! spent on disk there would lengthen the pause. So chunks go through a bounded
//! queue to a thread that encodes and writes, and asks the kernel to start
//! writing back early so that the final `fsync` is short.

use std::cell::RefCell;
use std::fs::File;
#[cfg(unix)]
use std::mem::MaybeUninit;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
#[cfg(unix)]
use std::ptr;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;

use super::encoder::Encoder;
use super::envelope::Envelope;
use super::failure::Failure;
use super::publication::{Facts, Listener, Plan, Publication};
use super::redaction::Redactor;
use super::turn::Turn;
use crate::fault;

/// Chunks under way between the JS thread and the disk: at most 8 MB on recent V8.
const QUEUE: usize = 8;

/// Enough for the encoders, which keep their tables on the heap.
pub(super) const STACK_SIZE: usize = 256 * 1024;

/// Bytes between two requests to start writing back.
const WRITE_BACK: u64 = 8 << 20;

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
/// else will call [`Writer::finish`]. Returns whether there was anything.
pub(super) fn give_up_on_this_thread() -> bool {
    let Some(sending) = SENDING.take().upgrade() else { return false };
    let _ = sending.abandoned.set(Failure::aborted());
    let _ = sending.messages.send(Message::Finish(Facts::new(), Listener::Nobody));
    true
}

impl Writer {
    /// Opens the file and starts the thread.
    pub(super) fn start(plan: Plan, turn: Turn) -> Result<Self, Failure> {
        let announce = plan.announce;
        let writer = Self::open_and_spawn(plan, turn);
        if let Err(failure) = &writer {
            announce.failure(failure);
        }
        writer
    }

    fn open_and_spawn(plan: Plan, turn: Turn) -> Result<Self, Failure> {
        let (publication, file) = Publication::open(plan, turn)?;
        let target = publication.target().to_owned();
        let encoder = Encoder::new(file, publication.encoding())
            .map_err(|e| Failure::io(&e, "write", &target))?;
        let (messages, inbox) = mpsc::sync_channel(QUEUE);
        let (returns, spent) = mpsc::sync_channel(QUEUE);
        let abandoned = Arc::new(OnceLock::new());
        let redactor = publication.redactor();
        let job = Job { inbox, returns, abandoned: Arc::clone(&abandoned) };
        thread::Builder::new()
            .name("heapdump-writer".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || job.run(publication, encoder, redactor))
            .map_err(|e| Failure::io(&e, "pthread_create", &target))?;
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
}

impl Job {
    fn run(
        self,
        mut publication: Publication,
        mut encoder: Encoder,
        mut redactor: Option<Redactor>,
    ) {
        block_signals();
        let target = publication.target().to_owned();
        let mut envelope = Envelope::default();
        let received = panic::catch_unwind(AssertUnwindSafe(|| {
            self.receive(&mut encoder, &mut envelope, redactor.as_mut(), &target)
        }))
        .unwrap_or_else(|_| Err(Failure::internal("the snapshot writer")));
        match received {
            // The sender is gone: nobody is left to tell.
            Ok(None) => {}
            Ok(Some((facts, listener))) => {
                let is_redacted = redactor.is_none_or(|redactor| redactor.is_complete());
                let complete = || self.complete(encoder, &envelope, is_redacted, &target);
                publication.end(complete, facts, listener);
            }
            Err(failure) => {
                // Give the disk back at once; V8 may be at work for a while yet.
                drop(encoder);
                publication.discard();
                if let Some((facts, listener)) = self.drain() {
                    publication.end(|| Err(failure), facts, listener);
                }
            }
        }
    }

    /// Writes chunks until the sender is done (`Some`) or gone (`None`).
    fn receive(
        &self,
        encoder: &mut Encoder,
        envelope: &mut Envelope,
        mut redactor: Option<&mut Redactor>,
        target: &Path,
    ) -> Result<Option<(Facts, Listener)>, Failure> {
        fault::point("writer");
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
                    if let Some(redactor) = redactor.as_deref_mut() {
                        chunk = redactor.apply(&chunk).map_err(Failure::from)?;
                    }
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
    fn drain(&self) -> Option<(Facts, Listener)> {
        while let Ok(message) = self.inbox.recv() {
            if let Message::Finish(facts, listener) = message {
                return Some((facts, listener));
            }
        }
        None
    }

    /// Writes out the rest and checks that the snapshot is whole.
    fn complete(
        &self,
        encoder: Encoder,
        envelope: &Envelope,
        is_redacted: bool,
        target: &Path,
    ) -> Result<(File, u64), Failure> {
        let file = encoder.finish().map_err(|e| Failure::io(&e, "write", target))?;
        if let Some(why) = self.abandoned.get() {
            return Err(why.clone());
        }
        if !envelope.is_complete() || !is_redacted {
            return Err(Failure::new(
                "ERR_HEAPDUMP_TRUNCATED",
                format!("V8 ended the snapshot early, after {} bytes", envelope.bytes()),
            ));
        }
        Ok((file, envelope.bytes()))
    }
}

/// Handlers of the application must not run on this small stack, and a file that
/// grows over its limit must be an error (`EFBIG`), not the death of the process
/// by `SIGXFSZ`.
#[cfg(unix)]
pub(super) fn block_signals() {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set that it is given.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: changes the mask of this thread alone; the set was filled above.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut()) };
}

#[cfg(not(unix))]
pub(super) fn block_signals() {}

/// Lets the kernel start writing what it has, so that `fsync` finds little to do.
#[cfg(target_os = "linux")]
fn start_write_back(file: &File) {
    // SAFETY: advice on a descriptor that `file` keeps open; failure is harmless.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

#[cfg(not(target_os = "linux"))]
fn start_write_back(_file: &File) {}
