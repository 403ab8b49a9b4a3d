//! Takes a snapshot in a forked child. The service pauses while it forks, for some tens of
//! milliseconds. Assigning ids (step 1) adds a garbage collection and a walk over the heap.
//!
//! The child is a copy of the process at one instant, with its heap, so the snapshot may take long.
//! Node does not support a child that continues to run JavaScript after `fork`, because the threads
//! of V8 and libuv do not exist in it. This child runs only the addon's own JavaScript, which takes
//! the snapshot through the inspector, and exits. The steps, each in a file of its own:
//!
//! 1. [`heap_profiler`] (parent): if the dump must be comparable or V8 is [`marking`] its heap, makes V8
//!    assign an id to every object, so that an object has the same id in two forked dumps. This
//!    also completes the marking. A process whose heap is full skips this step.
//! 2. [`pool`] (parent): quiesces V8's worker threads, or gives up after a timeout and forks
//!    anyway.
//! 3. [`ranges`] (parent): V8 excludes its heap from `fork`. This step includes it, forks, and
//!    excludes it again in the parent. [`signals`]: keeps signals that are meant for the service
//!    from ending the child.
//! 4. [`locks`] (child): disables locks, because threads of the parent may have held them at the
//!    fork.
//! 5. [`child`] (child): lowers its priority, replaces inherited descriptors, writes the snapshot
//!    to the file, and calls `_exit`, so no code of the application runs. [`memory`]: limits the
//!    memory of the child. [`snapshot`]: takes the snapshot without JavaScript if the heap is full.
//!    `image`: writes an image of the child's memory to the file. The snapshot is taken later, in a
//!    restored process.
//! 6. [`watch`] (parent, on a thread of its own): follows the child until it ends.
//!
//! The fork self-test finds out whether forked dumps work by taking one in another process:
//! [`self_test`], [`helper`]. In mode `auto`, the first dump waits for it.
//!
//! Linux only, because steps 3 and 4 depend on it.

mod child;
mod helper;
#[cfg(target_arch = "x86_64")]
mod image;
mod locks;
mod marking;
mod memory;
mod pool;
mod ranges;
mod self_test;
mod signals;
mod snapshot;
mod status;
mod watch;

use std::io;
use std::time::Duration;

use capture::{Code, Error, errno_of};

use super::heap_profiler;

pub(super) use child::{Task, run as run_child, write as write_in_child};
pub(super) use marking::{follow as follow_marking, is_in_progress as is_marking};
pub(super) use memory::resident as resident_bytes;
pub(super) use pool::Pool;
use pool::Quiesced;
pub(super) use self_test::{SelfTest, result as self_test_result};
pub(super) use snapshot::{
    is_available as is_direct_snapshot_available, write as write_snapshot_directly,
};
use status::{Reader, Sender};
pub(super) use watch::Child;

/// The process in which [`fork`] returned.
pub(super) enum Side {
    /// The parent, with the process id of the child.
    Parent(libc::pid_t),
    /// The child. It must call [`run_child`], and must not take a lock before.
    Child,
}

/// Returns why this process cannot be forked, as far as is known without the self-test.
pub(super) fn obstacle() -> Option<&'static str> {
    if watch::has_lingering_child() {
        return Some("the killed child of an earlier dump has not ended yet");
    }
    if !heap_profiler::is_available() {
        return Some("this host does not export the functions of V8's heap profiler");
    }
    locks::obstacle()
}

/// How long to wait for V8's worker threads before the fork. After that, the process forks without
/// quiescing them: a task that takes longer is a compilation, or belongs to another isolate, so the
/// child rarely depends on it. If the child fails because of it, the dump is tried again.
const QUIESCE_TIMEOUT: Duration = Duration::from_millis(50);

/// Like [`QUIESCE_TIMEOUT`], for a process that is about to end. It is longer, because the process
/// serves no more requests.
const LAST_QUIESCE_TIMEOUT: Duration = Duration::from_secs(1);

/// Forks the process with V8's heap. If `ids`, or if V8 is marking the heap, assigns ids to all
/// objects first. JS thread only.
///
/// # Errors
///
/// If there is an obstacle, if `smaps` cannot be read, or if `fork` fails.
pub(super) fn fork(ids: bool) -> Result<Side, Error> {
    // Checked again: after JavaScript checked, this process may have killed a child that has not
    // ended yet.
    if let Some(obstacle) = obstacle() {
        return Err(Error::new(Code::Unsupported, obstacle));
    }
    // Assigning ids starts with a garbage collection, which completes a marking in progress.
    if ids || marking::is_in_progress() {
        heap_profiler::assign_ids();
    }
    fork_heap(Pool::current().quiesce(QUIESCE_TIMEOUT))
}

/// Forks a process whose heap is full. Does not call V8, because V8 is inside an allocation that
/// has failed; `quiesce` calls Node's platform only. The caller must have checked [`obstacle`]. JS
/// thread only.
pub(super) fn fork_full_heap(pool: &Pool) -> Result<Side, Error> {
    fork_heap(pool.quiesce(LAST_QUIESCE_TIMEOUT))
}

/// Forks the process with V8's heap, and then lets the quiesced threads of the parent continue.
fn fork_heap(quiesced: Option<Quiesced>) -> Result<Side, Error> {
    let ranges = ranges::ForkedRanges::include()?;
    let blocked = signals::Blocked::new();
    // SAFETY: until `run_child`, which is written for a process with one thread and locks in
    // unknown states, the child only sets signal handlers and its signal mask, and moves values. It
    // takes no lock.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        blocked.reset_handlers_in_child();
        // The child does not fork, so its memory need not be excluded again. The gate must not be
        // opened: the threads that wait at it do not exist in the child, and one of them may have
        // held its lock at the fork.
        std::mem::forget((ranges, quiesced));
        return Ok(Side::Child);
    }
    let failure = (pid < 0).then(|| failed("fork"));
    drop(blocked);
    drop(ranges);
    if let Some(failure) = failure {
        return Err(failure);
    }
    Ok(Side::Parent(pid))
}

/// Opens the pipe through which the child reports to the parent.
pub(super) fn status_pipe() -> Result<(Reader, Sender), Error> {
    let mut ends = [0; 2];
    // SAFETY: `pipe2` writes two descriptors, for which there is room.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(failed("pipe2"));
    }
    Ok(status::pair(ends))
}

fn failed(syscall: &str) -> Error {
    Error::syscall(errno_of(&io::Error::last_os_error()), syscall)
}
