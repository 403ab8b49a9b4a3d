//! The text of scripts and of their original sources, as it may be shown.

use std::path::Path;

use super::{Script, Sources, is_typescript, path_of, read, scopes};

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
    /// The position in the script itself.
    pub(crate) fn generated(name: &str, line: u32, column: u32) -> Self {
        Self { file: name.to_owned(), line, column, is_original: false }
    }
}

impl Sources {
    /// Returns whether the file of a script has this text in it; `true` if there is no file.
    pub(crate) fn may_contain(script: &str, text: &str) -> bool {
        path_of(script).and_then(|path| read(&path)).is_none_or(|file| file.contains(text))
    }

    /// Returns the position that people know: in the original source, if a map leads there.
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

    /// Returns the text of the file of a position. If the file is not on this machine, the
    /// text has no contents of strings and comments. `None` if there is no text, or none whose
    /// contents can be found.
    pub(crate) fn text(&self, script: &Script, position: &Position) -> Option<String> {
        let on_disk = path_of(&position.file).and_then(|path| read(&path));
        let is_public = |text: &str| {
            self.show_values || !self.hide_contents && on_disk.as_deref() == Some(text)
        };
        if !position.is_original {
            let scopes = &script.scopes;
            let is_public = is_public(scopes.text());
            return Some(if is_public {
                scopes.text().to_owned()
            } else {
                scopes.without_contents()
            });
        }
        let carried = script.map.as_ref().and_then(|map| map.content(&position.file));
        let text = carried.or(on_disk.as_deref())?.to_owned();
        if is_public(&text) {
            return Some(text);
        }
        let is_typescript = is_typescript(Path::new(&position.file));
        Some(scopes::read(text, is_typescript)?.without_contents())
    }
}
