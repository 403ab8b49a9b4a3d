//! Cancellation and progress, shared by reading and by every pass.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

/// A step of the work that can take seconds on a large snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Stage {
    /// Reading bytes; progress counts bytes.
    Read,
    /// Propagating the DOM state.
    Detachedness,
    /// Marking what belongs to the page.
    Flags,
    /// Moving the size of backing stores to their owners.
    ShallowSizes,
    /// Distances from the roots.
    Distances,
    /// Class names and inferred interfaces.
    Classes,
    /// The dominator tree.
    Dominators,
    /// Retained sizes.
    RetainedSizes,
}

impl Stage {
    /// Returns a short name for people.
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

/// Called as `(stage, done, total)`; `total` is 0 when it is not known. May be
/// called from several threads, so it must be quick and thread-safe.
pub type ProgressFn = dyn Fn(Stage, u64, u64) + Send + Sync;

/// How a caller follows and stops long work. Cheap to clone.
#[derive(Clone, Default)]
pub struct Control {
    cancel: Option<Arc<AtomicBool>>,
    progress: Option<Arc<ProgressFn>>,
}

impl Control {
    /// Returns a control that never stops and reports nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work with [`crate::ErrorKind::Cancelled`] soon after `flag`
    /// becomes true.
    #[must_use]
    pub fn with_cancel(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancel = Some(flag);
        self
    }

    /// Reports progress to `report`.
    #[must_use]
    pub fn with_progress(mut self, report: Arc<ProgressFn>) -> Self {
        self.progress = Some(report);
        self
    }

    /// Fails if the work is to stop.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub fn check(&self) -> Result<(), Error> {
        match &self.cancel {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(Error::cancelled()),
            _ => Ok(()),
        }
    }

    pub(crate) fn report(&self, stage: Stage, done: u64, total: u64) {
        if let Some(report) = &self.progress {
            report(stage, done, total);
        }
    }

    /// Starts a stage: reports 0 and checks for cancellation.
    pub(crate) fn enter(&self, stage: Stage) -> Result<(), Error> {
        self.report(stage, 0, 0);
        self.check()
    }

    /// Returns a counter that checks for cancellation now and then.
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

/// Makes a cancellation check affordable inside a loop over nodes.
pub(crate) struct Ticker<'a> {
    control: &'a Control,
    left: u32,
}

impl Ticker<'_> {
    /// About a millisecond of the slowest loop.
    const PERIOD: u32 = 1 << 16;

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
