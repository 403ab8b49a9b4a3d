//! Living objects by the function or the stack that allocated them, and by time.

use std::cmp::Ordering;

use super::Window;
use super::aggregate::retained_by;
use crate::analysis::Analysis;
use crate::graph::Sample;
use crate::ids::{NodeIx, TraceIx, to_u32};
use crate::index_vec::IndexVec;

/// How [`Analysis::allocations`] groups objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AllocationGrouping {
    /// By function, with all stacks in which it allocated.
    #[default]
    Function,
    /// By stack.
    Stack,
}

/// The column that sorts the rows. Equal rows are in the order of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum AllocationSort {
    /// Bytes of the living objects, descending.
    #[default]
    ShallowSize,
    /// Bytes that the living objects retain, descending.
    RetainedSize,
    /// Number of living objects, descending.
    Count,
    /// Bytes of all allocated objects, descending: DevTools' default.
    AllocatedSize,
    /// Number of all allocated objects, descending.
    AllocatedCount,
    /// Name of the function.
    Name,
}

/// Options of [`Analysis::allocations`].
#[derive(Clone, Debug, Default)]
pub struct AllocationOptions {
    /// How to group the objects.
    pub by: AllocationGrouping,
    /// The column that sorts the rows.
    pub sort: AllocationSort,
    /// Whether to reverse the natural direction of that column.
    pub reverse: bool,
    /// The rows to return.
    pub window: Window,
}

/// Numbers of objects, and their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AllocationSizes {
    /// Number of living objects.
    pub count: u64,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
    /// Number of objects that V8 saw being allocated, also of those that are
    /// gone.
    pub allocated_count: u64,
    /// Bytes of these objects.
    pub allocated_size: u64,
}

impl AllocationSizes {
    /// Adds other objects.
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.shallow_size += other.shallow_size;
        self.allocated_count += other.allocated_count;
        self.allocated_size += other.allocated_size;
    }
}

/// The objects that one function allocated, or one stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocationRow {
    /// The stack; of a function, the stack whose living objects have most
    /// bytes.
    pub trace: TraceIx,
    /// The objects.
    pub sizes: AllocationSizes,
    /// Bytes that would be freed with all of the living objects. Each byte
    /// counts once.
    pub retained_size: u64,
}

/// The result of [`Analysis::allocations`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Allocations {
    /// The rows in the window.
    pub rows: Vec<AllocationRow>,
    /// Number of rows, also outside of the window.
    pub row_count: usize,
    /// The objects of all rows.
    pub totals: AllocationSizes,
}

/// A point of the allocation timeline, with the objects since the point before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimelinePoint {
    /// Time since the start of the recording in microseconds.
    pub timestamp_us: u64,
    /// The highest id that V8 had assigned by then.
    pub last_assigned_id: u64,
    /// Number of living objects with an id up to this one, and above that of
    /// the point before.
    pub count: u64,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
}

/// Stands for an object without a row.
const NONE: u32 = u32::MAX;

/// Returns the rows in the order of the file. A stack without allocations of its
/// own has no row, as in DevTools.
fn rows(analysis: &Analysis, by: AllocationGrouping) -> Vec<AllocationRow> {
    let graph = &analysis.graph;
    let traces = &graph.traces;
    let group_of = |trace: TraceIx| match by {
        AllocationGrouping::Function => traces.nodes[trace].function as usize,
        AllocationGrouping::Stack => trace.index(),
    };
    // By node: its group.
    let mut groups = IndexVec::from_elem(NONE, graph.node_count());
    let mut sizes = IndexVec::from_elem(AllocationSizes::default(), traces.nodes.len());
    for (trace, node) in traces.nodes.iter_enumerated() {
        sizes[trace].allocated_count = u64::from(node.count);
        sizes[trace].allocated_size = u64::from(node.size);
    }
    for node in graph.nodes() {
        if let Some(trace) = analysis.counted_trace(node) {
            sizes[trace].count += 1;
            sizes[trace].shallow_size += analysis.shallow.get(node);
            groups[node] = to_u32(group_of(trace));
        }
    }
    let group_count = match by {
        AllocationGrouping::Function => traces.functions.len(),
        AllocationGrouping::Stack => traces.nodes.len(),
    };
    let mut rows: Vec<Option<AllocationRow>> = vec![None; group_count];
    for (trace, &of_trace) in sizes.iter_enumerated().filter(|(_, sum)| sum.allocated_count > 0) {
        let empty = AllocationRow { trace, sizes: AllocationSizes::default(), retained_size: 0 };
        let row = rows[group_of(trace)].get_or_insert(empty);
        if of_trace.shallow_size > sizes[row.trace].shallow_size {
            row.trace = trace;
        }
        row.sizes.add(of_trace);
    }
    let retained = retained_by(analysis, group_count, |node| {
        let group = groups[node];
        (group != NONE).then_some(group as usize)
    });
    let with_retained = |(row, retained_size): (Option<AllocationRow>, u64)| {
        row.map(|row| AllocationRow { retained_size, ..row })
    };
    rows.into_iter().zip(retained).filter_map(with_retained).collect()
}

impl Analysis {
    /// Returns the stack that allocated `node`, if V8 counted allocations in it:
    /// as in DevTools, only those have rows.
    pub(super) fn counted_trace(&self, node: NodeIx) -> Option<TraceIx> {
        let trace = self.graph.allocation_trace(node)?;
        (self.graph.traces.nodes[trace].count > 0).then_some(trace)
    }

    /// Returns the living objects by the function, or the stack, that allocated
    /// them: with [`AllocationGrouping::Function`], DevTools' Allocation view.
    /// Empty without allocation stacks.
    ///
    /// # Semantics
    /// Objects whose shallow size moved to their owner count, as in DevTools.
    ///
    /// # Complexity
    /// O(N) time for the first call with a grouping; O(R log R) for later ones,
    /// with R rows. Needs 4 bytes per node while it computes, if allocations
    /// were tracked.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{AllocationOptions, Analysis, AnalysisOptions, Graph, ReadOptions};
    ///
    /// # let path = "../../test/fixtures/adversarial2.heapsnapshot.gz";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let found = analysis.allocations(&AllocationOptions::default());
    /// assert_eq!(found.totals.count, found.rows.iter().map(|row| row.sizes.count).sum::<u64>());
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    #[must_use]
    pub fn allocations(&self, options: &AllocationOptions) -> Allocations {
        if !self.graph.has_allocation_stacks() {
            return Allocations::default();
        }
        let cached = &self.cache.allocations[options.by as usize];
        let all = cached.get_or_init(|| rows(self, options.by));
        let mut totals = AllocationSizes::default();
        for row in all {
            totals.add(row.sizes);
        }
        let mut order: Vec<u32> = (0..to_u32(all.len())).collect();
        options.window.sort(&mut order, |&a, &b| {
            let column = self.compare_allocations(&all[a as usize], &all[b as usize], options.sort);
            (if options.reverse { column.reverse() } else { column }).then(a.cmp(&b))
        });
        let rows = order.into_iter().map(|at| all[at as usize]).collect();
        Allocations { rows, row_count: all.len(), totals }
    }

    /// Compares two rows by a column.
    fn compare_allocations(
        &self,
        a: &AllocationRow,
        b: &AllocationRow,
        sort: AllocationSort,
    ) -> Ordering {
        match sort {
            AllocationSort::ShallowSize => b.sizes.shallow_size.cmp(&a.sizes.shallow_size),
            AllocationSort::RetainedSize => b.retained_size.cmp(&a.retained_size),
            AllocationSort::Count => b.sizes.count.cmp(&a.sizes.count),
            AllocationSort::AllocatedSize => b.sizes.allocated_size.cmp(&a.sizes.allocated_size),
            AllocationSort::AllocatedCount => b.sizes.allocated_count.cmp(&a.sizes.allocated_count),
            AllocationSort::Name => {
                let name = |row: &AllocationRow| {
                    let top = self.graph.trace_frames(row.trace).next();
                    top.map(|frame| self.graph.text(frame.name))
                };
                name(a).cmp(&name(b))
            }
        }
    }

    /// Returns the points of the allocation timeline, in the order of the file;
    /// empty without a recording.
    ///
    /// # Semantics
    /// DevTools' timeline. Only objects of V8's heap count: their ids are odd.
    /// An object belongs to the first point whose id is not below its own.
    /// Objects after the last point do not count.
    ///
    /// # Complexity
    /// O(N log P) time for P points.
    #[must_use]
    pub fn timeline(&self) -> Vec<TimelinePoint> {
        let mut points: Vec<TimelinePoint> = self.graph.samples.iter().map(point).collect();
        if points.is_empty() {
            return points;
        }
        for node in self.graph.nodes() {
            let id = self.graph.ids[node].get();
            if id % 2 == 1
                && let Some(point) = first_from(&points, u64::from(id))
            {
                points[point].count += 1;
                points[point].shallow_size += self.shallow.get(node);
            }
        }
        points
    }
}

/// Returns a point without objects.
fn point(sample: &Sample) -> TimelinePoint {
    let Sample { timestamp_us, last_assigned_id } = *sample;
    TimelinePoint { timestamp_us, last_assigned_id, count: 0, shallow_size: 0 }
}

/// Returns the position of the first point whose id is not below `id`. The
/// search is that of DevTools step by step, because the ids of a made-up file
/// need not ascend.
fn first_from(points: &[TimelinePoint], id: u64) -> Option<usize> {
    let (mut low, mut high) = (0, points.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if points[middle].last_assigned_id < id {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (high < points.len()).then_some(high)
}
