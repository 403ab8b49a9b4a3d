//! Runs all rules, attributes growth to their findings, and sorts them.

use std::collections::HashMap;
use std::path::PathBuf;

use heapsnapshot::{Analysis, Control, Error};

use crate::conclusion;
use crate::explain;
use crate::finding::{Finding, Severity};
use crate::frame;
use crate::growth::Growth;
use crate::heap::Heap;
use crate::members;
use crate::message::Paragraph;
use crate::new_objects::NewObjects;
use crate::rules::{self, Case};
use crate::source::{Roots, Sources};

/// Options of [`suspects`] and [`crate::closures`].
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Cancels the analysis.
    pub control: Control,
    /// The directory that paths are shown relative to. `None`: paths are shown as V8 knows them.
    pub directory: Option<PathBuf>,
    /// Texts of scripts, by path or name. They take precedence over files on the disk.
    pub texts: HashMap<String, String>,
    /// Prefixes of script names, and the directories on this machine that contain these scripts.
    pub source_roots: Vec<(String, PathBuf)>,
    /// Files that [`crate::write_saved_sources`] wrote, of earlier snapshots first.
    pub saved_sources: Vec<PathBuf>,
    /// The allocation profile beside the last snapshot. If it exists, findings have the facts that its
    /// samples are compared with.
    pub profile: Option<PathBuf>,
    /// RSS of the process in bytes at the first and at the last snapshot, if known.
    pub rss: Option<(u64, u64)>,
    /// Maximum number of findings to return; 0 means all. [`crate::closures`] takes 0 as 50 groups.
    pub limit: usize,
    /// Hide contents of strings and comments in code frames even for files on this machine, because
    /// the findings will be sent to others.
    pub hide_contents: bool,
    /// Show property names, events and the like even if they look like data.
    pub show_values: bool,
}

impl Options {
    /// Returns the scripts with these options applied.
    pub(crate) fn sources(&self) -> Sources {
        let mut sources = Sources::new(
            self.directory.clone(),
            self.show_values,
            self.texts.clone(),
            Roots::new(&self.source_roots),
            self.saved_sources.clone(),
        );
        sources.hide_contents = self.hide_contents;
        sources
    }
}

/// The result of [`suspects`].
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// Leaks before suspects before waste; within these, findings that explain most growth first.
    pub findings: Vec<Finding>,
    /// How much the heap grew, and how much of it the findings explain.
    pub growth: Growth,
    /// The growth in a few sentences, with advice. Contains no contents of strings.
    pub conclusion: Paragraph,
}

/// Searches snapshots of one process, oldest first, for leaks.
///
/// One snapshot shows what retains memory; two or more show what grows. Three or more also show
/// whether growth is steady. Findings are ranked by the growth that they explain: bytes of objects
/// that are new since the first snapshot, are alive in the last one, and were added at a steady
/// rate. Without snapshots, the report is empty.
///
/// The snapshots must have comparable ids, as dumps of one process have; otherwise the growth is
/// meaningless.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`] if [`Options::control`] was cancelled.
///
/// # Complexity
/// O((N + E) log N) time per snapshot. Computes the retainers of the last one: 4 bytes per node, 6
/// per edge (8 from 2^24 edges). Reads scripts whose names are paths from the disk, each once, up to 16 MiB.
///
/// # Examples
/// ```
/// use findings::{Options, suspects};
/// use heapsnapshot::{Analysis, AnalysisOptions, Error, Graph, ReadOptions};
///
/// let open = |path: &str| -> Result<Analysis, Error> {
///     let graph = Graph::from_file(path, &ReadOptions::default())?;
///     Analysis::new(graph, &AnalysisOptions::default())
/// };
/// # let fixtures = "../../test/fixtures";
/// let first = open(&format!("{fixtures}/node20.heapsnapshot.zst"))?;
/// let last = open(&format!("{fixtures}/node20-later.heapsnapshot.zst"))?;
/// let report = suspects(&[&first, &last], &Options::default())?;
/// for finding in &report.findings {
///     println!("{}\
/// {}\
/// Fix: {}", finding.title, finding.sentence, finding.fix);
/// }
/// assert_eq!(report.growth.sizes.len(), 2);
/// # Ok::<(), Error>(())
/// ```
pub fn suspects(snapshots: &[&Analysis], options: &Options) -> Result<Report, Error> {
    let Some((last, earlier)) = snapshots.split_last() else {
        return Ok(Report {
            findings: Vec::new(),
            growth: Growth::default(),
            conclusion: Paragraph::default(),
        });
    };
    let mut case = open(last, earlier, options)?;
    let mut findings: Vec<Finding> = Vec::new();
    for rule in rules::ALL {
        options.control.check()?;
        for finding in rule(&mut case, &findings)? {
            findings.push(finding);
        }
    }
    let mut growth = Growth::of(snapshots.iter().map(|analysis| analysis.total_size()));
    let mut owners = Vec::new();
    if let Some(new) = case.new.take() {
        options.control.check()?;
        findings = attribute(&mut case, &new, findings, &mut growth)?;
        if conclusion::is_unexplained(&growth) {
            let Case { heap, sources, .. } = &mut case;
            owners =
                conclusion::owners::of_rest(heap, &new, sources, &findings, growth.steady_per_step);
        }
    }
    findings.retain(|finding| {
        finding.severity > Severity::Waste || finding.evidence.bytes >= rules::MIN_WASTE_BYTES
    });
    sort(&mut findings);
    let conclusion = if snapshots.len() > 1 {
        conclusion::of_several(snapshots, &growth, &findings, &owners, options.rss)
    } else {
        conclusion::of_one(&case.heap, &mut case.sources, &findings)
    };
    if options.limit > 0 {
        findings.truncate(options.limit);
    }
    let is_sampled = options.profile.as_ref().is_some_and(|profile| profile.exists());
    let sizes = is_sampled.then(|| members::count_sizes(&case.heap));
    for finding in &mut findings {
        finding.frames = frame::frames(&mut case.sources, &finding.marks);
        finding.members = members::members(&case.heap, &mut case.sources, finding, sizes.as_ref());
    }
    Ok(Report { findings, growth, conclusion })
}

/// Prepares what the rules look at.
pub(crate) fn open<'a>(
    last: &'a Analysis,
    earlier: &[&'a Analysis],
    options: &'a Options,
) -> Result<Case<'a>, Error> {
    let mut heap = Heap::new(last);
    let earlier: Vec<Heap<'_>> = earlier.iter().map(|analysis| Heap::new(analysis)).collect();
    let new = if earlier.is_empty() {
        None
    } else {
        Some(NewObjects::new(&heap, &earlier, &options.control)?)
    };
    if let Some(new) = &new {
        heap.set_fresh(new.fresh());
    }
    Ok(Case { heap, earlier, new, sources: options.sources(), control: &options.control })
}

/// Attributes the growth to the findings, adds findings about growth that none of them explains,
/// and completes `growth`.
fn attribute(
    case: &mut Case<'_>,
    new: &NewObjects,
    findings: Vec<Finding>,
    growth: &mut Growth,
) -> Result<Vec<Finding>, Error> {
    let (mut findings, explanation) = explain::explain(&case.heap, new, findings);
    let (more, steady) = rules::owners::find(case, new, explanation)?;
    growth.steady_per_step = steady + explain::growth_of_others(&findings);
    findings.extend(more);
    explain::weigh(&mut findings, growth.steady_per_step);
    findings.iter_mut().for_each(explain::add_sentences);
    growth.explained_per_step = findings
        .iter()
        .filter(|f| f.severity == Severity::Leak)
        .map(explain::explained_bytes)
        .sum();
    Ok(findings)
}

/// Sorts by severity, then by the growth that a finding explains, then by the bytes that it holds
/// times the confidence. The signature decides between equal ones, so that the order of two runs is
/// the same.
fn sort(findings: &mut [Finding]) {
    #[expect(clippy::cast_precision_loss, reason = "only orders")]
    let held = |finding: &Finding| finding.evidence.bytes as f64 * finding.confidence;
    findings.sort_by(|a, b| {
        let explained = explain::explained_bytes(b).cmp(&explain::explained_bytes(a));
        b.severity
            .cmp(&a.severity)
            .then(explained)
            .then(held(b).total_cmp(&held(a)))
            .then(a.signature.cmp(&b.signature))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Evidence, Kind};

    fn finding(signature: &str, severity: Severity, bytes: u64, confidence: f64) -> Finding {
        Finding {
            signature: signature.to_owned(),
            evidence: Evidence { bytes, ..Evidence::default() },
            confidence,
            ..Finding::new(Kind::TIMERS, severity)
        }
    }

    #[test]
    fn leaks_come_first_then_what_holds_most_then_the_signature() {
        let mut findings = [
            finding("waste", Severity::Waste, 1 << 30, 1.0),
            finding("b", Severity::Leak, 100, 0.5),
            finding("a", Severity::Leak, 50, 1.0),
            finding("suspect", Severity::Suspect, 1 << 20, 1.0),
            finding("largest", Severity::Leak, 100, 0.9),
        ];
        sort(&mut findings);
        let order: Vec<&str> = findings.iter().map(|finding| finding.signature.as_str()).collect();
        assert_eq!(order, ["largest", "a", "b", "suspect", "waste"]);
    }
}
