//! The data of a code frame: lines of a file, and labels on them.

use crate::message::Message;
use crate::place::Place;

/// The role of the labelled code in the leak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The variable that retains the leaked objects.
    Variable,
    /// The function whose scope retains them.
    Keeper,
    /// Code that creates the collection.
    Made,
    /// Code that adds to the collection.
    Added,
    /// A listener that is never removed.
    Listener,
    /// A function that a timer calls.
    Callback,
    /// Code that adds the listener or starts the timer.
    Passed,
}

impl Role {
    /// Returns the name of the role in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::Keeper => "keeper",
            Self::Made => "made",
            Self::Added => "added",
            Self::Listener => "listener",
            Self::Callback => "callback",
            Self::Passed => "passed",
        }
    }
}

/// A position in a script that a finding refers to. Lines and columns are 0-based, columns in
/// UTF-16 units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    /// The name of the script in V8.
    pub(crate) script: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) length: u32,
    pub(crate) role: Role,
    /// The name of the retained object, or of its retainer.
    pub(crate) name: String,
    /// The named function around the position.
    pub(crate) within: Option<String>,
}

/// A labelled part of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The line of the file, 1-based.
    pub line: u32,
    /// The column in the text of the frame's line: 1-based, in UTF-16 units.
    pub column: u32,
    /// The length in UTF-16 units, at least 1.
    pub length: u32,
    /// The role of the code.
    pub role: Role,
    /// The label for people.
    pub text: Message,
    /// Whether it is the most important label of the finding.
    pub is_primary: bool,
}

/// Consecutive lines of a file, with labels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The position of the primary label, or else of the first one.
    pub location: Place,
    /// The number of the first line, 1-based.
    pub first_line: u32,
    /// The lines. Long ones are cut around their labels; a tab is shown as four spaces.
    pub lines: Vec<String>,
    /// The labels, in order of line and column.
    pub labels: Vec<Label>,
}
