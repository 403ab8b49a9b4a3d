//! Source text of scripts, from the disk or from the snapshot, and questions about its variables.

mod blank;
mod map;
mod originals;
mod roots;
mod saved;
mod scopes;
mod text;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(crate) use map::SourceMap;
pub(crate) use roots::Roots;
use roots::ScriptFile;
use saved::SavedSources;
pub use saved::{SavedCounts, ScriptText, profile_path, saved_sources_path, write_saved_sources};
pub(crate) use scopes::{Reader, Scopes, Site, Target, Usage};
pub(crate) use text::Position;

use crate::heap::{Heap, Origin, is_internal};
use crate::label::Mark;
use crate::place::Place;
use heapsnapshot::NodeIx;

/// Larger files are not read: they are generated, and parsing them takes seconds.
const MAX_SCRIPT_BYTES: u64 = 16 << 20;

/// V8 cuts strings in a snapshot to this many UTF-16 units by default.
const SHORTENED: usize = 1024;

/// Replaces a text in a redacted snapshot.
pub const REDACTED: &str = "(redacted)";
/// Ends a text that redaction has cut.
const CUT: char = '\u{2026}';

/// The text of a script, parsed.
pub(crate) struct Script {
    /// Functions, variables and their uses, from parsing the text.
    pub(crate) scopes: Scopes,
    map: Option<SourceMap>,
    /// Whether the text is what V8 ran, as far as can be checked.
    pub(crate) is_current: bool,
}

/// The scripts of a snapshot. Each is read at its first use.
pub(crate) struct Sources {
    /// Paths are shown relative to it.
    directory: Option<PathBuf>,
    /// Whether to show names that look like data.
    pub(crate) show_values: bool,
    /// Whether to hide contents of strings in code even if its file is on this machine.
    pub(crate) hide_contents: bool,
    /// Texts given by the caller, by path or name.
    texts: HashMap<String, String>,
    roots: Roots,
    /// Files of saved script texts, and their contents.
    saved_files: Vec<PathBuf>,
    /// Texts of scripts saved beside a snapshot. Read at the first use.
    saved: OnceCell<SavedSources>,
    /// By name: the parsed script; `None` if its text is not available.
    scripts: HashMap<String, Option<Rc<Script>>>,
}

/// The part of a script's text that a snapshot contains.
enum Seen {
    Nothing,
    Whole(String),
    /// Its beginning.
    Start(String),
}

impl Seen {
    fn of(text: Option<String>) -> Self {
        let Some(text) = text.filter(|text| text != REDACTED) else { return Self::Nothing };
        if let Some(start) = text.strip_suffix(CUT) {
            return Self::Start(start.to_owned());
        }
        if text.encode_utf16().count() < SHORTENED {
            return Self::Whole(text);
        }
        // The cut can go through a surrogate pair.
        Self::Start(text.chars().take(SHORTENED - 32).collect())
    }

    /// Returns whether the text of the script can be `text`.
    fn agrees(&self, text: &str) -> bool {
        match self {
            Self::Nothing => true,
            Self::Whole(whole) => text == whole,
            Self::Start(start) => text.starts_with(start),
        }
    }

    /// Returns whether the text of the script can be `text`, in which some characters were blanked.
    fn agrees_blanked(&self, text: &str) -> bool {
        let (Self::Whole(seen) | Self::Start(seen)) = self else { return true };
        let blank = u16::from(b' ');
        let mut pairs = seen.encode_utf16().zip(text.encode_utf16());
        pairs.all(|(seen, unit)| seen == unit || unit == blank)
    }
}

/// Returns the path of a script's file.
fn path_of(script: &str) -> Option<PathBuf> {
    if let Some(rest) = script.strip_prefix("file://") {
        // Reloaded modules have a query; in a path, `?` is escaped.
        let path = rest.split(['?', '#']).next().unwrap_or(rest);
        return Some(PathBuf::from(percent_decoded(path)));
    }
    let path = Path::new(script);
    path.is_absolute().then(|| path.to_owned())
}

/// Decodes `%20` and the like. Malformed escapes stay.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads a regular file. Skips pipes and devices, which can block or never end.
pub(crate) fn read(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_SCRIPT_BYTES {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    // Node strips a byte order mark.
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

impl Sources {
    pub(crate) fn new(
        directory: Option<PathBuf>,
        show_values: bool,
        texts: HashMap<String, String>,
        roots: Roots,
        saved_files: Vec<PathBuf>,
    ) -> Self {
        let (saved, scripts) = (OnceCell::new(), HashMap::new());
        let hide_contents = false;
        Self { directory, show_values, hide_contents, texts, roots, saved_files, saved, scripts }
    }

    /// Loads a script: from the given texts, then from saved sources, the disk or the snapshot.
    fn load(&mut self, name: &str, in_snapshot: Option<String>) -> Option<Script> {
        let file = self.roots.file(name);
        let (text, is_current) = self.script_text(name, in_snapshot, file.as_ref())?;
        read_script(text, file.as_ref(), is_current)
    }

    /// Returns the text of a script, and whether it is the one that V8 ran, as far as can be seen.
    fn script_text(
        &mut self,
        name: &str,
        in_snapshot: Option<String>,
        file: Option<&ScriptFile>,
    ) -> Option<(String, bool)> {
        let key = path_of(name).map(|path| path.display().to_string());
        let key = key.as_deref().unwrap_or(name);
        if let Some(text) = self.texts.remove(key) {
            return Some((text, true));
        }
        let seen = Seen::of(in_snapshot);
        match self.saved_text(key, &seen, file) {
            Some(text) => Some((text, true)),
            None => from_disk_or_snapshot(file, seen),
        }
    }

    /// Returns the source map of a script, without parsing the script.
    pub(crate) fn map(&mut self, name: &str, in_snapshot: Option<String>) -> Option<SourceMap> {
        let file = self.roots.file(name);
        let (text, _) = self.script_text(name, in_snapshot, file.as_ref())?;
        SourceMap::find(&text, file.as_ref().map(|file| file.path.as_path()), read)
    }

    /// Returns where a script is on this machine, if its name is a path or a source root maps it to one.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.roots.file(name).map(|file| file.path)
    }

    /// Returns the text that was saved with the snapshot. If that was blanked, returns the text of
    /// the file, provided it is equal except for the blanks.
    fn saved_text(&self, name: &str, seen: &Seen, file: Option<&ScriptFile>) -> Option<String> {
        let saved = self.saved.get_or_init(|| SavedSources::read(&self.saved_files));
        let script = saved.find(name, |script| match &script.text {
            Some(text) if script.is_redacted => seen.agrees_blanked(text),
            Some(text) => seen.agrees(text),
            None => true,
        })?;
        let on_disk = file.and_then(|file| read(&file.path));
        on_disk.filter(|text| script.is_text(text)).or_else(|| script.text.clone())
    }

    /// Returns the script of `closure`, if its text is available and can be parsed.
    pub(crate) fn script(
        &mut self,
        heap: &Heap<'_>,
        closure: NodeIx,
        origin: &Origin,
    ) -> Option<Rc<Script>> {
        if origin.is_internal() {
            return None;
        }
        if let Some(known) = self.scripts.get(&origin.script) {
            return known.clone();
        }
        let script = self.load(&origin.script, heap.source_text(closure)).map(Rc::new);
        self.scripts.insert(origin.script.clone(), script.clone());
        script
    }

    /// Returns the script with this name, if it is a file.
    pub(crate) fn script_named(&mut self, name: &str) -> Option<Rc<Script>> {
        if is_internal(name) {
            return None;
        }
        if let Some(known) = self.scripts.get(name) {
            return known.clone();
        }
        let script = self.load(name, None).map(Rc::new);
        self.scripts.insert(name.to_owned(), script.clone());
        script
    }

    /// Returns the location of a function for people: in the original source if a source map leads
    /// there.
    pub(crate) fn place(&mut self, heap: &Heap<'_>, closure: NodeIx) -> Option<Place> {
        let origin = heap.origin(closure)?;
        Some(match self.script(heap, closure, &origin) {
            Some(script) => self.place_at(&origin.script, &script, origin.line, origin.column),
            None => Place {
                file: self.shown(&origin.script),
                line: origin.line + 1,
                column: origin.column + 1,
            },
        })
    }

    /// Returns the location of a mark for people.
    pub(crate) fn place_of(&mut self, mark: &Mark) -> Option<Place> {
        let script = self.script_named(&mark.script)?;
        Some(self.place_at(&mark.script, &script, mark.line, mark.column))
    }

    /// Returns the location of a 0-based position of a script for people.
    pub(crate) fn place_at(&self, name: &str, script: &Script, line: u32, column: u32) -> Place {
        match script.map.as_ref().and_then(|map| map.original(line, column)) {
            Some(original) => Place {
                file: match Path::new(&original.file) {
                    path if path.is_absolute() => self.shown_path(path),
                    _ => original.file,
                },
                line: original.line + 1,
                column: original.column + 1,
            },
            None => Place { file: self.shown(name), line: line + 1, column: column + 1 },
        }
    }

    /// Returns the original name of a variable of this script: the source map of a minified script
    /// contains it.
    pub(crate) fn original_name(
        script: &Script,
        variable: &str,
        closure: (u32, u32),
    ) -> Option<String> {
        let (line, column) = script.scopes.declaration(variable, closure)?;
        script.map.as_ref()?.name(line, column)
    }

    /// Returns the original name of the function at a position, if a source map contains it.
    pub(crate) fn original_function_name(script: &Script, place: (u32, u32)) -> Option<String> {
        let (line, column) = script.scopes.name_place(place)?;
        script.map.as_ref()?.name(line, column)
    }

    /// Returns a script's name for people.
    pub(crate) fn shown(&self, script: &str) -> String {
        if is_internal(script) {
            return if script.is_empty() { "unknown".to_owned() } else { script.to_owned() };
        }
        match self.roots.file(script) {
            Some(file) => self.shown_path(&file.path),
            None => script.to_owned(),
        }
    }

    /// Returns the path of a file relative to the directory, if it is below it.
    fn shown_path(&self, path: &Path) -> String {
        let below = self.directory.as_ref().and_then(|directory| path.strip_prefix(directory).ok());
        below.unwrap_or(path).display().to_string()
    }
}

/// Returns the text of a script, and whether V8 ran it.
fn from_disk_or_snapshot(file: Option<&ScriptFile>, seen: Seen) -> Option<(String, bool)> {
    let on_disk = file.and_then(|file| Some((file, read(&file.path)?)));
    match (on_disk, seen) {
        (Some((file, text)), seen) => {
            // The text without its types differs from its file, but positions are equal.
            let is_same = seen.agrees(&text) || is_typescript(&file.path);
            match seen {
                Seen::Whole(seen) if !is_same => Some((seen, true)),
                // The file of another machine differed.
                _ if !is_same && file.is_mapped => None,
                _ => Some((text, is_same)),
            }
        }
        (None, Seen::Whole(seen)) => Some((seen, true)),
        (None, _) => None,
    }
}

/// Returns whether the extension of a path is one of TypeScript.
fn is_typescript(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("ts" | "mts" | "cts" | "tsx"))
}

/// Parses a script and finds its source map.
fn read_script(text: String, file: Option<&ScriptFile>, is_current: bool) -> Option<Script> {
    let path = file.map(|file| file.path.as_path());
    let map = SourceMap::find(&text, path, read);
    let scopes = scopes::read(text, path.is_some_and(is_typescript))?;
    Some(Script { scopes, map, is_current })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_scripts_become_paths() {
        assert_eq!(path_of("/a/b.js"), Some(PathBuf::from("/a/b.js")));
        assert_eq!(path_of("file:///a/b%20c.mjs"), Some(PathBuf::from("/a/b c.mjs")));
        assert_eq!(path_of("file:///a/b.mjs?n=1"), Some(PathBuf::from("/a/b.mjs")));
        assert_eq!(path_of("node:fs"), None);
        assert_eq!(path_of("evalmachine.<anonymous>"), None);
    }

    #[test]
    fn what_a_snapshot_has_of_a_text_is_compared() {
        let seen = |text: &str| Seen::of(Some(text.to_owned()));
        let long = format!("f('a')//{}", " ".repeat(SHORTENED));
        for redacted in [Seen::Nothing, seen("(redacted)")] {
            assert!(redacted.agrees("anything") && redacted.agrees_blanked("anything"));
        }
        assert!(seen("f('a')").agrees("f('a')") && !seen("f('a')").agrees("f('a') "));
        assert!(seen("f(\u{2026}").agrees("f('a')") && !seen("g(\u{2026}").agrees("f('a')"));
        assert!(seen(&long).agrees(&format!("{long} more")) && !seen(&long).agrees("f('a')"));
        assert!(
            seen("f('a')").agrees_blanked("f(' ')") && !seen("f('a')").agrees_blanked("g(' ')")
        );
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        assert!(read(Path::new("/dev/zero")).is_none());
        assert!(read(Path::new("/")).is_none());
    }
}
