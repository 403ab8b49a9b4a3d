//! Capture in a forked child: the service goes on after some tens of milliseconds.
//!
//! The child is a copy of the process at one instant, heap and all, so it can
//! take as long as it likes over the snapshot. Node says a process cannot be
//! forked this way, and rightly for a child that goes on *running* JavaScript:
//! the threads that V8 and libuv rely on do not exist in it. This child lives
//! for one call into V8 and ends. The steps, each in a file that says what it
//! relies on:
//!
//! 1. [`profiler`] (parent): V8 gives every object its id, so that ids in two
//!    forked dumps are the same. [`marking`]: it does so, too, to end a collection
//!    that is under way.
//! 2. [`pool`] (parent): V8's threads finish what they are at, and hold still.
//! 3. [`ranges`] (parent): V8's memory is marked "not for children"; unmark it. `fork`,
//!    and mark it again in the parent. [`signals`] that are meant for the parent do not end
//!    the child.
//! 4. [`locks`] (child): locks that threads held which are gone must not block.
//! 5. [`child`] (child): lowest priority, no descriptor but its own, then the
//!    snapshot, straight to the file, then `_exit`: nothing of the application runs.
//!    [`memory`]: if that runs out, it runs out for the child. With `image`, the child writes its
//!    memory instead, and takes the snapshot when it is restored elsewhere.
//! 6. [`watch`] (parent, own thread): progress, the child's end, publication.
//!
//! Whether all of this works here is asked of a process of its own first: [`probe`], [`helper`].
//!
//! Linux only: steps 3 and 4 depend on it.

mod child;
mod helper;
#[cfg(target_arch = "x86_64")]
mod image;
mod locks;
mod marking;
mod memory;
mod pool;
mod probe;
mod profiler;
mod ranges;
mod signals;
mod snapshot;
mod status;
mod watch;

use std::io;
use std::time::Duration;

use capture::{Code, Error, errno_of};

pub(super) use child::{Task, run as run_child, write as write_in_child};
pub(super) use marking::{follow as follow_marking, is_under_way as is_marking};
pub(super) use memory::resident as resident_bytes;
pub(super) use pool::Pool;
pub(super) use probe::{Probe, verdict};
pub(super) use snapshot::{
    is_available as is_direct_snapshot_available, write as write_snapshot_directly,
};
use status::{Reader, Sender};
pub(super) use watch::Child;

/// Which side of the fork the caller is on.
pub(super) enum Side {
    /// The parent, with the child's process id.
    Parent(libc::pid_t),
    /// The child. It must call [`run_child`] and nothing else.
    Child,
}

/// Why this host cannot do it; `None` if all that can be known beforehand is in place.
pub(super) fn obstacle() -> Option<&'static str> {
    if watch::has_lingering_child() {
        return Some("the killed child of an earlier dump has not ended yet");
    }
    if !profiler::is_available() {
        return Some("this host does not export v8::HeapProfiler::StartTrackingHeapObjects");
    }
    locks::obstacle()
}

/// For how long V8's threads may keep the process from being forked. What they are at for longer
/// is of another isolate, or being compiled: most likely the child does not meet it, and there is
/// a second attempt.
const PATIENCE: Duration = Duration::from_millis(50);

/// The same for a process that is about to end: nobody waits for it.
const PATIENCE_OF_DYING: Duration = Duration::from_secs(1);

/// Forks the process so that V8's heap is there in the child. With `ids`, every object has
/// its id before. JS thread only.
pub(super) fn fork(ids: bool) -> Result<Side, Error> {
    // Never two children at once.
    if let Some(obstacle) = obstacle() {
        return Err(Error::new(Code::Unsupported, obstacle));
    }
    // It begins with a collection, which first brings a marking to its end.
    if ids || marking::is_under_way() {
        profiler::assign_ids();
    }
    let _held = Pool::current().hold(PATIENCE);
    fork_heap()
}

/// Forks a process whose heap is full: V8 is in the middle of an allocation that has failed, so
/// nothing may be asked of it in this process. JS thread only.
pub(super) fn fork_full_heap(pool: &Pool) -> Result<Side, Error> {
    let _held = pool.hold(PATIENCE_OF_DYING);
    fork_heap()
}

fn fork_heap() -> Result<Side, Error> {
    let shared = ranges::Shared::with_children()?;
    let blocked = signals::Blocked::new();
    // SAFETY: the child continues below, and its caller does nothing but `run_child`, which is
    // written for a process with one thread and locks in unknown states.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        blocked.settle_in_child();
        // The child never forks again: its memory may stay as it is.
        std::mem::forget(shared);
        return Ok(Side::Child);
    }
    let failure = (pid < 0).then(|| failed("fork"));
    drop(blocked);
    drop(shared);
    if let Some(failure) = failure {
        return Err(failure);
    }
    Ok(Side::Parent(pid))
}

/// A pipe that ends with the processes that hold it.
pub(super) fn status_pipe() -> Result<(Reader, Sender), Error> {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(failed("pipe2"));
    }
    Ok(status::pair(ends))
}

fn failed(syscall: &str) -> Error {
    Error::syscall(errno_of(&io::Error::last_os_error()), syscall)
}
