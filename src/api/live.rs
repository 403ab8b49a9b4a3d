//! Analyses a snapshot of the running process while V8 hands it out: the JS thread queues the text,
//! another thread parses it. Nothing is written to disk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use capture::{DumpLock, DumpLockId, Phase};
use heapsnapshot::{Analysis, AnalysisOptions, Control, Graph, Reader, Stage};
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, JsString, Task};
use napi_derive::napi;

use super::{Meter, NativeControl, NativeSnapshot};
use crate::capture::take_dump_lock;
use crate::error::Failure;
use crate::task::{Outcome, guard, now};

/// Maximum number of chunks between the threads: at most 8 MB on recent V8.
const MAX_QUEUED_CHUNKS: usize = 8;

/// Feeds a snapshot of this thread's heap into the analysis.
///
/// Holds the dump lock of the process to take snapshots until V8 is done. Dropped
/// without an end, it gives everything back.
#[napi]
pub struct NativeFeed {
    dump_lock: DumpLockId,
    /// `None` once V8 is done, or the feed was aborted.
    feeding: Mutex<Option<Feeding>>,
    control: Control,
    cancelled: Arc<AtomicBool>,
}

/// The state while V8 hands out text.
struct Feeding {
    queue: SyncSender<Vec<u8>>,
    reader: JoinHandle<Outcome<Graph>>,
    _dump_lock: DumpLock,
}

impl Feeding {
    /// Ends the input: the dump lock is free, and the reader soon done.
    fn end(self) -> JoinHandle<Outcome<Graph>> {
        self.reader
    }
}

/// Parses until the sender is gone. After it returns, chunks are dropped.
fn read(queue: &Receiver<Vec<u8>>, control: Control, meter: &Meter) -> Outcome<Graph> {
    capture::fault_point("reader");
    let mut reader = Reader::with_control(control);
    let mut bytes = 0;
    while let Ok(chunk) = queue.recv() {
        bytes += chunk.len() as u64;
        reader.push(&chunk)?;
        meter.note(Stage::Read, bytes, 0);
    }
    Ok(reader.finish()?)
}

fn analyse(reader: JoinHandle<Outcome<Graph>>, control: Control) -> Outcome<Analysis> {
    let graph = reader.join().unwrap_or_else(|payload| Err(Failure::from_panic(&*payload)))?;
    Ok(Analysis::new(graph, &AnalysisOptions { control, ..AnalysisOptions::default() })?)
}

/// The task of `NativeFeed.finish`.
pub struct Finish {
    work: Option<(JoinHandle<Outcome<Graph>>, Control)>,
}

impl Task for Finish {
    type Output = Outcome<Analysis>;
    type JsValue = NativeSnapshot;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let work = self.work.take();
        Ok(guard(|| {
            let (reader, control) = work.ok_or(Failure::Closed)?;
            analyse(reader, control)
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<NativeSnapshot> {
        let analysis = output.map_err(|failure| failure.into_js(env))?;
        NativeSnapshot::new(env, analysis)
    }
}

#[napi]
impl NativeFeed {
    /// Takes the dump lock and starts the thread that reads. `deferred`: V8 takes the snapshot when the loop
    /// turns. `wait`: block until the dump of another thread has ended, instead of failing.
    #[napi]
    pub fn open(
        env: Env,
        deferred: bool,
        wait: bool,
        control: Option<&NativeControl>,
    ) -> napi::Result<Self> {
        now(env, || {
            let dump_lock = take_dump_lock(Phase::first(deferred), wait);
            let own = NativeControl::default();
            Self::start(dump_lock.ok_or(Failure::Busy)?, control.unwrap_or(&own))
        })
    }

    /// V8 has begun: the dump lock cannot be taken over any more.
    #[napi]
    pub fn begin(&self) {
        self.dump_lock.enter(Phase::Capturing);
    }

    /// Queues a chunk of the snapshot, which is ASCII. Blocks while the queue is full.
    #[napi]
    pub fn write(&self, chunk: JsString) -> napi::Result<()> {
        let bytes = chunk.into_latin1()?.take();
        if let Some(feeding) = &*self.feeding.lock().unwrap_or_else(PoisonError::into_inner) {
            // A reader that has failed is gone; `finish` returns its error.
            let _ = feeding.queue.send(bytes);
        }
        Ok(())
    }

    /// Ends the input when V8 is done, and analyses on the thread pool.
    #[napi(ts_return_type = "Promise<NativeSnapshot>")]
    #[must_use]
    pub fn finish(&self) -> AsyncTask<Finish> {
        AsyncTask::new(Finish { work: self.end().map(|reader| (reader, self.control.clone())) })
    }

    /// Ends the input when V8 is done, and analyses. Blocks.
    #[napi]
    pub fn finish_sync(&self, env: Env) -> napi::Result<NativeSnapshot> {
        let reader = self.end().ok_or(Failure::Closed);
        let analysis = now(env, || analyse(reader?, self.control.clone()))?;
        NativeSnapshot::new(env, analysis)
    }

    /// Aborts the snapshot.
    #[napi]
    pub fn abandon(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        drop(self.end());
    }
}

impl NativeFeed {
    fn start(dump_lock: DumpLock, outer: &NativeControl) -> Outcome<Self> {
        let control = outer.control();
        let meter = Arc::clone(&outer.meter);
        let (queue, inbox) = sync_channel(MAX_QUEUED_CHUNKS);
        let reading = control.clone();
        let reader = Builder::new()
            .name("heapdump-reader".to_owned())
            .spawn(move || read(&inbox, reading, &meter))
            .map_err(|error| Failure::Io { error, syscall: "pthread_create", path: None })?;
        let id = dump_lock.id();
        let feeding = Feeding { queue, reader, _dump_lock: dump_lock };
        Ok(Self {
            dump_lock: id,
            feeding: Mutex::new(Some(feeding)),
            control,
            cancelled: Arc::clone(&outer.cancelled),
        })
    }

    fn end(&self) -> Option<JoinHandle<Outcome<Graph>>> {
        self.feeding.lock().unwrap_or_else(PoisonError::into_inner).take().map(Feeding::end)
    }
}
