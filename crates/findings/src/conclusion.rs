//! Says in a few sentences what the snapshots show as a whole: whether the heap grew, how
//! much of that the findings explain, and what to do next.
//!
//! Inputs: sizes of the snapshots, the growth, the findings. An empty list of findings
//! never stands alone: the conclusion says why it is empty.

pub(crate) mod owners;

use heapsnapshot::Analysis;

use crate::finding::{Finding, Severity};
use crate::growth::Growth;
use crate::heap::Heap;
use crate::prose;
use crate::source::Sources;

/// Bytes a step below which growth is noise.
const MIN_GROWTH: u64 = 1 << 10;

/// Growth a step is noise below one part in this many of the heap.
const MIN_GROWTH_SHARE: u64 = 10_000;

/// The same of growth that no leak explains, in a heap that did not become larger.
const MIN_UNEXPLAINED_SHARE: u64 = 100;

/// What came and stayed is noise if it is less than one part in this many of what the heap
/// grew by, and no leak explains it.
const MIN_STEADY_PART: u64 = 10;

/// A heap that goes on at the same size varies by less than one part in this many, for
/// instance because V8 compiles functions.
const FLAT_SHARE: u64 = 50;

/// Memory outside of the heap varies by less than this without being told as growth.
const MIN_OUTSIDE: u64 = 1 << 20;

/// RSS varies by less than this in a process that does not grow.
const MIN_RSS: u64 = 10 << 20;

/// What is in RSS and not in the heap.
const OUTSIDE: &str = "Buffers, native addons, memory that malloc keeps, threads or workers";

/// Bytes of a snapshot by where they are.
#[derive(Clone, Copy, Default, Debug)]
struct Sizes {
    /// In the JavaScript heap.
    heap: u64,
    /// Of these, compiled code.
    code: u64,
    /// Of these, strings.
    strings: u64,
    /// Data of array buffers.
    buffers: u64,
    /// Other native memory that V8 knows of.
    native: u64,
}

impl Sizes {
    fn of(analysis: &Analysis) -> Self {
        let statistics = analysis.statistics();
        Self {
            heap: statistics.v8_total,
            code: statistics.code,
            strings: statistics.strings,
            buffers: statistics.typed_arrays,
            native: statistics.other_native(),
        }
    }

    fn outside(self) -> u64 {
        self.buffers + self.native
    }

    /// In the JavaScript heap, and neither code nor strings.
    fn objects(self) -> u64 {
        self.heap.saturating_sub(self.code + self.strings)
    }
}

/// What a conclusion about several snapshots is drawn from.
struct Facts<'a> {
    first: Sizes,
    last: Sizes,
    growth: &'a Growth,
    findings: &'a [Finding],
    /// Who owns what the leaks do not explain, as parts of a sentence.
    owners: &'a [String],
    /// RSS of the process at the first and at the last snapshot.
    rss: Option<(u64, u64)>,
}

/// Concludes from several snapshots, oldest first. `owners` own what the leaks do not
/// explain; see [`owners::of_rest`].
pub(crate) fn of_several(
    snapshots: &[&Analysis],
    growth: &Growth,
    findings: &[Finding],
    owners: &[String],
    rss: Option<(u64, u64)>,
) -> String {
    let sizes = |one: Option<&&Analysis>| one.map_or_else(Sizes::default, |one| Sizes::of(one));
    let (first, last) = (sizes(snapshots.first()), sizes(snapshots.last()));
    Facts { first, last, growth, findings, owners, rss }.told()
}

/// Concludes from one snapshot: it shows who holds memory, not what grows.
pub(crate) fn of_one(heap: &Heap<'_>, sources: &mut Sources, findings: &[Finding]) -> String {
    let total = heap.analysis.total_size();
    let large = owners::of_heap(heap, sources, findings);
    let told = [
        format!(
            "The heap has {}. One snapshot shows who holds memory, not what grows.",
            prose::bytes(total)
        ),
        if large.is_empty() {
            "No single object holds a tenth of it.".to_owned()
        } else {
            format!("Largest owners: {}.", large.join("; "))
        },
        "To see what grows, take two more snapshots of the process, with the same work between them (`heapdump-rs dump PID`), and pass all three to `heapdump-rs suspects`.".to_owned(),
    ];
    told.join(" ")
}

/// Whether the leaks explain less than half of the growth.
pub(crate) fn is_unexplained(growth: &Growth) -> bool {
    growth.explained_per_step.saturating_mul(2) < growth.steady_per_step
}

impl Facts<'_> {
    fn told(&self) -> String {
        let is_flat = self.last.heap <= self.first.heap + self.first.heap / FLAT_SHARE;
        let outside = self.last.outside().saturating_sub(self.first.outside());
        let inside = self.last.heap.saturating_sub(self.first.heap);
        let told = if self.is_steady(is_flat) {
            self.steady(outside)
        } else if is_flat || outside > inside.max(MIN_OUTSIDE) {
            self.not_in_heap(is_flat)
        } else {
            self.unsteady()
        };
        told.join(" ")
    }

    /// Whether so much came and stayed that it is no noise.
    fn is_steady(&self, is_flat: bool) -> bool {
        let Growth { steady_per_step, explained_per_step, sizes } = self.growth;
        let is_explained = *explained_per_step > 0;
        let share = if is_explained || !is_flat { MIN_GROWTH_SHARE } else { MIN_UNEXPLAINED_SHARE };
        let first = sizes.first().copied().unwrap_or_default();
        let grown = sizes.last().copied().unwrap_or_default().saturating_sub(first);
        *steady_per_step >= MIN_GROWTH.max(self.last.heap / share)
            && (is_explained || self.steady_in_all() >= grown / MIN_STEADY_PART)
    }

    fn steps(&self) -> usize {
        self.growth.sizes.len().saturating_sub(1)
    }

    fn steady_in_all(&self) -> u64 {
        self.growth.steady_per_step.saturating_mul(self.steps() as u64)
    }

    /// How the heap changed, as parts of a sentence: `grew`, `4.1 MB`, `5.2 MB`.
    fn change(&self) -> (&'static str, String, String) {
        let first = self.growth.sizes.first().copied().unwrap_or_default();
        let last = self.growth.sizes.last().copied().unwrap_or_default();
        (verb(first, last), prose::bytes(first), prose::bytes(last))
    }

    /// Objects came and stayed. `outside`: bytes that came outside of the heap.
    fn steady(&self, outside: u64) -> Vec<String> {
        let Growth { steady_per_step, explained_per_step, .. } = *self.growth;
        let (verb, first, last) = self.change();
        let steady = prose::bytes(steady_per_step);
        let mut told = vec![match self.steps() {
            1 => format!(
                "The heap {verb} from {first} to {last} in one step: {steady} of new objects stayed."
            ),
            steps => format!(
                "The heap {verb} from {first} to {last} in {steps} steps: {steady} of new objects came and stayed in each step."
            ),
        }];
        // What V8 itself adds is no more than a trace.
        if explained_per_step >= steady_per_step - steady_per_step / 100 {
            told.push("The leaks below explain all of it.".to_owned());
        } else if is_unexplained(self.growth) {
            told.extend(self.unexplained());
        } else {
            let explained = prose::bytes(explained_per_step);
            told.push(format!("The leaks below explain {explained} of it."));
        }
        if outside > self.steady_in_all().saturating_mul(2).max(MIN_OUTSIDE) {
            told.push(self.outside());
        }
        told.extend(self.rss.map(|(first, last)| process(first, last)));
        if self.steps() == 1 {
            told.push(
                "Two snapshots do not show whether it goes on: take a third after the same work."
                    .to_owned(),
            );
        }
        told
    }

    /// The findings explain less than half.
    fn unexplained(&self) -> Vec<String> {
        let explained = match self.growth.explained_per_step {
            0 => "No leak below explains it.".to_owned(),
            bytes => format!("The leaks below explain only {} of it.", prose::bytes(bytes)),
        };
        let suspects = self.findings.iter().filter(|finding| {
            finding.severity == Severity::Suspect
                && finding.evidence.explained.is_some_and(|part| part.bytes_per_step > 0)
        });
        let suspects: Vec<String> =
            suspects.take(owners::MAX_OWNERS).map(owners::of_finding).collect();
        if !suspects.is_empty() {
            return vec![explained, format!("Suspects: {}.", suspects.join("; "))];
        }
        if !self.owners.is_empty() {
            let owners = self.owners.join("; ");
            return vec![explained, format!("New objects are held by: {owners}.")];
        }
        vec![explained, self.kinds(), self.advice()]
    }

    /// The growth by what it is made of.
    fn kinds(&self) -> String {
        format!(
            "What grew: compiled code from {} to {}, strings from {} to {}, objects from {} to {}.",
            prose::bytes(self.first.code),
            prose::bytes(self.last.code),
            prose::bytes(self.first.strings),
            prose::bytes(self.last.strings),
            prose::bytes(self.first.objects()),
            prose::bytes(self.last.objects())
        )
    }

    fn advice(&self) -> String {
        let code = self.last.code.saturating_sub(self.first.code);
        let objects = self.last.objects().saturating_sub(self.first.objects());
        if code > objects {
            "Code that V8 is still compiling looks like this; so does code that is made at run time and kept: `new Function`, `eval`, `vm`, templates, schemas.".to_owned()
        } else {
            "`heapdump-rs trend` shows what grows by constructor.".to_owned()
        }
    }

    /// The heap is larger, but nothing came and stayed at a like rate.
    fn unsteady(&self) -> Vec<String> {
        let (verb, first, last) = self.change();
        let mut told = vec![
            format!(
                "The heap {verb} from {first} to {last}, but next to nothing came and stayed at a like rate in each step: the growth fades, or objects are replaced by others."
            ),
            "Caches that fill up and code that is still being compiled look like this.".to_owned(),
            "Take three snapshots after the warm-up, with the same work between them.".to_owned(),
        ];
        told.extend(self.rss.map(|(first, last)| process(first, last)));
        told
    }

    /// `Memory outside of the heap grew: …`
    fn outside(&self) -> String {
        format!(
            "Memory outside of the heap grew: ArrayBuffers from {} to {}, other native memory from {} to {}.",
            prose::bytes(self.first.buffers),
            prose::bytes(self.last.buffers),
            prose::bytes(self.first.native),
            prose::bytes(self.last.native)
        )
    }

    /// What grew, if anything, is not in the JavaScript heap.
    fn not_in_heap(&self, is_flat: bool) -> Vec<String> {
        let (first, last) = (self.first, self.last);
        let (before, after) = (prose::bytes(first.heap), prose::bytes(last.heap));
        let mut told = vec![if is_flat {
            format!(
                "The JavaScript heap is flat: {before} in the first snapshot, {after} in the last."
            )
        } else {
            format!("The JavaScript heap grew from {before} to {after}.")
        }];
        if self.growth.explained_per_step > 0 {
            let explained = prose::bytes(self.growth.explained_per_step);
            told.push(format!("The leaks below add {explained} a step."));
        }
        let is_shown = last.outside() > first.outside() + MIN_OUTSIDE;
        told.push(if is_shown {
            self.outside()
        } else {
            format!(
                "Outside of the heap, the snapshots show {} and then {} of ArrayBuffers, and {} and then {} of other native memory.",
                prose::bytes(first.buffers),
                prose::bytes(last.buffers),
                prose::bytes(first.native),
                prose::bytes(last.native)
            )
        });
        told.extend(self.rss.map(|(first, last)| process(first, last)));
        told.extend(self.next(is_shown));
        told
    }

    /// What to do about memory that is not in the JavaScript heap. `is_shown`: the snapshots
    /// show that it grows.
    fn next(&self, is_shown: bool) -> Vec<String> {
        const COMPARE: &str = "Compare `rss`, `external` and `arrayBuffers` of `process.memoryUsage()` over time: if only `rss` grows, look at addons, malloc and workers.";
        if is_shown {
            let buffers = self.last.buffers.saturating_sub(self.first.buffers);
            let native = self.last.native.saturating_sub(self.first.native);
            return vec![if buffers >= native {
                "Look for Buffers that are kept, or that become larger.".to_owned()
            } else {
                "Look for objects with native memory that are never closed or destroyed: streams of zlib, handles, objects of addons.".to_owned()
            }];
        }
        match self.rss {
            Some((first, last)) if last <= first.saturating_add(MIN_RSS) => Vec::new(),
            Some(_) => vec![
                format!("What grew is outside of the JavaScript heap: {OUTSIDE}."),
                COMPARE.to_owned(),
            ],
            None => vec![
                format!(
                    "If RSS grows all the same, what grows is outside of the JavaScript heap: {OUTSIDE}."
                ),
                COMPARE.to_owned(),
            ],
        }
    }
}

/// A sentence on the resident memory of the process.
fn process(first: u64, last: u64) -> String {
    format!(
        "RSS of the process {} from {} to {}.",
        verb(first, last),
        prose::bytes(first),
        prose::bytes(last)
    )
}

fn verb(first: u64, last: u64) -> &'static str {
    if last > first { "grew" } else { "went" }
}

#[cfg(test)]
mod tests;
