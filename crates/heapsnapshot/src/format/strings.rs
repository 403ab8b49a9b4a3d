//! Strings of JSON: finds their end, and decodes escapes.

use memchr::memchr2;

use crate::error::{Error, ErrorKind};
use crate::text::{push_code_point, push_wtf8};

/// The state inside a string, between two chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringBody {
    /// Whether the next byte follows a backslash.
    escaped: bool,
    /// Whether a backslash occurred.
    has_escapes: bool,
}

/// Facts about a string, at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StringEnd {
    /// Whether the body contains a backslash.
    pub(crate) has_escapes: bool,
}

impl StringBody {
    /// Searches the closing quote from `at` on. Returns the end of the part of
    /// the string in `bytes`; and the end of the string, if the quote is there.
    pub(crate) fn scan(&mut self, bytes: &[u8], mut at: usize) -> (usize, Option<StringEnd>) {
        loop {
            if self.escaped {
                if at == bytes.len() {
                    return (at, None);
                }
                self.escaped = false;
                at += 1;
            }
            let Some(rest) = bytes.get(at..) else { return (bytes.len(), None) };
            match memchr2(b'"', b'\\', rest) {
                None => return (bytes.len(), None),
                Some(found) if rest[found] == b'"' => {
                    let end = StringEnd { has_escapes: self.has_escapes };
                    *self = Self::default();
                    return (at + found, Some(end));
                }
                Some(found) => {
                    self.escaped = true;
                    self.has_escapes = true;
                    at += found + 1;
                }
            }
        }
    }
}

/// Returns the error for a malformed string.
fn malformed(message: &str) -> Error {
    Error::new(ErrorKind::Parse, message)
}

/// Returns the value of four hexadecimal digits.
fn hex4(bytes: &[u8]) -> Result<u32, Error> {
    let digits = bytes.first_chunk::<4>().ok_or_else(|| malformed("\\u needs four hex digits"))?;
    digits.iter().try_fold(0, |value, &digit| {
        let digit =
            char::from(digit).to_digit(16).ok_or_else(|| malformed("\\u needs four hex digits"))?;
        Ok((value << 4) | digit)
    })
}

/// Converts `arena[from..]`, the raw body of one JSON string, to WTF-8.
///
/// Strings are converted once, while they are read: the result is shorter
/// (`\u00e9` takes six bytes), and texts are equal exactly if their bytes are.
/// Plain ASCII without escapes stays as it is. Invalid UTF-8 becomes U+FFFD.
///
/// # Errors
/// [`ErrorKind::Parse`] for control characters and malformed escapes.
pub(crate) fn unescape_tail(arena: &mut Vec<u8>, from: usize, end: StringEnd) -> Result<(), Error> {
    let raw = arena.get(from..).unwrap_or_default();
    if raw.iter().any(|&byte| byte < 0x20) {
        return Err(malformed("control character inside a string"));
    }
    if !end.has_escapes {
        if !raw.is_ascii() && std::str::from_utf8(raw).is_err() {
            let repaired = String::from_utf8_lossy(raw).into_owned();
            arena.truncate(from);
            arena.extend_from_slice(repaired.as_bytes());
        }
        return Ok(());
    }
    let raw = String::from_utf8_lossy(raw).into_owned();
    arena.truncate(from);
    let text = unescape(raw.as_bytes())?;
    arena.extend_from_slice(&text);
    Ok(())
}

/// Returns the text of a string with escapes.
fn unescape(mut raw: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(raw.len());
    while let Some(at) = memchr::memchr(b'\\', raw) {
        out.extend_from_slice(&raw[..at]);
        let escape = raw.get(at + 1).copied().unwrap_or(b'\\');
        let mut used = at + 2;
        match escape {
            b'"' | b'\\' | b'/' => out.push(escape),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0C),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let mut one = Vec::with_capacity(4);
                push_code_point(&mut one, hex4(raw.get(at + 2..).unwrap_or_default())?);
                // Joins a surrogate pair that is written as two escapes.
                push_wtf8(&mut out, &one);
                used += 4;
            }
            _ => return Err(malformed("unknown escape in a string")),
        }
        raw = raw.get(used..).unwrap_or_default();
    }
    out.extend_from_slice(raw);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn body(raw: &str) -> Result<Vec<u16>, Error> {
        let mut arena = b"before".to_vec();
        arena.extend_from_slice(raw.as_bytes());
        unescape_tail(&mut arena, 6, StringEnd { has_escapes: raw.contains('\\') })?;
        Ok(Text(&arena[6..]).utf16().collect())
    }

    #[test]
    fn escapes_become_the_code_units_they_name() {
        let units = body("a\\n\\u0041\\\"\\/\\ud83d\\ude00\\ude00\\ud83dé😀").unwrap();
        let mut expected: Vec<u16> = "a\nA\"/😀".encode_utf16().collect();
        expected.extend([0xDE00, 0xD83D]);
        expected.extend("é😀".encode_utf16());
        assert_eq!(units, expected);
    }

    #[test]
    fn malformed_escapes_are_errors() {
        for raw in ["\\x", "\\u12", "\\u12g4", "\u{1}", "\\ud83d\\u00"] {
            assert!(body(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_become_replacement_characters() {
        let mut arena = b"a\xFFb".to_vec();
        unescape_tail(&mut arena, 0, StringEnd { has_escapes: false }).unwrap();
        assert_eq!(arena, "a\u{FFFD}b".as_bytes());
    }
}
