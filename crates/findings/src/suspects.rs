//! Asks all rules, and puts in order what they say.

use std::collections::HashMap;
use std::path::PathBuf;

use heapsnapshot::{Analysis, Control, Error};

use crate::finding::{Finding, Severity};
use crate::frame;
use crate::heap::Heap;
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

/// Looks for leaks in one or more snapshots of one process, oldest first. Findings are
/// in order: leaks before suspects before waste, then by bytes and confidence.
///
/// One snapshot shows who holds much; only two and more show who grows.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`].
///
/// # Complexity
/// O((N + E) log N) time a snapshot, with retainers (4 bytes a node, 8 an edge) of
/// the last. Scripts are read from the disk where their names are paths of files.
pub fn suspects(snapshots: &[&Analysis], options: &Options) -> Result<Vec<Finding>, Error> {
    let Some((last, earlier)) = snapshots.split_last() else { return Ok(Vec::new()) };
    let mut case = Case {
        heap: Heap::new(last),
        earlier: earlier.iter().map(|analysis| Heap::new(analysis)).collect(),
        sources: options.sources(),
        control: &options.control,
    };
    let mut findings: Vec<Finding> = Vec::new();
    for rule in rules::ALL {
        options.control.check()?;
        for finding in rule(&mut case, &findings)? {
            findings.push(finding);
        }
    }
    findings.retain(|finding| {
        finding.severity > Severity::Waste || finding.evidence.bytes >= rules::LEAST_WASTE
    });
    findings.sort_by(|a, b| {
        let weight = |finding: &Finding| {
            #[expect(clippy::cast_precision_loss, reason = "only orders")]
            let bytes = finding
                .evidence
                .bytes_per_step
                .unwrap_or(0.0)
                .max(finding.evidence.bytes as f64 / 4.0);
            bytes * finding.confidence
        };
        b.severity
            .cmp(&a.severity)
            .then(weight(b).total_cmp(&weight(a)))
            .then(a.signature.cmp(&b.signature))
    });
    if options.limit > 0 {
        findings.truncate(options.limit);
    }
    for finding in &mut findings {
        finding.frames = frame::frames(&mut case.sources, &finding.marks);
    }
    Ok(findings)
}
