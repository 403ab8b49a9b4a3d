//! What leaks: findings from one snapshot, or from several of one process.

use std::sync::Arc;

use findings::{Options, closures, suspects};
use heapsnapshot::{Analysis, Control, same_process};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, ClassInstance};
use napi_derive::napi;

use super::{NativeControl, NativeSnapshot};
use crate::error::Failure;
use crate::objects::{ClosureGroup, Finding};
use crate::task::{Job, Outcome, later, now};

/// How to look for leaks.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct FindingsOptions {
    /// Findings to return at most.
    pub limit: Option<u32>,
    /// Whether keys, names of events and the like are shown even if they look like data.
    pub show_values: Option<bool>,
}

fn find(
    snapshots: &[Arc<Analysis>],
    options: &FindingsOptions,
    control: Control,
) -> Outcome<Vec<Finding>> {
    if !snapshots.windows(2).all(|pair| same_process(&pair[0], &pair[1])) {
        return Err(Failure::DifferentProcess);
    }
    let all: Vec<&Analysis> = snapshots.iter().map(|analysis| &**analysis).collect();
    let options = Options {
        control,
        directory: std::env::current_dir().ok(),
        limit: options.limit.map_or(0, |limit| limit as usize),
        show_values: options.show_values.unwrap_or_default(),
    };
    Ok(suspects(&all, &options)?.into_iter().map(Finding::from).collect())
}

fn groups(analysis: &Analysis, options: &FindingsOptions) -> Outcome<Vec<ClosureGroup>> {
    let options = Options {
        directory: std::env::current_dir().ok(),
        limit: options.limit.map_or(0, |limit| limit as usize),
        ..Options::default()
    };
    Ok(closures(analysis, &options)?.into_iter().map(ClosureGroup::from).collect())
}

impl NativeSnapshot {
    /// The analyses of earlier snapshots and of this one, oldest first.
    fn after(&self, earlier: &[ClassInstance<'_, Self>]) -> Outcome<Vec<Arc<Analysis>>> {
        let known = earlier.iter().map(|snapshot| snapshot.analysis());
        known.chain(std::iter::once(self.analysis())).collect()
    }
}

#[napi]
impl NativeSnapshot {
    /// What leaks, best first. `earlier`: other snapshots of the process, oldest first.
    #[napi(ts_return_type = "Promise<Array<Finding>>")]
    #[must_use]
    pub fn findings(
        &self,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<FindingsOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<Vec<Finding>>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || find(&snapshots?, &options.unwrap_or_default(), control))
    }

    /// What leaks, best first. `earlier`: other snapshots of the process, oldest first.
    #[napi]
    pub fn findings_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<FindingsOptions>,
    ) -> napi::Result<Vec<Finding>> {
        now(env, || find(&self.after(&earlier)?, &options.unwrap_or_default(), Control::new()))
    }

    /// The living functions of the application, by where they were defined.
    #[napi(ts_return_type = "Promise<Array<ClosureGroup>>")]
    #[must_use]
    pub fn closures(&self, options: Option<FindingsOptions>) -> AsyncTask<Job<Vec<ClosureGroup>>> {
        let analysis = self.analysis();
        later(move || groups(&*analysis?, &options.unwrap_or_default()))
    }

    /// The living functions of the application, by where they were defined.
    #[napi]
    pub fn closures_sync(
        &self,
        env: Env,
        options: Option<FindingsOptions>,
    ) -> napi::Result<Vec<ClosureGroup>> {
        now(env, || groups(&*self.analysis()?, &options.unwrap_or_default()))
    }
}
