//! What leaks: findings from one snapshot, or from several of one process.

use std::collections::HashMap;
use std::sync::Arc;

use findings::{Options, closures, suspects};
use heapsnapshot::{Analysis, Control};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, ClassInstance};
use napi_derive::napi;

use super::{NativeControl, NativeSnapshot};
use crate::objects::{ClosureGroup, Finding};
use crate::query::of_one_process;
use crate::task::{Job, Outcome, later, now};

/// How to look for leaks.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct FindingsOptions {
    /// Findings to return at most.
    pub limit: Option<u32>,
    /// Whether keys, names of events and the like are shown even if they look like data.
    pub show_values: Option<bool>,
    /// Whether the contents of strings in code are hidden even if its file is on this machine.
    pub hide_contents: Option<bool>,
    /// Texts of scripts that the disk does not have, by path or name.
    pub texts: Option<HashMap<String, String>>,
}

impl FindingsOptions {
    fn into_core(self, control: Control) -> Options {
        Options {
            control,
            directory: std::env::current_dir().ok(),
            limit: self.limit.map_or(0, |limit| limit as usize),
            hide_contents: self.hide_contents.unwrap_or_default(),
            show_values: self.show_values.unwrap_or_default(),
            texts: self.texts.unwrap_or_default(),
        }
    }
}

fn find(
    snapshots: &[Arc<Analysis>],
    options: Option<FindingsOptions>,
    control: Control,
) -> Outcome<Vec<Finding>> {
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|analysis| &**analysis).collect();
    of_one_process(&snapshots)?;
    let options = options.unwrap_or_default().into_core(control);
    Ok(suspects(&snapshots, &options)?.into_iter().map(Finding::from).collect())
}

fn groups(analysis: &Analysis, options: Option<FindingsOptions>) -> Outcome<Vec<ClosureGroup>> {
    let options = options.unwrap_or_default().into_core(Control::new());
    Ok(closures(analysis, &options)?.into_iter().map(ClosureGroup::from).collect())
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
        later(move || find(&snapshots?, options, control))
    }

    /// What leaks, best first. `earlier`: other snapshots of the process, oldest first.
    #[napi]
    pub fn findings_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<FindingsOptions>,
    ) -> napi::Result<Vec<Finding>> {
        now(env, || find(&self.after(&earlier)?, options, Control::new()))
    }

    /// The living functions of the application, by where they were defined.
    #[napi(ts_return_type = "Promise<Array<ClosureGroup>>")]
    #[must_use]
    pub fn closures(&self, options: Option<FindingsOptions>) -> AsyncTask<Job<Vec<ClosureGroup>>> {
        self.later(move |analysis| groups(analysis, options))
    }

    /// The living functions of the application, by where they were defined.
    #[napi]
    pub fn closures_sync(
        &self,
        env: Env,
        options: Option<FindingsOptions>,
    ) -> napi::Result<Vec<ClosureGroup>> {
        self.now(env, |analysis| groups(analysis, options))
    }
}
