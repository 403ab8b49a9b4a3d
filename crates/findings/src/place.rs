//! A position in the source code.

use std::fmt;

/// A position in the source code. `Display` writes `file:line:column`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The file as shown to people: relative to the working directory if it is below it, else as V8
    /// knows it.
    pub file: String,
    /// The line, 1-based.
    pub line: u32,
    /// The column, 1-based, in UTF-16 units.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
