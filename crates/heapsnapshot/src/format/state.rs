//! Where the parser is between two bytes of the input.

use super::Section;
use super::scan::IntArray;
use super::skip::Skip;
use super::strings::StringBody;

/// What may follow inside the array of strings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StringsExpect {
    /// A string, or the end of an empty array.
    First,
    /// A string, after a comma.
    String,
    /// A comma, or the end of the array.
    Separator,
}

/// Where the parser is.
#[derive(Debug)]
pub(super) enum State {
    /// Before the opening brace.
    Start,
    /// After the opening brace, or after a comma (`required`).
    Key {
        required: bool,
    },
    /// Inside the quotes of a key.
    KeyText(StringBody),
    Colon,
    /// Before the value of the key just read.
    Value,
    /// Inside `snapshot`, which is collected and then read by a JSON library.
    Header(Skip),
    Ints(Section, IntArray),
    Strings(StringsExpect),
    StringBody(StringBody),
    Skip(Skip),
    /// After a value: a comma or the closing brace.
    AfterValue,
    /// After the closing brace.
    Done,
}
