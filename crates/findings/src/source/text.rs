//! The text of scripts and of their original sources, as far as it may be shown.

use std::path::PathBuf;

use super::{Script, Sources, blank, path_of, read};

/// A position in a text that may be shown; 0-based, columns in UTF-16 units.
pub(crate) struct Position {
    /// The name of the script, or the path or name of its original source.
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// Whether a source map led there.
    pub(crate) is_original: bool,
}

impl Position {
    /// Returns a position in the script itself.
    pub(crate) fn generated(name: &str, line: u32, column: u32) -> Self {
        Self { file: name.to_owned(), line, column, is_original: false }
    }
}

impl Sources {
    /// Returns whether the file of a script contains this text; `true` if there is no file.
    pub(crate) fn may_contain(&self, script: &str, text: &str) -> bool {
        let file = self.roots.file(script).and_then(|file| read(&file.path));
        file.is_none_or(|file| file.contains(text))
    }

    /// Returns the position for people: in the original source, if a source map leads there.
    pub(crate) fn position(script: &Script, name: &str, line: u32, column: u32) -> Position {
        match script.map.as_ref().and_then(|map| map.original(line, column)) {
            Some(original) => Position {
                file: original.file,
                line: original.line,
                column: original.column,
                is_original: true,
            },
            None => Position::generated(name, line, column),
        }
    }

    /// Returns the text of the file of a position. If the file is not on this machine, or
    /// [`Options::hide_contents`](crate::Options::hide_contents) is set, contents of strings and
    /// comments are hidden. Returns `None` if there is no text, or if contents are indistinguishable from
    /// code.
    pub(crate) fn text(&self, script: &Script, position: &Position) -> Option<String> {
        let on_disk = self.file(position).and_then(|path| read(&path));
        let carried = script.map.as_ref().and_then(|map| map.content(&position.file));
        let text = if position.is_original {
            carried.or(on_disk.as_deref())?
        } else {
            script.scopes.text()
        };
        let is_here = !self.hide_contents && on_disk.as_deref() == Some(text);
        if self.show_values || is_here { Some(text.to_owned()) } else { blank::hidden(text) }
    }

    /// Returns the file of a position for people.
    pub(crate) fn shown_file(&self, position: &Position) -> String {
        if !position.is_original {
            return self.shown(&position.file);
        }
        match path_of(&position.file) {
            Some(path) => self.shown_path(&path),
            None => position.file.clone(),
        }
    }

    /// Returns the file of a position on this machine, if there is one.
    fn file(&self, position: &Position) -> Option<PathBuf> {
        if position.is_original {
            return path_of(&position.file);
        }
        Some(self.roots.file(&position.file)?.path)
    }
}
