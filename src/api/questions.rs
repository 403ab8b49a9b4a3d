//! Queries to an open snapshot, each in an asynchronous and a `Sync` form.

use std::sync::Arc;

use heapsnapshot::{Analysis, Control};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer, ClassInstance, ToNapiValue, TypeName, Utf16String};
use napi_derive::napi;

use super::rows::{Found, NativeRows};
use super::{NativeControl, NativeSnapshot};
use crate::ndjson;
use crate::objects::{
    Diff, DuplicateStringList, EdgeList, NativeContextList, NewObjects, NodeDetails, NodeList,
    PathForest, Statistics, Summary, Trend,
};
use crate::query::{self, DiffListOptions, FindOptions, ListOptions, PathLimits, TrendListOptions};
use crate::task::{Job, Outcome, later, now};

impl NativeSnapshot {
    /// Runs a query on the thread pool.
    pub(super) fn later<T>(
        &self,
        ask: impl FnOnce(&Analysis) -> Outcome<T> + Send + 'static,
    ) -> AsyncTask<Job<T>>
    where
        T: Send + ToNapiValue + TypeName + 'static,
    {
        let analysis = self.analysis();
        later(move || ask(&*analysis?))
    }

    /// Finds rows on the thread pool; they are converted to objects later.
    pub(super) fn rows<T: Into<Found>>(
        &self,
        find: impl FnOnce(&Analysis) -> Outcome<T> + Send + 'static,
    ) -> AsyncTask<Job<NativeRows>> {
        let analysis = self.analysis();
        later(move || {
            let analysis = analysis?;
            let found = find(&analysis)?;
            Ok(NativeRows::new(analysis, found.into()))
        })
    }

    /// Runs a query on the JS thread.
    pub(super) fn now<T>(
        &self,
        env: Env,
        ask: impl FnOnce(&Analysis) -> Outcome<T>,
    ) -> napi::Result<T> {
        now(env, || ask(&*self.analysis()?))
    }

    /// Returns the analyses of earlier snapshots and of this one, oldest first.
    pub(super) fn after(&self, earlier: &[ClassInstance<'_, Self>]) -> Outcome<Vec<Arc<Analysis>>> {
        let known = earlier.iter().map(|snapshot| snapshot.analysis());
        known.chain(std::iter::once(self.analysis())).collect()
    }
}

#[napi]
impl NativeSnapshot {
    /// Returns constructors with the number and size of their objects, as in the Summary view.
    #[napi(ts_return_type = "Promise<Summary>")]
    #[must_use]
    pub fn summary(&self, options: Option<ListOptions>) -> AsyncTask<Job<Summary>> {
        self.later(move |analysis| query::summary(analysis, &options.unwrap_or_default()))
    }

    /// Returns constructors with the number and size of their objects, as in the Summary view.
    #[napi]
    pub fn summary_sync(&self, env: Env, options: Option<ListOptions>) -> napi::Result<Summary> {
        self.now(env, |analysis| query::summary(analysis, &options.unwrap_or_default()))
    }

    /// Returns the kinds of memory, as in the Statistics view.
    #[napi(ts_return_type = "Promise<Statistics>")]
    #[must_use]
    pub fn statistics(&self) -> AsyncTask<Job<Statistics>> {
        self.later(move |analysis| Ok(query::statistics(analysis)))
    }

    /// Returns the kinds of memory, as in the Statistics view.
    #[napi]
    pub fn statistics_sync(&self, env: Env) -> napi::Result<Statistics> {
        self.now(env, |analysis| Ok(query::statistics(analysis)))
    }

    /// Returns the objects of the class with this key, or of all classes with this name.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn instances(
        &self,
        class_key: Utf16String,
        options: Option<ListOptions>,
    ) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| {
            query::instances(analysis, &class_key, &options.unwrap_or_default())
        })
    }

    /// Returns the objects of the class with this key, or of all classes with this name.
    #[napi]
    pub fn instances_sync(
        &self,
        env: Env,
        class_key: Utf16String,
        options: Option<ListOptions>,
    ) -> napi::Result<NodeList> {
        self.now(env, |analysis| {
            Ok(NodeList::from_core(
                analysis,
                &query::instances(analysis, &class_key, &options.unwrap_or_default())?,
            ))
        })
    }

    /// Returns everything about one object.
    #[napi(ts_return_type = "Promise<NodeDetails>")]
    #[must_use]
    pub fn node(&self, id: f64) -> AsyncTask<Job<NodeDetails>> {
        self.later(move |analysis| query::node(analysis, id))
    }

    /// Returns everything about one object.
    #[napi]
    pub fn node_sync(&self, env: Env, id: f64) -> napi::Result<NodeDetails> {
        self.now(env, |analysis| query::node(analysis, id))
    }

    /// Returns the references of an object, as in the Containment view.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn children(&self, id: f64, options: Option<ListOptions>) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| query::children(analysis, id, &options.unwrap_or_default()))
    }

    /// Returns the references of an object, as in the Containment view.
    #[napi]
    pub fn children_sync(
        &self,
        env: Env,
        id: f64,
        options: Option<ListOptions>,
    ) -> napi::Result<EdgeList> {
        self.now(env, |analysis| {
            Ok(EdgeList::from_core(
                analysis,
                &query::children(analysis, id, &options.unwrap_or_default())?,
            ))
        })
    }

    /// Returns the references to an object, as in the Retainers pane.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn retainers(&self, id: f64, options: Option<ListOptions>) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| query::retainers(analysis, id, &options.unwrap_or_default()))
    }

    /// Returns the references to an object, as in the Retainers pane.
    #[napi]
    pub fn retainers_sync(
        &self,
        env: Env,
        id: f64,
        options: Option<ListOptions>,
    ) -> napi::Result<EdgeList> {
        self.now(env, |analysis| {
            Ok(EdgeList::from_core(
                analysis,
                &query::retainers(analysis, id, &options.unwrap_or_default())?,
            ))
        })
    }

    /// Returns the retaining paths of an object: a tree of retainers up to the roots.
    #[napi(ts_return_type = "Promise<PathForest>")]
    #[must_use]
    pub fn paths(&self, id: f64, limits: Option<PathLimits>) -> AsyncTask<Job<PathForest>> {
        self.later(move |analysis| query::paths(analysis, id, &limits.unwrap_or_default()))
    }

    /// Returns the retaining paths of an object: a tree of retainers up to the roots.
    #[napi]
    pub fn paths_sync(
        &self,
        env: Env,
        id: f64,
        limits: Option<PathLimits>,
    ) -> napi::Result<PathForest> {
        self.now(env, |analysis| query::paths(analysis, id, &limits.unwrap_or_default()))
    }

    /// Returns the object, its immediate dominator, and so on up to the root.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn dominators(&self, id: f64, options: Option<ListOptions>) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| query::dominators(analysis, id, &options.unwrap_or_default()))
    }

    /// Returns the object, its immediate dominator, and so on up to the root.
    #[napi]
    pub fn dominators_sync(
        &self,
        env: Env,
        id: f64,
        options: Option<ListOptions>,
    ) -> napi::Result<NodeList> {
        self.now(env, |analysis| {
            Ok(NodeList::from_core(
                analysis,
                &query::dominators(analysis, id, &options.unwrap_or_default())?,
            ))
        })
    }

    /// Returns the objects whose immediate dominator the object is, by retained size.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn dominated(&self, id: f64, options: Option<ListOptions>) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| query::dominated(analysis, id, &options.unwrap_or_default()))
    }

    /// Returns the objects whose immediate dominator the object is, by retained size.
    #[napi]
    pub fn dominated_sync(
        &self,
        env: Env,
        id: f64,
        options: Option<ListOptions>,
    ) -> napi::Result<NodeList> {
        self.now(env, |analysis| {
            Ok(NodeList::from_core(
                analysis,
                &query::dominated(analysis, id, &options.unwrap_or_default())?,
            ))
        })
    }

    /// Returns objects by name, type and class.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn find(&self, options: FindOptions) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| query::search(analysis, options))
    }

    /// Returns objects by name, type and class.
    #[napi]
    pub fn find_sync(&self, env: Env, options: FindOptions) -> napi::Result<NodeList> {
        self.now(env, |analysis| {
            Ok(NodeList::from_core(analysis, &query::search(analysis, options)?))
        })
    }

    /// Returns strings that are stored more than once, by retained size.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn duplicate_strings(&self, options: Option<ListOptions>) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| {
            Ok(query::duplicate_strings(analysis, &options.unwrap_or_default()))
        })
    }

    /// Returns strings that are stored more than once, by retained size.
    #[napi]
    pub fn duplicate_strings_sync(
        &self,
        env: Env,
        options: Option<ListOptions>,
    ) -> napi::Result<DuplicateStringList> {
        self.now(env, |analysis| {
            let found = query::duplicate_strings(analysis, &options.unwrap_or_default());
            Ok(DuplicateStringList::from_core(analysis, &found))
        })
    }

    /// Returns the memory of each native context (realm).
    #[napi(ts_return_type = "Promise<NativeContextList>")]
    #[must_use]
    pub fn native_contexts(&self) -> AsyncTask<Job<NativeContextList>> {
        self.later(move |analysis| Ok(query::native_contexts(analysis)))
    }

    /// Returns the memory of each native context (realm).
    #[napi]
    pub fn native_contexts_sync(&self, env: Env) -> napi::Result<NativeContextList> {
        self.now(env, |analysis| Ok(query::native_contexts(analysis)))
    }

    /// Returns the objects added and removed since an earlier snapshot, as in the Comparison view.
    #[napi(ts_return_type = "Promise<Diff>")]
    #[must_use]
    pub fn diff(
        &self,
        before: &NativeSnapshot,
        options: Option<DiffListOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<Diff>> {
        let pair = (before.analysis(), self.analysis());
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || query::diff(&*pair.0?, &*pair.1?, &options.unwrap_or_default(), &control))
    }

    /// Returns the objects added and removed since an earlier snapshot, as in the Comparison view.
    #[napi]
    pub fn diff_sync(
        &self,
        env: Env,
        before: &NativeSnapshot,
        options: Option<DiffListOptions>,
    ) -> napi::Result<Diff> {
        now(env, || {
            let options = options.unwrap_or_default();
            query::diff(&*before.analysis()?, &*self.analysis()?, &options, &Control::new())
        })
    }

    /// Returns the objects added since an earlier snapshot of the same process, by constructor and owner.
    #[napi(ts_return_type = "Promise<NewObjects>")]
    #[must_use]
    pub fn new_objects(
        &self,
        before: &NativeSnapshot,
        options: Option<ListOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<NewObjects>> {
        let pair = (before.analysis(), self.analysis());
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || {
            query::new_objects(&*pair.0?, &*pair.1?, &options.unwrap_or_default(), &control)
        })
    }

    /// Returns the objects added since an earlier snapshot of the same process, by constructor and owner.
    #[napi]
    pub fn new_objects_sync(
        &self,
        env: Env,
        before: &NativeSnapshot,
        options: Option<ListOptions>,
    ) -> napi::Result<NewObjects> {
        now(env, || {
            let options = options.unwrap_or_default();
            query::new_objects(&*before.analysis()?, &*self.analysis()?, &options, &Control::new())
        })
    }

    /// Returns the trends of constructors and owners over earlier snapshots of the same process, oldest first.
    #[napi(ts_return_type = "Promise<Trend>")]
    #[must_use]
    pub fn trend(
        &self,
        earlier: Vec<ClassInstance<NativeSnapshot>>,
        options: Option<TrendListOptions>,
        control: Option<&NativeControl>,
    ) -> AsyncTask<Job<Trend>> {
        let snapshots = self.after(&earlier);
        let control = control.map(NativeControl::control).unwrap_or_default();
        later(move || query::trend(&snapshots?, &options.unwrap_or_default(), &control))
    }

    /// Returns the trends of constructors and owners over earlier snapshots of the same process, oldest first.
    #[napi]
    pub fn trend_sync(
        &self,
        env: Env,
        earlier: Vec<ClassInstance<NativeSnapshot>>,
        options: Option<TrendListOptions>,
    ) -> napi::Result<Trend> {
        now(env, || {
            query::trend(&self.after(&earlier)?, &options.unwrap_or_default(), &Control::new())
        })
    }

    /// Returns objects in the order of the file, from an index on, as lines of JSON in UTF-8.
    #[napi(ts_return_type = "Promise<Buffer>")]
    #[must_use]
    pub fn node_lines(&self, start: u32, limit: u32) -> AsyncTask<Job<Buffer>> {
        self.later(move |analysis| Ok(lines(analysis, start, limit)))
    }

    /// Returns objects in the order of the file, from an index on, as lines of JSON in UTF-8.
    #[napi]
    pub fn node_lines_sync(&self, env: Env, start: u32, limit: u32) -> napi::Result<Buffer> {
        self.now(env, |analysis| Ok(lines(analysis, start, limit)))
    }
}

fn lines(analysis: &Analysis, start: u32, limit: u32) -> Buffer {
    ndjson::nodes(analysis, start as usize, limit as usize).into_bytes().into()
}
