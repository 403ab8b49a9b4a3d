//! Compares the table of columns in docs/sql.md with the schemas; `UPDATE_DOCS=1 cargo test -p export` writes it.

use std::fmt::Write as _;
use std::path::Path;

use export::{Kind, SCHEMAS};

const BEGIN: &str = "<!-- schemas, written by UPDATE_DOCS=1 cargo test -p export -->\n";
const END: &str = "<!-- end -->";

fn schemas() -> String {
    let mut out = String::new();
    for schema in SCHEMAS {
        let _ = write!(
            out,
            "\n### {}\n\n{}\n\n| column | type | |\n|---|---|---|\n",
            schema.table, schema.about
        );
        for field in schema.fields {
            let kind = match field.kind {
                Kind::Long => "BIGINT",
                Kind::Real => "DOUBLE",
                Kind::Text => "VARCHAR",
                Kind::Time => "TIMESTAMP",
            };
            let null = if field.is_optional { ", can be null" } else { "" };
            let _ = writeln!(out, "| `{}` | {kind}{null} | {} |", field.name, field.about);
        }
    }
    out.push('\n');
    out
}

#[test]
fn the_documentation_has_all_columns() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md");
    let text = std::fs::read_to_string(&file).expect("docs/sql.md is there");
    let (before, rest) = text.split_once(BEGIN).expect("docs/sql.md has a place for the schemas");
    let (found, after) = rest.split_once(END).expect("the place has an end");
    let expected = schemas();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = format!("{before}{BEGIN}{expected}{END}{after}");
        std::fs::write(&file, text).expect("docs/sql.md can be written");
    } else {
        assert_eq!(found, expected, "run UPDATE_DOCS=1 cargo test -p export");
    }
}
