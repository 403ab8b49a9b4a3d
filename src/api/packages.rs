//! The memory of npm packages.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use findings::{Options, packages};
use heapsnapshot::{Analysis, Control};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, ClassInstance};
use napi_derive::napi;

use super::findings::SourceRoot;
use super::{NativeControl, NativeSnapshot};
use crate::objects::Packages;
use crate::query::package_sort;
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
    /// Texts of scripts that are not on the disk, by path or name.
    pub texts: Option<HashMap<String, String>>,
    /// Directories of scripts that have other paths in the snapshot.
    pub source_roots: Option<Vec<SourceRoot>>,
}

fn rows(
    snapshots: &[Arc<Analysis>],
    options: PackagesOptions,
    control: Control,
) -> Outcome<Packages> {
    let sort = package_sort(options.sort.as_deref())?;
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|analysis| &**analysis).collect();
    let roots = options.source_roots.unwrap_or_default().into_iter();
    let sources = Options {
        control,
        texts: options.texts.unwrap_or_default(),
        source_roots: roots.map(|root| (root.from, PathBuf::from(root.to))).collect(),
        ..Options::default()
    };
    let mut found = packages(&snapshots, &sources)?;
    found.sort(sort, options.reverse.unwrap_or_default());
    let limit = options.limit.map_or(usize::MAX, |limit| limit as usize);
    Ok(Packages::new(found, options.offset.unwrap_or_default() as usize, limit))
}

#[napi]
impl NativeSnapshot {
    /// Returns the memory of each package. `earlier`: other snapshots, oldest first; the first is compared with this one.
    #[napi(ts_return_type = "Promise<Packages>")]
    #[must_use]
    pub fn packages(
        &self,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<PackagesOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<Packages>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || rows(&snapshots?, options.unwrap_or_default(), control))
    }

    /// Returns the memory of each package. `earlier`: other snapshots, oldest first; the first is compared with this one.
    #[napi]
    pub fn packages_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<PackagesOptions>,
    ) -> napi::Result<Packages> {
        now(env, || rows(&self.after(&earlier)?, options.unwrap_or_default(), Control::new()))
    }
}
