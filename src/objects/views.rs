//! Summary, Statistics and Comparison.

use heapsnapshot::{
    Analysis, Comparison, ComparisonRow, Statistics as CoreStatistics, Summary as CoreSummary,
    SummaryRow as CoreSummaryRow,
};
use napi_derive::napi;

use super::text::JsText;
use super::{count, delta, distances};
use crate::error::to_number;

/// One constructor of a summary.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct SummaryRow {
    /// Name of the class, or `(string)` and the like for other kinds of memory.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Distinguishes classes with one name; equal in all snapshots of the process.
    #[napi(ts_type = "string")]
    pub class_key: JsText,
    /// Number of objects.
    pub count: f64,
    /// Minimum distance of the objects from the roots of the program; null if all are unreachable.
    pub distance: Option<u32>,
    /// DevTools' number for the distance, also for unreachable objects.
    pub raw_distance: i32,
    /// Bytes of the objects themselves.
    pub shallow_size: f64,
    /// Bytes that would be freed if all of them were.
    pub retained_size: f64,
}

impl From<CoreSummaryRow> for SummaryRow {
    fn from(row: CoreSummaryRow) -> Self {
        let (distance, raw_distance) = distances(row.distance.raw());
        Self {
            constructor: row.constructor.into(),
            class_key: row.key.into(),
            count: to_number(row.count),
            distance,
            raw_distance,
            shallow_size: to_number(row.shallow_size),
            retained_size: to_number(row.retained_size),
        }
    }
}

/// The totals of a summary.
#[napi(object, object_from_js = false)]
pub struct SummaryTotals {
    /// Objects of the snapshot.
    pub node_count: f64,
    /// References of the snapshot.
    pub edge_count: f64,
    /// Bytes of the snapshot: 100 % of all percentages.
    pub total_size: f64,
    /// Number of constructors, returned or not.
    pub row_count: f64,
    /// Objects of these constructors.
    pub count: f64,
    /// Bytes of these objects.
    pub shallow_size: f64,
    /// Number of constructors that DevTools does not show because another one has the same key.
    pub lost_row_count: f64,
}

/// Constructors by retained size.
#[napi(object, object_from_js = false)]
pub struct Summary {
    /// The totals of all rows.
    pub totals: SummaryTotals,
    /// The kinds of memory of the whole snapshot.
    pub statistics: Statistics,
    /// Sorted by retained size, descending, by default.
    pub rows: Vec<SummaryRow>,
}

impl Summary {
    pub(crate) fn new(analysis: &Analysis, summary: CoreSummary) -> Self {
        Self {
            totals: SummaryTotals {
                node_count: to_number(summary.node_count),
                edge_count: count(analysis.graph().edge_count()),
                total_size: to_number(summary.total_size),
                row_count: count(summary.row_count),
                count: to_number(summary.count),
                shallow_size: to_number(summary.shallow_size),
                lost_row_count: count(summary.lost_rows.len()),
            },
            statistics: analysis.statistics().into(),
            rows: summary.rows.into_iter().map(SummaryRow::from).collect(),
        }
    }
}

/// Memory outside V8's heap.
#[napi(object, object_from_js = false)]
pub struct NativeStatistics {
    /// Total bytes.
    pub total: f64,
    /// Bytes of array buffers.
    pub typed_arrays: f64,
}

/// Memory of V8's heap.
#[napi(object, object_from_js = false)]
pub struct HeapStatistics {
    /// Total bytes.
    pub total: f64,
    /// Compiled code.
    pub code: f64,
    /// Arrays with their elements.
    pub js_arrays: f64,
    /// Strings of all kinds.
    pub strings: f64,
    /// V8's own objects.
    pub system: f64,
}

/// One slice of the pie chart.
#[napi(object, object_from_js = false)]
pub struct Slice {
    /// The label in DevTools.
    pub name: String,
    /// Bytes.
    pub size: f64,
}

/// The kinds of memory.
#[napi(object, object_from_js = false)]
pub struct Statistics {
    /// Total bytes.
    pub total: f64,
    /// Memory outside V8's heap.
    pub native: NativeStatistics,
    /// V8's heap.
    #[napi(js_name = "v8heap")]
    pub v8heap: HeapStatistics,
    /// The pie chart of DevTools. The slices add up to the total.
    pub slices: Vec<Slice>,
}

impl From<CoreStatistics> for Statistics {
    fn from(sizes: CoreStatistics) -> Self {
        let slices = [
            ("Code", to_number(sizes.code)),
            ("Strings", to_number(sizes.strings)),
            ("JS arrays", to_number(sizes.js_arrays)),
            ("Typed arrays", to_number(sizes.typed_arrays)),
            ("System objects", to_number(sizes.system)),
            ("Other JS objects", delta(sizes.other_js())),
            ("Other non-JS objects", to_number(sizes.other_native())),
        ];
        Self {
            total: to_number(sizes.total),
            native: NativeStatistics {
                total: to_number(sizes.native_total),
                typed_arrays: to_number(sizes.typed_arrays),
            },
            v8heap: HeapStatistics {
                total: to_number(sizes.v8_total),
                code: to_number(sizes.code),
                js_arrays: to_number(sizes.js_arrays),
                strings: to_number(sizes.strings),
                system: to_number(sizes.system),
            },
            slices: slices.map(|(name, size)| Slice { name: name.to_owned(), size }).into(),
        }
    }
}

/// Objects added and removed.
#[napi(object, object_from_js = false)]
pub struct DiffTotals {
    /// Number of constructors that changed, returned or not.
    pub row_count: f64,
    /// Number of added objects.
    pub added_count: f64,
    /// Number of removed objects.
    pub removed_count: f64,
    /// Added minus removed objects.
    pub count_delta: f64,
    /// Bytes of added objects.
    pub added_size: f64,
    /// Bytes of removed objects.
    pub removed_size: f64,
    /// Added minus removed bytes.
    pub size_delta: f64,
}

/// One constructor of a comparison.
#[napi(object, object_from_js = false)]
pub struct DiffRow {
    /// Name of the class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Distinguishes classes with one name.
    #[napi(ts_type = "string")]
    pub class_key: JsText,
    /// Number of added objects.
    pub added_count: f64,
    /// Number of removed objects.
    pub removed_count: f64,
    /// Added minus removed objects.
    pub count_delta: f64,
    /// Bytes of added objects.
    pub added_size: f64,
    /// Bytes of removed objects.
    pub removed_size: f64,
    /// Added minus removed bytes.
    pub size_delta: f64,
}

impl From<ComparisonRow> for DiffRow {
    fn from(row: ComparisonRow) -> Self {
        Self {
            added_count: to_number(row.added_count),
            removed_count: to_number(row.removed_count),
            count_delta: delta(row.count_delta()),
            added_size: to_number(row.added_size),
            removed_size: to_number(row.removed_size),
            size_delta: delta(row.size_delta()),
            constructor: row.constructor.into(),
            class_key: row.key.into(),
        }
    }
}

/// A comparison of two snapshots.
#[napi(object, object_from_js = false)]
pub struct Diff {
    /// The totals of all rows.
    pub totals: DiffTotals,
    /// Sorted by bytes of added objects, descending, by default.
    pub rows: Vec<DiffRow>,
}

impl From<Comparison> for Diff {
    fn from(diff: Comparison) -> Self {
        Self {
            totals: DiffTotals {
                row_count: count(diff.row_count),
                added_count: to_number(diff.added_count),
                removed_count: to_number(diff.removed_count),
                count_delta: to_number(diff.added_count) - to_number(diff.removed_count),
                added_size: to_number(diff.added_size),
                removed_size: to_number(diff.removed_size),
                size_delta: delta(diff.size_delta()),
            },
            rows: diff.rows.into_iter().map(DiffRow::from).collect(),
        }
    }
}
