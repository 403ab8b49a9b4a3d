//! Allocation stacks, and objects by stack and by time.

use std::collections::HashMap;

use heapsnapshot::{
    AllocationCall, AllocationRow as CoreRow, AllocationSizes, Allocations, Analysis, Graph,
    NodeIx, TimelinePoint, TraceFunction, TraceIx,
};
use napi_derive::napi;

use super::count;
use super::text::JsText;
use crate::error::to_number;

/// A function of a stack.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct AllocationFrame {
    /// The name; empty for an anonymous function.
    #[napi(ts_type = "string")]
    pub function: JsText,
    /// The path or URL of the script; null for a builtin of V8.
    #[napi(ts_type = "string | null")]
    pub file: Option<JsText>,
    /// V8's number of the script, which differs between processes; 0 for a builtin of V8.
    pub script_id: u32,
    /// The line in which the function begins, from 1; null for a builtin of V8.
    pub line: Option<u32>,
    /// Its column, from 1.
    pub column: Option<u32>,
}

impl AllocationFrame {
    fn new(graph: &Graph, frame: TraceFunction) -> Self {
        let TraceFunction { name, script, script_id, line, column } = frame;
        let known = |number: u32| (number > 0).then_some(number);
        let file = graph.text(script);
        Self {
            function: graph.text(name).into(),
            file: (!file.is_empty()).then(|| file.into()),
            script_id,
            line: known(line),
            column: known(column),
        }
    }
}

/// Returns the frames of a stack: the function that allocated, its caller, and so on.
fn frames(graph: &Graph, trace: TraceIx) -> impl Iterator<Item = AllocationFrame> {
    graph.trace_frames(trace).map(|frame| AllocationFrame::new(graph, frame))
}

/// Returns the frames of the stack that allocated an object, if the snapshot has it.
pub(crate) fn frames_of(analysis: &Analysis, node: NodeIx) -> Option<Vec<AllocationFrame>> {
    let graph = analysis.graph();
    graph.allocation_trace(node).map(|trace| frames(graph, trace).collect())
}

/// A function or a stack, and the objects that it allocated.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct AllocationRow {
    /// The name; empty for an anonymous function.
    #[napi(ts_type = "string")]
    pub function: JsText,
    /// The path or URL of the script; null for a builtin of V8.
    #[napi(ts_type = "string | null")]
    pub file: Option<JsText>,
    /// The line in which the function begins, from 1; null for a builtin of V8.
    pub line: Option<u32>,
    /// Its column, from 1.
    pub column: Option<u32>,
    /// V8's number of the script, which differs between processes; 0 for a builtin of V8.
    pub script_id: u32,
    /// Number of objects that are alive.
    pub count: f64,
    /// Bytes of these objects.
    pub shallow_size: f64,
    /// Bytes that would be freed with them.
    pub retained_size: f64,
    /// Number of all objects that it allocated while V8 tracked allocations.
    pub allocated_count: f64,
    /// Bytes of all objects that it allocated.
    pub allocated_size: f64,
    /// The callers, nearest first.
    pub callers: Vec<AllocationFrame>,
}

impl AllocationRow {
    fn new(analysis: &Analysis, row: &CoreRow) -> Option<Self> {
        let mut stack = frames(analysis.graph(), row.trace);
        let AllocationFrame { function, file, script_id, line, column } = stack.next()?;
        Some(Self {
            function,
            file,
            script_id,
            line,
            column,
            count: to_number(row.sizes.count),
            shallow_size: to_number(row.sizes.shallow_size),
            retained_size: to_number(row.retained_size),
            allocated_count: to_number(row.sizes.allocated_count),
            allocated_size: to_number(row.sizes.allocated_size),
            callers: stack.collect(),
        })
    }
}

/// The totals of all functions.
#[napi(object, object_from_js = false)]
pub struct AllocationTotals {
    /// Number of rows, returned or not.
    pub row_count: f64,
    /// Number of living objects whose stack is known.
    pub count: f64,
    /// Bytes of these objects.
    pub shallow_size: f64,
    /// Number of all objects that were allocated while V8 tracked allocations.
    pub allocated_count: f64,
    /// Bytes of all objects that were allocated.
    pub allocated_size: f64,
}

/// Functions or stacks, and the objects that they allocated.
#[napi(object, object_from_js = false)]
pub struct AllocationList {
    /// The totals of all rows.
    pub totals: AllocationTotals,
    /// The functions or stacks.
    pub rows: Vec<AllocationRow>,
}

impl AllocationList {
    pub(crate) fn new(analysis: &Analysis, list: &Allocations, rows: &[CoreRow]) -> Self {
        let AllocationSizes { count: live, shallow_size, allocated_count, allocated_size } =
            list.totals;
        Self {
            totals: AllocationTotals {
                row_count: count(list.row_count),
                count: to_number(live),
                shallow_size: to_number(shallow_size),
                allocated_count: to_number(allocated_count),
                allocated_size: to_number(allocated_size),
            },
            rows: rows.iter().filter_map(|row| AllocationRow::new(analysis, row)).collect(),
        }
    }
}

/// Living objects in the tree of calls that allocated them, as columns with a value per call. Callers come first.
#[napi(object, object_from_js = false)]
pub struct AllocationTree {
    /// The functions that are called.
    pub frames: Vec<AllocationFrame>,
    /// Position of the called function in `frames`.
    pub frame: Vec<f64>,
    /// Position of the caller; -1 for V8's `(root)`.
    pub caller: Vec<f64>,
    /// Number of living objects that the called function itself allocated.
    pub count: Vec<f64>,
    /// Bytes of these objects.
    pub shallow_size: Vec<f64>,
}

impl AllocationTree {
    pub(crate) fn new(analysis: &Analysis, calls: &[AllocationCall]) -> Self {
        let graph = analysis.graph();
        let mut functions: Vec<TraceFunction> = Vec::new();
        let mut known: HashMap<TraceFunction, usize> = HashMap::new();
        let called = calls.iter().filter_map(|call| graph.trace_frames(call.trace).next());
        let frame = called.map(|function| {
            let position = *known.entry(function).or_insert_with(|| {
                functions.push(function);
                functions.len() - 1
            });
            count(position)
        });
        Self {
            frame: frame.collect(),
            frames: functions.into_iter().map(|one| AllocationFrame::new(graph, one)).collect(),
            caller: calls.iter().map(|call| call.caller.map_or(-1.0, f64::from)).collect(),
            count: calls.iter().map(|call| to_number(call.count)).collect(),
            shallow_size: calls.iter().map(|call| to_number(call.shallow_size)).collect(),
        }
    }
}

/// A point of the allocation timeline, and the objects since the point before.
#[napi(object, object_from_js = false)]
pub struct TimelineRow {
    /// Time since the start of the recording in milliseconds.
    pub timestamp_ms: f64,
    /// The highest id that V8 had assigned by then.
    pub last_assigned_id: f64,
    /// Number of living objects that were allocated since the point before.
    pub count: f64,
    /// Bytes of these objects.
    pub shallow_size: f64,
}

/// The allocation timeline.
#[napi(object, object_from_js = false)]
pub struct Timeline {
    /// The points, in the order of time.
    pub rows: Vec<TimelineRow>,
}

impl Timeline {
    pub(crate) fn new(points: &[TimelinePoint]) -> Self {
        let row = |point: &TimelinePoint| TimelineRow {
            timestamp_ms: to_number(point.timestamp_us) / 1000.0,
            last_assigned_id: to_number(point.last_assigned_id),
            count: to_number(point.count),
            shallow_size: to_number(point.shallow_size),
        };
        Self { rows: points.iter().map(row).collect() }
    }
}
