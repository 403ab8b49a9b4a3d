//! Functions for JavaScript for a dump that is written to another process.
//! `lib/capture/signal-request.js` calls the first two, `lib/cli/target/handover.js` the others.
#![expect(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "the callers are in JavaScript, which Node-API hands values"
)]

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, Either};
use napi_derive::napi;

use super::failure::Failure;
use super::handover::{self, Offer};
use super::stream::duplicate;
use crate::task::{Job, later};

/// The request of another process for a dump.
#[napi(object)]
pub struct HandoverRequest {
    /// The id of the request.
    pub id: u32,
    /// The options of the dump, as JSON.
    pub text: String,
}

/// Returns the request of the process that has sent the signal. Returns nothing if there is none.
#[napi(catch_unwind)]
pub fn take_handover() -> Option<HandoverRequest> {
    handover::take().map(|(id, text)| HandoverRequest { id, text })
}

/// Sends an answer, as JSON, to the process of a request, unless one was sent before.
#[napi(catch_unwind)]
pub fn answer_handover(id: u32, answer: String) {
    if let Some(handover) = handover::pending(id) {
        handover.answer(&serde_json::from_str(&answer).unwrap_or_default());
    }
}

/// The socket of the requesting process. It waits for the process that gets the signal.
#[napi]
pub struct HandoverOffer(Arc<Offer>);

/// Listens for the process whose id in its own namespace is `pid`.
#[napi(catch_unwind)]
pub fn offer_handover(pid: u32) -> Either<HandoverOffer, Failure> {
    match Offer::open(pid) {
        Ok(offer) => Either::A(HandoverOffer(Arc::new(offer))),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl HandoverOffer {
    /// Sends `text` and a duplicate of `descriptor` to the process whose id in this namespace is
    /// `pid`. Resolves to `false` if it does not connect within `timeoutMs`.
    #[napi]
    pub fn hand_over(
        &self,
        pid: u32,
        descriptor: i32,
        text: String,
        timeout_ms: u32,
    ) -> AsyncTask<Job<bool>> {
        let offer = Arc::clone(&self.0);
        let timeout = Duration::from_millis(timeout_ms.into());
        let descriptor = duplicate(descriptor).map(OwnedFd::from);
        later(move || {
            let Ok(descriptor) = descriptor else { return Ok(false) };
            Ok(offer.hand_over(pid, descriptor.as_fd(), &text, timeout))
        })
    }

    /// Resolves to the result of the dump, as JSON: `{"result": …}` or `{"failure": …}`. Resolves
    /// to an empty text if the process has ended without an answer.
    #[napi]
    pub fn answer(&self) -> AsyncTask<Job<String>> {
        let offer = Arc::clone(&self.0);
        later(move || Ok(offer.answer()))
    }

    /// Makes the pending calls resolve.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.close();
    }
}
