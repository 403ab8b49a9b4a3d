//! Source text: from the disk, else from the snapshot, and what it says about variables.

mod map;
mod originals;
mod scopes;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(crate) use map::SourceMap;
pub(crate) use scopes::{Scopes, Usage};

use crate::finding::Place;
use crate::heap::{Heap, Origin, is_internal};
use heapsnapshot::NodeIx;

/// Larger files are not read: nobody wrote them, and parsing them takes seconds.
const MOST_BYTES: u64 = 16 << 20;

/// V8 shortens strings in a snapshot to this many units unless told otherwise.
const SHORTENED: usize = 1024;

/// A script that was found.
pub(crate) struct Script {
    pub(crate) scopes: Scopes,
    map: Option<SourceMap>,
    /// Whether the text is what V8 ran, as far as can be seen.
    pub(crate) is_current: bool,
}

/// The scripts of a snapshot, each read when first asked for.
pub(crate) struct Sources {
    /// What paths are shown relative to.
    directory: Option<PathBuf>,
    /// Whether names that look like data are shown.
    pub(crate) show_values: bool,
    /// Texts that are given.
    texts: HashMap<String, String>,
    scripts: HashMap<String, Option<Rc<Script>>>,
}

/// The path that the name of a script stands for.
fn path_of(script: &str) -> Option<PathBuf> {
    if let Some(rest) = script.strip_prefix("file://") {
        return Some(PathBuf::from(percent_decoded(rest)));
    }
    let path = Path::new(script);
    path.is_absolute().then(|| path.to_owned())
}

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

/// Reads a file that is one: no pipe, no device, nothing that could block or never end.
fn read(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    // Node leaves a byte order mark out.
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

impl Sources {
    pub(crate) fn new(
        directory: Option<PathBuf>,
        show_values: bool,
        texts: HashMap<String, String>,
    ) -> Self {
        Self { directory, show_values, texts, scripts: HashMap::new() }
    }

    /// Loads a script: as somebody knows it, else from the disk or the snapshot.
    fn load(&mut self, name: &str, in_snapshot: Option<String>) -> Option<Script> {
        let path = path_of(name).map(|path| path.display().to_string());
        match self.texts.remove(path.as_deref().unwrap_or(name)) {
            Some(text) => read_script(name, text, true),
            None => load(name, in_snapshot),
        }
    }

    /// The script of `closure`, if its text can be had and parsed.
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

    /// The script of this name, if it is a file.
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

    /// Where a function is for people: in the original source if a map leads there.
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

    /// Where a 0-based position of a script is for people.
    pub(crate) fn place_at(&self, name: &str, script: &Script, line: u32, column: u32) -> Place {
        match script.map.as_ref().and_then(|map| map.original(line, column)) {
            Some(original) => Place {
                file: self.shown(&original.file),
                line: original.line + 1,
                column: original.column + 1,
            },
            None => Place { file: self.shown(name), line: line + 1, column: column + 1 },
        }
    }

    /// The name that somebody gave to a variable of this script: the map of a minified one
    /// knows it.
    pub(crate) fn original_name(
        script: &Script,
        variable: &str,
        closure: (u32, u32),
    ) -> Option<String> {
        let (line, column) = script.scopes.declaration(variable, closure)?;
        script.map.as_ref()?.name(line, column)
    }

    /// The name that somebody gave to the function at this place, if a map knows it.
    pub(crate) fn original_function_name(script: &Script, place: (u32, u32)) -> Option<String> {
        let (line, column) = script.scopes.name_place(place)?;
        script.map.as_ref()?.name(line, column)
    }

    /// A script as people know it.
    pub(crate) fn shown(&self, script: &str) -> String {
        if is_internal(script) {
            return if script.is_empty() { "unknown".to_owned() } else { script.to_owned() };
        }
        let Some(path) = path_of(script) else { return script.to_owned() };
        let below = self.directory.as_ref().and_then(|directory| path.strip_prefix(directory).ok());
        below.unwrap_or(&path).display().to_string()
    }
}

fn load(name: &str, in_snapshot: Option<String>) -> Option<Script> {
    let path = path_of(name);
    let on_disk = path.as_deref().and_then(read);
    let is_whole = |text: &String| text.encode_utf16().count() < SHORTENED;
    let is_typescript = path.as_deref().is_some_and(is_typescript);
    let (text, is_current) = match (on_disk, in_snapshot) {
        (Some(disk), Some(seen)) => {
            // Without its types a text differs from its file, in place.
            let same = if is_whole(&seen) { disk == seen } else { starts_alike(&disk, &seen) };
            if !same && !is_typescript && is_whole(&seen) {
                (seen, true)
            } else {
                (disk, same || is_typescript)
            }
        }
        (Some(disk), None) => (disk, true),
        (None, Some(seen)) if is_whole(&seen) => (seen, true),
        _ => return None,
    };
    read_script(name, text, is_current)
}

fn is_typescript(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("ts" | "mts" | "cts" | "tsx"))
}

fn read_script(name: &str, text: String, is_current: bool) -> Option<Script> {
    let path = path_of(name);
    let map = SourceMap::find(&text, path.as_deref(), read);
    let scopes = scopes::read(text, path.as_deref().is_some_and(is_typescript))?;
    Some(Script { scopes, map, is_current })
}

/// Whether a file starts with the text that V8 kept; the end of that is cut off.
fn starts_alike(disk: &str, seen: &str) -> bool {
    let cut: String = seen.chars().take(SHORTENED - 32).collect();
    disk.starts_with(&cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_scripts_become_paths() {
        assert_eq!(path_of("/a/b.js"), Some(PathBuf::from("/a/b.js")));
        assert_eq!(path_of("file:///a/b%20c.mjs"), Some(PathBuf::from("/a/b c.mjs")));
        assert_eq!(path_of("node:fs"), None);
        assert_eq!(path_of("evalmachine.<anonymous>"), None);
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        assert!(read(Path::new("/dev/zero")).is_none());
        assert!(read(Path::new("/")).is_none());
    }
}
