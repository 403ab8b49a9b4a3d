//! The functions that JavaScript calls for a dump that goes to another process.
//! `lib/capture/signal-request.js` calls the first two, `lib/cli/target/handover.js` the rest.
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

/// What another process has asked for.
#[napi(object)]
pub struct HandoverRequest {
    /// Names the request.
    pub id: u32,
    /// Its options, as JSON.
    pub text: String,
}

/// What another process has asked for that sent the signal; nothing if none did.
#[napi(catch_unwind)]
pub fn take_handover() -> Option<HandoverRequest> {
    handover::take().map(|(id, text)| HandoverRequest { id, text })
}

/// Tells that process, in JSON, why there is no dump, unless it was answered already.
#[napi(catch_unwind)]
pub fn answer_handover(id: u32, answer: String) {
    if let Some(handover) = handover::pending(id) {
        handover.answer(&serde_json::from_str(&answer).unwrap_or_default());
    }
}

/// Waits for the process that will be signalled.
#[napi]
pub struct HandoverOffer(Arc<Offer>);

/// Listens for the process that knows itself as `pid`.
#[napi(catch_unwind)]
pub fn offer_handover(pid: u32) -> Either<HandoverOffer, Failure> {
    match Offer::open(pid) {
        Ok(offer) => Either::A(HandoverOffer(Arc::new(offer))),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl HandoverOffer {
    /// Gives `text` and a duplicate of `descriptor` to the process that is `pid` here. `false` if
    /// it does not come for them within `timeoutMs`.
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

    /// How the dump ended, as JSON: `{"result": …}` or `{"failure": …}`; empty if the process
    /// has ended without an answer.
    #[napi]
    pub fn answer(&self) -> AsyncTask<Job<String>> {
        let offer = Arc::clone(&self.0);
        later(move || Ok(offer.answer()))
    }

    /// Ends the waiting.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.close();
    }
}
