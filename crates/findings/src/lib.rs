//! Finds memory leaks in heap snapshots of Node.js: names the culprit, the retaining path, the
//! lines of code, and the fix.
//!
//! Start with [`suspects`]. [`closures`] lists the living functions and the variables that they
//! retain. [`write_saved_sources`] stores the text of scripts beside a snapshot, so that both work
//! on another machine.
//!
//! ```text
//! Analysis of each snapshot (crate heapsnapshot)
//!    ▼
//! heap        closures and scopes, properties, collections
//! source      parsed scripts: which function reads which variable; source maps
//! path        retaining paths, with the names of the program
//! growth      trend of a count over several snapshots
//!    ▼
//! rules       one file for each kind of leak
//!    ▼
//! message     texts of findings, by ids of the catalogues in `messages/`
//! frame       the lines of code to look at
//! members     the objects of findings, for where they were allocated
//! conclusion  whether the heap grew, what explains it, and what to do next
//! packages    attributes the heap to npm packages
//! suspects    runs the rules, attributes growth, sorts the findings
//! ```
//!
//! # Terms
//! - A **step** is the time from one snapshot to the next.
//! - An object is **new** if the first snapshot does not contain it, **retained** if the last one
//!   does.
//! - Growth is **steady** if every step adds about the same and later steps retain it. Caches that
//!   fill up add less and less; objects that are replaced are alive from the last step only.
//! - The **owner** of a new object is its nearest dominator that already existed in the first
//!   snapshot.
//! - A **scope** is V8's context: the variables that functions created in one place share.
//!
//! # Privacy
//! Heaps hold secrets, so findings contain no contents of strings. They do contain names of
//! variables, properties, constructors, functions, events and files.
//!
//! # Panics
//! No contents of a snapshot, a script or a source map make a function of this crate panic.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod accumulation;
mod behind;
mod closures;
mod conclusion;
mod explain;
mod finding;
mod frame;
mod growth;
mod heap;
mod internals;
mod label;
mod members;
mod message;
mod new_objects;
mod packages;
mod place;
mod prose;
mod retaining_path;
mod rules;
mod sample;
mod source;
mod suspects;
#[cfg(test)]
mod test_heap;
mod words;

pub use closures::{ClosureGroup, ScopeVariable, closures};
pub use finding::{
    Culprit, Doc, Evidence, Explained, Finding, Kind, MemberSize, Members, Severity, Stack,
    StackFrame, Step,
};
pub use growth::Growth;
pub use label::{Frame, Label, Role};
pub use message::{Message, Paragraph, Value};
pub use packages::{
    Identity as Package, PackageKind, PackageOwners, PackageRow, PackageSizes, PackageSort,
    Packages, package_owners, packages,
};
pub use place::Place;
pub use retaining_path::MAX_RECORD_PROPERTIES;
pub use rules::docs;
pub use source::{
    REDACTED, SavedCounts, ScriptText, profile_path, saved_sources_path, write_saved_sources,
};
pub use suspects::{Options, Report, suspects};
pub use words::is_known_to_rules;
