//! How constructors and owners develop over several snapshots.

use heapsnapshot::{
    Analysis, Cohort, Trend as CoreTrend, TrendClass, TrendList, TrendOwner, TrendPoint, Trends,
};
use napi_derive::napi;

use super::count;
use super::newcomers::{RetainingReference, path};
use super::nodes::NodeRow;
use super::text::JsText;
use crate::error::to_number;

/// Numbers of some objects, one for each snapshot.
#[napi(object, object_from_js = false)]
pub struct CohortSeries {
    /// Numbers of objects.
    pub count: Vec<f64>,
    /// Their bytes.
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

/// How the objects of one constructor developed.
#[napi(object, object_from_js = false)]
pub struct TrendRow {
    /// Name of the class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Tells classes of one name apart.
    #[napi(ts_type = "string")]
    pub class_key: JsText,
    /// `growing`, `noisy`, `shrinking` or `stable`.
    pub verdict: String,
    /// Numbers of objects.
    pub count: Vec<f64>,
    /// Bytes of the objects themselves.
    pub shallow_size: Vec<f64>,
    /// Bytes that would be freed with them.
    pub retained_size: Vec<f64>,
    /// Those that the first snapshot has as well.
    pub survivors: CohortSeries,
    /// Objects of the last snapshot by the snapshot that was the first to have them.
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

/// How that developed which one object owns.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct OwnerTrend {
    /// The object, which all snapshots have; in numbers of the last.
    pub owner: NodeRow,
    /// `growing`, `noisy`, `shrinking` or `stable`.
    pub verdict: String,
    /// Numbers of objects that it owns.
    pub count: Vec<f64>,
    /// Bytes of these objects themselves.
    pub shallow_size: Vec<f64>,
    /// Bytes that would be freed with them.
    pub retained_size: Vec<f64>,
    /// Those that the first snapshot has as well.
    pub survivors: CohortSeries,
    /// Objects of the last snapshot by the snapshot that was the first to have them.
    pub stayed: CohortSeries,
    /// One of them in the last snapshot, which retains most; null if there is none by then.
    pub example: Option<NodeRow>,
    /// A shortest way from the example to a root of the program.
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

/// How many rows came to which verdict, returned or not.
#[napi(object, object_from_js = false)]
pub struct TrendTotals {
    /// Rows there are.
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

/// What was compared.
#[napi(object, object_from_js = false)]
pub struct TrendSnapshots {
    /// Objects of each snapshot.
    pub node_count: Vec<f64>,
    /// Bytes of each snapshot.
    pub total_size: Vec<f64>,
}

/// How owners developed.
#[napi(object, object_from_js = false)]
pub struct OwnerTrends {
    /// What all rows amount to.
    pub totals: TrendTotals,
    /// What is growing first, unless asked otherwise.
    pub rows: Vec<OwnerTrend>,
}

/// How constructors and owners developed.
#[napi(object, object_from_js = false)]
pub struct Trend {
    /// What was compared, oldest first.
    pub snapshots: TrendSnapshots,
    /// What all rows amount to.
    pub totals: TrendTotals,
    /// Constructors: what is growing first, unless asked otherwise.
    pub rows: Vec<TrendRow>,
    /// Owners, in the same order.
    pub owners: OwnerTrends,
}

impl Trend {
    pub(crate) fn new(snapshots: &[&Analysis], trends: Trends) -> Self {
        let Trends { classes, owners } = trends;
        // What the rows of owners are about is in the newest.
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
