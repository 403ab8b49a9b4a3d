//! Cancellation and progress of reading and of all passes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

/// A step of the work that can take seconds for a large snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Stage {
    /// Reading and parsing the input. Progress counts bytes.
    Read,
    /// Propagating the DOM state.
    Detachedness,
    /// Marking the objects that belong to the page.
    Flags,
    /// Moving sizes of helper objects to their owners.
    ShallowSizes,
    /// Computing distances from the roots.
    Distances,
    /// Naming classes and inferring interfaces.
    Classes,
    /// Computing the dominator tree.
    Dominators,
    /// Summing up retained sizes.
    RetainedSizes,
}

impl Stage {
    /// Returns the stage in words, such as `shallow sizes`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Detachedness => "detachedness",
            Self::Flags => "flags",
            Self::ShallowSizes => "shallow sizes",
            Self::Distances => "distances",
            Self::Classes => "classes",
            Self::Dominators => "dominators",
            Self::RetainedSizes => "retained sizes",
        }
    }
}

/// Receives `(stage, done, total)`. `total` is 0 if it is not known. Several
/// threads may call it, also at the same time. The work waits for it, so it
/// should return quickly.
pub type ProgressFn = dyn Fn(Stage, u64, u64) + Send + Sync;

/// Cancels long work, and reports its progress. Clones share the flag and the
/// callback; cloning is cheap.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// use heapsnapshot::{Control, ErrorKind};
///
/// let stop = Arc::new(AtomicBool::new(false));
/// let control = Control::new().with_cancel(Arc::clone(&stop));
/// assert!(control.check().is_ok());
/// // In another thread:
/// stop.store(true, Ordering::Relaxed);
/// assert_eq!(control.check().unwrap_err().kind(), ErrorKind::Cancelled);
/// ```
#[derive(Clone, Default)]
pub struct Control {
    cancel: Option<Arc<AtomicBool>>,
    progress: Option<Arc<ProgressFn>>,
}

impl Control {
    /// Returns a control that never cancels and does not report progress.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the work when `flag` is true. The work then fails with
    /// [`crate::ErrorKind::Cancelled`], typically within milliseconds.
    #[must_use]
    pub fn with_cancel(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancel = Some(flag);
        self
    }

    /// Calls `report` with the progress.
    #[must_use]
    pub fn with_progress(mut self, report: Arc<ProgressFn>) -> Self {
        self.progress = Some(report);
        self
    }

    /// Fails if the work is cancelled.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub fn check(&self) -> Result<(), Error> {
        match &self.cancel {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(Error::cancelled()),
            _ => Ok(()),
        }
    }

    /// Reports progress.
    pub(crate) fn report(&self, stage: Stage, done: u64, total: u64) {
        if let Some(report) = &self.progress {
            report(stage, done, total);
        }
    }

    /// Starts a stage: reports a progress of 0, and fails if the work is
    /// cancelled.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub(crate) fn enter(&self, stage: Stage) -> Result<(), Error> {
        self.report(stage, 0, 0);
        self.check()
    }

    /// Returns a counter for loops, which checks for cancellation from time to
    /// time.
    pub(crate) fn ticker(&self) -> Ticker<'_> {
        Ticker { control: self, left: Ticker::PERIOD }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancel", &self.cancel.is_some())
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

/// Checks for cancellation once in many iterations, because a check in each one
/// would take too long.
pub(crate) struct Ticker<'a> {
    control: &'a Control,
    /// Iterations until the next check.
    left: u32,
}

impl Ticker<'_> {
    /// Iterations per check. The slowest loop takes about a millisecond for
    /// them.
    const PERIOD: u32 = 1 << 16;

    /// Counts an iteration.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    #[inline]
    pub(crate) fn tick(&mut self) -> Result<(), Error> {
        self.left -= 1;
        if self.left == 0 {
            self.left = Self::PERIOD;
            self.control.check()?;
        }
        Ok(())
    }
}
