//! Step 5, in the child: the snapshot, and the end.
//!
//! Nothing here may take a lock of this addon (a thread that is gone may hold
//! it), wait for a thread, run the application's JavaScript, or return.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{self, AssertUnwindSafe};

use capture::{
    Encoding, Facts, PartialFile, Pipeline, Redactor, Report, Sink, Sizes, WriteError, Written,
    errno_of,
};

use super::super::heap_limit;
use super::super::system::system;
#[cfg(target_arch = "x86_64")]
use super::image;
use super::status::Sender;
use super::{locks, memory};

/// What the child writes to. Thread-local: JavaScript hands over the chunks.
struct Output {
    pipeline: Pipeline,
    failure: Option<io::Error>,
    status: Sender,
}

thread_local! {
    static OUTPUT: RefCell<Option<Output>> = const { RefCell::new(None) };
}

/// What a child is to do.
pub(in super::super) struct Task {
    pub(in super::super) file: File,
    pub(in super::super) encoding: Encoding,
    pub(in super::super) redactor: Option<Redactor>,
    pub(in super::super) status: Sender,
    /// Whether the process that waits for it has the processor first.
    pub(in super::super) is_in_background: bool,
    /// How many bytes it may grow by.
    pub(in super::super) memory: Option<usize>,
    /// If it is to go on without its parent: what it gives its name when all is done.
    pub(in super::super) partial: Option<PartialFile>,
    /// Write an image of the memory instead of a snapshot, with this in its header.
    pub(in super::super) image: Option<Facts>,
}

/// Takes the snapshot with `capture`, which calls [`write`] with its chunks, and ends the process.
///
/// # Safety
///
/// Only in a child just forked.
pub(in super::super) unsafe fn run(task: Task, capture: impl FnOnce() -> bool) -> ! {
    // SAFETY: one thread, as always after a fork (contract).
    unsafe { locks::neutralise(&task.status) };
    // The parent learns from the end of the pipe if this panics.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| {
        let Task { file, encoding, status, redactor, is_in_background, memory, partial, image } =
            task;
        detach([file.as_raw_fd(), status.descriptor()], partial.is_none());
        if is_in_background {
            yield_to_others();
        }
        // An image needs no memory to speak of; the restored process has another limit.
        if let Some(budget) = memory.filter(|_| image.is_none()) {
            memory::limit(budget, &status);
        }
        heap_limit::lift();
        let (mut file, mut encoding, mut redactor) = (file, encoding, redactor);
        if let Some(facts) = image {
            // SAFETY: one thread (contract).
            if let Some(written) = unsafe { write_image(&file, &status, facts) } {
                let Some(beside) = written.is_ok().then(snapshot_for_test).flatten() else {
                    let published = written.and_then(|bytes| {
                        publish(partial, &file, Sizes { snapshot: bytes, stored: bytes })
                    });
                    status.send(published.unwrap_or_else(|report| report));
                    return;
                };
                file = beside;
            }
            // The restored process: the restoring one redacts and compresses.
            (encoding, redactor) = (Encoding::Plain, None);
        }
        match Pipeline::new(Sink::new(file, system()), encoding, redactor) {
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
    // SAFETY: ends the process at once: no exit handler of the application, no destructor.
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
            // Without this piece the snapshot is not whole.
            Err(WriteError::UnknownForm(_)) => return,
        }
        output.status.send(Report::Progress(output.pipeline.bytes()));
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

/// Gives the complete file its name, if that is the child's to do.
fn publish(partial: Option<PartialFile>, file: &File, sizes: Sizes) -> Result<Report, Report> {
    match partial.map(|partial| partial.publish(file)) {
        Some(Err(error)) => Err(Report::WriteFailed(error.errno().unwrap_or(libc::EIO))),
        _ => Ok(Report::Complete(sizes)),
    }
}

/// The file of a snapshot that the child takes after it has written an image, so that a test can
/// compare it with what is restored. Only a build with assertions has this.
fn snapshot_for_test() -> Option<File> {
    let path = cfg!(debug_assertions).then(|| std::env::var_os("HEAPDUMP_TEST_SNAPSHOT_BESIDE"));
    File::create(path.flatten()?).ok()
}

/// Writes an image and gives its bytes, or why there is none; `None` in the restored process.
///
/// # Safety
///
/// That of [`run`].
#[cfg(target_arch = "x86_64")]
unsafe fn write_image(file: &File, status: &Sender, facts: Facts) -> Option<Result<u64, Report>> {
    // SAFETY: the contract is the caller's.
    match unsafe { image::write(file, status, facts) } {
        image::Side::Written(bytes) => Some(Ok(bytes)),
        image::Side::Failed(report) => Some(Err(report)),
        image::Side::Restored => None,
    }
}

/// There are no images on this architecture: JavaScript does not ask for one.
#[cfg(not(target_arch = "x86_64"))]
#[expect(clippy::unnecessary_wraps, reason = "`None` means the restored process")]
unsafe fn write_image(_: &File, _: &Sender, _: Facts) -> Option<Result<u64, Report>> {
    Some(Err(Report::Unreadable(libc::ENOSYS)))
}

fn write_failed(error: &io::Error) -> Report {
    Report::WriteFailed(errno_of(error))
}

/// Seconds in which a child without a parent to look after it must hand out the next piece; a heap
/// of many gigabytes takes minutes before the first.
const PROGRESS_TIMEOUT_S: u32 = 900;

/// Lets go of everything that is the parent's.
fn detach(kept: [RawFd; 2], ends_with_parent: bool) {
    // `pgrep -n node` must find the service and not its copy.
    // SAFETY: a NUL-terminated name.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"heapdump-child".as_ptr()) };
    if ends_with_parent {
        // Nobody would give the snapshot its name if the parent is gone.
        // SAFETY: a setting of this process.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    }
    // SAFETY: a setting of this process: its default action ends it.
    unsafe { libc::alarm(PROGRESS_TIMEOUT_S) };
    memory::volunteer();
    silence_descriptors(kept);
}

fn yield_to_others() {
    // SAFETY: a setting of this process.
    unsafe { libc::nice(10) };
    // SAFETY: a setting of this process: the idle class for I/O.
    unsafe { libc::syscall(libc::SYS_ioprio_set, 1, 0, 3 << 13) };
}

/// Peers see a connection end when the parent ends it, and nothing that the
/// parent has buffered can be written twice: every socket, pipe, terminal and
/// regular file becomes `/dev/null`. Not closed: libuv asserts that its own
/// event descriptors are there, and those are left alone.
fn silence_descriptors(kept: [RawFd; 2]) {
    // SAFETY: a NUL-terminated path.
    let null = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) };
    if null < 0 {
        return;
    }
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let all: Vec<RawFd> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for fd in all {
        if fd != null && !kept.contains(&fd) && is_shared_with_others(fd) {
            // SAFETY: replaces the child's descriptor; the parent's stays.
            unsafe { libc::dup2(null, fd) };
        }
    }
}

fn is_shared_with_others(fd: RawFd) -> bool {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: room for the answer.
    if unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: filled in, since the call succeeded.
    let kind = unsafe { stat.assume_init() }.st_mode & libc::S_IFMT;
    // Event, epoll, timer and inotify descriptors have no kind.
    matches!(kind, libc::S_IFSOCK | libc::S_IFIFO | libc::S_IFREG | libc::S_IFCHR)
}
