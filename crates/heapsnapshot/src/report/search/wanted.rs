//! A text to search for, with DevTools' rules for case.

use memchr::memchr2_iter;
use memchr::memmem::Finder;

use super::Query;
use crate::text::Text;

/// A text to search for.
pub(super) struct Wanted {
    /// The text, in lower case if case does not matter.
    text: String,
    /// Whether case does not matter.
    fold_case: bool,
    /// Searches an ASCII text if case matters.
    exact: Option<Finder<'static>>,
    /// Both cases of the first byte of an ASCII text if case does not matter.
    folded: Option<(u8, u8)>,
    /// Whether the text has characters other than letters and digits.
    pub(super) has_punctuation: bool,
    /// By byte: whether the text contains it before its last byte, and after
    /// its first byte.
    inner: Vec<(bool, bool)>,
}

impl Wanted {
    /// Prepares the search for the name of `query`.
    pub(super) fn new(query: &Query) -> Self {
        let fold_case = !query.case_sensitive;
        let text = if fold_case { query.name.to_lowercase() } else { query.name.clone() };
        let exact = (text.is_ascii() && !fold_case).then(|| Finder::new(&text).into_owned());
        let first = text.bytes().next().filter(|_| text.is_ascii() && fold_case);
        let folded = first.map(|byte| (byte, byte.to_ascii_uppercase()));
        let is_punctuation = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
        let has_punctuation = text.chars().any(is_punctuation);
        let mut inner = vec![(false, false); 256];
        for pair in text.as_bytes().windows(2) {
            for byte in [pair[0], pair[0].to_ascii_uppercase()] {
                inner[usize::from(byte)].0 = true;
            }
            for byte in [pair[1], pair[1].to_ascii_uppercase()] {
                inner[usize::from(byte)].1 = true;
            }
        }
        Self { text, fold_case, exact, folded, has_punctuation, inner }
    }

    /// Returns whether no name is searched for.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns whether `name` contains the text.
    pub(super) fn is_in(&self, name: Text<'_>) -> bool {
        let bytes = name.as_bytes();
        if self.text.is_empty() {
            false
        } else if let Some(finder) = &self.exact {
            finder.find(bytes).is_some()
        } else if let Some((lower, upper)) = self.folded {
            memchr2_iter(lower, upper, bytes).any(|at| {
                let here = bytes.get(at..at + self.text.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(self.text.as_bytes()))
            }) || self.folds_to_ascii(bytes) && self.is_in_folded(name)
        } else if self.fold_case {
            // The text has characters outside of ASCII, which a name in ASCII lacks.
            !bytes.is_ascii() && self.is_in_folded(name)
        } else {
            name.to_string_lossy().contains(&self.text)
        }
    }

    /// Returns whether a string that starts with `name` and continues can
    /// contain the text across the end of `name`.
    pub(super) fn may_begin_in(&self, name: Text<'_>) -> bool {
        let (name, text) = (name.as_bytes(), self.text.as_bytes());
        self.is_uncertain(name)
            || name.last().is_some_and(|&last| self.inner[usize::from(last)].0)
                && (1..text.len()).any(|length| {
                    let tail = name.len().checked_sub(length).map(|from| &name[from..]);
                    tail.is_some_and(|tail| self.are_equal(tail, &text[..length]))
                })
    }

    /// Returns whether a string that ends with `name` can contain the text
    /// across the start of `name`.
    pub(super) fn may_end_in(&self, name: Text<'_>) -> bool {
        let (name, text) = (name.as_bytes(), self.text.as_bytes());
        self.is_uncertain(name)
            || name.first().is_some_and(|&first| self.inner[usize::from(first)].1)
                && (1..text.len()).any(|length| {
                    let head = name.get(..length);
                    head.is_some_and(|head| self.are_equal(head, &text[text.len() - length..]))
                })
    }

    /// Returns whether parts of `name` cannot be compared byte by byte. Names
    /// in ASCII always can: no character outside of ASCII is the upper case of
    /// one inside, with two exceptions that only `name` can contain.
    fn is_uncertain(&self, name: &[u8]) -> bool {
        !name.is_ascii() && (!self.text.is_ascii() || self.fold_case && self.folds_to_ascii(name))
    }

    /// Compares bytes of ASCII.
    fn are_equal(&self, a: &[u8], b: &[u8]) -> bool {
        if self.fold_case { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    /// Returns whether `name` in lower case contains the text.
    fn is_in_folded(&self, name: Text<'_>) -> bool {
        name.to_string_lossy().to_lowercase().contains(&self.text)
    }

    /// Returns whether `name` contains a character outside of ASCII whose lower
    /// case is an ASCII character of the text. Only the Kelvin sign and the
    /// capital I with a dot have one.
    fn folds_to_ascii(&self, name: &[u8]) -> bool {
        let has = |letter, capital: &str| {
            memchr::memchr(letter, self.text.as_bytes()).is_some()
                && memchr::memmem::find(name, capital.as_bytes()).is_some()
        };
        !name.is_ascii() && (has(b'k', "\u{212A}") || has(b'i', "\u{130}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBuf;

    #[test]
    fn two_letters_only_become_ascii_as_small_ones() {
        let folding = ('\u{80}'..=char::MAX).filter(|c| c.to_lowercase().any(|c| c.is_ascii()));
        assert_eq!(folding.collect::<String>(), "\u{130}\u{212A}");
        for (text, name, is_in) in [
            ("k", "273 \u{212A}", true),
            ("K", "273 \u{212A}", true),
            ("i", "\u{130}zmir", true),
            ("zm", "\u{130}ZMIR", true),
            ("\u{e9}t\u{e9}", "L'\u{c9}T\u{c9}", true),
            ("\u{e9}", "ete", false),
            ("order", "订单 Order", true),
            ("k", "\u{130}", false),
        ] {
            let wanted = Wanted::new(&Query { name: text.into(), ..Query::default() });
            assert_eq!(wanted.is_in(TextBuf::from(name).as_text()), is_in, "{text} in {name}");
        }
    }
}
