//! Step 5, in a child whose heap is full: takes the snapshot without JavaScript.
//!
//! V8 is in the middle of an allocation that has failed. A snapshot through the inspector runs
//! JavaScript, which allocates more. `v8::HeapProfiler::TakeHeapSnapshot` and
//! `v8::HeapSnapshot::Serialize` run no JavaScript. They need only a handle scope and a garbage
//! collection, and V8 allows both inside an allocation.

use std::ffi::c_void;
use std::ptr;
use std::slice;
use std::sync::OnceLock;

use super::super::{heap_profiler, symbols};
use super::child;

/// `TakeHeapSnapshot`. The last two arguments: whether to leave out V8's internal objects (in V8
/// 10: whether to treat global objects as roots), and whether to include numbers.
type Take = unsafe extern "C" fn(
    profiler: *mut c_void,
    control: *mut c_void,
    names: *mut c_void,
    bool,
    bool,
) -> *const c_void;
type Serialize = unsafe extern "C" fn(snapshot: *const c_void, *mut Stream, format: i32);

/// `v8::HeapSnapshot::kJSON`.
const JSON: i32 = 0;

struct Functions {
    take: Take,
    serialize: Serialize,
}

/// Returns whether this Node exports the functions that [`write`] needs.
pub(in super::super) fn is_available() -> bool {
    functions().is_some()
}

/// Takes a snapshot of the calling thread's heap and passes it to [`child::write`]. Returns `false`
/// if V8 returns none. In a child only.
pub(in super::super) fn write() -> bool {
    let (Some(functions), Some(profiler)) = (functions(), heap_profiler::current()) else {
        return false;
    };
    // SAFETY: the profiler belongs to this thread's isolate. Null is allowed: no progress is
    // reported, and global objects have no special names.
    let snapshot =
        unsafe { (functions.take)(profiler, ptr::null_mut(), ptr::null_mut(), true, false) };
    if snapshot.is_null() {
        return false;
    }
    let mut stream = Stream { vtable: &STREAM.vtable };
    // SAFETY: V8 has just returned the snapshot, and the stream outlives the call.
    unsafe { (functions.serialize)(snapshot, &raw mut stream, JSON) };
    true
}

fn functions() -> Option<&'static Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    FUNCTIONS.get_or_init(find).as_ref()
}

fn find() -> Option<Functions> {
    let names = [
        c"_ZN2v812HeapProfiler16TakeHeapSnapshotEPNS_15ActivityControlEPNS0_18ObjectNameResolverEbb",
        // Since Node 26.
        c"_ZN2v812HeapProfiler16TakeHeapSnapshotEPNS_15ActivityControlEPNS0_19ContextNameResolverEbb",
    ];
    let take = names.into_iter().find_map(symbols::find)?.as_ptr();
    let serialize =
        c"_ZNK2v812HeapSnapshot9SerializeEPNS_12OutputStreamENS0_19SerializationFormatE";
    let serialize = symbols::find(serialize)?.as_ptr();
    Some(Functions {
        // SAFETY: the mangled name encodes this signature. `this` is the first argument. A resolver
        // is passed as a pointer under either name.
        take: unsafe { std::mem::transmute::<*mut c_void, Take>(take) },
        // SAFETY: the mangled name encodes this signature. `this` is the first argument.
        serialize: unsafe { std::mem::transmute::<*mut c_void, Serialize>(serialize) },
    })
}

/// A `v8::OutputStream` with the layout of the Itanium C++ ABI: a pointer to the vtable.
#[repr(C)]
struct Stream {
    vtable: &'static Vtable,
}

/// The vtable of a `v8::OutputStream`, in the order of its declaration.
#[repr(C)]
struct Vtable {
    destroy: extern "C" fn(*mut Stream),
    delete: extern "C" fn(*mut Stream),
    end: extern "C" fn(*mut Stream),
    chunk_size: extern "C" fn(*mut Stream) -> i32,
    write: extern "C" fn(*mut Stream, *const u8, i32) -> i32,
    write_statistics: extern "C" fn(*mut Stream, *mut c_void, i32) -> i32,
}

/// A vtable with the two words that precede it: the offset to the top, and the type information,
/// which V8 does not use.
#[repr(C)]
struct VtableWithHeader {
    offset: isize,
    kind: usize,
    vtable: Vtable,
}

static STREAM: VtableWithHeader = VtableWithHeader {
    offset: 0,
    kind: 0,
    vtable: Vtable {
        destroy: do_nothing,
        delete: do_nothing,
        end: do_nothing,
        chunk_size,
        write: write_chunk,
        write_statistics,
    },
};

/// `v8::OutputStream::kContinue`.
const CONTINUE: i32 = 0;

const CHUNK_BYTES: i32 = 1 << 16;

extern "C" fn do_nothing(_stream: *mut Stream) {}

extern "C" fn chunk_size(_stream: *mut Stream) -> i32 {
    CHUNK_BYTES
}

extern "C" fn write_chunk(_stream: *mut Stream, data: *const u8, length: i32) -> i32 {
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: V8 passes a buffer of `length` bytes that is valid during this call.
    child::write(unsafe { slice::from_raw_parts(data, length) });
    CONTINUE
}

extern "C" fn write_statistics(_stream: *mut Stream, _data: *mut c_void, _count: i32) -> i32 {
    CONTINUE
}
