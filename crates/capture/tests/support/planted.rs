//! Snapshots with planted secrets, generated from arbitrary bytes, and the checks of their redaction.

use std::collections::HashMap;
use std::ops::Range;

use capture::{Names, Policy, Redactor, Rule, Vocabulary};
use serde_json::Value;

use super::graph::Graph;

/// The source of all arbitrary decisions. Yields zeros when the bytes are used up.
pub(crate) struct Choices<'a>(pub(crate) &'a [u8]);

impl Choices<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Returns a number below `end`, which is at most 256.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// The use of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The content of a string, a regular expression or a number.
    Content,
    /// Nothing refers to it.
    Unreferenced,
    /// The name of a class or function in source code.
    Name,
    /// A name given by V8.
    Engine,
    /// The name of a property in a small shape.
    Record,
    /// The name of a property in a large shape of plain objects: a table.
    LargeRecord,
    /// The name of a property that is in no shape: the key of a dictionary.
    Key,
    /// The name of a class or function that is data.
    Class,
    /// The description of a symbol, or the name of an accessor.
    Symbol,
    /// Within the address of a script.
    Address,
    /// The origin of a context.
    Origin,
    /// Key and value of a `WeakMap`.
    WeakPair,
}

const PLACES: [Place; 12] = [
    Place::Content,
    Place::Unreferenced,
    Place::Name,
    Place::Engine,
    Place::Record,
    Place::LargeRecord,
    Place::Key,
    Place::Class,
    Place::Symbol,
    Place::Address,
    Place::Origin,
    Place::WeakPair,
];

impl Place {
    fn is_content(self) -> bool {
        matches!(self, Self::Content | Self::Unreferenced)
    }

    /// Returns whether no level of redaction may change it.
    fn stays(self) -> bool {
        matches!(self, Self::Name | Self::Engine | Self::Record)
    }

    /// Returns whether a secret of letters only counts as data.
    fn takes_letters(self) -> bool {
        self.is_content() || matches!(self, Self::Key | Self::LargeRecord | Self::WeakPair)
    }
}

/// Escaped texts around a secret that could mislead the redactor.
const AROUND: [&str; 20] = [
    "",
    "",
    " ",
    "\\\"",
    "\\\\",
    "\\n",
    "\\u00E9",
    "\\uD83D\\uDE00",
    "\\uD83D",
    "]",
    "]}",
    ",",
    " @1",
    ") -> value (",
    ") pair in WeakMap (table @",
    " / part of key (",
    "\\\"strings\\\":[",
    "Object",
    "\\u007F",
    "7",
];

const WRITTEN: [&str; 6] = ["alpha", "betaGamma", "Gamma_Delta", "on:close", "$x", "s3"];

/// One string of the table.
pub(crate) struct Planted {
    /// The escaped text, as in the file.
    pub(crate) text: String,
    pub(crate) place: Place,
    /// Texts that redaction of the place must remove; can be empty.
    secrets: Vec<String>,
}

impl Planted {
    /// Returns the `nth` string of a table, at an arbitrary place.
    pub(crate) fn choose(choices: &mut Choices<'_>, nth: usize) -> Self {
        let place = choices.pick(&PLACES);
        let letters = choices.byte().is_multiple_of(2) && place.takes_letters();
        let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
        let secret = if letters {
            format!("zqsecretqz{}{}", letter(nth / 26), letter(nth))
        } else {
            format!("5ecr3t{nth:04}")
        };
        let wrapped = |choices: &mut Choices<'_>, secret: &str| {
            format!("{}{secret}{}", choices.pick(&AROUND), choices.pick(&AROUND))
        };
        let written = format!("{}{}", choices.pick(&WRITTEN), letter(nth));
        let (text, secrets) = match place {
            Place::Content | Place::Unreferenced => (wrapped(choices, &secret), vec![secret]),
            Place::Name | Place::Record => (format!("{written}{}", letter(nth / 26)), vec![]),
            Place::Engine => (format!("(engine {nth})"), vec![]),
            Place::Key | Place::LargeRecord if letters => (secret.clone(), vec![secret]),
            Place::Key | Place::LargeRecord | Place::Class => {
                (format!("k{}", wrapped(choices, &secret)), vec![secret])
            }
            Place::Symbol => {
                let form = choices.pick(&["<symbol _>", "get _", "set _", "<symbol Symbol._>"]);
                (form.replace('_', &secret), vec![secret])
            }
            Place::Address => (choices.pick(&ADDRESSES).replace('_', &secret), vec![secret]),
            Place::Origin => (format!("system / NativeContext / {secret}"), vec![secret]),
            Place::WeakPair => weak_pair(choices, &secret),
        };
        Self { text, place, secrets }
    }
}

const ADDRESSES: [&str; 14] = [
    "https://user:_@host/path.js",
    "https://host/path.js?_",
    "https://host?token=_",
    "https://host/path.js#_",
    "file:///home/_/a.js",
    "/home/_/a.js",
    "/Users/_/a.js",
    "C:\\\\Users\\\\_\\\\a.js",
    "file:///C:/Users/_/a.js",
    "/srv/a.js?_",
    "data:text/javascript,_",
    "DATA:text/javascript,_",
    "blob:nodedata:_",
    "javascript:a/_",
];

fn weak_pair(choices: &mut Choices<'_>, secret: &str) -> (String, Vec<String>) {
    let (key, value) = (format!("{secret}k"), format!("{secret}v"));
    let around = |choices: &mut Choices<'_>, text: &str| {
        format!("{}{text}{}", choices.pick(&AROUND), choices.pick(&AROUND))
    };
    let text = format!(
        "{} / part of key ({} @1) -> value ({} @2) pair in WeakMap (table @3)",
        choices.below(9),
        around(choices, &key),
        around(choices, &value)
    );
    (text, vec![key, value])
}

/// The level of redaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Strings,
    Strict,
    MaxLength(usize),
    /// Redacts texts that contain the beginning of a secret.
    Rules,
}

impl Level {
    pub(crate) fn choose(choices: &mut Choices<'_>) -> Self {
        match choices.below(4) {
            0 => Self::Strings,
            1 => Self::Rules,
            2 => Self::MaxLength(choices.below(20)),
            _ => Self::Strict,
        }
    }

    pub(crate) fn policy(self) -> Policy {
        let contains = |text: &str| Rule { contains: Some(text.into()), ..Rule::default() };
        let vocabulary = Vocabulary {
            redacted: "(redacted)",
            is_known: |name| name == "Object",
            max_record: 24,
        };
        let none = Policy { vocabulary, max_length: None, rules: Vec::new(), names: None };
        match self {
            Self::Strings => Policy { rules: vec![Rule::default()], ..none },
            Self::Strict => {
                Policy { rules: vec![Rule::default()], names: Some(Names::new(None)), ..none }
            }
            Self::MaxLength(length) => Policy { max_length: Some(length), ..none },
            Self::Rules => {
                Policy { rules: vec![contains("5ecr3t"), contains("zqsecretqz")], ..none }
            }
        }
    }
}

/// A snapshot, with the position and the contents of its table of strings.
pub(crate) struct Case {
    pub(crate) text: Vec<u8>,
    pub(crate) planted: Vec<Planted>,
    pub(crate) level: Level,
    table: Range<usize>,
}

impl Case {
    pub(crate) fn choose(choices: &mut Choices<'_>) -> Self {
        let level = Level::choose(choices);
        let count = 1 + choices.below(24);
        let planted: Vec<_> = (0..count).map(|nth| Planted::choose(choices, nth)).collect();
        Self::new(planted, level, choices.byte() % 2 == 1)
    }

    fn new(planted: Vec<Planted>, level: Level, has_extra_columns: bool) -> Self {
        let mut graph = Graph::new(has_extra_columns);
        for string in &planted {
            graph.plant(&string.text, string.place);
        }
        let (text, table) = graph.into_text();
        Self { text, planted, level, table }
    }

    /// Returns the snapshot with the table in another order.
    fn reversed(mut self) -> Self {
        self.planted.reverse();
        Self::new(self.planted, self.level, false)
    }

    /// Redacts in chunks of `size`, and checks the result.
    pub(crate) fn check(&self, size: usize) -> Vec<u8> {
        let out = redact(&self.text, self.level, size);
        let table = self.table.start..out.len() - (self.text.len() - self.table.end);
        assert_eq!(out[..table.start], self.text[..table.start], "before the strings");
        assert_eq!(out[table.end..], self.text[self.table.end..], "after the strings");
        is_json(&out);
        let strings = strings_of(&out[table]);
        let before = strings_of(&self.text[self.table.clone()]);
        assert_eq!(strings.len(), before.len());
        let after: HashMap<&str, &str> =
            before.iter().copied().zip(strings.iter().copied()).collect();
        for string in &self.planted {
            string.check(after[string.text.as_str()], self.level);
        }
        out
    }
}

impl Planted {
    fn check(&self, after: &str, level: Level) {
        let context = || format!("{:?} at {level:?}: {} became {after}", self.place, self.text);
        let is_gone = |after: &str| self.secrets.iter().all(|secret| !after.contains(secret));
        match (self.place, level) {
            (place, _) if place.stays() => assert_eq!(after, self.text, "{}", context()),
            (Place::WeakPair, _) => assert!(is_gone(after), "{}", context()),
            (place, Level::MaxLength(length)) if place.is_content() => {
                match after.strip_suffix("\\u2026") {
                    Some(start) => assert!(self.text.starts_with(start), "{}", context()),
                    None => assert_eq!(after, self.text, "{}", context()),
                }
                let after = after.strip_suffix("\\u2026").unwrap_or(after);
                assert!(units(after) <= length, "{}", context());
            }
            (place, _) if place.is_content() => assert_eq!(after, "(redacted)", "{}", context()),
            (_, Level::Strict) => assert!(is_gone(after), "{}", context()),
            _ => assert_eq!(after, self.text, "{}", context()),
        }
    }
}

/// Runs all checks on a case generated from `bytes`.
pub(crate) fn check(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let case = Case::choose(&mut choices);
    let size = 1 + choices.below(256);
    let out = case.check(size);
    assert_eq!(out, redact(&case.text, case.level, case.text.len()), "in chunks of {size}");
    // Equal names stay equal, in any order of the table.
    let after = |case: &Case, out: &[u8]| -> HashMap<String, String> {
        let end = out.len() - (case.text.len() - case.table.end);
        let after = strings_of(&out[case.table.start..end]);
        let before = strings_of(&case.text[case.table.clone()]);
        before.into_iter().map(str::to_owned).zip(after.into_iter().map(str::to_owned)).collect()
    };
    let names = after(&case, &out);
    let other = case.reversed();
    let out = other.check(size);
    assert_eq!(after(&other, &out), names);
}

/// Redacts a damaged snapshot in chunks and as a whole: no panic, and equal results.
pub(crate) fn check_damaged(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let mut case = Case::choose(&mut choices);
    let size = 1 + choices.below(256);
    while !choices.0.is_empty() {
        let at = (choices.below(256) << 8 | choices.below(256)) % case.text.len();
        case.text[at] = choices.byte();
    }
    let redact = |size| {
        let mut redactor = Redactor::new(case.level.policy());
        let chunks = case.text.chunks(size).map(|chunk| redactor.apply(chunk));
        chunks.collect::<Result<Vec<_>, _>>().map(|chunks| chunks.concat())
    };
    assert_eq!(redact(size), redact(case.text.len()));
}

pub(crate) fn redact(text: &[u8], level: Level, size: usize) -> Vec<u8> {
    let mut redactor = Redactor::new(level.policy());
    let mut out = Vec::new();
    for chunk in text.chunks(size) {
        out.extend(redactor.apply(chunk).unwrap());
    }
    assert!(redactor.is_complete());
    out
}

/// Returns the escaped texts of a table.
fn strings_of(table: &[u8]) -> Vec<&str> {
    let table = std::str::from_utf8(table).unwrap();
    let mut strings = Vec::new();
    let mut start = None;
    let mut is_escaped = false;
    for (at, byte) in table.bytes().enumerate() {
        match (start, byte) {
            _ if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some(from), b'"') => {
                strings.push(&table[from..at]);
                start = None;
            }
            (None, b'"') => start = Some(at + 1),
            _ => {}
        }
    }
    strings
}

/// Returns the length of an escaped text in UTF-16 units.
fn units(text: &str) -> usize {
    let quoted = format!("\"{}\"", without_surrogates(text));
    serde_json::from_str::<String>(&quoted).unwrap().encode_utf16().count()
}

/// `serde_json` refuses lone surrogates; V8 writes them.
fn without_surrogates(text: &str) -> String {
    text.replace("\\uD", "\\u0")
}

fn is_json(text: &[u8]) {
    let text = std::str::from_utf8(text).unwrap();
    serde_json::from_str::<Value>(&without_surrogates(text)).unwrap();
}
