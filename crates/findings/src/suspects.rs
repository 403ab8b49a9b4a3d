//! Asks all rules, weighs what they say by how much growth it explains, and sorts.

use std::collections::HashMap;
use std::path::PathBuf;

use heapsnapshot::{Analysis, Control, Error};

use crate::conclusion;
use crate::explain;
use crate::finding::{Finding, Severity};
use crate::frame;
use crate::growth::Growth;
use crate::heap::Heap;
use crate::message::Paragraph;
use crate::new_objects::NewObjects;
use crate::rules::{self, Case};
use crate::source::{Roots, Sources};

/// How to look for leaks.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Cancellation.
    pub control: Control,
    /// The directory that paths are shown relative to.
    pub directory: Option<PathBuf>,
    /// Texts of scripts, by path or name, where they are known better than from the disk.
    pub texts: HashMap<String, String>,
    /// Prefixes of script names, and the directories of this machine that have these scripts.
    pub source_roots: Vec<(String, PathBuf)>,
    /// Files that [`crate::write_saved_sources`] wrote, of earlier snapshots first.
    pub saved_sources: Vec<PathBuf>,
    /// Bytes of RSS of the process at the first and at the last snapshot, if known.
    pub rss: Option<(u64, u64)>,
    /// Findings to return at most; 0 means all.
    pub limit: usize,
    /// Hide the contents of strings and comments in frames even of files on this machine, as
    /// the findings go to others.
    pub hide_contents: bool,
    /// Show property names, events and the like even if they look like data.
    pub show_values: bool,
}

impl Options {
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

/// What was found in one or more snapshots of one process.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// In order: leaks before suspects before waste, then by the growth that they explain.
    pub findings: Vec<Finding>,
    /// How much the heap grew, and how much of it the findings explain.
    pub growth: Growth,
    /// The same in a few sentences, with what to do next. Holds no contents of strings.
    pub conclusion: Paragraph,
}

/// Looks for leaks in one or more snapshots of one process, oldest first.
///
/// One snapshot shows who holds much; only two and more show who grows. With two and more,
/// findings are ranked by the part of the growth that they explain: bytes of objects that
/// are new since the first snapshot, are still alive, and came at a like rate in each step.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`].
///
/// # Complexity
/// O((N + E) log N) time a snapshot, with retainers (4 bytes a node, 8 an edge) of
/// the last. Scripts are read from the disk where their names are paths of files.
pub fn suspects(snapshots: &[&Analysis], options: &Options) -> Result<Report, Error> {
    let Some((last, earlier)) = snapshots.split_last() else {
        return Ok(Report {
            findings: Vec::new(),
            growth: Growth::default(),
            conclusion: Paragraph::default(),
        });
    };
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
    let mut case =
        Case { heap, earlier, new, sources: options.sources(), control: &options.control };
    let mut findings: Vec<Finding> = Vec::new();
    for rule in rules::ALL {
        options.control.check()?;
        for finding in rule(&mut case, &findings)? {
            findings.push(finding);
        }
    }
    let mut owners = Vec::new();
    let mut growth = Growth::of(snapshots.iter().map(|analysis| analysis.total_size()));
    if let Some(new) = case.new.take() {
        options.control.check()?;
        let (merged, explanation) = explain::explain(&case.heap, &new, findings);
        findings = merged;
        let (more, steady) = rules::owners::find(&mut case, &new, explanation)?;
        growth.steady_per_step = steady + explain::growth_of_others(&findings);
        findings.extend(more);
        explain::weigh(&mut findings, growth.steady_per_step);
        findings.iter_mut().for_each(explain::tell);
        growth.explained_per_step = findings
            .iter()
            .filter(|f| f.severity == Severity::Leak)
            .map(explain::explained_bytes)
            .sum();
        if conclusion::is_unexplained(&growth) {
            owners = conclusion::owners::of_rest(
                &case.heap,
                &new,
                &mut case.sources,
                &findings,
                growth.steady_per_step,
            );
        }
    }
    findings.retain(|finding| {
        finding.severity > Severity::Waste || finding.evidence.bytes >= rules::LEAST_WASTE
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
    for finding in &mut findings {
        finding.frames = frame::frames(&mut case.sources, &finding.marks);
    }
    Ok(Report { findings, growth, conclusion })
}

/// The worst first; those that explain most growth first; then those that hold most.
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
