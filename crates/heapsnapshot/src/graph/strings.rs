//! The string table: all texts one after the other, as WTF-8, and the end of
//! each.

use crate::error::Error;
use crate::format::{StringEnd, unescape_tail};
use crate::ids::{StrIx, to_u32};
use crate::text::{Text, push_wtf8};

/// All strings of a snapshot: 4 bytes each, and their text. The texts can be
/// longer than 4 GiB together.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringTable {
    /// The texts, without separators.
    arena: Vec<u8>,
    /// By string: its end in `arena`, modulo 2^32.
    ends: Vec<u32>,
    /// By `k`: the first string that ends at or beyond `(k + 1) << 32`.
    /// Restores the upper half of `ends`.
    wraps: Vec<u32>,
}

impl StringTable {
    /// Returns the number of strings.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Appends a part of the raw body of the current string.
    pub(crate) fn push_piece(&mut self, raw: &[u8]) {
        self.arena.extend_from_slice(raw);
    }

    /// Ends the current string: removes its escapes.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Parse`] if an escape is malformed.
    pub(crate) fn finish_raw(&mut self, end: StringEnd) -> Result<(), Error> {
        let from = self.start(self.ends.len());
        unescape_tail(&mut self.arena, from, end)?;
        self.seal();
        Ok(())
    }

    /// Appends a new string: `prefix` and the text of an existing string.
    /// Returns its position.
    pub(crate) fn push_prefixed(&mut self, prefix: &str, tail: StrIx) -> StrIx {
        let ix = StrIx(to_u32(self.ends.len()));
        let tail = self.text(tail).as_bytes().to_vec();
        self.arena.extend_from_slice(prefix.as_bytes());
        push_wtf8(&mut self.arena, &tail);
        self.seal();
        ix
    }

    /// Ends the current string at the end of `arena`.
    fn seal(&mut self) {
        let end = self.arena.len() as u64;
        while (end >> 32) as usize > self.wraps.len() {
            self.wraps.push(to_u32(self.ends.len()));
        }
        // The high half is in `wraps`.
        self.ends.push((end & 0xFFFF_FFFF) as u32);
    }

    /// Returns the end of a string in `arena`.
    fn end(&self, at: usize) -> usize {
        let high = self.wraps.iter().take_while(|&&first| first as usize <= at).count();
        self.ends[at] as usize + (high << 32)
    }

    /// Returns the start of a string in `arena`, also of the one that is not
    /// ended yet.
    fn start(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.end(at - 1) }
    }

    /// Returns the text of a string. O(1) time with less than 4 GiB of text.
    #[inline]
    pub(crate) fn text(&self, ix: StrIx) -> Text<'_> {
        let at = ix.index();
        Text(&self.arena[self.start(at)..self.end(at)])
    }

    /// Returns all strings with their positions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (StrIx, Text<'_>)> {
        (0..self.len()).map(|at| StrIx(to_u32(at))).map(|ix| (ix, self.text(ix)))
    }

    /// Returns the position of every string that equals `text`. O(strings)
    /// time; compares only texts of the same length.
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

    /// Frees unused capacity.
    pub(crate) fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Returns the heap memory that the table uses, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.arena.capacity() + self.ends.capacity() * 4
    }
}
