//! Step 2, in the parent: V8's threads hold still while the process is forked.
//!
//! V8 has a pool of threads, one for the whole process: they mark and sweep beside
//! JavaScript, and compile. A child that is forked in the middle of that inherits
//! half of it: objects that a thread had taken to mark and that nobody will mark now,
//! so that the child frees what is in use; a count of threads at work, for whose end
//! V8 would wait for ever; memory mapped since the ranges to share were read. So
//! every thread of the pool gets a task that only waits. Once all of them are at it,
//! nothing else is under way; they go on as soon as the child is there.
//!
//! Relies on functions that Node exports: an embedder's own platform is left alone.

use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use capture::lock;

use super::super::interrupt::Isolate;
use super::super::symbols;

/// A thread of V8's waits no longer, whatever becomes of us.
const LONGEST: Duration = Duration::from_secs(2);

type CurrentContext = unsafe extern "C" fn(isolate: *mut c_void) -> *mut c_void;
type CurrentEnvironment = unsafe extern "C" fn(context: *mut c_void) -> *mut c_void;
type PlatformOf = unsafe extern "C" fn(environment: *mut c_void) -> *mut c_void;
type CountThreads = unsafe extern "C" fn(platform: *mut c_void) -> i32;
/// Node 18 and 20; the task is a `std::unique_ptr`, which C++ passes by reference.
type Call = unsafe extern "C" fn(platform: *mut c_void, task: *mut *mut Task);
/// Node 22 and newer.
type Post =
    unsafe extern "C" fn(*mut c_void, priority: u8, *mut *mut Task, location: *const Location);

/// `NumberOfWorkerThreads` also counts the thread that starts delayed tasks, which runs none
/// itself (Node 18 to 26).
const SCHEDULERS: usize = 1;

/// Ahead of all that waits in the queue: `v8::TaskPriority::kUserBlocking`.
const USER_BLOCKING: u8 = 2;

/// `v8::SourceLocation`, of nowhere.
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
    /// What an object of Node's own platform begins with.
    class: usize,
}

/// V8's threads, holding still as long as this value lives.
pub(super) struct Held(Option<Arc<Gate>>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(gate) = &self.0 {
            gate.open();
        }
    }
}

/// The pool of V8's threads; empty if the host has a platform of its own.
pub(in super::super) struct Pool(Option<(&'static Functions, usize)>);

impl Pool {
    /// The pool of the calling JS thread. It lives as long as the process. Needs a scope for handles,
    /// as there is in every call from JavaScript.
    pub(in super::super) fn current() -> Self {
        Self(platform().map(|(functions, platform)| (functions, platform as usize)))
    }

    /// Has every thread of the pool hold still; `None` if that takes longer than `limit`: they are
    /// in the middle of something.
    pub(super) fn hold(&self, limit: Duration) -> Option<Held> {
        let Some((functions, platform)) = self.0 else { return Some(Held(None)) };
        let platform = platform as *mut c_void;
        // SAFETY: Node's own platform, which lives as long as the process.
        let threads = unsafe { (functions.threads)(platform) };
        let threads = usize::try_from(threads).unwrap_or(0).saturating_sub(SCHEDULERS);
        let gate = Arc::new(Gate::default());
        let held = Held(Some(Arc::clone(&gate)));
        for _ in 0..threads {
            let mut task = Task::new(Arc::clone(&gate));
            match functions.submit {
                // SAFETY: as above; the platform takes the task and frees it as C++ does.
                Submit::Call(call) => unsafe { call(platform, &raw mut task) },
                // SAFETY: as above.
                Submit::Post(post) => unsafe {
                    post(platform, USER_BLOCKING, &raw mut task, &raw const NOWHERE);
                },
            }
        }
        gate.is_full_within(threads, limit).then_some(held)
    }
}

static NOWHERE: Location = [0; 4];

/// The platform of the calling JS thread, if it is Node's own.
fn platform() -> Option<(&'static Functions, *mut c_void)> {
    let functions = functions()?;
    let isolate = Isolate::current()?;
    // SAFETY: the isolate of this thread, in a call from JavaScript: there is a scope for handles.
    let context = unsafe { (functions.context)(isolate.as_ptr()) };
    if context.is_null() {
        return None;
    }
    // SAFETY: a handle of this thread.
    let environment = unsafe { (functions.environment)(context) };
    if environment.is_null() {
        return None;
    }
    // SAFETY: the environment of this thread.
    let platform = unsafe { (functions.platform)(environment) };
    if platform.is_null() {
        return None;
    }
    // SAFETY: an object with virtual functions begins with the address of their table.
    let class = unsafe { *platform.cast::<usize>() };
    (class == functions.class).then_some((functions, platform))
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
    // After the table's own two entries.
    let class =
        symbols::find(c"_ZTVN4node12NodePlatformE")?.as_ptr() as usize + 2 * size_of::<usize>();
    let post = c"_ZN4node12NodePlatform26PostTaskOnWorkerThreadImplEN2v812TaskPriorityESt10unique_ptrINS1_4TaskESt14default_deleteIS4_EERKNS1_14SourceLocationE";
    let call = c"_ZN4node12NodePlatform18CallOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE";
    let submit = match (symbols::find(post), symbols::find(call)) {
        (Some(post), _) => {
            // SAFETY: here and below, the mangled name spells this very signature; `this` comes
            // first, and a handle is a pointer.
            Submit::Post(unsafe { std::mem::transmute::<*mut c_void, Post>(post.as_ptr()) })
        }
        (None, Some(call)) => {
            // SAFETY: see above.
            Submit::Call(unsafe { std::mem::transmute::<*mut c_void, Call>(call.as_ptr()) })
        }
        (None, None) => return None,
    };
    Some(Functions {
        // SAFETY: see above.
        context: unsafe { std::mem::transmute::<*mut c_void, CurrentContext>(context) },
        // SAFETY: see above.
        environment: unsafe { std::mem::transmute::<*mut c_void, CurrentEnvironment>(environment) },
        // SAFETY: see above.
        platform: unsafe { std::mem::transmute::<*mut c_void, PlatformOf>(platform) },
        // SAFETY: see above.
        threads: unsafe { std::mem::transmute::<*mut c_void, CountThreads>(threads) },
        submit,
        class,
    })
}

/// Where the threads wait.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    is_open: bool,
}

impl Gate {
    fn wait(&self) {
        let mut state = lock(&self.state);
        if state.is_open {
            return;
        }
        state.waiting += 1;
        self.changed.notify_all();
        let _ = self.changed.wait_timeout_while(state, LONGEST, |state| !state.is_open);
    }

    fn is_full_within(&self, threads: usize, limit: Duration) -> bool {
        let state = lock(&self.state);
        let waited = self.changed.wait_timeout_while(state, limit, |state| state.waiting < threads);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn open(&self) {
        lock(&self.state).is_open = true;
        self.changed.notify_all();
    }
}

/// A `v8::Task`, laid out as C++ does.
#[repr(C)]
struct Task {
    functions: &'static Table,
    gate: Arc<Gate>,
}

/// What its first word points to.
#[repr(C)]
struct Table {
    destroy: extern "C" fn(*mut Task),
    delete: extern "C" fn(*mut Task),
    run: extern "C" fn(*mut Task),
}

/// With what comes before a table: where the object begins, and its type, which nobody asks for.
#[repr(C)]
struct TableOfTask {
    offset: isize,
    kind: usize,
    table: Table,
}

static TASK: TableOfTask =
    TableOfTask { offset: 0, kind: 0, table: Table { destroy, delete, run } };

impl Task {
    fn new(gate: Arc<Gate>) -> *mut Self {
        Box::into_raw(Box::new(Self { functions: &TASK.table, gate }))
    }
}

/// Its memory is freed by `delete` alone, which is all that `std::unique_ptr` calls.
extern "C" fn destroy(_task: *mut Task) {}

extern "C" fn delete(task: *mut Task) {
    // SAFETY: made by `Task::new`, and deleted once by its owner.
    drop(unsafe { Box::from_raw(task) });
}

extern "C" fn run(task: *mut Task) {
    // SAFETY: its owner has it run.
    unsafe { &*task }.gate.wait();
}
