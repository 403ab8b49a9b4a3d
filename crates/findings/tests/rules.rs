//! The table of kinds in `docs/findings.md` and the TypeScript union of kinds are made from
//! the rules. Fails if they are stale; `npm run build:rules` writes them.

#![expect(clippy::expect_used, reason = "a test")]

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use findings::docs;

/// Columns of a line of the union.
const WIDTH: usize = 120;

fn table() -> String {
    let mut out = "\n| `kind` | finds |\n|---|---|\n".to_owned();
    for doc in docs() {
        let kinds: Vec<String> =
            doc.kinds.iter().map(|kind| format!("`{}`", kind.word())).collect();
        writeln!(out, "| {} | {} |", kinds.join(", "), doc.about).expect("a string");
    }
    out
}

fn union() -> String {
    let mut lines = vec![String::new()];
    for kind in docs().flat_map(|doc| doc.kinds) {
        let item = format!(" '{}'", kind.word());
        let last = lines.last_mut().expect("a line");
        if last.is_empty() || last.len() + " |".len() + item.len() > WIDTH {
            lines.push(format!("  |{item}"));
        } else {
            write!(last, " |{item}").expect("a string");
        }
    }
    format!("\nexport type FindingKind ={};\n", lines.join("\n"))
}

/// Compares, or writes, what stands between the markers of a file of the repository.
fn check(file: &str, begin: &str, end: &str, wanted: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let whole = fs::read_to_string(&path).expect("a file of the repository");
    let (before, rest) = whole.split_once(begin).expect("a marker");
    let (text, after) = rest.split_once(end).expect("a marker after it");
    if env::var_os("UPDATE_RULES").is_some() {
        fs::write(&path, format!("{before}{begin}{wanted}{end}{after}")).expect("written");
    } else {
        assert_eq!(text, wanted, "{file} is stale: npm run build:rules");
    }
}

#[test]
fn the_table_of_kinds_is_made_from_the_rules() {
    let (begin, end) = ("<!-- rules: begin (npm run build:rules) -->\n", "\n<!-- rules: end -->");
    check("docs/findings.md", begin, end, &table());
}

#[test]
fn the_union_of_kinds_is_made_from_the_rules() {
    let (begin, end) = ("// rules: begin (npm run build:rules)", "// rules: end");
    check("lib/analysis/findings.d.ts", begin, end, &union());
}

#[test]
fn each_kind_is_described_once() {
    let mut kinds: Vec<&str> = docs().flat_map(|doc| doc.kinds).map(|kind| kind.word()).collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), count);
}
