//! The messages that native threads send to the JavaScript of an environment.
//!
//! `lib/capture/message-kinds.js` lists the same kinds; `lib/capture/inbox.js` calls their handlers.
//! JavaScript itself composes requests for a dump: see [`Request`](crate::Request).

use serde_json::json;

use crate::publication::Outcome;

/// A message without a reply.
#[derive(Clone, Debug)]
pub enum Notice {
    /// JavaScript of this environment was terminated while it served a request.
    Ended,
    /// A dump ended.
    Finished {
        /// Identifies the dump; chosen by the waiting JavaScript.
        ticket: u32,
        /// Its result.
        outcome: Outcome,
    },
    /// Another environment ended.
    Gone {
        /// The number of the environment.
        from: u32,
    },
    /// A dump made progress.
    Progress {
        /// Identifies the dump; chosen by the waiting JavaScript.
        ticket: u32,
        /// Bytes of the snapshot written so far.
        bytes: u64,
    },
    /// No dump is under way any more: the dump lock is free.
    LockFree,
}

impl Notice {
    /// Returns the message as JSON text.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Ended => json!({ "kind": "ended" }),
            Self::Gone { from } => json!({ "kind": "gone", "from": from }),
            Self::Progress { ticket, bytes } => {
                json!({ "kind": "progress", "ticket": ticket, "bytes": bytes })
            }
            Self::LockFree => json!({ "kind": "lockFree" }),
            Self::Finished { ticket, outcome: Err(error) } => {
                json!({ "kind": "finished", "ticket": ticket, "failure": error.to_json() })
            }
            // The result is already JSON.
            Self::Finished { ticket, outcome: Ok(result) } => {
                return format!(r#"{{"kind":"finished","ticket":{ticket},"result":{result}}}"#);
            }
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use serde_json::Value;

    fn sent(notice: &Notice) -> Value {
        serde_json::from_str(&notice.to_text()).unwrap()
    }

    #[test]
    fn every_notice_is_an_object_with_a_kind() {
        assert_eq!(sent(&Notice::Ended), json!({ "kind": "ended" }));
        assert_eq!(sent(&Notice::LockFree), json!({ "kind": "lockFree" }));
        assert_eq!(sent(&Notice::Gone { from: 3 }), json!({ "kind": "gone", "from": 3 }));
        let progress = Notice::Progress { ticket: 1, bytes: 1 << 40 };
        assert_eq!(sent(&progress)["bytes"], 1_u64 << 40);
    }

    #[test]
    fn the_end_of_a_dump_has_a_result_or_a_failure() {
        let outcome = Ok(r#"{"path":"/a\"b"}"#.to_owned());
        let finished = sent(&Notice::Finished { ticket: 7, outcome });
        assert_eq!(finished["ticket"], 7);
        assert_eq!(finished["result"]["path"], "/a\"b");
        let failed = sent(&Notice::Finished { ticket: 7, outcome: Err(Error::busy()) });
        assert_eq!(failed["failure"]["code"], "ERR_HEAPDUMP_BUSY");
    }
}
