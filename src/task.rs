//! How work leaves the JavaScript thread and how its outcome comes back. Every
//! call into the engine goes through `guard`: a panic that crossed into Node
//! would end the host process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::error::Failure;

/// What work on the engine ends in.
pub type Outcome<T> = Result<T, Failure>;

/// Runs `work` and turns a panic into a failure.
pub(crate) fn guard<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    // The engine's results are immutable once built and are dropped here if
    // building them panicked, so no broken invariant can be observed.
    catch_unwind(AssertUnwindSafe(|| {
        capture::fault_point("analysis");
        work()
    }))
    .unwrap_or_else(|payload| Err(Failure::from_panic(&*payload)))
}

/// Runs `work` on this thread and throws what fails.
pub(crate) fn now<T>(env: Env, work: impl FnOnce() -> Outcome<T>) -> napi::Result<T> {
    guard(work).map_err(|failure| failure.into_js(env))
}

/// Runs `work` on the thread pool; the promise rejects with what fails.
pub(crate) fn later<T>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> AsyncTask<Job<T>>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    AsyncTask::new(Job { work: Some(Box::new(work)) })
}

/// One piece of work for the thread pool.
pub struct Job<T> {
    work: Option<Box<dyn FnOnce() -> Outcome<T> + Send>>,
}

impl<T> Task for Job<T>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    /// Failures travel as values: only the JavaScript thread can make errors
    /// with codes.
    type Output = Outcome<T>;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let work = self.work.take();
        Ok(guard(|| work.map_or(Err(Failure::Panic("a job ran twice".to_owned())), |work| work())))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<T> {
        output.map_err(|failure| failure.into_js(env))
    }
}
