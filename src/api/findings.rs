//! Findings about leaks, from one snapshot or from several of one process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use findings::{Options, closures, profile_path, saved_sources_path, suspects};
use heapsnapshot::{Analysis, Control};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, ClassInstance};
use napi_derive::napi;

use super::{NativeControl, NativeSnapshot, sidecar};
use crate::objects::{ClosureGroup, Finding, LeakReport};
use crate::query::of_one_process;
use crate::task::{Job, Outcome, later, now};

/// Maps a prefix of script names to a directory of this machine.
#[napi(object, object_to_js = false)]
pub struct SourceRoot {
    /// The prefix of the script names.
    pub from: String,
    /// The directory that replaces the prefix.
    pub to: String,
}

/// Options for findings.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct FindingsOptions {
    /// Maximum number of findings.
    pub limit: Option<u32>,
    /// Whether to show keys, names of events and the like even if they look like data.
    pub show_values: Option<bool>,
    /// Whether to hide contents of strings in code even if its file is on this machine.
    pub hide_contents: Option<bool>,
    /// Texts of scripts that are not on the disk, by path or name.
    pub texts: Option<HashMap<String, String>>,
    /// Directories of scripts that have other paths in the snapshot.
    pub source_roots: Option<Vec<SourceRoot>>,
}

impl FindingsOptions {
    /// `files`: the files of the snapshots, oldest first.
    fn into_core(self, control: Control, files: &[Option<PathBuf>]) -> Options {
        let roots = self.source_roots.unwrap_or_default().into_iter();
        Options {
            control,
            directory: std::env::current_dir().ok(),
            limit: self.limit.map_or(0, |limit| limit as usize),
            hide_contents: self.hide_contents.unwrap_or_default(),
            show_values: self.show_values.unwrap_or_default(),
            texts: self.texts.unwrap_or_default(),
            source_roots: roots.map(|root| (root.from, PathBuf::from(root.to))).collect(),
            saved_sources: files.iter().flatten().map(|file| saved_sources_path(file)).collect(),
            profile: files.last().and_then(|file| Some(profile_path(file.as_ref()?))),
            rss: None,
        }
    }
}

fn report(snapshots: &[Arc<Analysis>], options: &Options) -> Outcome<LeakReport> {
    let snapshots: Vec<&Analysis> = snapshots.iter().map(|analysis| &**analysis).collect();
    of_one_process(&snapshots)?;
    Ok(suspects(&snapshots, options)?.into())
}

/// Adds the RSS of the process at the first and at the last snapshot. Reads the sidecars, so it
/// belongs in a job.
fn with_rss(options: Options, [first, last]: [Option<PathBuf>; 2]) -> Options {
    let rss = |file: Option<PathBuf>| sidecar::rss(&file?);
    Options { rss: rss(first).zip(rss(last)), ..options }
}

fn groups(analysis: &Analysis, options: &Options) -> Outcome<Vec<ClosureGroup>> {
    Ok(closures(analysis, options)?.into_iter().map(ClosureGroup::from).collect())
}

impl NativeSnapshot {
    pub(super) fn options(
        &self,
        earlier: &[ClassInstance<'_, NativeSnapshot>],
        options: Option<FindingsOptions>,
        control: Control,
    ) -> Options {
        let before = earlier.iter().map(|snapshot| snapshot.file.clone());
        let files: Vec<_> = before.chain([self.file.clone()]).collect();
        options.unwrap_or_default().into_core(control, &files)
    }

    /// Returns the files of the first and of the last snapshot.
    fn first_and_last(
        &self,
        earlier: &[ClassInstance<'_, NativeSnapshot>],
    ) -> [Option<PathBuf>; 2] {
        let first = earlier.first().map_or(&self.file, |snapshot| &snapshot.file);
        [first.clone(), self.file.clone()]
    }
}

#[napi]
impl NativeSnapshot {
    /// Returns findings, the most important first. `earlier`: other snapshots of the process,
    /// oldest first.
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
        let options = self.options(&earlier, options, control);
        later(move || Ok(report(&snapshots?, &options)?.findings))
    }

    /// Returns findings, the most important first. `earlier`: other snapshots of the process,
    /// oldest first.
    #[napi]
    pub fn findings_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<FindingsOptions>,
    ) -> napi::Result<Vec<Finding>> {
        let options = self.options(&earlier, options, Control::new());
        now(env, || Ok(report(&self.after(&earlier)?, &options)?.findings))
    }

    /// Returns findings, the growth of the heap, and a conclusion. `earlier`: other snapshots of
    /// the process, oldest first.
    #[napi(ts_return_type = "Promise<LeakReport>")]
    #[must_use]
    pub fn leak_report(
        &self,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<FindingsOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<LeakReport>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        let options = self.options(&earlier, options, control);
        let files = self.first_and_last(&earlier);
        later(move || report(&snapshots?, &with_rss(options, files)))
    }

    /// Returns findings, the growth of the heap, and a conclusion. `earlier`: other snapshots of
    /// the process, oldest first.
    #[napi]
    pub fn leak_report_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<'_, NativeSnapshot>>,
        options: Option<FindingsOptions>,
    ) -> napi::Result<LeakReport> {
        let options = self.options(&earlier, options, Control::new());
        let files = self.first_and_last(&earlier);
        now(env, || report(&self.after(&earlier)?, &with_rss(options, files)))
    }

    /// Returns the living functions of the application, grouped by where they were defined.
    #[napi(ts_return_type = "Promise<Array<ClosureGroup>>")]
    #[must_use]
    pub fn closures(&self, options: Option<FindingsOptions>) -> AsyncTask<Job<Vec<ClosureGroup>>> {
        let options = self.options(&[], options, Control::new());
        self.later(move |analysis| groups(analysis, &options))
    }

    /// Returns the living functions of the application, grouped by where they were defined.
    #[napi]
    pub fn closures_sync(
        &self,
        env: Env,
        options: Option<FindingsOptions>,
    ) -> napi::Result<Vec<ClosureGroup>> {
        let options = self.options(&[], options, Control::new());
        self.now(env, |analysis| groups(analysis, &options))
    }
}
