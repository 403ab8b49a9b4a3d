//! The memory of each npm package.

use std::sync::Arc;

use findings::{Options, packages};
use heapsnapshot::{Analysis, Control, Window};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, ClassInstance};
use napi_derive::napi;

use super::findings::FindingsOptions;
use super::{NativeControl, NativeSnapshot};
use crate::objects::Packages;
use crate::query::{package_sort, window};
use crate::task::{Job, Outcome, later, now};

/// Options for packages.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct PackagesOptions {
    /// Maximum number of rows; all by default.
    pub limit: Option<u32>,
    /// Rows to skip.
    pub offset: Option<u32>,
    /// The column that orders the rows.
    pub sort: Option<String>,
    /// Whether to reverse that column's natural order.
    pub reverse: Option<bool>,
}

fn rows(
    snapshots: &[Arc<Analysis>],
    options: &PackagesOptions,
    sources: &Options,
) -> Outcome<Packages> {
    let sort = package_sort(options.sort.as_deref())?;
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|analysis| &**analysis).collect();
    let mut found = packages(&snapshots, sources)?;
    found.sort(sort, options.reverse.unwrap_or_default());
    let Window { offset, limit } = window(options.limit, options.offset);
    Ok(Packages::new(found, offset, limit))
}

#[napi]
impl NativeSnapshot {
    /// Returns the memory of each package. `earlier`: other snapshots, oldest first; the first is
    /// compared with this one. `sources`: where the scripts are.
    #[napi(ts_return_type = "Promise<Packages>")]
    #[must_use]
    pub fn packages(
        &self,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<PackagesOptions>,
        sources: Option<FindingsOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<Packages>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        let sources = self.options(&earlier, sources, control);
        later(move || rows(&snapshots?, &options.unwrap_or_default(), &sources))
    }

    /// Returns the memory of each package. `earlier`: other snapshots, oldest first; the first is
    /// compared with this one. `sources`: where the scripts are.
    #[napi]
    pub fn packages_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<PackagesOptions>,
        sources: Option<FindingsOptions>,
    ) -> napi::Result<Packages> {
        let sources = self.options(&earlier, sources, Control::new());
        now(env, || rows(&self.after(&earlier)?, &options.unwrap_or_default(), &sources))
    }
}
