//! Parses the texts of a catalogue.
//!
//! ```text
//! {name}              an argument; empty if it is missing
//! {name:kind}         formatted as code, integer, bytes, word or with an article
//! {names:kind,join}   a list, joined by and, comma, semicolon or arrow
//! [ at {place}]       an optional part; omitted if an argument in it is missing
//! ```
//! `lib/messages.js` implements the same syntax. Tests of both run the cases of `cases.json`.

/// A part of a text.
#[derive(Debug)]
pub(super) enum Piece {
    Literal(String),
    Slot { name: String, kind: Kind, join: Join },
    Optional(Vec<Piece>),
}

/// The format of an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Unchanged.
    Plain,
    /// Between backticks.
    Code,
    /// With thousands separators.
    Integer,
    /// A size in the largest fitting unit.
    Bytes,
    /// Translated if the catalogue knows the word, such as `array`.
    Word,
    /// A class with "a" or "an".
    Article,
}

/// The separator of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Join {
    And,
    Comma,
    Semicolon,
    Arrow,
}

/// Parses a text. Returns `None` if it is malformed.
pub(super) fn parse(text: &str) -> Option<Vec<Piece>> {
    let (pieces, rest) = pieces(text, false)?;
    rest.is_empty().then_some(pieces)
}

/// Parses up to the end of the text, or up to the bracket that ends an optional part.
fn pieces(mut text: &str, is_optional: bool) -> Option<(Vec<Piece>, &str)> {
    let mut found = Vec::new();
    loop {
        let end = text.find(['{', '[', ']']).unwrap_or(text.len());
        let (literal, rest) = text.split_at(end);
        if !literal.is_empty() {
            found.push(Piece::Literal(literal.to_owned()));
        }
        let mut chars = rest.chars();
        match chars.next() {
            None if is_optional => return None,
            None => return Some((found, "")),
            Some('{') => {
                let (inside, after) = chars.as_str().split_once('}')?;
                found.push(slot(inside)?);
                text = after;
            }
            Some('[') => {
                let (inside, after) = pieces(chars.as_str(), true)?;
                found.push(Piece::Optional(inside));
                text = after;
            }
            Some(_) => return is_optional.then_some((found, chars.as_str())),
        }
    }
}

/// Parses the inside of `{…}`.
fn slot(inside: &str) -> Option<Piece> {
    let (name, how) = inside.split_once(':').unwrap_or((inside, ""));
    let (kind, join) = how.split_once(',').unwrap_or((how, "and"));
    let kind = match kind {
        "" => Kind::Plain,
        "code" => Kind::Code,
        "integer" => Kind::Integer,
        "bytes" => Kind::Bytes,
        "word" => Kind::Word,
        "article" => Kind::Article,
        _ => return None,
    };
    let join = match join {
        "and" => Join::And,
        "comma" => Join::Comma,
        "semicolon" => Join::Semicolon,
        "arrow" => Join::Arrow,
        _ => return None,
    };
    Some(Piece::Slot { name: name.to_owned(), kind, join })
}

/// Calls `visit` with the name of each argument.
#[cfg(test)]
pub(super) fn names(pieces: &[Piece], visit: &mut impl FnMut(&str)) {
    for piece in pieces {
        match piece {
            Piece::Literal(_) => {}
            Piece::Slot { name, .. } => visit(name),
            Piece::Optional(inside) => names(inside, visit),
        }
    }
}
