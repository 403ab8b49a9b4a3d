//! Renders messages in one language.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::template::{Join, Kind, Piece, parse};
use super::{Message, Value};
use crate::prose;

/// English, the language of the command line and of the API.
pub(super) static ENGLISH: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::new(include_str!("../../messages/en.json")));

/// The texts of one language.
pub(super) struct Catalogue {
    /// By message id: the parsed template.
    pub(super) texts: HashMap<String, Vec<Piece>>,
    /// By kind of list: the text between two items.
    separators: HashMap<String, String>,
}

impl Catalogue {
    /// Reads a catalogue. Skips malformed texts; a test checks that there are none.
    pub(super) fn new(json: &str) -> Self {
        let json: Json = serde_json::from_str(json).unwrap_or_default();
        let strings = |name: &str| -> Vec<(String, String)> {
            let all = json.get(name).and_then(Json::as_object).into_iter().flatten();
            all.filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned()))).collect()
        };
        let texts = strings("messages").into_iter();
        Self {
            texts: texts.filter_map(|(id, text)| Some((id, parse(&text)?))).collect(),
            separators: strings("separators").into_iter().collect(),
        }
    }

    /// Returns a message in this language, or its id if the catalogue has no text for it.
    pub(super) fn render(&self, message: &Message) -> String {
        match self.texts.get(message.id) {
            Some(pieces) => self.fill(pieces, message).0,
            None => message.id.to_owned(),
        }
    }

    /// Returns consecutive sentences.
    pub(super) fn render_all(&self, sentences: &[Message]) -> String {
        let sentences: Vec<String> = sentences.iter().map(|one| self.render(one)).collect();
        sentences.join(self.separator("sentence"))
    }

    /// Fills in arguments. Also returns whether all arguments outside of optional parts were given.
    fn fill(&self, pieces: &[Piece], message: &Message) -> (String, bool) {
        let (mut out, mut is_whole) = (String::new(), true);
        for piece in pieces {
            match piece {
                Piece::Literal(text) => push(&mut out, text),
                Piece::Slot { name, kind, join } => match message.arg(name) {
                    Some(value) => push(&mut out, &self.value(value, *kind, *join)),
                    None => is_whole = false,
                },
                Piece::Optional(inside) => {
                    if let (text, true) = self.fill(inside, message) {
                        push(&mut out, &text);
                    }
                }
            }
        }
        (out, is_whole)
    }

    /// Formats an argument.
    fn value(&self, value: &Value, kind: Kind, join: Join) -> String {
        match value {
            Value::Number(number) => match kind {
                Kind::Integer => prose::integer(*number),
                Kind::Bytes => prose::bytes(*number),
                _ => number.to_string(),
            },
            Value::Text(text) => match kind {
                Kind::Code => format!("`{text}`"),
                Kind::Article => prose::article(text),
                Kind::Word => self.word(text),
                _ => text.clone(),
            },
            Value::Message(message) => self.render(message),
            Value::List(values) => {
                let items: Vec<String> =
                    values.iter().map(|value| self.value(value, kind, join)).collect();
                self.list(&items, join)
            }
        }
    }

    /// Returns the translation of a word, or else the text itself, such as a class of the program.
    fn word(&self, text: &str) -> String {
        match self.texts.get(&format!("word.{text}")) {
            Some(pieces) => self.fill(pieces, &Message::default()).0,
            None => text.to_owned(),
        }
    }

    /// Joins the items of a list.
    fn list(&self, items: &[String], join: Join) -> String {
        let (between, last) = match join {
            Join::And => (self.separator("comma"), self.separator("and")),
            Join::Comma => (self.separator("comma"), self.separator("comma")),
            Join::Semicolon => (self.separator("semicolon"), self.separator("semicolon")),
            Join::Arrow => (" → ", " → "),
        };
        let mut out = String::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                push(&mut out, if at + 1 == items.len() { last } else { between });
            }
            push(&mut out, item);
        }
        out
    }

    /// Returns a separator of this language.
    fn separator(&self, name: &str) -> &str {
        self.separators.get(name).map_or(" ", String::as_str)
    }
}

/// Appends a piece. Puts a space between Chinese characters and Latin letters, code or parentheses.
fn push(out: &mut String, piece: &str) {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let is_latin = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '`');
    if let (Some(left), Some(right)) = (out.chars().next_back(), piece.chars().next())
        && ((is_han(left) && (is_latin(right) || right == '('))
            || ((is_latin(left) || left == ')') && is_han(right)))
    {
        out.push(' ');
    }
    out.push_str(piece);
}
