//! The tables that have every node, edge and string.

use findings::PackageOwners;
use heapsnapshot::{Analysis, EdgeKind, EdgeName, NodeIx, NodeKind, StrIx, is_name};

use crate::columns::Value;
use crate::file::TableFile;
use crate::schema::{EDGES, NODES, STRINGS};
use crate::small::{distance, id};
use crate::{Error, Options, Written};

/// In the place of a name that looks like data.
const HIDDEN: &str = "\u{2026}";

/// Writes the tables that need no packages.
pub(crate) fn edges_and_strings(
    analysis: &Analysis,
    options: &Options,
) -> Result<Vec<Written>, Error> {
    Ok(vec![edges(analysis, options)?, strings(analysis, options)?])
}

/// Texts that many rows have, each stored once in a row group. Keys are positions: of strings, classes or packages.
struct Texts {
    /// By key: the position from `TableFile::share`; `NONE` if the text was not shared in `group`.
    shared: Vec<u32>,
    group: usize,
}

const NONE: u32 = u32::MAX;

impl Texts {
    fn new() -> Self {
        Self { shared: Vec::new(), group: 0 }
    }

    fn get(&mut self, table: &mut TableFile, key: usize, text: impl FnOnce() -> String) -> Value {
        if self.group != table.group() {
            self.shared.fill(NONE);
            self.group = table.group();
        }
        if key >= self.shared.len() {
            self.shared.resize(key + 1, NONE);
        }
        if self.shared[key] == NONE {
            self.shared[key] = table.share(text());
        }
        Value::Text(self.shared[key])
    }
}

/// Names of kinds. There are few, so a search beats a hash.
struct Kinds<K> {
    known: Vec<K>,
    texts: Texts,
}

impl<K: PartialEq> Kinds<K> {
    fn new() -> Self {
        Self { known: Vec::new(), texts: Texts::new() }
    }

    fn get(&mut self, table: &mut TableFile, kind: K, name: impl FnOnce() -> String) -> Value {
        let key = self.known.iter().position(|known| *known == kind).unwrap_or_else(|| {
            self.known.push(kind);
            self.known.len() - 1
        });
        self.texts.get(table, key, name)
    }
}

/// Rows between two looks at whether the work was cancelled.
const CHECK_ROWS: usize = 1 << 16;

pub(crate) fn nodes(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(NODES, options)?;
    let mut kinds: Kinds<NodeKind> = Kinds::new();
    let mut classes = Texts::new();
    let mut packages = Texts::new();
    let mut versions = Texts::new();
    let mut names = Texts::new();
    for (at, node) in graph.nodes().enumerate() {
        if at % CHECK_ROWS == 0 {
            options.findings.control.check()?;
        }
        let package = owners.package(node);
        let package_ix = owners.index(node) as usize;
        let out = &mut table;
        let row = [
            id(analysis, node),
            kinds.get(out, graph.kind(node), || graph.kind_name(node).to_owned()),
            name(analysis, node, options.findings.show_values, out, &mut names),
            classes.get(out, analysis.class(node).index(), || {
                analysis.class_name(node).to_string_lossy().into_owned()
            }),
            graph.self_size(node).into(),
            analysis.shallow_size(node).into(),
            analysis.retained_size(node).into(),
            distance(analysis.distance(node)),
            id(analysis, analysis.dominator(node)),
            packages.get(out, package_ix, || package.name.clone()),
            match &package.version {
                Some(version) => versions.get(out, package_ix, || version.clone()),
                None => Value::Null,
            },
        ];
        table.push(row)?;
    }
    table.finish()
}

/// The name of a node, without contents unless they are asked for.
fn name(
    analysis: &Analysis,
    node: NodeIx,
    show_values: bool,
    table: &mut TableFile,
    names: &mut Texts,
) -> Value {
    let graph = analysis.graph();
    if show_values {
        return table.text(analysis.display_name(node).as_text().to_string_lossy());
    }
    if graph.kind(node).is_string() {
        return Value::Null;
    }
    // The displayed name of a plain object has names of its properties, which can be keys of a table.
    names
        .get(table, graph.name_ix(node).index(), || graph.name(node).to_string_lossy().into_owned())
}

fn edges(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(EDGES, options)?;
    let mut kinds: Kinds<EdgeKind> = Kinds::new();
    let mut names = Texts::new();
    for (at, node) in graph.nodes().enumerate() {
        if at % CHECK_ROWS == 0 {
            options.findings.control.check()?;
        }
        for edge in graph.edges(node) {
            let kind = kinds
                .get(&mut table, graph.edge_kind(edge), || graph.edge_kind_name(edge).to_owned());
            let (name, index) = match graph.edge_name(edge) {
                EdgeName::Index(index) => (Value::Null, i64::from(index).into()),
                EdgeName::Str(ix) => {
                    let show_values = options.findings.show_values;
                    let text = || edge_name(analysis, ix, show_values);
                    (names.get(&mut table, ix.index(), text), Value::Null)
                }
            };
            table.push([
                id(analysis, node),
                id(analysis, graph.target(edge)),
                kind,
                name,
                index,
            ])?;
        }
    }
    table.finish()
}

fn edge_name(analysis: &Analysis, ix: StrIx, show_values: bool) -> String {
    let text = analysis.graph().text(ix).to_string_lossy().into_owned();
    if show_values || is_name(&text) { text } else { HIDDEN.to_owned() }
}

fn strings(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(STRINGS, options)?;
    for node in graph.nodes().filter(|&node| graph.kind(node).is_string()) {
        let text = graph.name(node);
        let shown = if options.findings.show_values {
            table.text(text.to_string_lossy())
        } else {
            Value::Null
        };
        table.push([
            id(analysis, node),
            (graph.name_ix(node).index() as u64).into(),
            graph.self_size(node).into(),
            (text.as_bytes().len() as u64).into(),
            shown,
        ])?;
    }
    table.finish()
}
