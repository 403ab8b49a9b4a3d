//! Trends of constructors and owners over several snapshots.

use heapsnapshot::{
    Analysis, Cohort, Trend as CoreTrend, TrendClass, TrendList, TrendOwner, TrendPoint, Trends,
};
use napi_derive::napi;

use super::count;
use super::new_objects::{RetainingReference, path};
use super::nodes::NodeRow;
use super::text::JsText;
use crate::error::to_number;

/// Number and size of some objects in each snapshot.
#[napi(object, object_from_js = false)]
pub struct CohortSeries {
    /// Number of objects, by snapshot.
    pub count: Vec<f64>,
    /// Bytes of these objects, by snapshot.
    pub shallow_size: Vec<f64>,
}

fn series<T>(trend: &CoreTrend<T>, value: impl Fn(&TrendPoint) -> u64) -> Vec<f64> {
    trend.points.iter().map(|point| to_number(value(point))).collect()
}

fn cohorts<T>(trend: &CoreTrend<T>, cohort: impl Fn(&TrendPoint) -> Cohort) -> CohortSeries {
    CohortSeries {
        count: series(trend, |point| cohort(point).count),
        shallow_size: series(trend, |point| cohort(point).shallow_size),
    }
}

/// The trend of one constructor.
#[napi(object, object_from_js = false)]
pub struct TrendRow {
    /// Name of the class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Distinguishes classes with one name.
    #[napi(ts_type = "string")]
    pub class_key: JsText,
    /// `growing`, `noisy`, `shrinking` or `stable`.
    pub verdict: String,
    /// Number of objects, by snapshot.
    pub count: Vec<f64>,
    /// Bytes of the objects themselves.
    pub shallow_size: Vec<f64>,
    /// Bytes that would be freed with them.
    pub retained_size: Vec<f64>,
    /// The objects that already existed in the first snapshot.
    pub survivors: CohortSeries,
    /// Objects of the last snapshot, by the first snapshot that contains them.
    pub stayed: CohortSeries,
}

impl From<CoreTrend<TrendClass>> for TrendRow {
    fn from(trend: CoreTrend<TrendClass>) -> Self {
        Self {
            verdict: trend.verdict.name().to_owned(),
            count: series(&trend, |point| point.all.count),
            shallow_size: series(&trend, |point| point.all.shallow_size),
            retained_size: series(&trend, |point| point.retained_size),
            survivors: cohorts(&trend, |point| point.survivors),
            stayed: cohorts(&trend, |point| point.stayed),
            constructor: trend.of.constructor.into(),
            class_key: trend.of.key.into(),
        }
    }
}

/// The trend of the objects that one object owns.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct OwnerTrend {
    /// The owner, which exists in all snapshots, with its sizes in the last one.
    pub owner: NodeRow,
    /// `growing`, `noisy`, `shrinking` or `stable`.
    pub verdict: String,
    /// Number of objects that it owns, by snapshot.
    pub count: Vec<f64>,
    /// Bytes of these objects themselves.
    pub shallow_size: Vec<f64>,
    /// Bytes that would be freed with them.
    pub retained_size: Vec<f64>,
    /// The objects that already existed in the first snapshot.
    pub survivors: CohortSeries,
    /// Objects of the last snapshot, by the first snapshot that contains them.
    pub stayed: CohortSeries,
    /// The one in the last snapshot that retains most; null if there is none left.
    pub example: Option<NodeRow>,
    /// A shortest path from the example to a root of the program.
    pub path: Vec<RetainingReference>,
}

impl OwnerTrend {
    fn new(last: &Analysis, trend: &CoreTrend<TrendOwner>) -> Self {
        let TrendOwner { owner, example } = trend.of;
        Self {
            owner: NodeRow::new(last, owner),
            verdict: trend.verdict.name().to_owned(),
            count: series(trend, |point| point.all.count),
            shallow_size: series(trend, |point| point.all.shallow_size),
            retained_size: series(trend, |point| point.retained_size),
            survivors: cohorts(trend, |point| point.survivors),
            stayed: cohorts(trend, |point| point.stayed),
            example: example.map(|node| NodeRow::new(last, node)),
            path: example.map(|node| path(last, node)).unwrap_or_default(),
        }
    }
}

/// Number of rows by verdict, returned or not.
#[napi(object, object_from_js = false)]
pub struct TrendTotals {
    /// Number of rows.
    pub row_count: f64,
    /// Rows that grow in every step.
    pub growing: f64,
    /// Rows of no other verdict.
    pub noisy: f64,
    /// Rows that shrink in every step.
    pub shrinking: f64,
    /// Rows that hardly change.
    pub stable: f64,
}

impl TrendTotals {
    fn new<T>(list: &TrendList<T>) -> Self {
        let [growing, noisy, shrinking, stable] = list.verdict_counts.map(count);
        Self { row_count: count(list.row_count), growing, noisy, shrinking, stable }
    }
}

/// The compared snapshots.
#[napi(object, object_from_js = false)]
pub struct TrendSnapshots {
    /// Number of objects in each snapshot.
    pub node_count: Vec<f64>,
    /// Bytes of each snapshot.
    pub total_size: Vec<f64>,
}

/// The trends of owners.
#[napi(object, object_from_js = false)]
pub struct OwnerTrends {
    /// The totals of all rows.
    pub totals: TrendTotals,
    /// Growing ones first by default.
    pub rows: Vec<OwnerTrend>,
}

/// The trends of constructors and owners.
#[napi(object, object_from_js = false)]
pub struct Trend {
    /// The compared snapshots, oldest first.
    pub snapshots: TrendSnapshots,
    /// The totals of all rows.
    pub totals: TrendTotals,
    /// Constructors, growing ones first by default.
    pub rows: Vec<TrendRow>,
    /// Owners, in the same order.
    pub owners: OwnerTrends,
}

impl Trend {
    pub(crate) fn new(snapshots: &[&Analysis], trends: Trends) -> Self {
        let Trends { classes, owners } = trends;
        // Owners are described as in the newest snapshot.
        let owner_rows = snapshots.last().into_iter().flat_map(|last| {
            let rows = owners.rows.iter();
            rows.map(|row| OwnerTrend::new(last, row))
        });
        let all = |value: fn(&Analysis) -> f64| snapshots.iter().map(|one| value(one)).collect();
        Self {
            snapshots: TrendSnapshots {
                node_count: all(|one| count(one.graph().node_count())),
                total_size: all(|one| to_number(one.total_size())),
            },
            totals: TrendTotals::new(&classes),
            rows: classes.rows.into_iter().map(TrendRow::from).collect(),
            owners: OwnerTrends { totals: TrendTotals::new(&owners), rows: owner_rows.collect() },
        }
    }
}
