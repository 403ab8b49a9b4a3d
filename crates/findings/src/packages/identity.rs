//! Finds the package that a file belongs to, from its path and from the `package.json` files above
//! it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The kind of a package.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PackageKind {
    /// Code of the application itself: outside `node_modules`.
    Application,
    /// A package installed below `node_modules`.
    Npm,
    /// JavaScript and native objects of Node.
    Node,
    /// Builtins, internal tables and roots of V8, and objects that only these retain.
    V8,
}

impl PackageKind {
    /// Returns the name of the kind in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Npm => "npm",
            Self::Node => "node",
            Self::V8 => "v8",
        }
    }
}

/// Identifies a package. Objects with equal identities are in one row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Identity {
    /// The kind of the package.
    pub kind: PackageKind,
    /// The name in `package.json`, or a directory if there is no such file; `(node)` and `(v8)` for
    /// these.
    pub name: String,
    /// The version in `package.json`, or in the name of a package manager's directory.
    pub version: Option<String>,
}

impl Identity {
    /// Returns the identity of Node.
    pub(super) fn node() -> Self {
        Self { kind: PackageKind::Node, name: "(node)".to_owned(), version: None }
    }

    /// Returns the identity of V8.
    pub(super) fn v8() -> Self {
        Self { kind: PackageKind::V8, name: "(v8)".to_owned(), version: None }
    }
}

/// Name and version in a `package.json`.
#[derive(Clone)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
}

/// Caches the `package.json` files by directory.
pub(super) struct Manifests<R> {
    /// Returns the text of a file.
    read: R,
    /// By directory: its manifest, `None` if it has none.
    known: HashMap<PathBuf, Option<Manifest>>,
}

impl<R: Fn(&Path) -> Option<String>> Manifests<R> {
    /// `read` returns the text of a file, if it can be read.
    pub(super) fn new(read: R) -> Self {
        Self { read, known: HashMap::new() }
    }

    /// Returns the package of the file `path`. `on_disk`: the file on this machine, if known.
    pub(super) fn of(&mut self, path: &str, on_disk: Option<&Path>) -> Identity {
        match Installed::of(path) {
            Some(installed) => self.installed(&installed, on_disk),
            None => self.application(path, on_disk),
        }
    }

    /// Returns the package of an installed file: its manifest, or else the names in its path.
    fn installed(&mut self, installed: &Installed<'_>, on_disk: Option<&Path>) -> Identity {
        let folders = on_disk.into_iter().flat_map(|file| candidates(file, installed.name));
        let manifest = folders.into_iter().find_map(|folder| self.manifest(&folder));
        let (name, version) = manifest.map_or((None, None), |found| (found.name, found.version));
        Identity {
            kind: PackageKind::Npm,
            name: name.unwrap_or_else(|| installed.name.to_owned()),
            version: version.or_else(|| installed.version.map(str::to_owned)),
        }
    }

    /// Returns the package of a file of the application: the nearest manifest with a name, or else
    /// the directory.
    fn application(&mut self, path: &str, on_disk: Option<&Path>) -> Identity {
        let kind = PackageKind::Application;
        // Manifests without a name, such as `{"type":"module"}`, only set options for a directory.
        for folder in on_disk.into_iter().flat_map(|file| file.ancestors().skip(1)) {
            if let Some(Manifest { name: Some(name), version }) = self.manifest(folder) {
                return Identity { kind, name, version };
            }
        }
        let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
        let name = if folder.is_empty() { "(application)" } else { folder };
        Identity { kind, name: name.to_owned(), version: None }
    }

    /// Returns the manifest in a directory, reading it at the first call.
    fn manifest(&mut self, folder: &Path) -> Option<Manifest> {
        if let Some(known) = self.known.get(folder) {
            return known.clone();
        }
        let found = (self.read)(&folder.join("package.json")).and_then(|text| parse(&text));
        self.known.insert(folder.to_owned(), found.clone());
        found
    }
}

/// Parses a manifest. Returns `None` if it is not a JSON object.
fn parse(text: &str) -> Option<Manifest> {
    let json: Value = serde_json::from_str(text).ok()?;
    json.is_object().then(|| {
        let field = |name| {
            let text = json.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Manifest { name: field("name"), version: field("version") }
    })
}

/// Returns the directories that can contain the package `name` of `file`, the nearest first. `file`
/// is inside it, or is a bundle that was built next to its `node_modules`.
fn candidates(file: &Path, name: &str) -> Vec<PathBuf> {
    let below = Path::new("node_modules").join(name);
    let own = file.ancestors().skip(1).find(|folder| folder.ends_with(&below));
    let beside = file.ancestors().skip(1).map(|folder| folder.join(&below));
    own.map_or_else(|| beside.collect(), |folder| vec![folder.to_owned()])
}

/// Returns whether a path, or a name from a source map, is below `node_modules`.
pub(super) fn is_installed(path: &str) -> bool {
    Installed::of(path).is_some()
}

/// The package as far as a path below `node_modules` identifies it.
#[derive(PartialEq, Eq, Debug)]
struct Installed<'a> {
    /// The name of the package, with its scope.
    name: &'a str,
    /// The version, if the directory of a package manager contains it.
    version: Option<&'a str>,
}

impl<'a> Installed<'a> {
    /// Returns the package of the innermost `node_modules` in a path. Also accepts names from
    /// source maps, such as `webpack://app/./node_modules/lodash/lodash.js`.
    fn of(path: &'a str) -> Option<Self> {
        let mut found = None;
        for (at, _) in path.match_indices("node_modules") {
            let (before, after) = (&path[..at], &path[at + "node_modules".len()..]);
            let is_whole = before.is_empty() || before.ends_with(['/', '\\']);
            if let (true, Some(rest)) = (is_whole, after.strip_prefix(['/', '\\'])) {
                found = Self::at(before, rest).or(found);
            }
        }
        found
    }

    /// `rest` follows `node_modules/`, `before` precedes it.
    fn at(before: &'a str, rest: &'a str) -> Option<Self> {
        let mut ends = rest.match_indices(['/', '\\']).map(|(at, _)| at);
        let end = if rest.starts_with('@') { ends.nth(1) } else { ends.next() };
        let name = &rest[..end?];
        // Directories of package managers, `.pnpm` and `.store`, contain the packages one level
        // below.
        if name.is_empty() || name.starts_with('.') {
            return None;
        }
        let store = before.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next();
        Some(Self { name, version: store.and_then(|folder| version_in(folder, name)) })
    }
}

/// Returns the version in the name of a directory of pnpm (`debug@2.6.9`, `@a+b@1.0.0_peer@2`) or
/// yarn (`debug-npm-2.6.9-07cbb…`).
fn version_in<'a>(folder: &'a str, name: &str) -> Option<&'a str> {
    let pnpm = folder.strip_prefix(name.replace('/', "+").as_str());
    let version = if let Some(rest) = pnpm.and_then(|rest| rest.strip_prefix('@')) {
        rest.split(['_', '(']).next()?
    } else {
        let yarn = folder.strip_prefix(name.replace('/', "-").as_str())?.strip_prefix("-npm-")?;
        without_hashes(yarn.strip_suffix(".zip").unwrap_or(yarn))
    };
    version.starts_with(|first: char| first.is_ascii_digit()).then_some(version)
}

/// Removes the one or two hashes of ten hexadecimal digits that follow yarn's versions.
fn without_hashes(text: &str) -> &str {
    let is_hash =
        |part: &str| part.len() == 10 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut version = text;
    while let Some((rest, _)) = version.rsplit_once('-').filter(|(_, last)| is_hash(last)) {
        version = rest;
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(path: &str) -> Option<(&str, Option<&str>)> {
        Installed::of(path).map(|found| (found.name, found.version))
    }

    #[test]
    fn paths_name_the_innermost_package() {
        assert_eq!(installed("/app/node_modules/lodash/map.js"), Some(("lodash", None)));
        assert_eq!(installed("/app/node_modules/@a/b/src/c.js"), Some(("@a/b", None)));
        assert_eq!(installed("/app/node_modules/a/node_modules/b/c.js"), Some(("b", None)));
        assert_eq!(installed(r"C:\app\node_modules\a\index.js"), Some(("a", None)));
        assert_eq!(installed("webpack://app/./node_modules/a/b.js"), Some(("a", None)));
        assert_eq!(installed("node_modules/a/b.js"), Some(("a", None)));
        for none in ["/app/src/a.js", "/app/my_node_modules/a/b.js", "/app/node_modules/a.js"] {
            assert_eq!(installed(none), None, "{none}");
        }
    }

    #[test]
    fn folders_of_package_managers_name_versions() {
        let pnpm =
            "/app/node_modules/.pnpm/debug@4.3.4_supports-color@8.1.1/node_modules/debug/a.js";
        assert_eq!(installed(pnpm), Some(("debug", Some("4.3.4"))));
        let scoped = "/app/node_modules/.pnpm/@a+b@1.0.0(react@18.2.0)/node_modules/@a/b/c.js";
        assert_eq!(installed(scoped), Some(("@a/b", Some("1.0.0"))));
        let yarn =
            "/app/.yarn/cache/debug-npm-2.6.9-7d4cb597dc-d2f51589ca.zip/node_modules/debug/a.js";
        assert_eq!(installed(yarn), Some(("debug", Some("2.6.9"))));
        let unplugged = "/app/.yarn/unplugged/debug-npm-2.6.9-7d4cb597dc/node_modules/debug/a.js";
        assert_eq!(installed(unplugged), Some(("debug", Some("2.6.9"))));
    }

    #[test]
    fn manifests_name_packages_and_versions() {
        let files = HashMap::from([
            ("/app/package.json", r#"{"name":"shop","version":"1.0.0"}"#),
            ("/app/src/package.json", r#"{"type":"module"}"#),
            ("/app/node_modules/alias/package.json", r#"{"name":"real","version":"2.0.0"}"#),
            ("/app/node_modules/broken/package.json", "[1"),
        ]);
        let mut manifests =
            Manifests::new(|path: &Path| Some((*files.get(path.to_str()?)?).to_owned()));
        let mut of = |path: &str, disk: Option<&str>| {
            let found = manifests.of(path, disk.map(Path::new));
            (found.kind, found.name, found.version)
        };
        let application = |name: &str, version: Option<&str>| {
            (PackageKind::Application, name.to_owned(), version.map(str::to_owned))
        };
        let npm = |name: &str, version: Option<&str>| {
            (PackageKind::Npm, name.to_owned(), version.map(str::to_owned))
        };
        let main = "/app/src/main.js";
        assert_eq!(of(main, Some(main)), application("shop", Some("1.0.0")));
        assert_eq!(of("/elsewhere/lib/a.js", None), application("/elsewhere/lib", None));
        assert_eq!(of("bundle.js", None), application("(application)", None));
        let alias = "/app/node_modules/alias/a.js";
        assert_eq!(of(alias, Some(alias)), npm("real", Some("2.0.0")));
        let broken = "/app/node_modules/broken/a.js";
        assert_eq!(of(broken, Some(broken)), npm("broken", None));
        // From a source map of a bundle: the package is beside the bundle.
        let bundled = "webpack://shop/./node_modules/alias/a.js";
        assert_eq!(of(bundled, Some("/app/dist/main.js")), npm("real", Some("2.0.0")));
    }
}
