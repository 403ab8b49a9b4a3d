//! The tables that are some kilobytes for each snapshot.

use findings::{PackageOwners, PackageSizes};
use heapsnapshot::{Analysis, NodeIx, SummaryOptions};

use crate::columns::Value;
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
    let sizes = analysis.statistics();
    let mut table = TableFile::create(SNAPSHOTS, options)?;
    table.push([
        file.as_str().into(),
        (*taken_at_ms).into(),
        node_version.as_deref().into(),
        (*pid).into(),
        release.as_deref().into(),
        analysis.total_size().into(),
        (analysis.graph().node_count() as u64).into(),
        (analysis.graph().edge_count() as u64).into(),
        sizes.code.into(),
        sizes.strings.into(),
        sizes.js_arrays.into(),
        sizes.typed_arrays.into(),
        sizes.system.into(),
    ])?;
    table.finish()
}

fn classes(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let mut table = TableFile::create(CLASSES, options)?;
    for row in analysis.summary(&SummaryOptions::default())?.rows {
        table.push([
            row.constructor.as_text().to_string_lossy().into_owned().into(),
            row.count.into(),
            distance(row.distance),
            row.shallow_size.into(),
            row.retained_size.into(),
        ])?;
    }
    table.finish()
}

fn packages(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Written, Error> {
    let mut table = TableFile::create(PACKAGES, options)?;
    for (package, sizes) in owners.sizes(analysis) {
        let PackageSizes { own_size, retained_size, count } = sizes;
        table.push([
            package.name.into(),
            package.version.into(),
            package.kind.name().into(),
            count.into(),
            own_size.into(),
            retained_size.into(),
        ])?;
    }
    table.finish()
}

fn findings(
    analysis: &Analysis,
    earlier: &[&Analysis],
    options: &Options,
) -> Result<Written, Error> {
    let mut snapshots = earlier.to_vec();
    snapshots.push(analysis);
    let report = findings::suspects(&snapshots, &options.findings)?;
    let mut table = TableFile::create(FINDINGS, options)?;
    for (rank, finding) in (1u64..).zip(report.findings) {
        let place = finding.culprit.location.as_ref();
        table.push([
            rank.into(),
            finding.kind.word().into(),
            finding.severity.word().into(),
            finding.confidence.into(),
            finding.title.to_string().into(),
            finding.sentence.to_string().into(),
            finding.fix.to_string().into(),
            finding.evidence.bytes.into(),
            finding.evidence.count.into(),
            finding.evidence.bytes_per_step.into(),
            place.map(|place| place.file.as_str()).into(),
            place.map(|place| u64::from(place.line)).into(),
            finding.signature.into(),
        ])?;
    }
    table.finish()
}

fn largest(
    analysis: &Analysis,
    owners: &PackageOwners,
    options: &Options,
) -> Result<Written, Error> {
    let graph = analysis.graph();
    let least = analysis.total_size() / OWNER_SHARE;
    let mut found: Vec<NodeIx> = graph
        .nodes()
        .filter(|&node| node != graph.root() && analysis.retained_size(node) >= least)
        .collect();
    found.sort_by_key(|&node| (std::cmp::Reverse(analysis.retained_size(node)), graph.id(node)));
    let mut table = TableFile::create(OWNERS, options)?;
    for node in found.into_iter().take(MAX_OWNERS) {
        table.push([
            id(analysis, node),
            analysis.class_name(node).to_string_lossy().into_owned().into(),
            analysis.shallow_size(node).into(),
            analysis.retained_size(node).into(),
            distance(analysis.distance(node)),
            id(analysis, analysis.dominator(node)),
            owners.package(node).name.as_str().into(),
        ])?;
    }
    table.finish()
}

pub(crate) fn id(analysis: &Analysis, node: NodeIx) -> Value {
    i64::from(analysis.graph().id(node).get()).into()
}

pub(crate) fn distance(distance: heapsnapshot::Distance) -> Value {
    distance.steps().map(i64::from).into()
}
