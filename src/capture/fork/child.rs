//! Step 5, in the child: takes the snapshot and exits.
//!
//! Code in this file must not take a lock of this addon, because a thread of the parent may have
//! held it at the fork. It must not wait for a thread, or run JavaScript of the application.
//! [`run`] must not return.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{self, AssertUnwindSafe};

use capture::{
    Encoding, Facts, PartialFile, Pipeline, Redactor, Report, Sink, Sizes, WriteError, Written,
    errno_of,
};
use encryption::Recipients;

use super::super::heap_limit;
use super::super::system::system;
#[cfg(target_arch = "x86_64")]
use super::image::write as write_image;
use super::status::Sender;
use super::{locks, memory};

/// The output of the child.
struct Output {
    pipeline: Pipeline,
    failure: Option<io::Error>,
    status: Sender,
}

thread_local! {
    /// The output of this child. `None` outside a child. Thread-local, because the callbacks that
    /// deliver chunks get no pointer to it.
    static OUTPUT: RefCell<Option<Output>> = const { RefCell::new(None) };
}

/// The work of a child.
pub(in super::super) struct Task {
    pub(in super::super) file: File,
    pub(in super::super) encoding: Encoding,
    pub(in super::super) recipients: Option<Recipients>,
    pub(in super::super) redactor: Option<Redactor>,
    pub(in super::super) status: Sender,
    /// Whether to lower the child's priority for the processor and the disk.
    pub(in super::super) is_in_background: bool,
    /// How many bytes the child may grow by. Unlimited if absent.
    pub(in super::super) memory: Option<usize>,
    /// `Some`: the child may outlive its parent, and publishes this file when it is complete.
    /// `None`: the parent publishes the file, and the child is killed if the thread that forked it
    /// ends.
    pub(in super::super) partial: Option<PartialFile>,
    /// `Some`: the child writes an image of its memory instead of a snapshot, with these facts in
    /// the header.
    pub(in super::super) image: Option<Facts>,
}

/// Takes the snapshot with `capture`, which passes the chunks to [`write`], and ends the process.
/// If `task.image` is set, writes an image instead; the restored process then takes the snapshot.
///
/// # Safety
///
/// The caller must be the only thread of a child that was just forked.
pub(in super::super) unsafe fn run(task: Task, capture: impl FnOnce() -> bool) -> ! {
    // SAFETY: the process has one thread (contract).
    unsafe { locks::neutralise(&task.status) };
    // After a panic, the pipe closes without a final report, and the parent treats the dump as
    // failed.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| {
        let Task {
            mut file,
            mut encoding,
            mut recipients,
            mut redactor,
            status,
            is_in_background,
            memory,
            partial,
            image,
        } = task;
        detach([file.as_raw_fd(), status.descriptor()], partial.is_none());
        if is_in_background {
            lower_priority();
        }
        // Writing an image takes little memory. The snapshot is taken in the restored process.
        if let Some(budget) = memory.filter(|_| image.is_none()) {
            memory::limit(budget, &status);
        }
        heap_limit::lift();
        if let Some(facts) = image {
            // SAFETY: the process has one thread (contract).
            match unsafe { write_image(&file, recipients.as_ref(), &status, facts) } {
                Err(report) => return status.send(report),
                Ok(Some(sizes)) => {
                    let Some(beside) = snapshot_for_test() else {
                        let published = publish(partial, &file, sizes);
                        return status.send(published.unwrap_or_else(|report| report));
                    };
                    file = beside;
                }
                // The restored process: it takes the snapshot below.
                Ok(None) => {}
            }
            // The process that reads the snapshot redacts, compresses and encrypts it.
            (encoding, redactor, recipients) = (Encoding::Plain, None, None);
        }
        let sink = Sink::encrypted(file, system(), recipients.as_ref());
        match sink.and_then(|sink| Pipeline::new(sink, encoding, redactor)) {
            Ok(pipeline) => {
                OUTPUT.set(Some(Output { pipeline, failure: None, status }));
                let captured = capture();
                if let Some(output) = OUTPUT.take() {
                    output.end(captured, partial);
                }
            }
            Err(error) => status.send(write_failed(&error)),
        }
    }));
    // SAFETY: `_exit` ends the process without running destructors or exit handlers.
    unsafe { libc::_exit(0) }
}

/// Writes a chunk of the snapshot. Does nothing outside a child.
pub(in super::super) fn write(chunk: &[u8]) {
    OUTPUT.with_borrow_mut(|output| {
        let Some(output) = output else { return };
        if output.failure.is_some() {
            return;
        }
        match output.pipeline.write(chunk) {
            Ok(()) => {}
            Err(WriteError::Io(error)) => output.failure = Some(error),
            // `Pipeline::finish` then reports the snapshot as incomplete.
            Err(WriteError::UnknownForm(_)) => return,
        }
        output.status.send(Report::Progress(output.pipeline.bytes()));
        restart_alarm();
    });
}

impl Output {
    fn end(self, captured: bool, partial: Option<PartialFile>) {
        let Self { pipeline, failure, status } = self;
        let written = match failure {
            Some(error) => Err(error),
            None => pipeline.finish(),
        };
        status.send(match written {
            Err(error) => write_failed(&error),
            Ok(Written { file: Some(file), sizes }) if captured => {
                publish(partial, &file, sizes).unwrap_or_else(|report| report)
            }
            Ok(written) => Report::Incomplete(written.sizes.snapshot),
        });
    }
}

/// Publishes the complete file if `partial` is `Some`. Returns the report to send to the parent;
/// `Err` if the publication failed.
fn publish(partial: Option<PartialFile>, file: &File, sizes: Sizes) -> Result<Report, Report> {
    match partial.map(|partial| partial.publish(file)) {
        Some(Err(error)) => Err(Report::WriteFailed(error.errno().unwrap_or(libc::EIO))),
        _ => Ok(Report::Complete(sizes)),
    }
}

/// Creates a file for a snapshot that the child takes after it has written an image. A test
/// compares it with the snapshot of the restored process. Only builds with assertions do this.
fn snapshot_for_test() -> Option<File> {
    let path = cfg!(debug_assertions).then(|| std::env::var_os("HEAPDUMP_TEST_SNAPSHOT_BESIDE"));
    File::create(path.flatten()?).ok()
}

/// Fails, because images exist on x86-64 only. JavaScript does not request one here.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn write_image(
    _: &File,
    _: Option<&Recipients>,
    _: &Sender,
    _: Facts,
) -> Result<Option<Sizes>, Report> {
    Err(Report::Unreadable(libc::ENOSYS))
}

fn write_failed(error: &io::Error) -> Report {
    Report::WriteFailed(errno_of(error))
}

/// Seconds after which `SIGALRM` ends a child that makes no progress. This limits the life of a
/// child whose parent is gone. A heap of many gigabytes takes minutes before the first chunk.
const PROGRESS_TIMEOUT_S: u32 = 900;

/// Schedules `SIGALRM` for [`PROGRESS_TIMEOUT_S`] seconds from now, instead of the time set before.
pub(super) fn restart_alarm() {
    // SAFETY: `alarm` sends SIGALRM later, whose default action ends this process. In the sandbox
    // of a restored process it fails.
    unsafe { libc::alarm(PROGRESS_TIMEOUT_S) };
}

/// Prepares the child: renames it, makes it end with its parent if `ends_with_parent`, makes it the
/// first victim of the OOM killer, and replaces its descriptors except `preserved`.
fn detach(preserved: [RawFd; 2], ends_with_parent: bool) {
    // `pgrep -n node` must find the service, not the child.
    // SAFETY: `prctl` copies a NUL-terminated name.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"heapdump-child".as_ptr()) };
    if ends_with_parent {
        // Without the parent, the file would never be published.
        // SAFETY: `prctl` gets numbers, and changes an attribute of this process.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    }
    restart_alarm();
    memory::be_killed_first();
    silence_descriptors(preserved);
}

/// Lowers the priority of this process for the processor and the disk.
fn lower_priority() {
    // SAFETY: changes the priority of this process.
    unsafe { libc::nice(10) };
    // SAFETY: the call gets numbers. It moves this process (0) to the idle class (3) of I/O.
    unsafe { libc::syscall(libc::SYS_ioprio_set, 1, 0, 3 << 13) };
}

/// Replaces every socket, pipe, character device and regular file except `preserved` with
/// `/dev/null`.
///
/// Otherwise a connection that the parent closes would stay open for the peer, and bytes that the
/// parent has buffered could be written twice. The descriptors are not closed, and event
/// descriptors are left as they are, because libuv asserts that its descriptors exist.
fn silence_descriptors(preserved: [RawFd; 2]) {
    // SAFETY: `open` gets a NUL-terminated path.
    let null = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) };
    if null < 0 {
        return;
    }
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let all: Vec<RawFd> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for fd in all {
        if fd != null && !preserved.contains(&fd) && is_shared_with_others(fd) {
            // SAFETY: replaces a descriptor of this process. That of the parent stays open.
            unsafe { libc::dup2(null, fd) };
        }
    }
}

/// Returns whether another process can notice when the descriptor is written to or closed.
fn is_shared_with_others(fd: RawFd) -> bool {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `fstat` writes a `stat`, for which there is room.
    if unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: `fstat` has succeeded, so the structure is initialised.
    let kind = unsafe { stat.assume_init() }.st_mode & libc::S_IFMT;
    // Event, epoll, timer and inotify descriptors have no file type.
    matches!(kind, libc::S_IFSOCK | libc::S_IFIFO | libc::S_IFREG | libc::S_IFCHR)
}
