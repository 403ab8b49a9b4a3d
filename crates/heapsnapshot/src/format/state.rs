//! The state of the parser between two bytes of the input.

use super::Section;
use super::header::HeaderText;
use super::scan::IntArray;
use super::skip::Skip;
use super::strings::StringBody;
use super::tree::Tree;

/// The next expected item inside the array of strings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StringsExpect {
    /// A string, or the end of an empty array.
    First,
    /// A string, after a comma.
    String,
    /// A comma, or the end of the array.
    Separator,
}

/// The state of the parser.
#[derive(Debug)]
pub(super) enum State {
    /// Before the opening brace.
    Start,
    /// After the opening brace, or after a comma (`required`).
    Key { required: bool },
    /// Inside the quotes of a key.
    KeyText(StringBody),
    /// After a key.
    Colon,
    /// Before the value of the key just read.
    Value,
    /// Inside the value of `snapshot`.
    Header(HeaderText),
    /// Inside an array of integers.
    Ints(Section, IntArray),
    /// Inside the tree of allocation stacks.
    Tree(Tree),
    /// Inside the array of strings, between two strings.
    Strings(StringsExpect),
    /// Inside a string of that array.
    StringBody(StringBody),
    /// Inside a value that the parser skips.
    Skip(Skip),
    /// After a value: a comma or the closing brace.
    AfterValue,
    /// After the closing brace.
    Done,
}
