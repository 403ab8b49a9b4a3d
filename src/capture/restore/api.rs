//! The functions that JavaScript calls to restore a heap image. `lib/restore.js` calls them.
#![expect(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "the callers are in JavaScript, which Node-API hands values"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use capture::{Error, Facts, Notice, Phase, Publication, STACK_SIZE};
use napi::bindgen_prelude::Either;
use napi_derive::napi;
use serde_json::json;

use super::super::api::DumpPlan;
use super::super::delivery::{self, take_dump_lock};
use super::super::failure::Failure;
use super::super::sources::Scripts;
use super::super::system::block_signals;
use super::job::{self, Job, deadline};

/// Bytes of the snapshot between two notices of progress.
const PROGRESS_BYTES: u64 = 8 << 20;

/// Reads the header of a heap image, as JSON.
#[napi(catch_unwind)]
pub fn image_header(path: String) -> Either<String, Failure> {
    match job::header(Path::new(&path)) {
        Ok(header) => Either::A(
            json!({
                "architecture": header.architecture,
                "kernel": header.kernel,
                "features": header.features,
                "protectionKeys": header.protection_keys,
                "files": header.files,
                "facts": header.facts,
            })
            .to_string(),
        ),
        Err(error) => Either::B(error.into()),
    }
}

/// A heap image that is being restored. Dropped without an end, it leaves nothing behind.
#[napi]
pub struct NativeRestore {
    image: PathBuf,
    /// Until `finishLater`.
    stage: Option<(Publication, File)>,
    abandoned: Arc<AtomicBool>,
}

/// Takes the dump lock and creates the temporary file of the snapshot.
#[napi(catch_unwind)]
pub fn open_restore(image: String, plan: DumpPlan) -> Either<NativeRestore, Failure> {
    let open = || {
        let lock = take_dump_lock(Phase::Capturing, plan.wait).ok_or_else(Error::busy)?;
        Publication::open(plan.with_scripts(&Scripts::default())?, lock)
    };
    match open() {
        Ok(stage) => Either::A(NativeRestore {
            image: image.into(),
            stage: Some(stage),
            abandoned: Arc::default(),
        }),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl NativeRestore {
    /// Restores and publishes in the background; the environment gets a `finished` notice with
    /// `ticket`, and notices of progress before.
    #[napi(catch_unwind)]
    pub fn finish_later(&mut self, facts: String, environment: u32, ticket: u32, timeout_ms: f64) {
        let Some((publication, file)) = self.stage.take() else { return };
        let facts = serde_json::from_str::<Facts>(&facts).unwrap_or_default();
        let (image, abandoned) = (self.image.clone(), Arc::clone(&self.abandoned));
        let deadline = deadline(timeout_ms);
        let restore = move || {
            block_signals();
            let told = std::cell::Cell::new(0);
            let job = Job {
                image,
                deadline,
                is_abandoned: &|| abandoned.load(Ordering::Acquire),
                on_progress: &|bytes| {
                    if bytes - told.get() >= PROGRESS_BYTES {
                        told.set(bytes);
                        delivery::notify(environment, &Notice::Progress { ticket, bytes });
                    }
                },
            };
            let target = publication.target().to_string_lossy().into_owned();
            let pipeline = publication.pipeline(file);
            let written = || {
                let (file, bytes) =
                    pipeline.and_then(|pipeline| job.run(pipeline)).map_err(|e| e.about(target))?;
                if job.is_abandoned() { Err(Error::aborted()) } else { Ok((file, bytes)) }
            };
            publication.end(written, facts, delivery::listener(environment, ticket));
        };
        // Without a thread the publication is dropped, and with it the file.
        let spawned = thread::Builder::new()
            .name("heapdump-restore".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(restore);
        if let Err(error) = spawned {
            let errno = capture::errno_of(&error);
            delivery::listener(environment, ticket)(Err(Error::syscall(errno, "pthread_create")));
        }
    }

    /// Gives the restore up; whoever waits for its end is told so.
    #[napi(catch_unwind)]
    pub fn abandon(&mut self) {
        self.abandoned.store(true, Ordering::Release);
        self.stage = None;
    }
}

impl Job<'_> {
    fn is_abandoned(&self) -> bool {
        (self.is_abandoned)()
    }
}
