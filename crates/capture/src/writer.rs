//! Writes one dump on a separate thread.
//!
//! The JS thread is paused while V8 hands out the snapshot, so time spent on disk there would
//! lengthen the pause. Chunks therefore go through a bounded queue to a thread that encodes and
//! writes them. That thread asks the kernel to start write-back early, so that the final `fsync` is
//! short.

use std::cell::RefCell;
use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;

use crate::dump_lock::DumpLock;
use crate::error::Error;
use crate::fault;
use crate::pipeline::Pipeline;
use crate::publication::{Facts, Listener, Plan, Publication};
use crate::status::Sizes;
use crate::system::System;

/// Maximum number of chunks between the JS thread and the disk: at most 8 MB on recent V8.
const MAX_QUEUED_CHUNKS: usize = 8;

/// Stack size in bytes of the threads of this package. Enough for the encoders, whose tables are on
/// the heap.
pub const STACK_SIZE: usize = 256 * 1024;

/// Number of bytes between two requests to start write-back.
const WRITE_BACK_BYTES: u64 = 8 << 20;

enum Message {
    Chunk(Vec<u8>),
    Finish(Facts, Listener),
}

/// The sending end of the queue. Dropping it without [`finish`](Self::finish) aborts the dump.
pub struct Writer {
    sending: Arc<Sending>,
    spent: Receiver<Vec<u8>>,
}

struct Sending {
    messages: SyncSender<Message>,
    abandoned: Arc<OnceLock<Error>>,
}

thread_local! {
    /// The dump that this JS thread is sending.
    static SENDING: RefCell<Weak<Sending>> = const { RefCell::new(Weak::new()) };
}

/// Aborts the dump that this JS thread was sending when its JavaScript was terminated, because
/// [`Writer::finish`] will never be called. Returns whether there was one.
#[must_use]
pub fn give_up_on_this_thread() -> bool {
    let Some(sending) = SENDING.take().upgrade() else { return false };
    let _ = sending.abandoned.set(Error::aborted());
    let _ = sending.messages.send(Message::Finish(Facts::new(), Box::new(|_| {})));
    true
}

impl Writer {
    /// Opens the file and starts the thread. Prints a failure on stderr, as the plan says.
    ///
    /// # Errors
    ///
    /// If the file cannot be created, or the thread cannot be started.
    pub fn start(plan: Plan, dump_lock: DumpLock) -> Result<Self, Error> {
        let announce = plan.announce;
        let writer = Self::open_and_spawn(plan, dump_lock);
        if let Err(error) = &writer {
            announce.failure(error);
        }
        writer
    }

    fn open_and_spawn(plan: Plan, dump_lock: DumpLock) -> Result<Self, Error> {
        let (publication, file) = Publication::open(plan, dump_lock)?;
        let target = publication.target().to_owned();
        let pipeline = publication.pipeline(file)?;
        let (messages, inbox) = mpsc::sync_channel(MAX_QUEUED_CHUNKS);
        let (returns, spent) = mpsc::sync_channel(MAX_QUEUED_CHUNKS);
        let abandoned = Arc::new(OnceLock::new());
        let job = Job { inbox, returns, abandoned: Arc::clone(&abandoned) };
        thread::Builder::new()
            .name("heapdump-writer".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || job.run(publication, pipeline))
            .map_err(|e| Error::io(&e, "pthread_create", &target))?;
        let sending = Arc::new(Sending { messages, abandoned });
        SENDING.set(Arc::downgrade(&sending));
        Ok(Self { sending, spent })
    }

    /// Returns an empty buffer, recycled if possible.
    #[must_use]
    pub fn buffer(&self) -> Vec<u8> {
        self.spent.try_recv().unwrap_or_default()
    }

    /// Queues a chunk. Blocks while the queue is full.
    pub fn write(&self, chunk: Vec<u8>) {
        // The thread receives messages until `Finish`, even after the file failed.
        let _ = self.sending.messages.send(Message::Chunk(chunk));
    }

    /// Ends the chunks. The thread publishes the snapshot, then calls `listener`.
    pub fn finish(&self, facts: Facts, listener: Listener) {
        SENDING.take();
        let _ = self.sending.messages.send(Message::Finish(facts, listener));
    }

    /// Aborts the dump. Works also after [`finish`](Self::finish), until the snapshot is published.
    /// The first reason counts.
    pub fn abandon(&self, why: Error) {
        let _ = self.sending.abandoned.set(why);
    }
}

/// The state of the thread.
struct Job {
    inbox: Receiver<Message>,
    returns: SyncSender<Vec<u8>>,
    abandoned: Arc<OnceLock<Error>>,
}

impl Job {
    fn run(self, mut publication: Publication, mut pipeline: Pipeline) {
        let system = publication.system();
        (system.enter_thread)();
        let target = publication.target().to_owned();
        let received =
            panic::catch_unwind(AssertUnwindSafe(|| self.receive(&mut pipeline, system, &target)))
                .unwrap_or_else(|_| Err(Error::internal("the snapshot writer")));
        match received {
            // The sender is gone, so no listener is left.
            Ok(None) => {}
            Ok(Some((facts, listener))) => {
                let complete = || self.complete(pipeline, &target);
                publication.end(complete, facts, listener);
            }
            Err(error) => {
                // Frees the disk space now, because V8 may continue for a while.
                drop(pipeline);
                publication.discard();
                if let Some((facts, listener)) = self.drain() {
                    publication.end(|| Err(error), facts, listener);
                }
            }
        }
    }

    /// Writes chunks until the sender has finished (`Some`) or is gone (`None`).
    fn receive(
        &self,
        pipeline: &mut Pipeline,
        system: System,
        target: &Path,
    ) -> Result<Option<(Facts, Listener)>, Error> {
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
                    pipeline.write(&chunk).map_err(|error| {
                        Error::from(error).about(target.to_string_lossy().into_owned())
                    })?;
                    if pipeline.bytes() - flushed >= WRITE_BACK_BYTES {
                        flushed = pipeline.bytes();
                        (system.start_write_back)(pipeline.file());
                    }
                    chunk.clear();
                    // If the return queue is full, this buffer is freed.
                    let _ = self.returns.try_send(chunk);
                }
            }
        }
        Ok(None)
    }

    /// Receives messages without writing, until the listener is known.
    fn drain(&self) -> Option<(Facts, Listener)> {
        while let Ok(message) = self.inbox.recv() {
            if let Message::Finish(facts, listener) = message {
                return Some((facts, listener));
            }
        }
        None
    }

    /// Writes the rest, and checks that the snapshot is complete.
    fn complete(&self, pipeline: Pipeline, target: &Path) -> Result<(File, Sizes), Error> {
        let written = pipeline.finish().map_err(|e| Error::io(&e, "write", target))?;
        match self.abandoned.get() {
            Some(why) => Err(why.clone()),
            None => written.whole(),
        }
    }
}

#[cfg(test)]
mod tests;
