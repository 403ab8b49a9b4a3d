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
    let row = [
        table.text(file),
        (*taken_at_ms).into(),
        table.optional_text(node_version.as_deref()),
        (*pid).into(),
        table.optional_text(release.as_deref()),
        analysis.total_size().into(),
        (analysis.graph().node_count() as u64).into(),
        (analysis.graph().edge_count() as u64).into(),
        sizes.code.into(),
        sizes.strings.into(),
        sizes.js_arrays.into(),
        sizes.typed_arrays.into(),
        sizes.system.into(),
    ];
    table.push(row)?;
    table.finish()
}

fn classes(analysis: &Analysis, options: &Options) -> Result<Written, Error> {
    let mut table = TableFile::create(CLASSES, options)?;
    for row in analysis.summary(&SummaryOptions::default())?.rows {
        let row = [
            table.text(row.constructor.as_text().to_string_lossy()),
            row.count.into(),
            distance(row.distance),
            row.shallow_size.into(),
            row.retained_size.into(),
        ];
        table.push(row)?;
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
        let row = [
            table.text(package.name),
            table.optional_text(package.version),
            table.text(package.kind.name()),
            count.into(),
            own_size.into(),
            retained_size.into(),
        ];
        table.push(row)?;
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
        let row = [
            rank.into(),
            table.text(finding.kind.word()),
            table.text(finding.severity.word()),
            finding.confidence.into(),
            table.text(finding.title.to_string()),
            table.text(finding.sentence.to_string()),
            table.text(finding.fix.to_string()),
            finding.evidence.bytes.into(),
            finding.evidence.count.into(),
            finding.evidence.bytes_per_step.into(),
            table.optional_text(place.map(|place| place.file.as_str())),
            place.map(|place| u64::from(place.line)).into(),
            table.text(finding.signature),
        ];
        table.push(row)?;
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
        let row = [
            id(analysis, node),
            table.text(analysis.class_name(node).to_string_lossy()),
            analysis.shallow_size(node).into(),
            analysis.retained_size(node).into(),
            distance(analysis.distance(node)),
            id(analysis, analysis.dominator(node)),
            table.text(owners.package(node).name.as_str()),
        ];
        table.push(row)?;
    }
    table.finish()
}

pub(crate) fn id(analysis: &Analysis, node: NodeIx) -> Value {
    i64::from(analysis.graph().id(node).get()).into()
}

pub(crate) fn distance(distance: heapsnapshot::Distance) -> Value {
    distance.steps().map(i64::from).into()
}
