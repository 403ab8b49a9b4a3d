//! The objects of findings, for where they were allocated.

use findings::{MemberSize as CoreSize, Members, Stack, StackFrame as CoreFrame};
use heapsnapshot::Location as CoreLocation;
use napi_derive::napi;

use crate::error::to_number;

/// Where a function begins.
#[napi(object, object_from_js = false)]
pub struct FunctionStart {
    /// V8's number of the script.
    pub script_id: u32,
    /// The line, 0-based.
    pub line: u32,
    /// The column, 0-based, in UTF-16 units.
    pub column: u32,
}

impl From<CoreLocation> for FunctionStart {
    fn from(CoreLocation { script_id, line, column }: CoreLocation) -> Self {
        Self { script_id, line, column }
    }
}

/// A function of an allocation stack.
#[napi(object, object_from_js = false)]
pub struct MemberFrame {
    /// The name; empty for an anonymous function.
    pub function: String,
    /// The path or URL of the script; empty for a builtin of V8.
    pub script: String,
    /// The line in which it begins, 1-based.
    pub line: u32,
    /// The column in which it begins, 1-based.
    pub column: u32,
}

impl From<CoreFrame> for MemberFrame {
    fn from(CoreFrame { function, script, line, column }: CoreFrame) -> Self {
        Self { function, script, line, column }
    }
}

/// The functions that allocated most objects of a finding.
#[napi(object, object_from_js = false)]
pub struct MemberStack {
    /// The innermost function of the program, its caller, and so on.
    pub frames: Vec<MemberFrame>,
    /// Number of objects that this function allocated.
    pub count: f64,
    /// Number of objects with a stack.
    pub of: f64,
}

impl From<Stack> for MemberStack {
    fn from(Stack { frames, count, of }: Stack) -> Self {
        let frames = frames.into_iter().map(Into::into).collect();
        Self { frames, count: to_number(count), of: to_number(of) }
    }
}

/// Objects that V8 can have allocated with one size.
#[napi(object, object_from_js = false)]
pub struct MemberSize {
    /// The size in bytes.
    pub bytes: f64,
    /// Number of objects of the finding.
    pub count: f64,
    /// Number of objects of this size in the heap.
    pub in_heap: f64,
    /// Number of those that are new since the first snapshot; of all with one snapshot.
    pub new: f64,
}

impl From<CoreSize> for MemberSize {
    fn from(CoreSize { bytes, count, in_heap, new }: CoreSize) -> Self {
        let [bytes, count, in_heap, new] = [bytes, count, in_heap, new].map(to_number);
        Self { bytes, count, in_heap, new }
    }
}

/// The objects of a finding, as far as their allocation is known. JavaScript replaces them by the
/// site.
#[napi(object, object_from_js = false)]
pub struct FindingMembers {
    /// The class; `string` for strings.
    pub class: String,
    /// Number of objects.
    pub count: f64,
    /// Sum of their sizes, each alone, in bytes.
    pub bytes: f64,
    /// The functions that allocated most of them, if the snapshot has allocation stacks.
    pub stack: Option<MemberStack>,
    /// Where their constructor begins.
    pub constructor: Option<FunctionStart>,
    /// Of closures and scopes, where the function that creates them begins.
    pub enclosing: Option<FunctionStart>,
    /// The sizes with which V8 can have allocated them, and those of other objects.
    pub sizes: Vec<MemberSize>,
}

impl From<Members> for FindingMembers {
    fn from(members: Members) -> Self {
        Self {
            class: members.class,
            count: to_number(members.count),
            bytes: to_number(members.bytes),
            stack: members.stack.map(Into::into),
            constructor: members.constructor.map(Into::into),
            enclosing: members.enclosing.map(Into::into),
            sizes: members.sizes.into_iter().map(Into::into).collect(),
        }
    }
}
