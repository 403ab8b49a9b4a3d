//! The tables that have every node, edge and string.

use std::borrow::Cow;
use std::ops::Range;

use findings::PackageOwners;
use heapsnapshot::{Analysis, EdgeIx, EdgeKind, EdgeName, Graph, NodeIx, NodeKind, StrIx, is_name};
use parquet::errors::ParquetError;

use crate::file::TableFile;
use crate::group::Group;
use crate::schema::{EDGES, NODES, ROWS_PER_GROUP, STRINGS};
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

/// Numbers kinds in the order in which they are asked for. There are few, so a search beats a hash.
struct Kinds<K>(Vec<K>);

impl<K: PartialEq> Kinds<K> {
    fn key(&mut self, kind: K) -> usize {
        self.0.iter().position(|known| *known == kind).unwrap_or_else(|| {
            self.0.push(kind);
            self.0.len() - 1
        })
    }
}

/// Cuts rows into groups.
fn groups(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(ROWS_PER_GROUP).map(move |start| start..rows.min(start + ROWS_PER_GROUP))
}

pub(crate) fn nodes(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(NODES, options)?;
    let mut kinds: Kinds<NodeKind> = Kinds(Vec::new());
    for rows in groups(graph.node_count()) {
        options.findings.control.check()?;
        let nodes = || rows.clone().filter_map(NodeIx::from_index);
        table.group(rows.len(), |group| {
            group.long("id", nodes().map(|node| graph.id(node).get()))?;
            let kinds = nodes().map(|node| Some((kinds.key(graph.kind(node)), node)));
            group.keyed_text("type", kinds, |node| graph.kind_name(node))?;
            names(analysis, options.findings.show_values, nodes(), group)?;
            let classes = nodes().map(|node| Some((analysis.class(node).index(), node)));
            let class_name = |node| analysis.class_name(node).to_string_lossy();
            group.keyed_text("constructor", classes, class_name)?;
            group.long("self_size", nodes().map(|node| graph.self_size(node)))?;
            group.long("shallow_size", nodes().map(|node| analysis.shallow_size(node)))?;
            group.long("retained_size", nodes().map(|node| analysis.retained_size(node)))?;
            group.long("distance", nodes().map(|node| analysis.distance(node).steps()))?;
            let dominators = nodes().map(|node| graph.id(analysis.dominator(node)).get());
            group.long("dominator_id", dominators)?;
            let packages = nodes().map(|node| Some((owners.index(node) as usize, node)));
            group.keyed_text("package", packages, |node| &owners.package(node).name)?;
            let versions = nodes().map(|node| {
                let version = owners.package(node).version.as_ref()?;
                Some((owners.index(node) as usize, version))
            });
            group.keyed_text("package_version", versions, |version| version)
        })?;
    }
    table.finish()
}

/// Writes the names of nodes, without contents unless they are asked for.
fn names(
    analysis: &Analysis,
    show_values: bool,
    nodes: impl Iterator<Item = NodeIx>,
    group: &mut Group<'_>,
) -> Result<(), ParquetError> {
    let graph = analysis.graph();
    if show_values {
        let name = |node| analysis.display_name(node).as_text().to_string_lossy().into_owned();
        return group.text("name", nodes.map(name));
    }
    // The displayed name of a plain object has names of its properties, which can be keys of a table.
    let names = nodes.map(|node| {
        let name = graph.name_ix(node);
        (!graph.kind(node).is_string()).then_some((name.index(), name))
    });
    group.keyed_text("name", names, |name| graph.text(name).to_string_lossy())
}

fn edges(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(EDGES, options)?;
    let mut kinds: Kinds<EdgeKind> = Kinds(Vec::new());
    let mut names: Vec<EdgeName> = Vec::new();
    let mut sources = graph.nodes().flat_map(|node| graph.edges(node).map(move |_| node));
    for rows in groups(graph.edge_count()) {
        options.findings.control.check()?;
        let edges = || rows.clone().filter_map(EdgeIx::from_index);
        table.group(rows.len(), |group| {
            let sources = sources.by_ref().take(rows.len());
            group.long("from_id", sources.map(|node| graph.id(node).get()))?;
            group.long("to_id", edges().map(|edge| graph.id(graph.target(edge)).get()))?;
            let kinds = edges().map(|edge| Some((kinds.key(graph.edge_kind(edge)), edge)));
            group.keyed_text("type", kinds, |edge| graph.edge_kind_name(edge))?;
            names.clear();
            names.extend(edges().map(|edge| graph.edge_name(edge)));
            let texts = names.iter().map(|&name| match name {
                EdgeName::Str(name) => Some((name.index(), name)),
                EdgeName::Index(_) => None,
            });
            let show_values = options.findings.show_values;
            group.keyed_text("name", texts, |name| edge_name(graph, name, show_values))?;
            let indices = names.iter().map(|&name| match name {
                EdgeName::Str(_) => None,
                EdgeName::Index(index) => Some(index),
            });
            group.long("index", indices)
        })?;
    }
    table.finish()
}

/// Returns the name of an edge, hidden if it looks like data.
fn edge_name(graph: &Graph, name: StrIx, show_values: bool) -> Cow<'_, str> {
    let name = graph.text(name).to_string_lossy();
    if show_values || is_name(&name) { name } else { HIDDEN.into() }
}

fn strings(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let graph = analysis.graph();
    let mut table = TableFile::create(STRINGS, options)?;
    let mut rest = graph.nodes().filter(|&node| graph.kind(node).is_string());
    loop {
        options.findings.control.check()?;
        let rows: Vec<NodeIx> = rest.by_ref().take(ROWS_PER_GROUP).collect();
        if rows.is_empty() {
            return table.finish();
        }
        let nodes = || rows.iter().copied();
        table.group(rows.len(), |group| {
            group.long("node_id", nodes().map(|node| graph.id(node).get()))?;
            group.long("text_id", nodes().map(|node| graph.name_ix(node).index() as u64))?;
            group.long("self_size", nodes().map(|node| graph.self_size(node)))?;
            group.long("length", nodes().map(|node| graph.name(node).as_bytes().len() as u64))?;
            let texts = nodes().map(|node| {
                let text = graph.name_ix(node);
                options.findings.show_values.then_some((text.index(), text))
            });
            group.keyed_text("text", texts, |text| graph.text(text).to_string_lossy())
        })?;
    }
}
