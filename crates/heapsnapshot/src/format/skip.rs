//! Skips JSON values that this crate does not need.

use super::is_space;

/// The state inside a skipped value, between two chunks. Counts nesting instead
/// of recursing, so deep input cannot overflow the stack. Checks brackets, but
/// not the whole JSON grammar.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skip {
    /// Open brackets, innermost last: true for `{`.
    open: Vec<bool>,
    /// Whether the next byte is inside a string.
    in_string: bool,
    /// Whether the next byte follows a backslash in a string.
    escaped: bool,
    /// Whether the next byte is inside a number or a word such as `null`.
    scalar: bool,
}

/// Why [`Skip::scan`] returned.
pub(crate) enum SkipStep {
    /// The chunk ended.
    More,
    /// The value ended before the returned position.
    End,
    /// The byte at the returned position is not allowed there. Contains what
    /// was expected.
    Bad(&'static str),
}

impl Skip {
    /// Skips bytes from `at` on. Returns the position after them, and why it
    /// stopped.
    pub(crate) fn scan(&mut self, bytes: &[u8], mut at: usize) -> (usize, SkipStep) {
        while let Some(&byte) = bytes.get(at) {
            if self.in_string {
                at += 1;
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_string = false;
                        if self.open.is_empty() {
                            return (at, SkipStep::End);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            if self.scalar
                && self.open.is_empty()
                && (is_space(byte) || matches!(byte, b',' | b'}' | b']'))
            {
                return (at, SkipStep::End);
            }
            match byte {
                b'"' if !self.scalar => self.in_string = true,
                b'{' | b'[' if !self.scalar => self.open.push(byte == b'{'),
                b'}' | b']' => {
                    if self.open.pop() != Some(byte == b'}') {
                        return (at, SkipStep::Bad("a balanced value"));
                    }
                    self.scalar = false;
                    if self.open.is_empty() {
                        return (at + 1, SkipStep::End);
                    }
                }
                b',' | b':' if !self.open.is_empty() => self.scalar = false,
                b'0'..=b'9' | b'-' | b'+' | b'.' | b'a'..=b'z' | b'E' => self.scalar = true,
                _ if is_space(byte) => self.scalar = false,
                _ => return (at, SkipStep::Bad("a JSON value")),
            }
            at += 1;
        }
        (at, SkipStep::More)
    }
}
