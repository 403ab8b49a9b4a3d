//! The tables that have every node, edge and string.

use std::collections::HashMap;

use findings::PackageOwners;
use heapsnapshot::{Analysis, ClassIx, EdgeKind, EdgeName, NodeIx, NodeKind, StrIx, is_name};
use parquet::data_type::ByteArray;

use crate::columns::Value;
use crate::file::TableFile;
use crate::schema::{EDGES, NODES, STRINGS};
use crate::small::{distance, id};
use crate::{Error, Options, Written};

/// In the place of a name that looks like data.
const HIDDEN: &str = "\u{2026}";

/// Writes the tables, on two threads.
pub(crate) fn write(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Vec<Written>, Error> {
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| edges(analysis, options));
        let nodes = nodes(analysis, owners, options);
        let strings = strings(analysis, options);
        let edges =
            beside.join().unwrap_or_else(|_| Err(Error::Encode("a thread panicked".to_owned())));
        Ok(vec![nodes?, edges?, strings?])
    })
}

/// Texts that many rows have, each encoded once.
struct Texts<K>(HashMap<K, ByteArray>);

impl<K: std::hash::Hash + Eq> Texts<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    fn get(&mut self, key: K, text: impl FnOnce() -> String) -> Value {
        self.0.entry(key).or_insert_with(|| ByteArray::from(text().into_bytes())).clone().into()
    }
}

/// Rows between two looks at whether the work was cancelled.
const CHECK_ROWS: usize = 1 << 16;

fn nodes(analysis: &Analysis, owners: &PackageOwners, options: &Options) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(NODES, options)?;
    let mut kinds: Texts<NodeKind> = Texts::new();
    let mut classes: Texts<ClassIx> = Texts::new();
    let mut packages: Texts<u32> = Texts::new();
    let mut versions: Texts<u32> = Texts::new();
    let mut names: Texts<StrIx> = Texts::new();
    for (at, node) in graph.nodes().enumerate() {
        if at % CHECK_ROWS == 0 {
            options.findings.control.check()?;
        }
        let package = owners.package(node);
        let package_ix = owners.index(node);
        table.push([
            id(analysis, node),
            kinds.get(graph.kind(node), || graph.kind_name(node).to_owned()),
            name(analysis, node, options.findings.show_values, &mut names),
            classes.get(analysis.class(node), || {
                analysis.class_name(node).to_string_lossy().into_owned()
            }),
            graph.self_size(node).into(),
            analysis.shallow_size(node).into(),
            analysis.retained_size(node).into(),
            distance(analysis.distance(node)),
            id(analysis, analysis.dominator(node)),
            packages.get(package_ix, || package.name.clone()),
            match &package.version {
                Some(version) => versions.get(package_ix, || version.clone()),
                None => Value::Null,
            },
        ])?;
    }
    table.finish()
}

/// The name of a node, without contents unless they are asked for.
fn name(analysis: &Analysis, node: NodeIx, show_values: bool, names: &mut Texts<StrIx>) -> Value {
    let graph = analysis.graph();
    if show_values {
        return analysis.display_name(node).as_text().to_string_lossy().into_owned().into();
    }
    if graph.kind(node).is_string() {
        return Value::Null;
    }
    // The displayed name of a plain object has names of its properties, which can be keys of a table.
    names.get(graph.name_ix(node), || graph.name(node).to_string_lossy().into_owned())
}

fn edges(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(EDGES, options)?;
    let mut kinds: Texts<EdgeKind> = Texts::new();
    let mut names: Texts<StrIx> = Texts::new();
    for (at, node) in graph.nodes().enumerate() {
        if at % CHECK_ROWS == 0 {
            options.findings.control.check()?;
        }
        for edge in graph.edges(node) {
            let kind = kinds.get(graph.edge_kind(edge), || graph.edge_kind_name(edge).to_owned());
            let (name, index) = match graph.edge_name(edge) {
                EdgeName::Index(index) => (Value::Null, i64::from(index).into()),
                EdgeName::Str(ix) => {
                    let name =
                        names.get(ix, || edge_name(analysis, ix, options.findings.show_values));
                    (name, Value::Null)
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
        let shown = options.findings.show_values.then(|| text.to_string_lossy().into_owned());
        table.push([
            id(analysis, node),
            (graph.name_ix(node).index() as u64).into(),
            graph.self_size(node).into(),
            (text.as_bytes().len() as u64).into(),
            shown.into(),
        ])?;
    }
    table.finish()
}
