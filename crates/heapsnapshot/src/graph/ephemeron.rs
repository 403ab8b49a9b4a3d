//! Names of the edges that V8 writes for an entry of a `WeakMap`.
//!
//! The value of an entry lives as long as both its key and the table. V8's file
//! format has no edge with two sources. V8 therefore writes one edge from the
//! table and one from the key, named `N / part of key (K @id) -> value (V @id)
//! pair in WeakMap (table @id)`. Both names are equal except for the leading
//! number. Source: the regular expression in DevTools' `HeapSnapshot.ts`.

use std::collections::HashMap;
use std::ops::Range;

use super::{BitSet, EdgeKind, Graph, StringTable};
use crate::ids::{EdgeIx, Idx, PartIx, StrIx, to_u32};
use crate::threads;

/// Starts the part that both edges have in common.
const KEY: &[u8] = b" / part of key (";

/// Separates key and value.
const VALUE: &[u8] = b") -> value (";

/// Precedes the id of the table.
const TABLE: &[u8] = b" pair in WeakMap (table @";

/// The contents of the name of such an edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ephemeron {
    /// Id of the node of the `WeakMap`'s table.
    pub(crate) table: u64,
    /// Number of the entry: equal for its two edges, different from other
    /// entries.
    pub(crate) part: PartIx,
}

/// The names of such edges in a string table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ephemerons {
    /// Sorted by position of the name.
    by_name: Vec<(StrIx, Ephemeron)>,
    /// Number of entries.
    pub(crate) part_count: usize,
}

impl Ephemerons {
    /// Finds all such names. O(strings) time.
    pub(crate) fn find(strings: &StringTable) -> Self {
        let mut by_name = Vec::new();
        let mut parts: HashMap<&[u8], PartIx> = HashMap::new();
        for (ix, text) in strings.iter() {
            if let Some((table, part)) = parse(text.as_bytes()) {
                let next = PartIx::at(parts.len());
                let part = *parts.entry(part).or_insert(next);
                by_name.push((ix, Ephemeron { table, part }));
            }
        }
        Self { by_name, part_count: parts.len() }
    }

    /// Returns whether the snapshot has no such name.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Returns the contents of a name. O(log n) time for n such names.
    pub(crate) fn get(&self, name: StrIx) -> Option<Ephemeron> {
        let at = self.by_name.binary_search_by_key(&name, |&(ix, _)| ix).ok()?;
        Some(self.by_name[at].1)
    }

    /// Returns the positions of the names, ascending.
    pub(crate) fn names(&self) -> impl Iterator<Item = StrIx> {
        self.by_name.iter().map(|&(ix, _)| ix)
    }
}

/// Changes the kind of these edges to [`EdgeKind::EPHEMERON`], so that later
/// passes need not look at names. Uses two threads if `two`.
pub(super) fn mark(graph: &mut Graph, two: bool) {
    if graph.ephemerons.is_empty() {
        return;
    }
    let mut is_ephemeron = BitSet::new(graph.strings.len());
    is_ephemeron.extend(graph.ephemerons.names());
    let edges = &graph.edges;
    let halves = |range: Range<u32>| -> Vec<EdgeIx> {
        let is_half = |&at: &EdgeIx| {
            edges.get(at).kind() == EdgeKind::INTERNAL
                && is_ephemeron.contains(StrIx(edges.name(at)))
        };
        range.map(EdgeIx).filter(is_half).collect()
    };
    let count = to_u32(edges.len());
    let middle = count / 2;
    let (first, second) = threads::beside(two, || halves(0..middle), || halves(middle..count));
    for at in first.into_iter().chain(second) {
        graph.edges.set_kind(at, EdgeKind::EPHEMERON);
    }
}

/// Splits `text` before the digits at its end. `None` if there are none.
fn split_trailing_digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then(|| text.split_at(text.len() - digits))
}

/// Returns whether `text` ends with ` @` and digits.
fn ends_with_id(text: &[u8]) -> bool {
    split_trailing_digits(text).is_some_and(|(head, _)| head.ends_with(b" @"))
}

/// Returns the table's id, and the part of the name that both edges have in
/// common. `None` for other names.
fn parse(name: &[u8]) -> Option<(u64, &[u8])> {
    // Nearly every string fails here.
    if !name.first()?.is_ascii_digit() || name.last() != Some(&b')') {
        return None;
    }
    let digits = name.iter().take_while(|b| b.is_ascii_digit()).count();
    let part = &name[digits..];
    let (head, table) = split_trailing_digits(part.strip_suffix(b")")?)?;
    let middle = head.strip_suffix(TABLE)?.strip_prefix(KEY)?.strip_suffix(b")")?;
    if !ends_with_id(middle) || has_line_terminator(middle) {
        return None;
    }
    let split = memchr::memmem::find_iter(middle, VALUE)
        .any(|at| ends_with_id(&middle[..at]) && ends_with_id(&middle[at + VALUE.len()..]));
    if !split {
        return None;
    }
    // A number too large for an id cannot be one.
    let table = std::str::from_utf8(table).ok()?.parse().unwrap_or(u64::MAX);
    Some((table, part))
}

/// Returns whether `text` contains a line break of JavaScript. DevTools'
/// expression does not match across lines.
fn has_line_terminator(text: &[u8]) -> bool {
    memchr::memchr2(b'\n', b'\r', text).is_some()
        || memchr::memmem::find_iter(text, b"\xE2\x80")
            .any(|at| matches!(text.get(at + 2), Some(0xA8 | 0xA9)))
}

#[cfg(test)]
mod tests {
    use super::parse;

    const NAME: &str = "12 / part of key (K @3) -> value (V @4) pair in WeakMap (table @77)";

    #[test]
    fn the_two_halves_share_their_part() {
        let (table, part) = parse(NAME.as_bytes()).unwrap();
        assert_eq!(table, 77);
        assert_eq!(part, &NAME.as_bytes()[2..]);
    }

    #[test]
    fn names_may_contain_the_markers() {
        let odd = "1 / part of key (a) -> value (b @3) -> value (V @4) pair in WeakMap (table @7)";
        assert!(parse(odd.as_bytes()).is_some());
    }

    #[test]
    fn near_misses_are_ordinary_names() {
        for (from, to) in [
            ("12", ""),
            ("12", "x12"),
            ("K @3", "K 3"),
            ("V @4", "V @"),
            ("V", "V\n"),
            ("V", "V\u{2028}"),
            ("@77)", "@77) "),
            ("@77)", "@)"),
            ("part", "Part"),
        ] {
            let name = NAME.replacen(from, to, 1);
            assert!(parse(name.as_bytes()).is_none(), "{name}");
        }
    }
}
