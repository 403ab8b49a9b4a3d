//! Recognises a complete snapshot from its two ends.
//!
//! V8 writes one JSON object, in order, and never seeks back. A stream that
//! begins and ends as a snapshot does, and whose sender reported success, is whole.

const HEAD: &[u8] = b"{\"snapshot\":";
const TAIL: &[u8] = b"]}";

/// Watches a stream of chunks go by.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    head: Vec<u8>,
    tail: Vec<u8>,
    bytes: u64,
}

impl Envelope {
    /// Notes the next chunk.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let wanted = HEAD.len() - self.head.len();
        self.head.extend(chunk.iter().take(wanted));
        self.bytes += chunk.len() as u64;
        // A single line break may follow the last bracket.
        let kept = TAIL.len() + 1;
        self.tail.extend(&chunk[chunk.len().saturating_sub(kept)..]);
        let excess = self.tail.len().saturating_sub(kept);
        self.tail.drain(..excess);
    }

    /// Bytes seen so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether all of a snapshot has gone by.
    pub(super) fn is_complete(&self) -> bool {
        self.head == HEAD && self.tail.trim_ascii_end().ends_with(TAIL)
    }
}
