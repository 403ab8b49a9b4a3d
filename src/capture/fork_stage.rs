//! A forked dump, from the creation of the temporary file to the publication, which happens on a
//! thread of its own.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use capture::{Code, Error, Facts, Listener, Notice, Outcome, Phase, Publication, STACK_SIZE};
use serde_json::Value;

use super::api::DumpPlan;
use super::delivery::{self, take_dump_lock};
use super::fork::Child;
use super::sources::Scripts;
use super::system::block_signals;

/// A forked dump that is not published yet.
pub(super) struct Stage {
    pub(super) publication: Publication,
    /// The temporary file.
    pub(super) file: File,
    /// `None` before the fork.
    pub(super) child: Option<Child>,
    pub(super) scripts: Scripts,
}

/// Minimum time for the publication of a complete snapshot, even if the child has used up its
/// timeout. An `fsync` takes long on a slow disk.
const MIN_PUBLISH_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait for the file system to remove a file.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a JS thread waits for the removal of a file. The removal continues in the background.
const JS_THREAD_TIMEOUT: Duration = Duration::from_millis(200);

impl Stage {
    /// Takes the dump lock and creates the temporary file.
    pub(super) fn open(plan: DumpPlan) -> Result<Self, Error> {
        let dump_lock = take_dump_lock(Phase::Capturing, plan.wait).ok_or_else(Error::busy)?;
        let scripts = Scripts::default();
        let plan = plan.with_scripts(&scripts)?;
        let announce = plan.announce;
        let (publication, file) =
            Publication::open(plan, dump_lock).inspect_err(|error| announce.failure(error))?;
        Ok(Self { publication, file, child: None, scripts })
    }

    /// Waits for the child and publishes the snapshot. Sends the result with `ticket` to
    /// `environment`, and the request `otherwise` if the child has failed.
    pub(super) fn end(
        self,
        abandoned: &AtomicBool,
        facts: Facts,
        (environment, ticket): (u32, u32),
        otherwise: Option<String>,
    ) {
        let Self { publication, file, child, .. } = self;
        let is_abandoned = || abandoned.load(Ordering::Acquire);
        let target = publication.target().to_string_lossy().into_owned();
        let time_left = child.as_ref().map(Child::time_left).unwrap_or_default();
        let begun = Instant::now();
        let (has_begun, is_stream) = (Cell::new(false), publication.is_stream());
        let watched = match child {
            Some(child) => {
                let on_progress = |bytes| {
                    has_begun.set(true);
                    delivery::notify(environment, &Notice::Progress { ticket, bytes });
                };
                child.watch(is_abandoned, on_progress)
            }
            None => Err(Error::internal("fork")),
        };
        let watched = watched
            .map_err(|failure| failure.about(target.clone()))
            .map_err(
                |failure| if is_stream && has_begun.get() { cut_off(&failure) } else { failure },
            )
            .and_then(|sizes| if is_abandoned() { Err(Error::aborted()) } else { Ok(sizes) });
        let failed = watched.as_ref().err().cloned();
        let limit = match &failed {
            None => time_left.saturating_sub(begun.elapsed()).max(MIN_PUBLISH_TIMEOUT),
            Some(_) => DISCARD_TIMEOUT,
        };
        let (announce, cancelled) = (publication.announce(), publication.cancellation());
        let outcome = run_within(limit, move |listener| {
            let written = || {
                if !is_stream && watched.as_ref().is_err_and(Error::is_of_child) {
                    exercise(&file);
                }
                watched.map(|sizes| (file, sizes))
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
        delivery::listener(environment, ticket)(outcome);
        if let (Some(request), Some(failure)) = (otherwise, failed)
            && failure.is_of_child()
            && !is_stalled
        {
            delivery::post(environment, with_failure(&request, &failure), true);
        }
    }

    /// Kills the child and removes the file. Continues in the background if that takes long.
    pub(super) fn discard(self, failure: Option<Error>) {
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

/// Runs `action` on a new thread. Returns the result that it passes to the listener, or `None`
/// after `limit`. `action` continues then, and its result is ignored.
fn run_within(limit: Duration, action: impl FnOnce(Listener) + Send + 'static) -> Option<Outcome> {
    let (sender, outcome) = mpsc::channel();
    let run = move || {
        block_signals();
        action(Box::new(move |outcome| drop(sender.send(outcome))));
    };
    // If no thread can be started, `action` is dropped, which removes the file and closes the
    // channel.
    let _ = thread::Builder::new()
        .name("heapdump-publish".to_owned())
        .stack_size(STACK_SIZE)
        .spawn(run);
    match outcome.recv_timeout(limit) {
        Ok(outcome) => Some(outcome),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Err(Error::internal("publication"))),
    }
}

/// Writes to a file that will be removed, to find out whether the file system responds. If the
/// child was stuck in a write, this call does not return either. The publication then times out, so
/// that the dump is not retried in the process itself, where it would block the service.
fn exercise(mut file: &File) {
    // An error is a response, too.
    let _ = file.set_len(0).and_then(|()| file.write_all(&[0])).and_then(|()| file.sync_all());
}

/// Returns the error for a child that failed after it had written a part of the snapshot to a
/// stream. The dump cannot be retried, because a second snapshot must not follow in the same
/// stream.
fn cut_off(failure: &Error) -> Error {
    if !failure.is_of_child() {
        return failure.clone();
    }
    Error::new(Code::Truncated, format!("a part of the snapshot was sent, then {failure}"))
}

/// Returns the error for a file system that does not respond. `failed`: the error before that.
fn stalled(target: &str, failed: Option<&Error>) -> Error {
    let before = failed.map(|failure| format!("; before that, {failure}")).unwrap_or_default();
    Error::new(Code::Stalled, format!("the file system of '{target}' does not answer{before}"))
}

/// Returns the JSON object `request` with the additional field `failure`.
fn with_failure(request: &str, failure: &Error) -> String {
    let mut request = serde_json::from_str::<Facts>(request).unwrap_or_default();
    request.insert("failure".to_owned(), failure.to_json());
    Value::Object(request).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_in_time_is_returned_and_a_late_one_is_not() {
        let quick = run_within(Duration::from_secs(60), |listener| listener(Ok("{}".to_owned())));
        assert_eq!(quick.unwrap().unwrap(), "{}");
        // The listener is called after this thread has given up.
        let (release, released) = mpsc::channel::<()>();
        let late = run_within(Duration::from_millis(1), move |listener| {
            let _ = released.recv();
            listener(Ok(String::new()));
        });
        assert!(late.is_none());
        drop(release);
    }

    #[test]
    fn an_action_without_a_result_is_an_internal_error() {
        let outcome = run_within(Duration::from_secs(60), drop);
        assert_eq!(outcome.unwrap().unwrap_err().code(), Code::Internal);
    }

    #[test]
    fn a_stream_is_not_continued_by_a_second_snapshot() {
        let child = Error::new(Code::Child, "the forked child ended");
        let cut = cut_off(&child);
        assert_eq!(cut.code(), Code::Truncated);
        assert!(!cut.is_of_child(), "{cut}");
        let refused = Error::errno_on(libc::ENOSPC, "write", std::path::Path::new("a"));
        assert_eq!(cut_off(&refused).errno(), Some(libc::ENOSPC));
    }

    #[test]
    fn a_stalled_file_system_is_named_with_the_failure_before() {
        let child = Error::new(Code::Child, "the forked child ended");
        let error = stalled("/mnt/a", Some(&child));
        assert_eq!(error.code(), Code::Stalled);
        let text = error.to_string();
        assert!(text.contains("/mnt/a") && text.contains("the forked child ended"), "{text}");
    }

    #[test]
    fn the_failure_is_added_to_the_request() {
        let failure = Error::new(Code::Child, "ended");
        let text = with_failure("{\"reason\":\"signal\"}", &failure);
        let request: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(request["reason"], "signal");
        assert_eq!(request["failure"], failure.to_json());
    }
}
