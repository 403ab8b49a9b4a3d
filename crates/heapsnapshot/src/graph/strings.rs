//! The string table: one arena of WTF-8 and the end of each string.

use crate::error::Error;
use crate::format::{StringEnd, unescape_tail};
use crate::ids::{StrIx, to_u32};
use crate::text::{Text, push_wtf8};

/// All strings of a snapshot.
///
/// 4 bytes a string plus its text; the arena may exceed 4 GiB.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringTable {
    arena: Vec<u8>,
    /// End of each string in the arena, modulo 2^32.
    ends: Vec<u32>,
    /// Entry `k`: the first string that ends at or beyond `(k + 1) << 32`.
    wraps: Vec<u32>,
}

impl StringTable {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn push_piece(&mut self, raw: &[u8]) {
        self.arena.extend_from_slice(raw);
    }

    /// Completes the string whose raw body was pushed in pieces.
    pub(crate) fn finish_raw(&mut self, end: StringEnd) -> Result<(), Error> {
        let from = self.start(self.ends.len());
        unescape_tail(&mut self.arena, from, end)?;
        self.seal();
        Ok(())
    }

    /// Appends `prefix` + an existing string as a new string.
    pub(crate) fn push_prefixed(&mut self, prefix: &str, tail: StrIx) -> StrIx {
        let ix = StrIx(to_u32(self.ends.len()));
        let tail = self.text(tail).as_bytes().to_vec();
        self.arena.extend_from_slice(prefix.as_bytes());
        push_wtf8(&mut self.arena, &tail);
        self.seal();
        ix
    }

    fn seal(&mut self) {
        let end = self.arena.len() as u64;
        while (end >> 32) as usize > self.wraps.len() {
            self.wraps.push(to_u32(self.ends.len()));
        }
        // The high half is in `wraps`.
        self.ends.push((end & 0xFFFF_FFFF) as u32);
    }

    fn end(&self, at: usize) -> usize {
        let high = self.wraps.iter().take_while(|&&first| first as usize <= at).count();
        self.ends[at] as usize + (high << 32)
    }

    fn start(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.end(at - 1) }
    }

    #[inline]
    pub(crate) fn text(&self, ix: StrIx) -> Text<'_> {
        let at = ix.index();
        Text(&self.arena[self.start(at)..self.end(at)])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (StrIx, Text<'_>)> {
        (0..self.len()).map(|at| StrIx(to_u32(at))).map(|ix| (ix, self.text(ix)))
    }

    /// Returns every position that holds exactly `text`. It looks at the texts of
    /// that length only.
    pub(crate) fn find(&self, text: &str) -> Vec<StrIx> {
        let mut start = 0u32;
        let mut found = Vec::new();
        for (at, &end) in self.ends.iter().enumerate() {
            let ix = StrIx(to_u32(at));
            // Both are modulo 2^32.
            if end.wrapping_sub(start) as usize == text.len() && self.text(ix) == text {
                found.push(ix);
            }
            start = end;
        }
        found
    }

    pub(crate) fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.arena.capacity() + self.ends.capacity() * 4
    }
}
