//! JavaScript text. Strings of a snapshot are JavaScript strings, which can
//! contain lone surrogates; Rust's `str` cannot. They are stored as WTF-8:
//! UTF-8 in which a lone surrogate is encoded like any other code point.
//!
//! Order and length are those of JavaScript: UTF-16 code units.

mod wtf8;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

pub use wtf8::Utf16;
pub(crate) use wtf8::{push_code_point, push_wtf8};

/// A borrowed JavaScript string.
///
/// Two texts are equal if their code units are. The order is that of UTF-16
/// code units, like JavaScript's `<` and DevTools' sorting. It differs from the
/// order of `str` only for characters from U+10000 up, compared with U+E000 to
/// U+FFFF.
///
/// # Examples
/// ```
/// use heapsnapshot::TextBuf;
///
/// let text = TextBuf::from("größe 😀");
/// assert_eq!(text.as_text().utf16_len(), 8);
/// assert!(TextBuf::from("😀") < TextBuf::from("\u{FFFD}"));
///
/// let lone = TextBuf::from_utf16([0xD83D]);
/// assert_eq!(lone.as_text().as_str(), None);
/// assert_eq!(lone.to_string(), "\u{FFFD}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<'a>(pub(crate) &'a [u8]);

impl<'a> Text<'a> {
    /// Returns the text as WTF-8. It is valid UTF-8 unless the text contains a
    /// lone surrogate.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Returns the text as a `str`, or `None` if it contains a lone surrogate.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    /// Returns the text as a `str`. Replaces lone surrogates by U+FFFD. Copies
    /// only in that case.
    #[must_use]
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        match std::str::from_utf8(self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(
                char::decode_utf16(self.utf16())
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            ),
        }
    }

    /// Returns whether the text is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the text starts with `prefix`.
    #[must_use]
    pub fn starts_with(self, prefix: &str) -> bool {
        self.0.starts_with(prefix.as_bytes())
    }

    /// Returns whether the text ends with `suffix`.
    #[must_use]
    pub fn ends_with(self, suffix: &str) -> bool {
        self.0.ends_with(suffix.as_bytes())
    }

    /// Returns the length in UTF-16 code units: JavaScript's `length`.
    /// O(length) time.
    #[must_use]
    pub fn utf16_len(self) -> usize {
        // Every character has one byte that is not a continuation byte. Characters
        // of four bytes have two code units.
        self.0.iter().map(|&b| usize::from(b & 0xC0 != 0x80) + usize::from(b >= 0xF0)).sum()
    }

    /// Returns the UTF-16 code units.
    #[must_use]
    pub fn utf16(self) -> Utf16<'a> {
        Utf16 { bytes: self.0, pending: None }
    }

    /// Appends the text as a JSON string in quotes, escaped as by
    /// `JSON.stringify`: quotes, backslashes, control characters, and lone
    /// surrogates (as `\udxxx`).
    pub fn write_json(self, out: &mut String) {
        out.push('"');
        match std::str::from_utf8(self.0) {
            Ok(text) => escape_json(text, out),
            Err(_) => {
                for unit in char::decode_utf16(self.utf16()) {
                    match unit {
                        Ok(c) => escape_json(c.encode_utf8(&mut [0; 4]), out),
                        Err(e) => push_unicode_escape(e.unpaired_surrogate(), out),
                    }
                }
            }
        }
        out.push('"');
    }

    /// Returns an owned copy.
    #[must_use]
    pub fn to_owned(self) -> TextBuf {
        TextBuf(self.0.to_vec())
    }
}

/// Appends a code unit as `\uxxxx`.
fn push_unicode_escape(unit: u16, out: &mut String) {
    use fmt::Write as _;
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{unit:04x}");
}

/// Appends a text without lone surrogates, escaped.
fn escape_json(text: &str, out: &mut String) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            0x0C => "\\f",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        from = at + 1;
        if short.is_empty() {
            push_unicode_escape(u16::from(byte), out);
        } else {
            out.push_str(short);
        }
    }
    out.push_str(&text[from..]);
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let at = self.0.iter().zip(other.0).position(|(a, b)| a != b);
        match at {
            None => self.0.len().cmp(&other.0.len()),
            // Below U+D000, the order of bytes is the order of code units.
            Some(at) if self.0[at] < 0xED && other.0[at] < 0xED => {
                let in_character = |b: u8| b & 0xC0 == 0x80;
                if in_character(self.0[at]) || in_character(other.0[at]) {
                    self.utf16().cmp(other.utf16())
                } else {
                    self.0[at].cmp(&other.0[at])
                }
            }
            Some(_) => self.utf16().cmp(other.utf16()),
        }
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut json = String::new();
        self.write_json(&mut json);
        f.write_str(&json)
    }
}

/// An owned JavaScript string. See [`Text`].
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct TextBuf(Vec<u8>);

impl TextBuf {
    /// Returns an empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the text, borrowed.
    #[must_use]
    pub fn as_text(&self) -> Text<'_> {
        Text(&self.0)
    }

    /// Returns the text of UTF-16 code units, which can contain lone
    /// surrogates.
    #[must_use]
    pub fn from_utf16(units: impl IntoIterator<Item = u16>) -> Self {
        let mut text = Vec::new();
        for unit in char::decode_utf16(units) {
            let code = match unit {
                Ok(character) => u32::from(character),
                Err(error) => u32::from(error.unpaired_surrogate()),
            };
            push_code_point(&mut text, code);
        }
        Self(text)
    }

    /// Empties the text. Keeps its memory for the next one.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends `text`. As in JavaScript, a high surrogate at the end and a low
    /// one at the start of `text` become one character.
    pub fn push(&mut self, text: Text<'_>) {
        push_wtf8(&mut self.0, text.0);
    }

    /// Appends `text`.
    pub fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }
}

impl From<&str> for TextBuf {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for TextBuf {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl PartialOrd for TextBuf {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TextBuf {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_text().cmp(&other.as_text())
    }
}

impl fmt::Display for TextBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_text().fmt(f)
    }
}

impl fmt::Debug for TextBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_text().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_utf16(units: &[u16]) -> TextBuf {
        let mut out = TextBuf::new();
        for &unit in units {
            let mut one = Vec::new();
            push_code_point(&mut one, u32::from(unit));
            out.push(Text(&one));
        }
        out
    }

    #[test]
    fn order_and_length_are_those_of_utf16_units() {
        let samples: &[&[u16]] = &[
            &[],
            &[0x41],
            &[0x41, 0x42],
            &[0xE9],
            &[0x7FF],
            &[0x800],
            &[0xD7FF],
            &[0xD800],
            &[0xD83D, 0xDE00],
            &[0xD83D],
            &[0xDC00],
            &[0xDE00, 0xD83D],
            &[0xE000],
            &[0xFFFF],
            &[0x41, 0xFFFF],
            &[0x41, 0xD83D, 0xDE00],
        ];
        for a in samples {
            let text_a = from_utf16(a);
            assert_eq!(text_a.as_text().utf16().collect::<Vec<_>>(), *a);
            assert_eq!(text_a.as_text().utf16_len(), a.len());
            assert_eq!(TextBuf::from_utf16(a.iter().copied()), text_a);
            for b in samples {
                let text_b = from_utf16(b);
                assert_eq!(text_a.cmp(&text_b), a.cmp(b), "{a:x?} {b:x?}");
                assert_eq!(text_a == text_b, a == b);
            }
        }
    }

    #[test]
    fn json_escapes_controls_and_lone_surrogates() {
        let mut json = String::new();
        from_utf16(&[0x22, 0x5C, 0x0A, 0x01, 0xD800, 0x2028]).as_text().write_json(&mut json);
        assert_eq!(json, "\"\\\"\\\\\\n\\u0001\\ud800\u{2028}\"");
    }
}
