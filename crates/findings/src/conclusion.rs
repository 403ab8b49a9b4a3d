//! Concludes in a few sentences: whether the heap grew, how much of the growth the findings
//! explain, and what to do next.
//!
//! Inputs are the sizes of the snapshots, the growth and the findings. If there are no findings,
//! the conclusion says why.

pub(crate) mod owners;

use heapsnapshot::Analysis;

use crate::finding::{Finding, Severity};
use crate::growth::Growth;
use crate::heap::Heap;
use crate::message::{Message, Paragraph, Value, arg, list, messages};
use crate::source::Sources;

/// Growth below this many bytes per step is noise.
const MIN_GROWTH: u64 = 1 << 10;

/// Growth per step below `1 / MIN_GROWTH_SHARE` of the heap is noise.
const MIN_GROWTH_SHARE: u64 = 10_000;

/// Like [`MIN_GROWTH_SHARE`], for growth that no leak explains in a heap of constant size.
const MIN_UNEXPLAINED_SHARE: u64 = 100;

/// Retained growth that no leak explains is noise below `1 / MIN_STEADY_PART` of the change in heap
/// size.
const MIN_STEADY_PART: u64 = 10;

/// A heap of constant size varies by less than `1 / FLAT_SHARE`, for instance because V8 compiles
/// functions.
const FLAT_SHARE: u64 = 50;

/// Growth of memory outside the heap below this many bytes is not reported.
const MIN_OUTSIDE: u64 = 1 << 20;

/// RSS of a process that does not grow varies by less than this many bytes.
const MIN_RSS: u64 = 10 << 20;

messages! {
    OneStepGrew("conclusion.steady.one-step.grew") { before, after, bytes }
    OneStepWent("conclusion.steady.one-step.went") { before, after, bytes }
    StepsGrew("conclusion.steady.grew") { before, after, steps, bytes }
    StepsWent("conclusion.steady.went") { before, after, steps, bytes }
    ExplainedAll("conclusion.explained.all") {}
    ExplainedPart("conclusion.explained.part") { bytes }
    ExplainedLittle("conclusion.explained.little") { bytes }
    ExplainedNothing("conclusion.explained.nothing") {}
    Suspects("conclusion.suspects") { suspects }
    Owners("conclusion.owners") { owners }
    Kinds("conclusion.kinds") { code, strings, objects }
    FromTo("conclusion.from-to") { before, after }
    Compiling("conclusion.compiling") {}
    SeeTrend("conclusion.trend") {}
    TakeThird("conclusion.third") {}
    UnsteadyGrew("conclusion.unsteady.grew") { before, after }
    UnsteadyWent("conclusion.unsteady.went") { before, after }
    Caches("conclusion.caches") {}
    TakeThree("conclusion.three") {}
    OutsideGrew("conclusion.outside.grew") { buffers, native }
    Flat("conclusion.flat") { before, after }
    HeapGrew("conclusion.heap-grew") { before, after }
    LeaksAdd("conclusion.leaks-add") { bytes }
    Outside("conclusion.outside") { buffers, native }
    Then("conclusion.then") { before, after }
    RssGrew("conclusion.rss.grew") { before, after }
    RssWent("conclusion.rss.went") { before, after }
    Elsewhere("conclusion.elsewhere") {}
    ElsewhereIf("conclusion.elsewhere.if") {}
    Compare("conclusion.compare") {}
    LookForBuffers("conclusion.buffers") {}
    LookForNative("conclusion.native") {}
    One("conclusion.one") { bytes }
    NoOwner("conclusion.one.none") {}
    LargestOwners("conclusion.one.owners") { owners }
    TakeMore("conclusion.one.next") {}
}

/// The bytes of a snapshot, by where they are.
#[derive(Clone, Copy, Default, Debug)]
struct Sizes {
    /// Bytes in the JavaScript heap.
    heap: u64,
    /// Part of `heap`: compiled code.
    code: u64,
    /// Part of `heap`: strings.
    strings: u64,
    /// Bytes of array buffers, outside the heap.
    buffers: u64,
    /// Other native memory that V8 knows about.
    native: u64,
}

impl Sizes {
    /// Returns the sizes of a snapshot.
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

    /// Returns the bytes outside of the JavaScript heap that the snapshot shows.
    fn outside(self) -> u64 {
        self.buffers + self.native
    }

    /// Returns the bytes of the JavaScript heap that are neither code nor strings.
    fn objects(self) -> u64 {
        self.heap.saturating_sub(self.code + self.strings)
    }
}

/// The input of a conclusion about several snapshots.
struct Facts<'a> {
    first: Sizes,
    last: Sizes,
    growth: &'a Growth,
    findings: &'a [Finding],
    /// Owners of growth that the leaks do not explain, as parts of a sentence.
    owners: &'a [Message],
    /// RSS of the process in bytes, at the first and at the last snapshot.
    rss: Option<(u64, u64)>,
}

/// Concludes from several snapshots, oldest first. `owners` own the growth that the leaks do not
/// explain; see [`owners::of_rest`].
pub(crate) fn of_several(
    snapshots: &[&Analysis],
    growth: &Growth,
    findings: &[Finding],
    owners: &[Message],
    rss: Option<(u64, u64)>,
) -> Paragraph {
    let sizes = |one: Option<&&Analysis>| one.map_or_else(Sizes::default, |one| Sizes::of(one));
    let (first, last) = (sizes(snapshots.first()), sizes(snapshots.last()));
    Facts { first, last, growth, findings, owners, rss }.conclude()
}

/// Concludes from one snapshot, which shows what retains memory but not what grows.
pub(crate) fn of_one(heap: &Heap<'_>, sources: &mut Sources, findings: &[Finding]) -> Paragraph {
    let mut sentences = Paragraph::from(One { bytes: arg(heap.analysis.total_size()) });
    match list(owners::of_heap(heap, sources, findings)) {
        None => sentences.push(NoOwner {}),
        owners => sentences.push(LargestOwners { owners }),
    }
    sentences.push(TakeMore {});
    sentences
}

/// Returns whether the leaks explain less than half of the growth.
pub(crate) fn is_unexplained(growth: &Growth) -> bool {
    growth.explained_per_step.saturating_mul(2) < growth.steady_per_step
}

impl Facts<'_> {
    /// Returns the conclusion: steady growth, growth outside of the heap, or unsteady growth.
    fn conclude(&self) -> Paragraph {
        let is_flat = self.last.heap <= self.first.heap + self.first.heap / FLAT_SHARE;
        let outside = self.last.outside().saturating_sub(self.first.outside());
        let inside = self.last.heap.saturating_sub(self.first.heap);
        Paragraph(if self.is_steady(is_flat) {
            self.steady(outside)
        } else if is_flat || outside > inside.max(MIN_OUTSIDE) {
            self.not_in_heap(is_flat)
        } else {
            self.unsteady()
        })
    }

    /// Returns whether the retained growth exceeds noise.
    fn is_steady(&self, is_flat: bool) -> bool {
        let Growth { steady_per_step, explained_per_step, sizes } = self.growth;
        let is_explained = *explained_per_step > 0;
        let share = if is_explained || !is_flat { MIN_GROWTH_SHARE } else { MIN_UNEXPLAINED_SHARE };
        let first = sizes.first().copied().unwrap_or_default();
        let grown = sizes.last().copied().unwrap_or_default().saturating_sub(first);
        *steady_per_step >= MIN_GROWTH.max(self.last.heap / share)
            && (is_explained || self.steady_in_all() >= grown / MIN_STEADY_PART)
    }

    /// Returns the number of steps between the snapshots.
    fn steps(&self) -> usize {
        self.growth.sizes.len().saturating_sub(1)
    }

    /// Returns the steady growth over all steps, in bytes.
    fn steady_in_all(&self) -> u64 {
        self.growth.steady_per_step.saturating_mul(self.steps() as u64)
    }

    /// Returns the bytes of the heap in the first and in the last snapshot.
    fn change(&self) -> (u64, u64) {
        let first = self.growth.sizes.first().copied().unwrap_or_default();
        let last = self.growth.sizes.last().copied().unwrap_or_default();
        (first, last)
    }

    /// The heap retains new objects in every step. `outside`: bytes added outside of the heap.
    fn steady(&self, outside: u64) -> Vec<Message> {
        let Growth { steady_per_step, explained_per_step, .. } = *self.growth;
        let mut sentences = vec![self.came()];
        // V8's own additions are below one percent.
        if explained_per_step >= steady_per_step - steady_per_step / 100 {
            sentences.push(ExplainedAll {}.into());
        } else if is_unexplained(self.growth) {
            sentences.extend(self.unexplained());
        } else {
            sentences.push(ExplainedPart { bytes: arg(explained_per_step) }.into());
        }
        if outside > self.steady_in_all().saturating_mul(2).max(MIN_OUTSIDE) {
            sentences.push(self.outside());
        }
        sentences.extend(self.rss.map(|(first, last)| process(first, last)));
        if self.steps() == 1 {
            sentences.push(TakeThird {}.into());
        }
        sentences
    }

    /// Says how the heap changed, and how much of the added memory was retained.
    fn came(&self) -> Message {
        let (first, last) = self.change();
        let (before, after) = (arg(first), arg(last));
        let bytes = arg(self.growth.steady_per_step);
        let steps = arg(self.steps());
        match (self.steps(), last > first) {
            (1, true) => OneStepGrew { before, after, bytes }.into(),
            (1, false) => OneStepWent { before, after, bytes }.into(),
            (_, true) => StepsGrew { before, after, steps, bytes }.into(),
            (_, false) => StepsWent { before, after, steps, bytes }.into(),
        }
    }

    /// Says that the findings explain less than half, and names suspects, owners or kinds of
    /// memory.
    fn unexplained(&self) -> Vec<Message> {
        let explained = match self.growth.explained_per_step {
            0 => ExplainedNothing {}.into(),
            bytes => ExplainedLittle { bytes: arg(bytes) }.into(),
        };
        let suspects = self.findings.iter().filter(|finding| {
            finding.severity == Severity::Suspect
                && finding.evidence.explained.is_some_and(|part| part.bytes_per_step > 0)
        });
        if let Some(suspects) = list(suspects.take(owners::MAX_OWNERS).map(owners::of_finding)) {
            return vec![explained, Suspects { suspects: Some(suspects) }.into()];
        }
        if let Some(owners) = list(self.owners.iter().cloned()) {
            return vec![explained, Owners { owners: Some(owners) }.into()];
        }
        vec![explained, self.kinds(), self.advice()]
    }

    /// Says how code, strings and objects changed.
    fn kinds(&self) -> Message {
        Kinds {
            code: from_to(self.first.code, self.last.code),
            strings: from_to(self.first.strings, self.last.strings),
            objects: from_to(self.first.objects(), self.last.objects()),
        }
        .into()
    }

    /// Says what to look at if the growth is code, or else recommends `trend`.
    fn advice(&self) -> Message {
        let code = self.last.code.saturating_sub(self.first.code);
        let objects = self.last.objects().saturating_sub(self.first.objects());
        if code > objects { Compiling {}.into() } else { SeeTrend {}.into() }
    }

    /// The heap is larger, but no growth is steady.
    fn unsteady(&self) -> Vec<Message> {
        let (first, last) = self.change();
        let (before, after) = (arg(first), arg(last));
        let mut sentences = vec![
            if last > first {
                UnsteadyGrew { before, after }.into()
            } else {
                UnsteadyWent { before, after }.into()
            },
            Caches {}.into(),
            TakeThree {}.into(),
        ];
        sentences.extend(self.rss.map(|(first, last)| process(first, last)));
        sentences
    }

    /// Says that memory outside of the heap grew, and how.
    fn outside(&self) -> Message {
        OutsideGrew {
            buffers: from_to(self.first.buffers, self.last.buffers),
            native: from_to(self.first.native, self.last.native),
        }
        .into()
    }

    /// If anything grew, it is not in the JavaScript heap.
    fn not_in_heap(&self, is_flat: bool) -> Vec<Message> {
        let (first, last) = (self.first, self.last);
        let (before, after) = (arg(first.heap), arg(last.heap));
        let mut sentences = vec![if is_flat {
            Flat { before, after }.into()
        } else {
            HeapGrew { before, after }.into()
        }];
        if self.growth.explained_per_step > 0 {
            sentences.push(LeaksAdd { bytes: arg(self.growth.explained_per_step) }.into());
        }
        let is_shown = last.outside() > first.outside() + MIN_OUTSIDE;
        sentences.push(if is_shown {
            self.outside()
        } else {
            let then = |before, after| arg(Then { before: arg(before), after: arg(after) });
            let buffers = then(first.buffers, last.buffers);
            Outside { buffers, native: then(first.native, last.native) }.into()
        });
        sentences.extend(self.rss.map(|(first, last)| process(first, last)));
        sentences.extend(self.next(is_shown));
        sentences
    }

    /// Advises on memory outside of the JavaScript heap. `is_shown`: whether the snapshots show
    /// that it grows.
    fn next(&self, is_shown: bool) -> Vec<Message> {
        if is_shown {
            let buffers = self.last.buffers.saturating_sub(self.first.buffers);
            let native = self.last.native.saturating_sub(self.first.native);
            let is_buffers = buffers >= native;
            return vec![if is_buffers {
                LookForBuffers {}.into()
            } else {
                LookForNative {}.into()
            }];
        }
        match self.rss {
            Some((first, last)) if last <= first.saturating_add(MIN_RSS) => Vec::new(),
            Some(_) => vec![Elsewhere {}.into(), Compare {}.into()],
            None => vec![ElsewhereIf {}.into(), Compare {}.into()],
        }
    }
}

/// Returns `from 1 MB to 2 MB`.
fn from_to(before: u64, after: u64) -> Option<Value> {
    arg(FromTo { before: arg(before), after: arg(after) })
}

/// Says how the resident memory of the process changed.
fn process(first: u64, last: u64) -> Message {
    let (before, after) = (arg(first), arg(last));
    if last > first { RssGrew { before, after }.into() } else { RssWent { before, after }.into() }
}

#[cfg(test)]
mod tests;
