//! Comparisons that are expensive to compute and read page by page: differences and trends.

use std::sync::Arc;

use heapsnapshot::{Analysis, ComparisonRows, Side, TrendRows};
use napi::bindgen_prelude::{AsyncTask, ClassInstance, Utf16String};
use napi_derive::napi;

use super::rows::NativeRows;
use super::{NativeControl, NativeSnapshot};
use crate::objects::{Diff, Trend};
use crate::query::{self, DiffListOptions, ListOptions, TrendListOptions};
use crate::task::{Job, later};

/// A comparison and its two snapshots.
struct Pair {
    base: Arc<Analysis>,
    current: Arc<Analysis>,
    rows: ComparisonRows,
}

/// The objects added and removed between two snapshots. Stays readable after they are closed.
#[napi]
pub struct NativeComparison(Arc<Pair>);

#[napi]
impl NativeComparison {
    /// Returns constructors, as in the Comparison view. The option `byName` has no effect here.
    #[napi(ts_return_type = "Promise<Diff>")]
    #[must_use]
    pub fn page(&self, options: DiffListOptions) -> AsyncTask<Job<Diff>> {
        let pair = Arc::clone(&self.0);
        later(move || Ok(pair.rows.show(&query::comparison_options(&options)?).into()))
    }

    /// Returns the added or the removed objects of a constructor.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn objects(
        &self,
        class_key: Utf16String,
        is_added: bool,
        options: ListOptions,
    ) -> AsyncTask<Job<NativeRows>> {
        let pair = Arc::clone(&self.0);
        let side = if is_added { Side::Added } else { Side::Removed };
        later(move || {
            let Pair { base, current, rows } = &*pair;
            let found = query::compared_objects(rows, (base, current), &class_key, side, &options)?;
            let of = if is_added { current } else { base };
            Ok(NativeRows::new(Arc::clone(of), found.into()))
        })
    }
}

/// The trends of constructors and owners. Stays readable after the snapshots are closed.
#[napi]
pub struct NativeTrend(Arc<(Vec<Arc<Analysis>>, TrendRows)>);

#[napi]
impl NativeTrend {
    /// Returns constructors and owners.
    #[napi(ts_return_type = "Promise<Trend>")]
    #[must_use]
    pub fn page(&self, options: TrendListOptions) -> AsyncTask<Job<Trend>> {
        let trend = Arc::clone(&self.0);
        later(move || {
            let (snapshots, rows) = &*trend;
            Ok(query::shown_trend(rows, snapshots, &query::trend_options(&options)?))
        })
    }
}

#[napi]
impl NativeSnapshot {
    /// Compares with an earlier snapshot. The result is read page by page.
    #[napi(ts_return_type = "Promise<NativeComparison>")]
    #[must_use]
    pub fn compared(
        &self,
        before: &NativeSnapshot,
        by_name: bool,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<NativeComparison>> {
        let pair = (before.analysis(), self.analysis());
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || {
            let (base, current) = (pair.0?, pair.1?);
            let rows = query::comparison(&base, &current, by_name, &control)?;
            Ok(NativeComparison(Arc::new(Pair { base, current, rows })))
        })
    }

    /// Computes trends over earlier snapshots, oldest first, and this one. The result is read page by page.
    #[napi(ts_return_type = "Promise<NativeTrend>")]
    #[must_use]
    pub fn followed(
        &self,
        earlier: Vec<ClassInstance<NativeSnapshot>>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<NativeTrend>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || {
            let snapshots = snapshots?;
            let rows = query::trend_rows(&snapshots, &control)?;
            Ok(NativeTrend(Arc::new((snapshots, rows))))
        })
    }
}
