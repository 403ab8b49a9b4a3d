//! Language-independent texts: a message is the id of a text and its arguments. The catalogues in
//! `messages/` contain the texts of each language.

mod catalogue;
mod template;

use std::fmt;

use crate::place::Place;
use catalogue::ENGLISH;

/// The id of a text in the catalogues, and its arguments.
///
/// `Display` writes it in English.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Message {
    /// The id of the text in the catalogues.
    pub id: &'static str,
    /// The arguments by name. Unknown ones are missing.
    pub args: Vec<(&'static str, Value)>,
}

/// An argument of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A count, or a number of bytes.
    Number(u64),
    /// A name, a class or a location.
    Text(String),
    /// A part of a sentence with a text of its own.
    Message(Message),
    /// Several values, joined as the text of the message says.
    List(Vec<Value>),
}

/// Declares messages: one struct for each, with the arguments as fields, so that the compiler
/// checks that all are given. A field takes an `Option<Value>`; see [`arg`].
///
/// `MESSAGES` lists ids and arguments, for the test that compares them with the catalogues.
macro_rules! messages {
    ($($(#[$meta:meta])* $name:ident($id:literal) { $($arg:ident),* $(,)? })*) => {
        $(
            $(#[$meta])*
            pub(crate) struct $name {
                $(pub(crate) $arg: Option<$crate::message::Value>,)*
            }

            impl From<$name> for $crate::message::Message {
                fn from(message: $name) -> Self {
                    let $name { $($arg),* } = message;
                    let args = [$((stringify!($arg), $arg)),*];
                    Self::new($id, args)
                }
            }

            impl From<$name> for $crate::message::Value {
                fn from(message: $name) -> Self {
                    Self::Message(message.into())
                }
            }
        )*

        /// The messages that this file declares.
        #[cfg(test)]
        pub(crate) const MESSAGES: &[$crate::message::Declared] =
            &[$(($id, &[$(stringify!($arg)),*])),*];
    };
}

pub(crate) use messages;

/// The id and the argument names of a message.
#[cfg(test)]
pub(crate) type Declared = (&'static str, &'static [&'static str]);

impl Message {
    /// Returns a message with the known ones of the arguments.
    pub(crate) fn new<const N: usize>(
        id: &'static str,
        args: [(&'static str, Option<Value>); N],
    ) -> Self {
        let known = args.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self { id, args: known.collect() }
    }

    /// Returns a message without arguments.
    pub(crate) fn plain(id: &'static str) -> Self {
        Self { id, args: Vec::new() }
    }

    /// Returns the argument `name`, if it is known.
    fn arg(&self, name: &str) -> Option<&Value> {
        self.args.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ENGLISH.render(self))
    }
}

/// Consecutive sentences.
///
/// `Display` writes them in English.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Paragraph(pub Vec<Message>);

impl Paragraph {
    /// Adds a sentence.
    pub(crate) fn push(&mut self, sentence: impl Into<Message>) {
        self.0.push(sentence.into());
    }

    /// Adds any number of sentences.
    pub(crate) fn extend(&mut self, sentences: impl IntoIterator<Item = Message>) {
        self.0.extend(sentences);
    }
}

impl<T: Into<Message>> From<T> for Paragraph {
    fn from(sentence: T) -> Self {
        Self(vec![sentence.into()])
    }
}

impl fmt::Display for Paragraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ENGLISH.render_all(&self.0))
    }
}

/// Returns a known argument of a message.
#[expect(clippy::unnecessary_wraps, reason = "the type of the fields of messages")]
pub(crate) fn arg(value: impl Into<Value>) -> Option<Value> {
    Some(value.into())
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&Place> for Value {
    fn from(place: &Place) -> Self {
        Self::Text(place.to_string())
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// Returns a list, or `None` if it is empty.
pub(crate) fn list<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Option<Value> {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    (!values.is_empty()).then_some(Value::List(values))
}

/// Returns a text as it is written between quotes, with quotes in it escaped.
pub(crate) fn quoted(text: &str) -> Option<Value> {
    let quoted = format!("{text:?}");
    arg(quoted.get(1..quoted.len() - 1).unwrap_or(text))
}

#[cfg(test)]
mod tests;
