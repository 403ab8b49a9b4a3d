//! Step 2, in the parent: quiesces V8's worker threads during the fork.
//!
//! V8 has one pool of worker threads for all isolates of the process. They mark, sweep and compile
//! while JavaScript runs. A child that is forked meanwhile inherits unfinished work:
//!
//! * Objects that a thread has taken from the marking worklist are never marked, so the child frees
//!   objects that are in use.
//! * V8 waits forever for the end of threads that it counts as active.
//! * Memory that was mapped after step 3 read the ranges is missing.
//!
//! Therefore every worker thread gets a task that only waits. Once every thread runs this task, no
//! other task is in progress. The threads continue after the fork.
//!
//! This uses functions that Node exports. If an embedder has its own platform, the worker threads
//! are not quiesced, and the process forks anyway.

use std::ffi::c_void;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use capture::ThreadGate;

use super::super::interrupt::Isolate;
use super::super::symbols;

/// Upper bound on how long a worker thread is blocked.
const MAX_BLOCK: Duration = Duration::from_secs(2);

type CurrentContext = unsafe extern "C" fn(isolate: *mut c_void) -> *mut c_void;
type CurrentEnvironment = unsafe extern "C" fn(context: *mut c_void) -> *mut c_void;
type PlatformOf = unsafe extern "C" fn(environment: *mut c_void) -> *mut c_void;
type CountThreads = unsafe extern "C" fn(platform: *mut c_void) -> i32;
/// `CallOnWorkerThread` of Node 18 and 20. The task is a `std::unique_ptr`, which C++ passes by its
/// address.
type Call = unsafe extern "C" fn(platform: *mut c_void, task: *mut *mut Task);
/// `PostTaskOnWorkerThreadImpl` of Node 22 and newer.
type Post =
    unsafe extern "C" fn(*mut c_void, priority: u8, *mut *mut Task, location: *const Location);

/// `NumberOfWorkerThreads` includes the thread that schedules delayed tasks. That thread runs no
/// tasks itself (Node 18 to 26).
const SCHEDULER_THREADS: usize = 1;

/// `v8::TaskPriority::kUserBlocking`: before all other tasks in the queue.
const USER_BLOCKING: u8 = 2;

/// `v8::SourceLocation`: where in the source a task was posted.
type Location = [usize; 4];

#[derive(Clone, Copy)]
enum Submit {
    Call(Call),
    Post(Post),
}

struct Functions {
    context: CurrentContext,
    environment: CurrentEnvironment,
    platform: PlatformOf,
    threads: CountThreads,
    submit: Submit,
    /// The first word of a `node::NodePlatform`: the address of its vtable.
    vtable: usize,
}

/// Keeps V8's worker threads quiesced until it is dropped.
pub(super) struct Quiesced(Option<Arc<ThreadGate>>);

impl Drop for Quiesced {
    fn drop(&mut self) {
        if let Some(gate) = &self.0 {
            gate.open();
        }
    }
}

/// V8's pool of worker threads. `None` if the host has a platform of its own.
pub(in super::super) struct Pool(Option<(&'static Functions, usize)>);

impl Pool {
    /// Returns the pool of the calling JS thread. The pool lives as long as the process. Needs a
    /// handle scope, which exists in every call from JavaScript.
    pub(in super::super) fn current() -> Self {
        Self(platform().map(|(functions, platform)| (functions, platform as usize)))
    }

    /// Quiesces all worker threads until the result is dropped. Returns `None` if their present
    /// tasks take longer than `timeout`; the threads then continue. Does nothing if the host has
    /// its own platform.
    pub(super) fn quiesce(&self, timeout: Duration) -> Option<Quiesced> {
        let Some((functions, platform)) = self.0 else { return Some(Quiesced(None)) };
        let platform = platform as *mut c_void;
        // SAFETY: a `node::NodePlatform`, which lives as long as the process.
        let threads = unsafe { (functions.threads)(platform) };
        let threads = usize::try_from(threads).unwrap_or(0).saturating_sub(SCHEDULER_THREADS);
        let gate = Arc::new(ThreadGate::new(MAX_BLOCK));
        let quiesced = Quiesced(Some(Arc::clone(&gate)));
        for _ in 0..threads {
            let mut task = Task::new(Arc::clone(&gate));
            match functions.submit {
                // SAFETY: as above. The platform takes ownership of the task, and deletes it
                // through its vtable.
                Submit::Call(call) => unsafe { call(platform, &raw mut task) },
                // SAFETY: as above.
                Submit::Post(post) => unsafe {
                    post(platform, USER_BLOCKING, &raw mut task, &raw const NOWHERE);
                },
            }
        }
        gate.has_all_within(threads, timeout).then_some(quiesced)
    }
}

static NOWHERE: Location = [0; 4];

/// Returns the platform of the calling JS thread, if it is a `node::NodePlatform`.
fn platform() -> Option<(&'static Functions, *mut c_void)> {
    let functions = functions()?;
    let isolate = Isolate::current()?;
    // SAFETY: the isolate belongs to this thread. In a call from JavaScript there is a handle
    // scope.
    let context = unsafe { (functions.context)(isolate.as_ptr()) };
    if context.is_null() {
        return None;
    }
    // SAFETY: the context is a handle of this thread, and not null.
    let environment = unsafe { (functions.environment)(context) };
    if environment.is_null() {
        return None;
    }
    // SAFETY: the environment belongs to this thread, and is not null.
    let platform = unsafe { (functions.platform)(environment) };
    if platform.is_null() {
        return None;
    }
    // SAFETY: a `MultiIsolatePlatform` has virtual functions, so its first word is the address of
    // its vtable.
    let vtable = unsafe { *platform.cast::<usize>() };
    (vtable == functions.vtable).then_some((functions, platform))
}

fn functions() -> Option<&'static Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    FUNCTIONS.get_or_init(find).as_ref()
}

fn find() -> Option<Functions> {
    let context = symbols::find(c"_ZN2v87Isolate17GetCurrentContextEv")?.as_ptr();
    let environment =
        symbols::find(c"_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE")?.as_ptr();
    let platform = symbols::find(c"_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE")?.as_ptr();
    let threads = symbols::find(c"_ZN4node12NodePlatform21NumberOfWorkerThreadsEv")?.as_ptr();
    // Objects point to the first function of the vtable, after two words.
    let vtable =
        symbols::find(c"_ZTVN4node12NodePlatformE")?.as_ptr() as usize + 2 * size_of::<usize>();
    let post = c"_ZN4node12NodePlatform26PostTaskOnWorkerThreadImplEN2v812TaskPriorityESt10unique_ptrINS1_4TaskESt14default_deleteIS4_EERKNS1_14SourceLocationE";
    let call = c"_ZN4node12NodePlatform18CallOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE";
    let submit = match (symbols::find(post), symbols::find(call)) {
        (Some(post), _) => {
            // SAFETY: the mangled name encodes this signature. `this` is the first argument, and a
            // `std::unique_ptr` is passed by its address.
            Submit::Post(unsafe { std::mem::transmute::<*mut c_void, Post>(post.as_ptr()) })
        }
        (None, Some(call)) => {
            // SAFETY: as above.
            Submit::Call(unsafe { std::mem::transmute::<*mut c_void, Call>(call.as_ptr()) })
        }
        (None, None) => return None,
    };
    Some(Functions {
        // SAFETY: the mangled name encodes this signature. A handle is returned as a pointer.
        context: unsafe { std::mem::transmute::<*mut c_void, CurrentContext>(context) },
        // SAFETY: the mangled name encodes this signature. A handle is passed as a pointer.
        environment: unsafe { std::mem::transmute::<*mut c_void, CurrentEnvironment>(environment) },
        // SAFETY: the mangled name encodes this signature.
        platform: unsafe { std::mem::transmute::<*mut c_void, PlatformOf>(platform) },
        // SAFETY: the mangled name encodes this signature. `this` is the first argument.
        threads: unsafe { std::mem::transmute::<*mut c_void, CountThreads>(threads) },
        submit,
        vtable,
    })
}

/// A `v8::Task` with the layout of the Itanium C++ ABI: a pointer to the vtable comes first.
#[repr(C)]
struct Task {
    vtable: &'static Vtable,
    gate: Arc<ThreadGate>,
}

/// The vtable of a `v8::Task`, in the order of its declaration.
#[repr(C)]
struct Vtable {
    destroy: extern "C" fn(*mut Task),
    delete: extern "C" fn(*mut Task),
    run: extern "C" fn(*mut Task),
}

/// A vtable with the two words that precede it: the offset to the top, and the type information,
/// which V8 and Node do not use.
#[repr(C)]
struct VtableWithHeader {
    offset: isize,
    kind: usize,
    vtable: Vtable,
}

static TASK: VtableWithHeader =
    VtableWithHeader { offset: 0, kind: 0, vtable: Vtable { destroy, delete, run } };

impl Task {
    fn new(gate: Arc<ThreadGate>) -> *mut Self {
        Box::into_raw(Box::new(Self { vtable: &TASK.vtable, gate }))
    }
}

/// Does nothing, because `std::unique_ptr` calls `delete` only, which frees the memory.
extern "C" fn destroy(_task: *mut Task) {}

extern "C" fn delete(task: *mut Task) {
    // SAFETY: `Task::new` has created the task, and its owner deletes it once.
    drop(unsafe { Box::from_raw(task) });
}

extern "C" fn run(task: *mut Task) {
    // SAFETY: the owner of the task runs it before it deletes it.
    unsafe { &*task }.gate.wait();
}
