//! The tables that are some kilobytes for each snapshot.

use std::cmp::Reverse;
use std::iter::once;

use findings::PackageOwners;
use heapsnapshot::{Analysis, NodeIx, SummaryOptions};

use crate::file::TableFile;
use crate::schema::{CLASSES, FINDINGS, OWNERS, PACKAGES, SNAPSHOTS};
use crate::{Error, Facts, Options, Written};

/// Owners that are written at most.
const MAX_OWNERS: usize = 1000;

/// Smaller parts of the snapshot are no owners worth a row.
const OWNER_SHARE: u64 = 1000;

pub(crate) fn write(
    analysis: &Analysis,
    earlier: &[&Analysis],
    owners: &PackageOwners,
    options: &Options,
) -> Result<Vec<Written>, Error> {
    Ok(vec![
        snapshot(analysis, options)?,
        classes(analysis, options)?,
        packages(analysis, owners, options)?,
        findings(analysis, earlier, options)?,
        largest(analysis, owners, options)?,
    ])
}

fn snapshot(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let Facts { file, taken_at_ms, node_version, pid, release } = &options.facts;
    let graph = analysis.graph();
    let sizes = analysis.statistics();
    let mut table = TableFile::create(SNAPSHOTS, options)?;
    table.group(1, |group| {
        group.text("file", once(file))?;
        group.long("taken_at", once(*taken_at_ms))?;
        group.optional_text("node_version", once(node_version.as_ref()))?;
        group.long("pid", once(*pid))?;
        group.optional_text("release", once(release.as_ref()))?;
        group.long("total_size", once(analysis.total_size()))?;
        group.long("node_count", once(graph.node_count() as u64))?;
        group.long("edge_count", once(graph.edge_count() as u64))?;
        group.long("code_size", once(sizes.code))?;
        group.long("string_size", once(sizes.strings))?;
        group.long("array_size", once(sizes.js_arrays))?;
        group.long("typed_array_size", once(sizes.typed_arrays))?;
        group.long("system_size", once(sizes.system))
    })?;
    table.finish()
}

fn classes(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let mut table = TableFile::create(CLASSES, options)?;
    let rows = analysis.summary(&SummaryOptions::default())?.rows;
    table.group(rows.len(), |group| {
        let names = rows.iter().map(|row| row.constructor.as_text().to_string_lossy());
        group.text("constructor", names)?;
        group.long("count", rows.iter().map(|row| row.count))?;
        group.long("distance", rows.iter().map(|row| row.distance.steps()))?;
        group.long("shallow_size", rows.iter().map(|row| row.shallow_size))?;
        group.long("retained_size", rows.iter().map(|row| row.retained_size))
    })?;
    table.finish()
}

fn packages(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Written, Error> {
    let mut table = TableFile::create(PACKAGES, options)?;
    let rows = owners.sizes(analysis);
    table.group(rows.len(), |group| {
        group.text("package", rows.iter().map(|(package, _)| &package.name))?;
        let versions = rows.iter().map(|(package, _)| package.version.as_ref());
        group.optional_text("version", versions)?;
        group.text("kind", rows.iter().map(|(package, _)| package.kind.name()))?;
        group.long("count", rows.iter().map(|(_, sizes)| sizes.count))?;
        group.long("own_size", rows.iter().map(|(_, sizes)| sizes.own_size))?;
        group.long("retained_size", rows.iter().map(|(_, sizes)| sizes.retained_size))
    })?;
    table.finish()
}

fn findings(
    analysis: &Analysis,
    earlier: &[&Analysis],
    options: &Options,
) -> Result<Written, Error> {
    let mut snapshots = earlier.to_vec();
    snapshots.push(analysis);
    let rows = findings::suspects(&snapshots, &options.findings)?.findings;
    let mut table = TableFile::create(FINDINGS, options)?;
    table.group(rows.len(), |group| {
        let places = || rows.iter().map(|row| row.culprit.location.as_ref());
        group.long("rank", (1..).zip(&rows).map(|(rank, _): (u32, _)| rank))?;
        group.text("kind", rows.iter().map(|row| row.kind.word()))?;
        group.text("severity", rows.iter().map(|row| row.severity.word()))?;
        group.real("confidence", rows.iter().map(|row| row.confidence))?;
        group.text("title", rows.iter().map(|row| row.title.to_string()))?;
        group.text("sentence", rows.iter().map(|row| row.sentence.to_string()))?;
        group.text("fix", rows.iter().map(|row| row.fix.to_string()))?;
        group.long("bytes", rows.iter().map(|row| row.evidence.bytes))?;
        group.long("count", rows.iter().map(|row| row.evidence.count))?;
        group.real("bytes_per_step", rows.iter().map(|row| row.evidence.bytes_per_step))?;
        group.optional_text("file", places().map(|place| place.map(|place| &place.file)))?;
        group.long("line", places().map(|place| place.map(|place| place.line)))?;
        group.text("signature", rows.iter().map(|row| &row.signature))
    })?;
    table.finish()
}

fn largest(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Written, Error> {
    let graph = analysis.graph();
    let least = analysis.total_size() / OWNER_SHARE;
    let mut rows: Vec<NodeIx> = graph
        .nodes()
        .filter(|&node| node != graph.root() && analysis.retained_size(node) >= least)
        .collect();
    rows.sort_by_key(|&node| (Reverse(analysis.retained_size(node)), graph.id(node)));
    rows.truncate(MAX_OWNERS);
    let nodes = || rows.iter().copied();
    let mut table = TableFile::create(OWNERS, options)?;
    table.group(rows.len(), |group| {
        group.long("node_id", nodes().map(|node| graph.id(node).get()))?;
        let names = nodes().map(|node| analysis.class_name(node).to_string_lossy());
        group.text("constructor", names)?;
        group.long("shallow_size", nodes().map(|node| analysis.shallow_size(node)))?;
        group.long("retained_size", nodes().map(|node| analysis.retained_size(node)))?;
        group.long("distance", nodes().map(|node| analysis.distance(node).steps()))?;
        let dominators = nodes().map(|node| graph.id(analysis.dominator(node)).get());
        group.long("dominator_id", dominators)?;
        group.text("package", nodes().map(|node| &owners.package(node).name))
    })?;
    table.finish()
}
