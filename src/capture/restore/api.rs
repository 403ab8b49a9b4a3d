//! Functions for JavaScript that restore a heap image. `lib/capture/restore.js` calls them.
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

/// Bytes of the snapshot between two progress messages.
const PROGRESS_BYTES: u64 = 8 << 20;

/// Returns whether a file is an encrypted heap image, with the identities in the file `identity`.
#[napi(catch_unwind)]
pub fn is_encrypted_image(path: String, identity: String) -> Either<bool, Failure> {
    match job::is_encrypted_image(Path::new(&path), Path::new(&identity)) {
        Ok(is_image) => Either::A(is_image),
        Err(error) => Either::B(error.into()),
    }
}

/// Reads the header of a heap image, with the identities in the file `identity` if it is encrypted.
/// Returns it as JSON.
#[napi(catch_unwind)]
pub fn image_header(path: String, identity: Option<String>) -> Either<String, Failure> {
    match job::header(Path::new(&path), identity.as_deref().map(Path::new)) {
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

/// A restore of a heap image. Dropped before `finishLater`, it leaves no files behind.
#[napi]
pub struct NativeRestore {
    image: PathBuf,
    identity: Option<PathBuf>,
    /// `None` after `finishLater`.
    stage: Option<(Publication, File)>,
    abandoned: Arc<AtomicBool>,
}

/// Takes the dump lock and creates the temporary file of the snapshot. `identity`: the file with the
/// identities for an encrypted image.
#[napi(catch_unwind)]
pub fn open_restore(
    image: String,
    plan: DumpPlan,
    identity: Option<String>,
) -> Either<NativeRestore, Failure> {
    let open = || {
        let lock = take_dump_lock(Phase::Capturing, plan.wait).ok_or_else(Error::busy)?;
        Publication::open(plan.with_scripts(&Scripts::default())?, lock)
    };
    match open() {
        Ok(stage) => Either::A(NativeRestore {
            image: image.into(),
            identity: identity.map(PathBuf::from),
            stage: Some(stage),
            abandoned: Arc::default(),
        }),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl NativeRestore {
    /// Restores the image and publishes the snapshot in the background. Sends the environment
    /// `progress` messages, then a `finished` message, all with `ticket`.
    #[napi(catch_unwind)]
    pub fn finish_later(&mut self, facts: String, environment: u32, ticket: u32, timeout_ms: f64) {
        let Some((publication, file)) = self.stage.take() else { return };
        let facts = serde_json::from_str::<Facts>(&facts).unwrap_or_default();
        let (image, identity) = (self.image.clone(), self.identity.clone());
        let abandoned = Arc::clone(&self.abandoned);
        let deadline = deadline(timeout_ms);
        let restore = move || {
            block_signals();
            let sent_bytes = std::cell::Cell::new(0);
            let job = Job {
                image,
                identity,
                deadline,
                abandoned: &abandoned,
                on_progress: &|bytes| {
                    if bytes - sent_bytes.get() >= PROGRESS_BYTES {
                        sent_bytes.set(bytes);
                        delivery::notify(environment, &Notice::Progress { ticket, bytes });
                    }
                },
            };
            let target = publication.target().to_string_lossy().into_owned();
            let pipeline = publication.pipeline(file);
            let written = || {
                let (file, sizes) =
                    pipeline.and_then(|pipeline| job.run(pipeline)).map_err(|e| e.about(target))?;
                if abandoned.load(Ordering::Acquire) {
                    return Err(Error::aborted());
                }
                Ok((file, sizes))
            };
            publication.end(written, facts, delivery::listener(environment, ticket));
        };
        // If no thread can be started, the publication is dropped, which removes its file.
        let spawned = thread::Builder::new()
            .name("heapdump-restore".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(restore);
        if let Err(error) = spawned {
            let errno = capture::errno_of(&error);
            delivery::listener(environment, ticket)(Err(Error::syscall(errno, "pthread_create")));
        }
    }

    /// Cancels the restore. The `finished` message has an error then.
    #[napi(catch_unwind)]
    pub fn abandon(&mut self) {
        self.abandoned.store(true, Ordering::Release);
        self.stage = None;
    }
}
