//! Source maps: from generated code back to the original source.

use std::path::Path;

use serde_json::Value;

use super::originals::Originals;

/// One mapping of a source map.
struct Mapping {
    /// Line of the generated position, 0-based.
    line: u32,
    /// Column of the generated position, 0-based.
    column: u32,
    /// Index of the original file in `sources`.
    source: u32,
    /// Line in the original file, 0-based.
    original_line: u32,
    /// Column in the original file, 0-based.
    original_column: u32,
    /// Index of the original name in `names`.
    name: Option<u32>,
}

/// A source map, version 3.
pub(crate) struct SourceMap {
    /// Sorted by line, then column.
    mappings: Vec<Mapping>,
    originals: Originals,
    /// Original names of identifiers.
    names: Vec<String>,
}

/// An original position, 0-based. `file` is an absolute path, or a name such as
/// `webpack://app/./src/a.ts`.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Original {
    /// The original file, as named by the map.
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl SourceMap {
    /// Finds the map that the last lines of a script refer to: a file beside it, or an inline
    /// `data:` URL.
    pub(crate) fn find(
        text: &str,
        path: Option<&Path>,
        read: impl Fn(&Path) -> Option<String>,
    ) -> Option<Self> {
        let generated = path?;
        let url = text.lines().rev().take(8).find_map(|line| {
            let rest = line
                .trim()
                .strip_prefix("//# sourceMappingURL=")
                .or_else(|| line.trim().strip_prefix("//@ sourceMappingURL="))?;
            Some(rest.trim())
        })?;
        let Some(data) = url.strip_prefix("data:") else {
            let file = generated.parent()?.join(url);
            return Self::parse(&read(&file)?, generated, file.parent()?);
        };
        let (head, body) = data.split_once(',')?;
        let json = if head.ends_with(";base64") {
            String::from_utf8(base64(body)?).ok()?
        } else {
            body.to_owned()
        };
        Self::parse(&json, generated, generated.parent()?)
    }

    /// Parses the map of the script `generated`. Sources are relative to `directory`, which
    /// contains the map.
    fn parse(json: &str, generated: &Path, directory: &Path) -> Option<Self> {
        let map: Value = serde_json::from_str(json).ok()?;
        let mappings = decode(map.get("mappings")?.as_str()?)?;
        let names = map.get("names").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            mappings,
            originals: Originals::read(&map, generated, directory),
            names: names.map(|name| name.as_str().unwrap_or_default().to_owned()).collect(),
        })
    }

    /// Returns the last mapping at or before a position, on the same line.
    fn mapping(&self, line: u32, column: u32) -> Option<&Mapping> {
        let after = self.mappings.partition_point(|at| (at.line, at.column) <= (line, column));
        self.mappings.get(after.checked_sub(1)?).filter(|at| at.line == line)
    }

    /// Returns the original position of a generated one. `None` if the map has none, or its source
    /// is not shown; see [`Originals`].
    pub(crate) fn original(&self, line: u32, column: u32) -> Option<Original> {
        let mapping = self.mapping(line, column)?;
        Some(Original {
            file: self.originals.name(mapping.source, mapping.original_line)?,
            line: mapping.original_line,
            column: mapping.original_column,
        })
    }

    /// Returns the index of the original file of a generated position in the map's `sources`.
    pub(crate) fn source(&self, line: u32, column: u32) -> Option<u32> {
        self.mapping(line, column).map(|mapping| mapping.source)
    }

    /// Returns the original file with an index, as the map names it. The file need not exist.
    pub(crate) fn source_file(&self, source: u32) -> Option<String> {
        self.originals.said(source)
    }

    /// Returns the text of an original file, if the map contains it.
    pub(crate) fn content(&self, file: &str) -> Option<&str> {
        self.originals.content(file)
    }

    /// Returns the original name of the token at a generated position.
    pub(crate) fn name(&self, line: u32, column: u32) -> Option<String> {
        let name = self.mapping(line, column)?.name?;
        self.names.get(name as usize).cloned()
    }
}

/// Decodes the `mappings` of a source map, sorted. `None` if they are malformed.
fn decode(mappings: &str) -> Option<Vec<Mapping>> {
    let mut out = Vec::new();
    let (mut source, mut line, mut column, mut name) = (0i64, 0i64, 0i64, 0i64);
    for (generated, segments) in mappings.split(';').enumerate() {
        let mut at = 0i64;
        for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
            let fields = vlq(segment)?;
            at += fields.first()?;
            let [_, by_source, by_line, by_column, rest @ ..] = fields.as_slice() else { continue };
            source += by_source;
            line += by_line;
            column += by_column;
            if let Some(by_name) = rest.first() {
                name += by_name;
            }
            out.push(Mapping {
                line: u32::try_from(generated).ok()?,
                column: u32::try_from(at).ok()?,
                source: u32::try_from(source).ok()?,
                original_line: u32::try_from(line).ok()?,
                original_column: u32::try_from(column).ok()?,
                name: rest.first().and_then(|_| u32::try_from(name).ok()),
            });
        }
    }
    out.sort_by_key(|mapping| (mapping.line, mapping.column));
    Some(out)
}

/// Returns the value of a digit of base 64.
fn digit(byte: u8) -> Option<u32> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    DIGITS.iter().position(|&other| other == byte).and_then(|at| u32::try_from(at).ok())
}

/// Decodes the numbers of a segment: base 64, five bits per digit, sign in the lowest bit.
fn vlq(segment: &str) -> Option<Vec<i64>> {
    let mut out = Vec::with_capacity(5);
    let (mut value, mut shift) = (0i64, 0u32);
    for byte in segment.bytes() {
        let digit = digit(byte)?;
        value |= i64::from(digit & 31).checked_shl(shift).filter(|_| shift < 40)?;
        if digit & 32 != 0 {
            shift += 5;
            continue;
        }
        out.push(if value & 1 == 1 { -(value >> 1) } else { value >> 1 });
        (value, shift) = (0, 0);
    }
    Some(out)
}

/// Decodes base 64, for maps in `data:` URLs.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text.trim().bytes().filter(|&byte| byte != b'=') {
        bits = (bits << 6) | digit(byte)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(((bits >> count) & 0xFF) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Option<SourceMap> {
        SourceMap::parse(json, Path::new("/app/dist/a.js"), Path::new("/app/dist"))
    }

    #[test]
    fn positions_lead_back() {
        let json = r#"{"version":3,"sources":["../src/a.ts"],"sourcesContent":["\n\n"],
            "names":["parsed"],"mappings":"AAAA;AACA,SAASA"}"#;
        let map = parsed(json);
        let expected = Original { file: "/app/src/a.ts".to_owned(), line: 1, column: 9 };
        assert_eq!(map.as_ref().and_then(|map| map.original(1, 12)), Some(expected));
        assert_eq!(map.and_then(|map| map.name(1, 12)), Some("parsed".to_owned()));
    }

    #[test]
    fn names_do_not_depend_on_the_original_file() {
        let json =
            r#"{"version":3,"sources":["../src/a.ts"],"names":["parsed"],"mappings":"AAAAA"}"#;
        let map = parsed(json);
        assert_eq!(map.as_ref().and_then(|map| map.original(0, 0)), None);
        assert_eq!(map.and_then(|map| map.name(0, 0)), Some("parsed".to_owned()));
    }

    #[test]
    fn damaged_maps_are_none() {
        assert!(parsed("{}").is_none());
        assert!(parsed(r#"{"mappings":"!!"}"#).is_none());
        assert!(parsed(r#"{"mappings":"DDDD"}"#).is_none());
        assert_eq!(base64("eyJhIjoxfQ=="), Some(br#"{"a":1}"#.to_vec()));
    }
}
