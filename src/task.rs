//! Runs work on the thread pool or on the JS thread, and converts its result. All calls into the
//! engine go through `guard`, because a panic that reached Node would end the host process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::error::Failure;

/// The result of work.
pub type Outcome<T> = Result<T, Failure>;

/// Runs `work`, and converts a panic to a failure.
pub(crate) fn guard<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    // The results of the engine are immutable. After a panic, an incomplete one is dropped here, so
    // nothing can use it.
    catch_unwind(AssertUnwindSafe(|| {
        capture::fault_point("analysis");
        work()
    }))
    .unwrap_or_else(|payload| Err(Failure::from_panic(&*payload)))
}

/// Runs `work` on the JS thread. Throws a failure as a JavaScript error.
pub(crate) fn now<T>(env: Env, work: impl FnOnce() -> Outcome<T>) -> napi::Result<T> {
    guard(work).map_err(|failure| failure.into_js(env))
}

/// Runs `work` on the thread pool. The promise rejects with a failure as a JavaScript error.
pub(crate) fn later<T>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> AsyncTask<Job<T>>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    AsyncTask::new(Job { work: Some(Box::new(work)) })
}

/// Work for the thread pool.
pub struct Job<T> {
    work: Option<Box<dyn FnOnce() -> Outcome<T> + Send>>,
}

impl<T> Task for Job<T>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    /// Includes failures, because only the JS thread can create JavaScript errors.
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
