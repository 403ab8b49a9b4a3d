//! Decides which original files of a source map may be shown.
//!
//! Packages ship maps without their sources, and with paths that exist on the author's machine
//! only. A location in such a file would be wrong, or worse, would name a different file of the
//! same name. An original is therefore shown only if the map contains its text, or if the file
//! exists in the package of the generated script.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::{path_of, read};

/// The `sources` of a map.
pub(super) struct Originals {
    /// The script that the map belongs to.
    generated: PathBuf,
    /// The directory of the package of `generated`.
    package: OnceCell<Option<PathBuf>>,
    /// By index in `sources` of the map.
    files: Vec<OriginalFile>,
}

/// An original file of a source map.
struct OriginalFile {
    location: Location,
    /// From `sourcesContent` of the map.
    content: Option<String>,
    /// `None` if the file is not shown.
    line_count: OnceCell<Option<usize>>,
}

/// The place of an original file.
enum Location {
    Path(PathBuf),
    /// A name given by a bundler: `webpack://app/./src/a.ts`.
    Name(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Originals {
    /// Reads `sources` and `sourcesContent` of the map of `generated`. Paths are relative to
    /// `directory`.
    pub(super) fn read(map: &Value, generated: &Path, directory: &Path) -> Self {
        let list = |key: &str| map.get(key).and_then(Value::as_array).map(Vec::as_slice);
        let contents = list("sourcesContent").unwrap_or_default();
        let root = map.get("sourceRoot").and_then(Value::as_str).unwrap_or_default();
        let files = list("sources").unwrap_or_default().iter().enumerate().map(|(at, source)| {
            let content = contents.get(at).and_then(Value::as_str).map(str::to_owned);
            let location = locate(directory, root, source.as_str().unwrap_or_default());
            OriginalFile { location, content, line_count: OnceCell::new() }
        });
        Self { generated: generated.to_owned(), package: OnceCell::new(), files: files.collect() }
    }

    /// Returns the name of a source, if it may be shown and has this line (0-based).
    pub(super) fn name(&self, source: u32, line: u32) -> Option<String> {
        let file = self.files.get(source as usize)?;
        let count = (*file.line_count.get_or_init(|| self.line_count(file)))?;
        (count > line as usize).then(|| file.location.to_string())
    }

    /// The path or name of a source, as the map says it, also if it is not shown.
    pub(super) fn said(&self, source: u32) -> Option<String> {
        self.files.get(source as usize).map(|file| file.location.to_string())
    }

    /// Returns the text of the source with this name, if the map contains it.
    pub(super) fn content(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|file| file.location.to_string() == name)?.content.as_deref()
    }

    /// Returns the number of lines of a file; `None` if it is not shown.
    fn line_count(&self, file: &OriginalFile) -> Option<usize> {
        let content = file.content.as_deref();
        let Location::Path(path) = &file.location else { return content.map(lines) };
        let package = self.package.get_or_init(|| package_of(&self.generated));
        if package_of(path) == *package {
            return content.map(lines).or_else(|| read(path).as_deref().map(lines));
        }
        // Bundles contain sources of other packages, with their text in the map.
        let content = content?;
        let is_this = match read(path) {
            Some(text) => text == content,
            None => !is_dependency(&self.generated),
        };
        is_this.then(|| lines(content))
    }
}

/// Returns the number of lines of a text.
fn lines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count() + 1
}

/// Returns the location of a source of a map.
fn locate(directory: &Path, root: &str, source: &str) -> Location {
    let (root, source) = match path_of(source) {
        Some(path) => ("", path),
        None if is_url(source) => return Location::Name(source.to_owned()),
        None if is_url(root) && path_of(root).is_none() => {
            return Location::Name(format!("{}/{source}", root.trim_end_matches('/')));
        }
        None => (root, PathBuf::from(source)),
    };
    let root = path_of(root).unwrap_or_else(|| PathBuf::from(root));
    Location::Path(without_dots(&directory.join(root).join(source)))
}

/// Returns whether a text starts with a scheme. A single letter is a Windows drive.
fn is_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// Resolves `.` and `..` in a path.
fn without_dots(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// Returns whether a file belongs to an installed package.
fn is_dependency(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "node_modules")
}

/// Returns the directory of the package that a file belongs to: below the nearest `node_modules`,
/// or else the nearest directory whose `package.json` has a name. Packages contain nameless ones
/// that only set the module type. `None` if there is no `package.json`.
fn package_of(file: &Path) -> Option<PathBuf> {
    let parts: Vec<Component<'_>> = file.components().collect();
    if let Some(at) = parts.iter().rposition(|part| part.as_os_str() == "node_modules") {
        let is_scoped = parts
            .get(at + 1)
            .is_some_and(|part| part.as_os_str().as_encoded_bytes().starts_with(b"@"));
        let count = at + if is_scoped { 3 } else { 2 };
        return Some(parts.iter().take(count).collect());
    }
    let mut outermost = None;
    for folder in file.ancestors().skip(1) {
        let Some(text) = read(&folder.join("package.json")) else { continue };
        let manifest: Option<Value> = serde_json::from_str(&text).ok();
        if manifest.is_some_and(|manifest| manifest.get("name").is_some_and(Value::is_string)) {
            return Some(folder.to_owned());
        }
        outermost = Some(folder.to_owned());
    }
    outermost
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    /// A temporary directory, removed on drop.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let path =
                std::env::temp_dir().join(format!("originals-{}-{name}", std::process::id()));
            for (file, text) in files {
                let file = path.join(file);
                let made = file.parent().is_none_or(|folder| fs::create_dir_all(folder).is_ok());
                assert!(made && fs::write(file, text).is_ok());
            }
            Self(path)
        }

        /// Returns the name shown for line 2 of the only source of a map of `generated`.
        fn shown(&self, generated: &str, map: &Value) -> Option<String> {
            let generated = self.0.join(generated);
            let name = Originals::read(map, &generated, generated.parent()?).name(0, 1)?;
            let shown = Path::new(&name).strip_prefix(&self.0);
            Some(shown.map_or(name.clone(), |path| path.display().to_string()))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const TWO_LINES: &str = "1\n2";

    fn project(name: &str) -> Folder {
        Folder::new(
            name,
            &[
                ("package.json", r#"{"name":"app"}"#),
                ("src/index.ts", TWO_LINES),
                ("src/short.ts", "1"),
                ("node_modules/shipped/src/index.ts", TWO_LINES),
                ("node_modules/@a/b/src/index.ts", TWO_LINES),
                ("node_modules/@a/b/dist/esm/package.json", r#"{"type":"module"}"#),
                ("packages/lib/package.json", r#"{"name":"lib"}"#),
                ("packages/lib/src/index.ts", TWO_LINES),
            ],
        )
    }

    #[test]
    fn files_of_the_same_package_are_shown() {
        let folder = project("same");
        let map = json!({ "sources": ["../src/index.ts"] });
        for package in ["", "node_modules/shipped/", "node_modules/@a/b/", "packages/lib/"] {
            let shown = folder.shown(&format!("{package}dist/index.js"), &map);
            assert_eq!(shown, Some(format!("{package}src/index.ts")));
        }
        let map = json!({ "sources": ["../../src/index.ts"] });
        let shown = folder.shown("node_modules/@a/b/dist/esm/index.js", &map);
        assert_eq!(shown.as_deref(), Some("node_modules/@a/b/src/index.ts"));
    }

    #[test]
    fn files_that_are_not_shipped_are_not_shown() {
        let folder = project("missing");
        let map = json!({ "sources": ["../src/index.ts"] });
        assert_eq!(folder.shown("node_modules/bare/dist/index.js", &map), None);
    }

    #[test]
    fn files_of_other_packages_and_of_the_user_are_not_shown() {
        let folder = project("other");
        let in_app = folder.0.join("src/index.ts").display().to_string();
        for source in ["../../../src/index.ts", "../../shipped/src/index.ts", &in_app] {
            let map = json!({ "sources": [source] });
            assert_eq!(folder.shown("node_modules/bare/dist/index.js", &map), None, "{source}");
            let map = json!({ "sources": [source], "sourcesContent": ["not\nit"] });
            assert_eq!(folder.shown("node_modules/bare/dist/index.js", &map), None, "{source}");
        }
        let map = json!({ "sources": ["index.ts"], "sourceRoot": in_app.replace("/index.ts", "") });
        assert_eq!(folder.shown("node_modules/bare/dist/index.js", &map), None);
        let map = json!({ "sources": ["../node_modules/shipped/src/index.ts"] });
        assert_eq!(folder.shown("dist/index.js", &map), None);
        let map = json!({ "sources": ["../packages/lib/src/index.ts"] });
        assert_eq!(folder.shown("dist/index.js", &map), None);
    }

    #[test]
    fn lines_that_a_file_lacks_are_not_shown() {
        let folder = project("short");
        let map = json!({ "sources": ["../src/short.ts"] });
        assert_eq!(folder.shown("dist/index.js", &map), None);
        let map = json!({ "sources": ["../src/gone.ts"], "sourcesContent": ["1"] });
        assert_eq!(folder.shown("dist/index.js", &map), None);
    }

    #[test]
    fn contents_in_the_map_stand_for_the_file() {
        let folder = project("contents");
        let map = json!({ "sources": ["../src/gone.ts"], "sourcesContent": [TWO_LINES] });
        let shown = folder.shown("node_modules/bare/dist/index.js", &map);
        assert_eq!(shown.as_deref(), Some("node_modules/bare/src/gone.ts"));
        // A bundle of the application.
        for source in ["packages/lib/src/index.ts", "node_modules/gone/a.js"] {
            let map = json!({ "sources": [format!("../{source}")], "sourcesContent": [TWO_LINES] });
            assert_eq!(folder.shown("dist/bundle.js", &map).as_deref(), Some(source));
        }
    }

    #[test]
    fn names_of_bundlers_need_contents() {
        let folder = project("names");
        let name = "webpack://app/./src/index.ts";
        assert_eq!(folder.shown("dist/index.js", &json!({ "sources": [name] })), None);
        let map = json!({ "sources": [name], "sourcesContent": [TWO_LINES] });
        assert_eq!(folder.shown("dist/index.js", &map).as_deref(), Some(name));
        let map = json!({
            "sources": ["src/index.ts"], "sourceRoot": "webpack://app/", "sourcesContent": [TWO_LINES],
        });
        let shown = folder.shown("dist/index.js", &map);
        assert_eq!(shown.as_deref(), Some("webpack://app/src/index.ts"));
    }

    #[test]
    fn without_any_package_files_around_are_shown() {
        let folder = Folder::new("bare", &[("src/a.ts", TWO_LINES)]);
        let map = json!({ "sources": ["../src/a.ts"] });
        assert_eq!(folder.shown("dist/a.js", &map).as_deref(), Some("src/a.ts"));
    }
}
