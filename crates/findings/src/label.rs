//! What code frames consist of: lines of a file, and labels in them.

use crate::message::Message;
use crate::place::Place;

/// What a label says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The variable that keeps what leaks.
    Variable,
    /// The function whose scope keeps it.
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
    /// Returns the word that stands for it in JSON.
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

/// Something in a script that a finding points to; 0-based, columns in UTF-16 units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    /// The name of the script, as V8 has it.
    pub(crate) script: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) length: u32,
    pub(crate) role: Role,
    /// What is kept, or what keeps it.
    pub(crate) name: String,
    /// The named function around it.
    pub(crate) within: Option<String>,
}

/// A piece of a line with what it means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The line of the file, 1-based.
    pub line: u32,
    /// Where it begins in the text of the line as the frame has it: 1-based, in UTF-16 units.
    pub column: u32,
    /// UTF-16 units of that text; at least 1.
    pub length: u32,
    /// What it is.
    pub role: Role,
    /// The same for people.
    pub text: Message,
    /// Whether it is the most important one of the finding.
    pub is_primary: bool,
}

/// Lines of a file that belong together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Where the primary label is, else the first one.
    pub location: Place,
    /// The number of the first line, 1-based.
    pub first_line: u32,
    /// The lines. Long ones are cut around their labels; tabs are spaces.
    pub lines: Vec<String>,
    /// By line and column.
    pub labels: Vec<Label>,
}
