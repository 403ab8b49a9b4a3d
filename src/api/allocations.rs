//! Queries about allocation stacks, each in an asynchronous and a `Sync` form.

use napi::Env;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use super::NativeSnapshot;
use super::rows::NativeRows;
use crate::objects::{AllocationFrame, AllocationList, AllocationTree, Timeline};
use crate::query::{self, AllocationListOptions};
use crate::task::Job;

#[napi]
impl NativeSnapshot {
    /// Returns living objects by the function or the stack that allocated them, as in the Allocation view.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn allocations(
        &self,
        options: Option<AllocationListOptions>,
    ) -> AsyncTask<Job<NativeRows>> {
        self.rows(move |analysis| query::allocations(analysis, &options.unwrap_or_default()))
    }

    /// Returns living objects by the function or the stack that allocated them, as in the Allocation view.
    #[napi]
    pub fn allocations_sync(
        &self,
        env: Env,
        options: Option<AllocationListOptions>,
    ) -> napi::Result<AllocationList> {
        self.now(env, |analysis| {
            let found = query::allocations(analysis, &options.unwrap_or_default())?;
            Ok(AllocationList::new(analysis, &found, &found.rows))
        })
    }

    /// Returns the tree of calls that allocated the living objects; with `other`, only of objects that `other` does not have.
    #[napi(ts_return_type = "Promise<AllocationTree>")]
    #[must_use]
    pub fn allocation_tree(
        &self,
        other: Option<&NativeSnapshot>,
    ) -> AsyncTask<Job<AllocationTree>> {
        let other = other.map(Self::analysis).transpose();
        self.later(move |analysis| Ok(query::allocation_tree(analysis, other?.as_deref())))
    }

    /// Returns the tree of calls that allocated the living objects; with `other`, only of objects that `other` does not have.
    #[napi]
    pub fn allocation_tree_sync(
        &self,
        env: Env,
        other: Option<&NativeSnapshot>,
    ) -> napi::Result<AllocationTree> {
        let other = other.map(Self::analysis).transpose();
        self.now(env, |analysis| Ok(query::allocation_tree(analysis, other?.as_deref())))
    }

    /// Returns the functions that were running when an object was allocated; null if that is not known.
    #[napi(ts_return_type = "Promise<Array<AllocationFrame> | null>")]
    #[must_use]
    pub fn allocation_stack(&self, id: f64) -> AsyncTask<Job<Option<Vec<AllocationFrame>>>> {
        self.later(move |analysis| query::allocation_stack(analysis, id))
    }

    /// Returns the functions that were running when an object was allocated; null if that is not known.
    #[napi]
    pub fn allocation_stack_sync(
        &self,
        env: Env,
        id: f64,
    ) -> napi::Result<Option<Vec<AllocationFrame>>> {
        self.now(env, |analysis| query::allocation_stack(analysis, id))
    }

    /// Returns the points of the allocation timeline with the living objects since the point before.
    #[napi(ts_return_type = "Promise<Timeline>")]
    #[must_use]
    pub fn timeline(&self) -> AsyncTask<Job<Timeline>> {
        self.later(move |analysis| Ok(query::timeline(analysis)))
    }

    /// Returns the points of the allocation timeline with the living objects since the point before.
    #[napi]
    pub fn timeline_sync(&self, env: Env) -> napi::Result<Timeline> {
        self.now(env, |analysis| Ok(query::timeline(analysis)))
    }
}
