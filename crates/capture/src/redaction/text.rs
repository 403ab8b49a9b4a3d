//! Texts of the table of strings in the form of the file: ASCII, with everything else escaped.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns the text without escapes.
pub(super) fn unescaped(text: &[u8]) -> Cow<'_, str> {
    if !text.contains(&b'\\') {
        return String::from_utf8_lossy(text);
    }
    let quoted = [b"\"", text, b"\""].concat();
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => Cow::Owned(text),
        // A lone surrogate.
        Err(_) => String::from_utf8_lossy(text),
    }
}

/// Returns a text as V8 writes it to the file.
pub(super) fn escaped(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b'"' | b'\\')) => out.extend(['\\', char::from(byte)]),
            Ok(byte @ b' '..=b'~') => out.push(char::from(byte)),
            _ => drop(write!(out, "\\u{unit:04X}")),
        }
    }
    out.into_bytes()
}

/// Returns `7 / part of key (K @1) -> value (V @2) pair in WeakMap (table @3)` with `redacted` in
/// place of K and V. Returns `None` for any other text. K and V can be any text; only the digits at
/// their end stay.
pub(super) fn weak_pair(text: &[u8], redacted: &[u8]) -> Option<Vec<u8>> {
    const KEY: &[u8] = b" / part of key (";
    const VALUE: &[u8] = b") -> value (";
    let start = memchr::memmem::find(text, KEY)? + KEY.len();
    let end = memchr::memmem::rfind(text, b") pair in WeakMap (table @")?;
    let pair = text.get(start..end)?;
    let (key, value) = match memchr::memmem::rfind(pair, VALUE) {
        Some(middle) => (id_of(&pair[..middle]), id_of(&pair[middle + VALUE.len()..])),
        None => return None,
    };
    Some([&text[..start], redacted, key, VALUE, redacted, value, &text[end..]].concat())
}

/// Returns ` @1` of `K @1`; nothing if that is not a number.
fn id_of(node: &[u8]) -> &[u8] {
    let Some(at) = memchr::memmem::rfind(node, b" @") else { return &[] };
    let id = &node[at..];
    if id[2..].iter().all(u8::is_ascii_digit) { id } else { &[] }
}

/// Returns the number of characters (UTF-16 units) of an escaped text.
pub(super) fn length_of(text: &[u8]) -> usize {
    characters(text).count()
}

/// Returns the offset at which an escaped text has `length` characters; `None` if it is not longer.
pub(super) fn cut_at(text: &[u8], length: usize) -> Option<usize> {
    characters(text).nth(length)
}

/// Returns the offsets of the characters of an escaped text.
fn characters(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let at = next;
        next += match (text.get(at)?, text.get(at + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_v8_does() {
        let text = "a\"\\\n\u{7f}\u{e9}\u{1F600}";
        let expected = r#"a\"\\\u000A\u007F\u00E9\uD83D\uDE00"#;
        assert_eq!(escaped(text), expected.as_bytes());
        assert_eq!(unescaped(expected.as_bytes()), text);
        // A lone surrogate cannot be represented in Rust.
        assert_eq!(unescaped(br"\uD83D"), r"\uD83D");
    }

    #[test]
    fn escapes_are_one_character_and_are_not_cut() {
        let text = br#"a\"\u00e9\\b"#;
        assert_eq!(length_of(text), 5);
        let cuts: Vec<Option<usize>> = (0..=5).map(|length| cut_at(text, length)).collect();
        assert_eq!(cuts, [Some(0), Some(1), Some(3), Some(9), Some(11), None]);
    }

    #[test]
    fn nothing_of_the_pair_of_a_weak_map_stays_but_numbers() {
        let pair = |key: &str, value: &str| {
            let text = format!(
                "7 / part of key ({key} @1) -> value ({value} @2) pair in WeakMap (table @3)"
            );
            String::from_utf8(weak_pair(text.as_bytes(), b"(redacted)").unwrap()).unwrap()
        };
        let expected = "7 / part of key ((redacted) @1) -> value ((redacted) @2) \
                        pair in WeakMap (table @3)";
        assert_eq!(pair("Key", "secret"), expected);
        for (key, value) in [
            ("K", "x @secret) -> value (y"),
            ("x @secret) -> value (y @1", "V"),
            ("K", "secret) pair in WeakMap (table @7"),
            ("secret / part of key (", "secret"),
        ] {
            let pair = pair(key, value);
            assert!(!pair.contains("secret"), "{pair}");
        }
        assert_eq!(weak_pair(b"part of a key", b""), None);
    }
}
