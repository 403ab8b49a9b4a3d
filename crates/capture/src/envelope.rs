//! Recognises a complete snapshot in a stream of chunks.
//!
//! V8 writes one JSON object, in order, and never seeks back: the header with the numbers of nodes
//! and edges, then these two arrays, then everything else. A snapshot is complete if the stream
//! starts and ends like one, if the arrays have the lengths given in the header, and if the sender
//! reported success. The arrays are counted because a chunk in the middle can be lost: when
//! JavaScript is terminated from outside (a `timeout` of `vm`) while it receives the chunk.

use heapsnapshot::Layout;

const HEAD: &[u8] = b"{\"snapshot\":";
const TAIL: &[u8] = b"]}";

/// Checks a stream of chunks for completeness.
///
/// # Examples
/// ```
/// let mut envelope = capture::Envelope::default();
/// envelope.push(br#"{"snapshot":{},"nodes":[],"edges":[],"#);
/// assert!(!envelope.is_complete());
/// envelope.push(br#""strings":[]}"#);
/// assert!(envelope.is_complete());
/// ```
#[derive(Debug, Default)]
pub struct Envelope {
    section: Section,
    /// The stream up to the array of nodes.
    header: Vec<u8>,
    tail: Vec<u8>,
    bytes: u64,
    /// Number of commas that the arrays of nodes and edges still lack. `None` if the header has no
    /// counts.
    missing: Option<[i128; 2]>,
}

/// The section of the stream in which the next chunk starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    #[default]
    Header,
    /// In the array of nodes (0) or edges (1).
    Array(usize),
    /// Between the two arrays.
    Gap,
    Rest,
}

impl Envelope {
    /// Examines the next chunk. O(n) time in the length of the chunk; keeps the header only.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        // One line break may follow the last bracket.
        let tail_bytes = TAIL.len() + 1;
        self.tail.extend(&chunk[chunk.len().saturating_sub(tail_bytes)..]);
        let excess = self.tail.len().saturating_sub(tail_bytes);
        self.tail.drain(..excess);
        let mut rest = chunk;
        while !rest.is_empty() && self.section != Section::Rest {
            rest = self.follow(rest);
        }
    }

    /// Consumes the part of the chunk that belongs to the current section; returns the rest.
    fn follow<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        match self.section {
            Section::Header => {
                let before = self.header.len();
                self.header.extend_from_slice(chunk);
                if let Some(start) = memchr::memmem::find(&self.header, Layout::NODES_START) {
                    self.header.truncate(start);
                    self.missing = expected(&self.header);
                    self.section = Section::Array(0);
                    return &chunk[start + Layout::NODES_START.len() - before..];
                }
                if self.header.len() > Layout::MAX_HEADER_BYTES {
                    self.section = Section::Rest;
                }
                &[]
            }
            Section::Array(array) => {
                let end = memchr::memchr(b']', chunk);
                let part = &chunk[..end.unwrap_or(chunk.len())];
                if let Some(missing) = &mut self.missing {
                    missing[array] -= memchr::memchr_iter(b',', part).count() as i128;
                }
                let Some(end) = end else { return &[] };
                self.section = if array == 0 { Section::Gap } else { Section::Rest };
                &chunk[end + 1..]
            }
            Section::Gap => match memchr::memchr(b'[', chunk) {
                Some(start) => {
                    self.section = Section::Array(1);
                    &chunk[start + 1..]
                }
                None => &[],
            },
            Section::Rest => &[],
        }
    }

    /// Returns the number of bytes seen so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns whether the stream is a complete snapshot.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.section == Section::Rest
            && self.header.starts_with(HEAD)
            && self.tail.trim_ascii_end().ends_with(TAIL)
            && self.missing.is_none_or(|missing| missing == [0, 0])
    }
}

/// Returns the number of commas in the arrays of nodes and edges, according to the header.
fn expected(header: &[u8]) -> Option<[i128; 2]> {
    let layout = Layout::parse(header).ok()?;
    let commas = |width: usize, count: u64| (width as i128 * i128::from(count) - 1).max(0);
    Some([
        commas(layout.nodes().width, layout.node_count()),
        commas(layout.edges().width, layout.edge_count()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["object"]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["weak"]]},"node_count":0,"edge_count":0},"nodes":[],"edges":[],"strings":[]}"#;

    fn is_complete(text: &str) -> bool {
        let mut envelope = Envelope::default();
        envelope.push(text.as_bytes());
        assert_eq!(envelope.bytes(), text.len() as u64);
        envelope.is_complete()
    }

    #[test]
    fn a_snapshot_without_nodes_is_complete() {
        assert!(is_complete(EMPTY));
        assert!(is_complete(&format!("{EMPTY}\n")));
        assert!(!is_complete(""));
        assert!(!is_complete("{\"snapshot\":]}}"));
    }

    #[test]
    fn the_arrays_hold_what_the_header_says() {
        let one = EMPTY.replace("\"node_count\":0", "\"node_count\":1");
        assert!(!is_complete(&one));
        assert!(is_complete(&one.replace("\"nodes\":[]", "\"nodes\":[0,0,1,0,0]")));
        assert!(!is_complete(&EMPTY.replace("\"edges\":[]", "\"edges\":[0,0]")));
    }

    #[test]
    fn a_header_that_says_nothing_is_no_reason_to_refuse_a_snapshot() {
        assert!(is_complete(&EMPTY.replace("\"node_count\":0", "\"count\":0")));
        let long = "x".repeat(Layout::MAX_HEADER_BYTES);
        assert!(is_complete(&format!("{{\"snapshot\":\"{long}\"]}}")));
    }
}
