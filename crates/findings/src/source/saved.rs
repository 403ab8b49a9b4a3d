//! Reads and writes script texts beside a snapshot: `NAME.sources.json.gz`, written with the dump.
//!
//! ```json
//! {"version": 1, "redacted": false, "scripts": [
//!   {"name": "/app/server.js", "hash": "<SHA-256 of the text, in hex>", "text": "…"},
//!   {"name": "/app/huge.js", "hash": "…", "leftOut": "it is larger than 16777216 bytes"}
//! ]}
//! ```
//!
//! Names of script files are absolute paths, as the process knew them. In a redacted file texts are
//! blanked and hashes are those of the blanked texts. A script that was left out of a redacted file
//! has no hash.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{MAX_SCRIPT_BYTES, blank};

/// Version of the file format. Files of other versions are ignored.
const VERSION: u64 = 1;

/// Maximum number of decompressed bytes of a file. A damaged file can claim any size.
const MAX_BYTES: u64 = 1 << 30;

/// The name and text of a script in V8.
#[derive(Clone, Debug)]
pub struct ScriptText {
    /// The absolute path of a file, or the name that the program gave to the script.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// The result of [`write_saved_sources`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SavedCounts {
    /// Number of scripts written with their text.
    pub scripts: usize,
    /// Number of scripts written without text: larger than 16 MiB or, with `redact`, not parsable.
    pub left_out: usize,
}

/// Returns the path of the saved script texts of a snapshot: `a.sources.json.gz` for
/// `a.heapsnapshot` and for its compressed and encrypted forms.
///
/// # Examples
/// ```
/// use std::path::Path;
/// let path = findings::saved_sources_path(Path::new("/dumps/a.heapsnapshot.gz"));
/// assert_eq!(path, Path::new("/dumps/a.sources.json.gz"));
/// ```
#[must_use]
pub fn saved_sources_path(snapshot: &Path) -> PathBuf {
    beside(snapshot, ".sources.json.gz")
}

/// Returns the path of the allocation profile beside a snapshot.
///
/// # Examples
/// ```
/// use std::path::Path;
/// let path = findings::profile_path(Path::new("/dumps/a.heapsnapshot.gz"));
/// assert_eq!(path, Path::new("/dumps/a.heapprofile"));
/// ```
#[must_use]
pub fn profile_path(snapshot: &Path) -> PathBuf {
    beside(snapshot, ".heapprofile")
}

/// Returns the path of a file that belongs to a snapshot.
fn beside(snapshot: &Path, ending: &str) -> PathBuf {
    let name = snapshot.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".age").unwrap_or(&name);
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let stem = plain.strip_suffix(".heapsnapshot").or_else(|| plain.strip_suffix(".heapimage"));
    let stem = stem.unwrap_or(plain);
    snapshot.with_file_name(format!("{stem}{ending}"))
}

/// Writes the texts of scripts to `out` as gzipped JSON, and returns `out`.
///
/// Texts above 16 MiB are left out; their names and hashes are written. With `redact`, contents of
/// strings and comments are blanked, scripts that cannot be parsed are left out, and no hash of an
/// original text is written, because a hash lets a guess be checked.
///
/// # Errors
/// Those of writing to `out`.
///
/// # Examples
/// ```
/// use findings::{ScriptText, write_saved_sources};
/// let script = ScriptText { name: "/app/a.js".into(), text: "f('secret')".into() };
/// let (bytes, counts) = write_saved_sources(vec![script], true, Vec::new())?;
/// assert_eq!((counts.scripts, counts.left_out), (1, 0));
/// assert!(bytes.starts_with(&[0x1f, 0x8b]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_saved_sources<W: Write>(
    scripts: Vec<ScriptText>,
    redact: bool,
    out: W,
) -> io::Result<(W, SavedCounts)> {
    let mut out = GzEncoder::new(out, Compression::fast());
    let mut counts = SavedCounts { scripts: 0, left_out: 0 };
    write!(out, "{{\"version\":{VERSION},\"redacted\":{redact},\"scripts\":[")?;
    for (at, ScriptText { name, text }) in scripts.into_iter().enumerate() {
        let entry = if text.len() as u64 > MAX_SCRIPT_BYTES {
            let reason = format!("it is larger than {MAX_SCRIPT_BYTES} bytes");
            // A redacted file has none: a hash lets a guess be checked.
            let hash = (!redact).then(|| hash_of(&text));
            json!({ "name": name, "hash": hash, "leftOut": reason })
        } else if !redact {
            json!({ "name": name, "hash": hash_of(&text), "text": text })
        } else if let Some(text) = blank::blanked(text) {
            json!({ "name": name, "hash": hash_of(&text), "text": text })
        } else {
            let reason = "it cannot be parsed, so strings and code are indistinguishable";
            json!({ "name": name, "hash": null, "leftOut": reason })
        };
        let is_whole = entry.get("text").is_some();
        *(if is_whole { &mut counts.scripts } else { &mut counts.left_out }) += 1;
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, &entry)?;
    }
    out.write_all(b"\n]}\n")?;
    Ok((out.finish()?, counts))
}

/// Returns the SHA-256 of a text in hexadecimal.
fn hash_of(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A script of a file of saved texts.
pub(super) struct SavedScript {
    /// SHA-256 of the text, to recognise a changed file.
    hash: Option<String>,
    pub(super) text: Option<String>,
    /// Whether the text is blanked.
    pub(super) is_redacted: bool,
}

impl SavedScript {
    /// Returns whether `on_disk` is the text of the script. The script may have been left out, or
    /// its strings blanked.
    pub(super) fn is_text(&self, on_disk: &str) -> bool {
        match &self.text {
            Some(text) if !self.is_redacted => text == on_disk,
            Some(text) => blank::blanked(on_disk.to_owned()).as_ref() == Some(text),
            None => self.hash.as_ref().is_some_and(|hash| *hash == hash_of(on_disk)),
        }
    }
}

/// The scripts of several files of saved texts, by name.
#[derive(Default)]
pub(super) struct SavedSources {
    scripts: HashMap<String, Vec<SavedScript>>,
}

impl SavedSources {
    /// Reads files. Treats missing and damaged ones as empty.
    pub(super) fn read(files: &[PathBuf]) -> Self {
        let mut all = Self::default();
        for file in files {
            all.add(file);
        }
        all
    }

    /// Adds the scripts of one file. `None` if it cannot be read, or if its format is unknown.
    fn add(&mut self, file: &Path) -> Option<()> {
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let text = MultiGzDecoder::new(BufReader::new(File::open(file).ok()?)).take(MAX_BYTES);
        let mut content: Value = serde_json::from_reader(BufReader::new(text)).ok()?;
        if content.get("version")?.as_u64()? != VERSION {
            return None;
        }
        let is_redacted = content.get("redacted")?.as_bool()?;
        for entry in content.get_mut("scripts")?.as_array_mut()? {
            let mut take = |key: &str| match entry.get_mut(key).map(Value::take) {
                Some(Value::String(text)) => Some(text),
                _ => None,
            };
            let Some(name) = take("name") else { continue };
            let script = SavedScript { hash: take("hash"), text: take("text"), is_redacted };
            self.scripts.entry(name).or_default().push(script);
        }
        Some(())
    }

    /// Returns the last script with this name for which `is_it` holds.
    pub(super) fn find(
        &self,
        name: &str,
        is_it: impl Fn(&SavedScript) -> bool,
    ) -> Option<&SavedScript> {
        self.scripts.get(name)?.iter().rev().find(|script| is_it(script))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(name: &str, text: &str) -> ScriptText {
        ScriptText { name: name.to_owned(), text: text.to_owned() }
    }

    fn saved(name: &str, scripts: Vec<ScriptText>, redact: bool) -> (SavedSources, SavedCounts) {
        let file = std::env::temp_dir().join(format!("saved-{}-{name}", std::process::id()));
        let written = write_saved_sources(scripts, redact, Vec::new());
        let Ok((bytes, counts)) = written else { panic!("a vector takes everything") };
        assert!(std::fs::write(&file, bytes).is_ok());
        let sources = SavedSources::read(std::slice::from_ref(&file));
        assert!(std::fs::remove_file(&file).is_ok());
        (sources, counts)
    }

    #[test]
    fn the_file_lies_beside_the_snapshot() {
        for (snapshot, expected) in [
            ("/d/a.heapsnapshot", "/d/a.sources.json.gz"),
            ("/d/a.b.heapsnapshot.gz", "/d/a.b.sources.json.gz"),
            ("a.heapsnapshot.zst", "a.sources.json.gz"),
            ("a.snap", "a.snap.sources.json.gz"),
        ] {
            assert_eq!(saved_sources_path(Path::new(snapshot)), Path::new(expected));
        }
    }

    #[test]
    fn texts_come_back() {
        let scripts = vec![script("/a.js", "f('a')"), script("/a.js", "g('b')")];
        let (sources, counts) = saved("plain", scripts, false);
        assert_eq!(counts, SavedCounts { scripts: 2, left_out: 0 });
        let text = |is_it: fn(&SavedScript) -> bool| {
            sources.find("/a.js", is_it).and_then(|script| script.text.clone())
        };
        assert_eq!(text(|_| true).as_deref(), Some("g('b')"));
        assert_eq!(text(|script| script.is_text("f('a')")).as_deref(), Some("f('a')"));
        assert_eq!(text(|script| script.is_text("f('b')")), None);
    }

    #[test]
    fn redacted_texts_are_known_again() {
        let scripts = vec![script("/a.js", "f('a')"), script("/b.js", "const = 'secret'")];
        let (sources, counts) = saved("redacted", scripts, true);
        assert_eq!(counts, SavedCounts { scripts: 1, left_out: 1 });
        let a = sources.find("/a.js", |script| script.is_text("f('x')"));
        assert_eq!(a.and_then(|script| script.text.as_deref()), Some("f(' ')"));
        assert!(sources.find("/a.js", |script| script.is_text("g('x')")).is_none());
        let b = sources.find("/b.js", |_| true);
        assert!(
            b.is_some_and(|script| script.text.is_none() && !script.is_text("const = 'secret'"))
        );
    }

    #[test]
    fn a_script_that_was_too_large_is_known_by_its_hash() {
        let large = " ".repeat(1 + usize::try_from(MAX_SCRIPT_BYTES).unwrap_or(0));
        let (sources, counts) = saved("large", vec![script("/a.js", &large)], false);
        assert_eq!(counts, SavedCounts { scripts: 0, left_out: 1 });
        assert!(sources.find("/a.js", |script| script.is_text(&large)).is_some());
    }

    #[test]
    fn damaged_files_have_nothing() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(SavedSources::read(&[manifest, PathBuf::from("/none")]).scripts.is_empty());
    }
}
