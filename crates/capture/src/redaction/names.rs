//! Replaces names that are data: `redact: 'strict'`.
//!
//! A name is replaced by a hash, so that equal names stay equal in all snapshots of one process.
//! The key of the hash is random, differs in each process and is never written. Without it, the
//! hash of a guess cannot be computed.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use heapsnapshot::is_name;

use super::uses::{CODE, ENGINE, LARGE_SHAPE, PRIVATE, PROGRAM, PROPERTY, SMALL_SHAPE, VARIABLE};

/// Prefix of a replaced name. The hash consists of letters, so that the result looks like a name
/// and findings show it.
const REDACTED: &str = "redacted-";
const LETTERS: &[u8; 16] = b"bcdfghjkmnpqrstv";
const HASH_LETTERS: u32 = 12;

/// The hash key of this process.
static KEY: OnceLock<RandomState> = OnceLock::new();

/// Replaces names.
#[derive(Clone, Debug)]
pub struct Names {
    key: RandomState,
    /// The user's home directory, if its name identifies the user.
    home: Option<String>,
}

impl Names {
    /// Returns the replacer for all snapshots of this process. `home` is the user's home directory;
    /// its last segment is removed from paths of scripts.
    #[must_use]
    pub fn new(home: Option<String>) -> Self {
        let names_user = |home: &String| segments(home) >= 2;
        Self { key: KEY.get_or_init(RandomState::new).clone(), home: home.filter(names_user) }
    }

    /// Returns the replacement of `name`, given its uses; `None` if it stays. `is_of_plain_objects`
    /// is called for a property that only large shapes have.
    pub(super) fn replacement(
        &self,
        name: &str,
        uses: u8,
        is_of_plain_objects: impl FnOnce() -> bool,
    ) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        if uses & ENGINE != 0 {
            return self.engine_name(name);
        }
        if uses & CODE != 0 && is_address(name) {
            return Some(self.address(name)).filter(|address| address != name);
        }
        if uses & (PROGRAM | CODE) != 0 {
            return self.program_name(name);
        }
        if uses & PROPERTY == 0 {
            return None;
        }
        if let Some(symbol) = name.strip_prefix("<symbol ").and_then(|rest| rest.strip_suffix('>'))
        {
            let is_well_known = symbol.starts_with("Symbol.") && is_name(symbol);
            return (!is_well_known).then(|| format!("<symbol {}>", self.hashed(symbol)));
        }
        // V8 names the functions of an accessor after the property.
        if let Some((accessor @ ("get" | "set"), property)) = name.split_once(' ') {
            let stays = is_name(property) || is_well_known_symbol(property);
            return (!stays).then(|| format!("{accessor} {}", self.hashed(property)));
        }
        let is_private = name.starts_with('#') && uses & PRIVATE != 0;
        let is_of_program = is_private
            || uses & (VARIABLE | SMALL_SHAPE) != 0
            || uses & LARGE_SHAPE != 0 && !is_of_plain_objects();
        (!(is_of_program && is_name(name))).then(|| self.hashed(name))
    }

    /// Returns the replacement of the name of a class or a function.
    fn program_name(&self, name: &str) -> Option<String> {
        let stays = |name: &str| is_name(name) || is_engine_form(name);
        if stays(name) {
            return None;
        }
        // A global object: `global / ` and the origin of its context.
        match name.split_once(" / ") {
            Some((class, "")) if stays(class) => None,
            Some((class, origin)) if stays(class) => {
                Some(format!("{class} / {}", self.hashed(origin)))
            }
            _ => Some(self.hashed(name)),
        }
    }

    /// Returns the replacement of a name written by V8: `system / NativeContext / ` and the origin.
    fn engine_name(&self, name: &str) -> Option<String> {
        let (kind, origin) = name.strip_prefix("system / ")?.split_once(" / ")?;
        (!origin.is_empty()).then(|| format!("system / {kind} / {}", self.hashed(origin)))
    }

    /// Returns the name of a script in the redacted snapshot. Vocabulary names are not checked.
    #[must_use]
    pub fn script(&self, name: String) -> String {
        self.replacement(&name, CODE, || true).unwrap_or(name)
    }

    fn hashed(&self, name: &str) -> String {
        let hash = self.key.hash_one(name);
        let letter = |at: u32| char::from(LETTERS[(hash >> (4 * at) & 15) as usize]);
        REDACTED.chars().chain((0..HASH_LETTERS).map(letter)).collect()
    }

    /// Returns the address or path of a script without parts that can be data: body, query,
    /// fragment, password, and the directory named after a user.
    fn address(&self, address: &str) -> String {
        for scheme in ["data:", "blob:", "javascript:"] {
            if let Some((start, body)) = address.split_at_checked(scheme.len())
                && start.eq_ignore_ascii_case(scheme)
            {
                return format!("{start}{}", self.hashed(body));
            }
        }
        let (scheme, rest) = match address.find("://") {
            Some(at) => address.split_at(at + 3),
            None => ("", address),
        };
        let ends: &[char] = if scheme.is_empty() { &['?'] } else { &['?', '#'] };
        let (place, tail) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        let host_end = place.find('/').unwrap_or(place.len());
        let (user, place) = match place[..host_end].rfind('@') {
            Some(at) if !scheme.is_empty() => place.split_at(at),
            _ => ("", place),
        };
        let mut out = scheme.to_owned();
        if !user.is_empty() {
            out.push_str(&self.hashed(user));
        }
        self.push_path(&mut out, place);
        if let Some(mark) = tail.chars().next() {
            out.push(mark);
            out.push_str(&self.hashed(tail));
        }
        out
    }

    /// Appends a path with the name of the user replaced.
    fn push_path(&self, out: &mut String, path: &str) {
        match self.user_in(path) {
            Some((start, end)) => {
                out.push_str(&path[..start]);
                out.push_str(&self.hashed(&path[start..end]));
                out.push_str(&path[end..]);
            }
            None => out.push_str(path),
        }
    }

    /// Returns where a path contains the name of the user.
    fn user_in(&self, path: &str) -> Option<(usize, usize)> {
        let is_separator = |c: char| matches!(c, '/' | '\\');
        let end_of = |start: usize| {
            path[start..].find(is_separator).map_or(path.len(), |length| start + length)
        };
        if let Some(home) = self.home.as_deref().filter(|home| path.starts_with(home)) {
            let start = home.rfind(is_separator)? + 1;
            let end = end_of(start);
            return (end == home.len()).then_some((start, end));
        }
        let drive = match path.as_bytes() {
            [b'/', letter, b':', ..] if letter.is_ascii_alphabetic() => 3,
            [letter, b':', ..] if letter.is_ascii_alphabetic() => 2,
            _ => 0,
        };
        ["/home/", "/Users/", "\\Users\\"].iter().find_map(|homes| {
            let start = drive + path[drive..].strip_prefix(homes).map(|_| homes.len())?;
            let end = end_of(start);
            (start < end).then_some((start, end))
        })
    }
}

/// Returns the number of segments of a path.
fn segments(path: &str) -> usize {
    path.split(['/', '\\']).filter(|segment| !segment.is_empty() && !segment.ends_with(':')).count()
}

/// Returns whether a name of code is that of a script with a position.
fn is_address(name: &str) -> bool {
    let is_place =
        name.contains(['/', '\\']) || name.starts_with("data:") || name.starts_with("blob:");
    is_place && !is_engine_form(name)
}

/// Returns whether a name is that of an accessor such as `[Symbol.species]`.
fn is_well_known_symbol(name: &str) -> bool {
    let symbol = name.strip_prefix("[Symbol.").and_then(|rest| rest.strip_suffix(']'));
    symbol.is_some_and(|symbol| symbol.chars().all(|c| c.is_ascii_alphabetic()))
}

/// Returns whether V8 or Node creates such names of code and classes: `system / Context`,
/// `(constant pool)`, `(Call_ReceiverIsAny builtin handle)`, `[eval]`, `Object (global*)`.
fn is_engine_form(name: &str) -> bool {
    const BUILTINS: [&str; 3] = [" builtin", " builtin handle", " builtin code"];
    let inside = |open: char, close: char| name.strip_prefix(open)?.strip_suffix(close);
    if let Some(inner) = inside('(', ')') {
        let builtin = BUILTINS.iter().find_map(|kind| inner.strip_suffix(kind));
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return is_name(inner) || builtin.is_some_and(is_word);
    }
    if let Some(inner) = inside('[', ']') {
        return is_name(inner);
    }
    // A class of V8's own objects: `Object (global*)`.
    let of_engine = name.strip_suffix(')').and_then(|name| name.split_once(" ("));
    let is_class = of_engine.is_some_and(|(class, role)| {
        is_name(class) && role.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '*'))
    });
    let parts = ["system / ", "Node / "].iter().find_map(|owner| name.strip_prefix(owner));
    let is_type = |name: &str| name.len() <= 80 && name.chars().all(|c| c.is_ascii_alphabetic());
    is_class || parts.is_some_and(|name| is_name(name) || is_type(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_plain_objects() -> bool {
        true
    }

    fn replaced(name: &str, uses: u8) -> Option<String> {
        Names::new(None).replacement(name, uses, of_plain_objects)
    }

    #[test]
    fn equal_names_get_equal_hashes_that_look_like_names() {
        let hash = replaced("token 1234", PROPERTY).unwrap();
        assert_eq!(replaced("token 1234", PROGRAM).as_ref(), Some(&hash));
        assert_ne!(replaced("token 1235", PROGRAM).as_ref(), Some(&hash));
        assert!(is_name(&hash) && hash.starts_with(REDACTED), "{hash}");
        assert_eq!(hash.len(), REDACTED.len() + HASH_LETTERS as usize);
    }

    #[test]
    fn written_names_stay_where_a_program_has_them() {
        for uses in [PROPERTY | SMALL_SHAPE, PROPERTY | VARIABLE, PROGRAM, CODE] {
            assert_eq!(replaced("userName", uses), None);
            assert!(replaced("user1234", uses).is_some());
        }
        // The key of a dictionary, and one of many properties of plain objects.
        assert!(replaced("userName", PROPERTY).is_some());
        assert!(replaced("userName", PROPERTY | LARGE_SHAPE).is_some());
        let names = Names::new(None);
        assert_eq!(names.replacement("userName", PROPERTY | LARGE_SHAPE, || false), None);
    }

    #[test]
    fn private_names_symbols_and_accessors_are_distinguished() {
        assert_eq!(replaced("#open", PROPERTY | PRIVATE), None);
        assert!(replaced("#open", PROPERTY).is_some());
        assert_eq!(replaced("<symbol Symbol.iterator>", PROPERTY), None);
        assert!(replaced("<symbol user>", PROPERTY).unwrap().starts_with("<symbol redacted-"));
        assert_eq!(replaced("get userName", PROPERTY), None);
        assert_eq!(replaced("get [Symbol.species]", PROPERTY), None);
        assert!(replaced("set user1234", PROPERTY).unwrap().starts_with("set redacted-"));
    }

    #[test]
    fn names_of_the_engine_lose_their_origin_only() {
        assert_eq!(replaced("system / Map 12345", ENGINE), None);
        let name = replaced("system / NativeContext / https://a", ENGINE).unwrap();
        assert!(name.starts_with("system / NativeContext / redacted-"), "{name}");
        assert!(
            replaced("global / https://a?b", PROGRAM).unwrap().starts_with("global / redacted-")
        );
        for name in ["(Call_ReceiverIsAny builtin handle)", "[eval]", "Object (global*)"] {
            assert_eq!(replaced(name, CODE), None, "{name}");
        }
    }

    #[test]
    fn addresses_lose_what_may_be_data() {
        for address in [
            "https://user:secret@host/a.js",
            "https://host/a.js?secret",
            "https://host/a.js#secret",
            "data:text/javascript,secret",
            "DATA:text/javascript,secret",
            "blob:nodedata:secret",
            "/home/secret/a.js",
            "file:///C:/Users/secret/a.js",
            "C:\\Users\\secret\\a.js",
            "/srv/a.js?secret",
        ] {
            let address = replaced(address, CODE).unwrap();
            assert!(!address.contains("secret") && address.contains(REDACTED), "{address}");
        }
        for address in
            ["/srv/app/a.js", "https://host/a@b.js", "file:///srv/a.js", "node:fs/promises"]
        {
            assert_eq!(replaced(address, CODE), None, "{address}");
        }
    }

    #[test]
    fn the_home_directory_names_the_user() {
        let names = Names::new(Some("/srv/people/alice".to_owned()));
        let script = names.script("/srv/people/alice/a.js".to_owned());
        assert!(
            script.starts_with("/srv/people/redacted-") && script.ends_with("/a.js"),
            "{script}"
        );
        assert_eq!(names.script("/srv/people/alicex/a.js".to_owned()), "/srv/people/alicex/a.js");
        // `/root` does not identify a user.
        let names = Names::new(Some("/root".to_owned()));
        assert_eq!(names.script("/root/a.js".to_owned()), "/root/a.js");
    }
}
