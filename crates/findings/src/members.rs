//! The objects of a finding, as far as the last snapshot shows their allocation: the stacks that
//! allocated them, or else facts that the samples of an allocation profile can be compared with.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use heapsnapshot::{ClassIx, Location, NodeIx, NodeKind, TraceFunction, TraceIx};
use rustc_hash::FxHashMap;

use crate::finding::{Finding, MemberSize, Members, Stack, StackFrame};
use crate::heap::{Heap, is_internal};
use crate::rules::kind_of;
use crate::sample::sample;
use crate::source::Sources;
use crate::words::Word;

/// Maximum number of objects whose constructor or source is examined.
const SAMPLE_SIZE: usize = 256;

/// Maximum number of sizes.
const MAX_SIZES: usize = 256;

/// Maximum number of frames of a stack.
const MAX_FRAMES: usize = 64;

/// Number of objects by size: all objects, and the new ones.
pub(crate) type SizeCounts = FxHashMap<u64, (u64, u64)>;

/// Counts the objects of a heap by each size that V8 can have allocated.
pub(crate) fn count_sizes(heap: &Heap<'_>) -> SizeCounts {
    let mut counts = SizeCounts::default();
    for node in heap.graph.nodes() {
        for bytes in allocated_sizes(heap, node) {
            let (all, new) = counts.entry(bytes).or_default();
            *all += 1;
            *new += u64::from(!heap.knows_fresh() || heap.is_fresh(node));
        }
    }
    counts
}

/// Returns the sizes with which V8 can have allocated an object: plain objects and arrays of a
/// literal in one piece with V8's record of that literal, arrays also with their elements.
fn allocated_sizes(heap: &Heap<'_>, node: NodeIx) -> impl Iterator<Item = u64> + use<> {
    /// V8's `AllocationMemento`: two pointers.
    const MEMENTO_BYTES: u64 = 16;
    let bytes = heap.graph.self_size(node);
    let is_array = heap.graph.name(node) == "Array";
    let is_literal = heap.graph.kind(node) == NodeKind::OBJECT
        && (is_array || heap.graph.name(node) == "Object");
    let elements = if is_array { heap.internal(node, Word::Elements) } else { None };
    let whole = elements.map(|elements| bytes + heap.graph.self_size(elements));
    let mementos = if is_literal { 0..=1 } else { 0..=0 };
    mementos.flat_map(move |memento| {
        let add = memento * MEMENTO_BYTES;
        std::iter::once(bytes + add).chain(whole.map(|whole| whole + add))
    })
}

/// Returns the objects of a finding, if the snapshot has their stacks, or if there is a profile. `all`
/// has the sizes of the objects of the heap, for a profile only.
///
/// # Complexity
/// O(M log S) time for M objects and S stacks.
pub(crate) fn members(
    heap: &Heap<'_>,
    sources: &mut Sources,
    finding: &Finding,
    all: Option<&SizeCounts>,
) -> Option<Members> {
    if all.is_none() && !heap.graph.has_allocation_stacks() {
        return None;
    }
    let (class, objects) = main_class(heap, finding)?;
    let few = || sample(&objects, SAMPLE_SIZE);
    let constructor = most_frequent(few().filter_map(|node| constructor(heap, node)));
    let stack = stack(heap, &objects, constructor);
    // Stacks are exact, so that samples do not matter.
    let all = all.filter(|_| stack.is_none());
    let sizes = all.map(|all| sizes(heap, &objects, all)).unwrap_or_default();
    let enclosing =
        all.and_then(|_| most_frequent(few().filter_map(|node| enclosing(heap, sources, node))));
    let count = objects.len() as u64;
    let bytes = objects.iter().map(|&node| heap.graph.self_size(node)).sum();
    Some(Members { class, count, bytes, stack, constructor, enclosing, sizes })
}

/// Returns the sizes of `objects`, and then those of other objects, the most frequent ones first.
fn sizes(heap: &Heap<'_>, objects: &[NodeIx], all: &SizeCounts) -> Vec<MemberSize> {
    let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
    for bytes in objects.iter().flat_map(|&node| allocated_sizes(heap, node)) {
        *counts.entry(bytes).or_default() += 1;
    }
    let size = |(&bytes, &(in_heap, new)): (&u64, &(u64, u64))| {
        let count = counts.get(&bytes).copied().unwrap_or_default();
        MemberSize { bytes, count, in_heap, new }
    };
    let mut sizes: Vec<MemberSize> = all.iter().map(size).collect();
    sizes.sort_by_key(|size| Reverse((size.count, size.in_heap, size.bytes)));
    sizes.truncate(MAX_SIZES);
    sizes
}

/// Returns the class whose objects retain most of a finding, and these objects.
fn main_class(heap: &Heap<'_>, finding: &Finding) -> Option<(String, Vec<NodeIx>)> {
    let mut classes: BTreeMap<ClassIx, Vec<NodeIx>> = BTreeMap::new();
    let all = if finding.entries.is_empty() { &finding.objects } else { &finding.entries };
    for &node in all {
        classes.entry(heap.analysis.class(node)).or_default().push(node);
    }
    // Several classes have one name: plain objects by their properties, strings by their form.
    let mut named: BTreeMap<String, Vec<NodeIx>> = BTreeMap::new();
    for objects in classes.into_values() {
        named.entry(kind_of(heap, objects[0])).or_default().extend(objects);
    }
    let retained =
        |objects: &[NodeIx]| objects.iter().map(|&node| heap.retained(node)).sum::<u64>();
    named.into_iter().max_by_key(|(_, objects)| (retained(objects), objects.len()))
}

/// Returns the stack of the function that allocated most of `objects`.
fn stack(heap: &Heap<'_>, objects: &[NodeIx], constructor: Option<Location>) -> Option<Stack> {
    let mut traces: FxHashMap<TraceIx, u64> = FxHashMap::default();
    for trace in objects.iter().filter_map(|&node| heap.graph.allocation_trace(node)) {
        *traces.entry(trace).or_default() += 1;
    }
    let of = traces.values().sum();
    // By the function that allocated: the number of objects, and the stack of most of them.
    let mut sites: BTreeMap<TraceFunction, (u64, u64, TraceIx)> = BTreeMap::new();
    for (trace, count) in traces {
        if let Some(function) = frames(heap, trace, constructor).next() {
            let site = sites.entry(function).or_insert((0, count, trace));
            site.0 += count;
            if (count, trace) > (site.1, site.2) {
                (site.1, site.2) = (count, trace);
            }
        }
    }
    let (_, (count, _, trace)) = sites.into_iter().max_by_key(|(_, (count, ..))| *count)?;
    let text = |text| heap.graph.text(text).to_string_lossy().into_owned();
    let frames = frames(heap, trace, constructor).take(MAX_FRAMES).map(|function| StackFrame {
        function: text(function.name),
        script: text(function.script),
        line: function.line,
        column: function.column,
    });
    Some(Stack { frames: frames.collect(), count, of })
}

/// Returns the functions of a stack from the innermost one on that is neither a part of Node or V8
/// nor the constructor of the objects: that of a derived class calls the one that allocates.
fn frames<'a>(
    heap: &'a Heap<'_>,
    trace: TraceIx,
    constructor: Option<Location>,
) -> impl Iterator<Item = TraceFunction> + use<'a> {
    let start = |function: &TraceFunction| Location {
        script_id: function.script_id,
        line: function.line.saturating_sub(1),
        column: function.column.saturating_sub(1),
    };
    heap.graph.trace_frames(trace).skip_while(move |function| {
        is_internal(&heap.graph.text(function.script).to_string_lossy())
            || Some(start(function)) == constructor
    })
}

/// Returns where the constructor of an object begins, if V8 recorded it as the location of the
/// object. Of a generator, V8 records the function, which others than its caller resume; of an
/// object of a derived class, it can be the base class, which the derived constructor calls.
fn constructor(heap: &Heap<'_>, node: NodeIx) -> Option<Location> {
    let location = heap.graph.location(node)?;
    let prototype = heap.property(node, Word::Proto)?;
    let constructor = heap.property(prototype, Word::Constructor)?;
    let is_own = heap.graph.kind(node) == NodeKind::OBJECT
        && heap.is_closure(constructor)
        && heap.graph.location(constructor) == Some(location);
    is_own.then_some(location)
}

/// Returns where the innermost function around a closure begins: that one creates the closure, and
/// the scope that the closure was created in.
fn enclosing(heap: &Heap<'_>, sources: &mut Sources, node: NodeIx) -> Option<Location> {
    let closure = if heap.is_context(node) { created_in(heap, node)? } else { node };
    if !heap.is_closure(closure) {
        return None;
    }
    let origin = heap.origin(closure)?;
    let script_id = heap.graph.location(closure)?.script_id;
    let script = sources.script(heap, closure, &origin).filter(|script| script.is_current)?;
    let (line, column) = script.scopes.enclosing((origin.line, origin.column))?;
    Some(Location { script_id, line, column })
}

/// Returns a closure that was created in a scope.
fn created_in(heap: &Heap<'_>, scope: NodeIx) -> Option<NodeIx> {
    let mut users = heap.analysis.incoming(scope);
    let user =
        users.find(|&(edge, user)| heap.is_closure(user) && heap.is_named(edge, Word::Context));
    user.map(|(_, closure)| closure)
}

/// Returns the most frequent item, the least one of several.
fn most_frequent<T: Ord>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(item, _)| item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Kind, Severity};
    use crate::suspects::Options;
    use crate::test_heap::{TestHeap, ix};

    fn of(heap: &Heap<'_>, options: &Options, entries: &[usize]) -> Members {
        let entries = entries.iter().map(|&entry| ix(entry)).collect();
        let finding = Finding { entries, ..Finding::new(Kind::TIMERS, Severity::Leak) };
        members(heap, &mut options.sources(), &finding, Some(&count_sizes(heap))).unwrap()
    }

    #[test]
    fn the_objects_of_the_class_that_retains_most_count() {
        let mut heap = TestHeap::new();
        let list = heap.global_array("list");
        let mut entries = Vec::new();
        for (class, bytes) in [("Page", 400), ("Key", 24), ("Key", 24), ("Page", 408)] {
            let entry = heap.node("object", class, bytes);
            heap.push(list, entry);
            entries.push(entry);
        }
        heap.node("object", "Other", 400);
        heap.check(|heap| {
            let found = of(heap, &Options::default(), &entries);
            assert_eq!((found.class.as_str(), found.count), ("Page", 2));
            assert_eq!((found.stack, found.constructor, found.enclosing), (None, None, None));
            let of_size = |bytes| found.sizes.iter().find(|size| size.bytes == bytes).copied();
            let known = |bytes, count, in_heap| MemberSize { bytes, count, in_heap, new: in_heap };
            assert_eq!(of_size(400), Some(known(400, 1, 2)));
            assert_eq!(of_size(408), Some(known(408, 1, 1)));
            assert_eq!(of_size(24), Some(known(24, 0, 2)));
        });
    }

    #[test]
    fn the_function_around_creates_closures_and_their_scopes() {
        let text = "function make(state) { return () => state; }";
        let mut heap = TestHeap::new();
        let script = heap.node("code", "/app/make.js", 64);
        let closure = heap.function("", script, (0, 30));
        let scope = heap.node("object", "system / Context", 40);
        heap.edge(closure, "internal", "context", scope);
        heap.edge(heap.global, "property", "kept", closure);
        let texts = [("/app/make.js".to_owned(), text.to_owned())].into();
        let options = Options { texts, ..Options::default() };
        heap.check(|heap| {
            let start = Location { script_id: 1, line: 0, column: 13 };
            assert_eq!(of(heap, &options, &[closure]).enclosing, Some(start));
            assert_eq!(of(heap, &options, &[scope]).enclosing, Some(start));
            assert_eq!(of(heap, &Options::default(), &[scope]).enclosing, None);
        });
    }
}
