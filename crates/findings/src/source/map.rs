//! Source maps: from generated code back to what people wrote.

use std::path::Path;

use serde_json::Value;

/// One position that a map knows.
struct Mapping {
    line: u32,
    column: u32,
    source: u32,
    original_line: u32,
    original_column: u32,
    name: Option<u32>,
}

/// A source map, version 3.
pub(crate) struct SourceMap {
    /// By line, then column.
    mappings: Vec<Mapping>,
    sources: Vec<String>,
    /// The texts of the sources, where the map carries them.
    contents: Vec<Option<String>>,
    names: Vec<String>,
}

/// An original position, 0-based.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Original {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) name: Option<String>,
}

impl SourceMap {
    /// The map that the last lines of a script name: a file beside it, or data in place.
    pub(crate) fn find(
        text: &str,
        path: Option<&Path>,
        read: impl Fn(&Path) -> Option<String>,
    ) -> Option<Self> {
        let url = text.lines().rev().take(8).find_map(|line| {
            let rest = line
                .trim()
                .strip_prefix("//# sourceMappingURL=")
                .or_else(|| line.trim().strip_prefix("//@ sourceMappingURL="))?;
            Some(rest.trim())
        })?;
        let json = if let Some(data) = url.strip_prefix("data:") {
            let (head, body) = data.split_once(',')?;
            if head.ends_with(";base64") {
                String::from_utf8(base64(body)?).ok()?
            } else {
                body.to_owned()
            }
        } else {
            read(&path?.parent()?.join(url))?
        };
        Self::parse(&json, path?.parent()?)
    }

    fn parse(json: &str, directory: &Path) -> Option<Self> {
        let map: Value = serde_json::from_str(json).ok()?;
        let strings = |key: &str| -> Vec<String> {
            let list = map.get(key).and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .map(|text| text.as_str().unwrap_or_default().to_owned())
                .collect()
        };
        let root = map.get("sourceRoot").and_then(Value::as_str).unwrap_or_default();
        let sources = strings("sources")
            .into_iter()
            .map(|source| resolve(directory, root, &source))
            .collect();
        let mappings = decode(map.get("mappings")?.as_str()?)?;
        let contents = map.get("sourcesContent").and_then(Value::as_array);
        let contents =
            contents.into_iter().flatten().map(|text| text.as_str().map(str::to_owned)).collect();
        Some(Self { mappings, sources, contents, names: strings("names") })
    }

    /// Returns the text of an original file, if the map carries it.
    pub(crate) fn content(&self, file: &str) -> Option<&str> {
        let at = self.sources.iter().position(|source| source == file)?;
        self.contents.get(at)?.as_deref()
    }

    /// What was written at a position of the generated text.
    pub(crate) fn original(&self, line: u32, column: u32) -> Option<Original> {
        let after = self.mappings.partition_point(|at| (at.line, at.column) <= (line, column));
        let mapping = self.mappings.get(after.checked_sub(1)?).filter(|at| at.line == line)?;
        Some(Original {
            file: self.sources.get(mapping.source as usize)?.clone(),
            line: mapping.original_line,
            column: mapping.original_column,
            name: mapping.name.and_then(|name| self.names.get(name as usize).cloned()),
        })
    }
}

/// The path of a source, without `.` and `..`.
fn resolve(directory: &Path, root: &str, source: &str) -> String {
    if source.contains("://") {
        return source.to_owned();
    }
    let mut path = std::path::PathBuf::new();
    for part in directory.join(root).join(source).components() {
        match part {
            std::path::Component::ParentDir => {
                path.pop();
            }
            std::path::Component::CurDir => {}
            other => path.push(other),
        }
    }
    path.display().to_string()
}

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

fn digit(byte: u8) -> Option<u32> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    DIGITS.iter().position(|&other| other == byte).and_then(|at| u32::try_from(at).ok())
}

/// The numbers of a segment: base 64, five bits a digit, sign last.
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

    #[test]
    fn positions_lead_back() {
        let json = r#"{"version":3,"sources":["../src/a.ts"],"names":["parsed"],"mappings":"AAAA;AACA,SAASA"}"#;
        let map = SourceMap::parse(json, Path::new("/app/dist"));
        let found = map.and_then(|map| map.original(1, 12));
        let expected = Original {
            file: "/app/src/a.ts".to_owned(),
            line: 1,
            column: 9,
            name: Some("parsed".to_owned()),
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn damaged_maps_are_none() {
        assert!(SourceMap::parse("{}", Path::new("/")).is_none());
        assert!(SourceMap::parse(r#"{"mappings":"!!"}"#, Path::new("/")).is_none());
        assert!(SourceMap::parse(r#"{"mappings":"DDDD"}"#, Path::new("/")).is_none());
        assert_eq!(base64("eyJhIjoxfQ=="), Some(br#"{"a":1}"#.to_vec()));
    }
}
