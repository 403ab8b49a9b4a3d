//! Finds the files of scripts on this machine: at the path of their names, or below a mapped
//! directory.

use std::path::{Path, PathBuf};

use super::path_of;

/// Maps prefixes of script names, which are paths of another machine, to directories of this one.
#[derive(Default)]
pub(crate) struct Roots {
    /// Prefixes without a trailing slash; longest first.
    mappings: Vec<(String, PathBuf)>,
}

/// The file of a script.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct ScriptFile {
    pub(super) path: PathBuf,
    /// A source root led to it, so the file can differ from the script that ran.
    pub(super) is_mapped: bool,
}

impl Roots {
    /// Takes pairs of a prefix of script names and the directory with these scripts.
    pub(crate) fn new(roots: &[(String, PathBuf)]) -> Self {
        let mut mappings: Vec<(String, PathBuf)> = roots
            .iter()
            .map(|(from, to)| (plain(from).trim_end_matches(['/', '\\']).to_owned(), to.clone()))
            .collect();
        mappings.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Self { mappings }
    }

    /// Returns the file of a script. If several roots match, takes the first that contains the
    /// file.
    pub(super) fn file(&self, script: &str) -> Option<ScriptFile> {
        let name = plain(script);
        let mut paths = self.mappings.iter().filter_map(|(from, to)| {
            let rest = name.strip_prefix(from.as_str())?;
            below(to, rest)
        });
        let Some(first) = paths.next() else {
            return path_of(script).map(|path| ScriptFile { path, is_mapped: false });
        };
        let path = if first.is_file() { None } else { paths.find(|path| path.is_file()) };
        Some(ScriptFile { path: path.unwrap_or(first), is_mapped: true })
    }
}

/// Returns a script's name without the `file:` of a module.
fn plain(script: &str) -> String {
    match path_of(script) {
        Some(path) => path.display().to_string(),
        None => script.to_owned(),
    }
}

/// Returns `rest`, which must start with a separator, below `directory`. `None` if it leads out of
/// it.
fn below(directory: &Path, rest: &str) -> Option<PathBuf> {
    let rest = rest.strip_prefix(['/', '\\'])?;
    let parts = rest.split(['/', '\\']);
    parts
        .clone()
        .all(|part| part != "..")
        .then(|| parts.fold(directory.to_owned(), |path, part| path.join(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(roots: &[(&str, &str)], script: &str) -> Option<(String, bool)> {
        let roots: Vec<(String, PathBuf)> =
            roots.iter().map(|&(from, to)| (from.to_owned(), PathBuf::from(to))).collect();
        let file = Roots::new(&roots).file(script)?;
        Some((file.path.display().to_string(), file.is_mapped))
    }

    fn mapped(path: &str) -> (String, bool) {
        (path.to_owned(), true)
    }

    #[test]
    fn prefixes_are_whole_folders() {
        for from in ["/app", "/app/", "file:///app"] {
            assert_eq!(path(&[(from, "/here")], "/app/a.js"), Some(mapped("/here/a.js")));
            assert_eq!(
                path(&[(from, "/here")], "file:///app/b%20c.mjs"),
                Some(mapped("/here/b c.mjs"))
            );
        }
        let elsewhere = path(&[("/app", "/here")], "/application/a.js");
        assert_eq!(elsewhere, Some(("/application/a.js".to_owned(), false)));
        assert_eq!(path(&[("/", "/here")], "/a.js"), Some(mapped("/here/a.js")));
        assert_eq!(
            path(&[("C:\\app", "/here")], "C:\\app\\lib\\a.js"),
            Some(mapped("/here/lib/a.js"))
        );
        assert_eq!(path(&[("/app", "/here")], "node:fs"), None);
    }

    #[test]
    fn the_longest_prefix_counts_and_then_the_first_that_has_the_file() {
        let here = env!("CARGO_MANIFEST_DIR");
        let roots = [("/app", "/one"), ("/app/lib", "/two"), ("/app/lib", here)];
        assert_eq!(path(&roots, "/app/lib/none.js"), Some(mapped("/two/none.js")));
        assert_eq!(
            path(&roots, "/app/lib/Cargo.toml"),
            Some(mapped(&format!("{here}/Cargo.toml")))
        );
        assert_eq!(path(&roots, "/app/a.js"), Some(mapped("/one/a.js")));
    }

    #[test]
    fn nothing_leads_out_of_a_root() {
        let file = path(&[("/app", "/here")], "/app/../etc/passwd");
        assert_eq!(file, Some(("/app/../etc/passwd".to_owned(), false)));
    }
}
