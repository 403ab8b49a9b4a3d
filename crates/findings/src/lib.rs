//! Says in plain words what leaks in a Node.js process: why it is alive, where in the
//! code, and what would break it.
//!
//! ```text
//! Analysis of each snapshot (crate heapsnapshot)
//!    ▼
//! heap      closures and scopes, properties, collections
//! source    files from the disk, parsed: who reads which variable; source maps
//! route     why something is alive, in the words of the program
//! growth    what becomes of a number from snapshot to snapshot
//!    ▼
//! rules     one file a kind of leak
//!    ▼
//! message   what the rules say, by ids of the catalogues in `messages/`
//! frame     the lines of code that a finding is about
//! conclusion  whether the heap grew, what explains it, and what to do next
//! packages  whose the memory is, by npm package
//! suspects  asks them all, leaves out what another has explained, sorts
//! ```
//!
//! No finding holds the contents of strings: heaps hold secrets. Names of variables,
//! properties, constructors, functions, events and files are no contents.
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
mod message;
mod new_objects;
mod packages;
mod place;
mod prose;
mod route;
mod rules;
mod sample;
mod source;
mod suspects;
mod words;

pub use closures::{ClosureGroup, ScopeVariable, closures};
pub use finding::{Culprit, Doc, Evidence, Explained, Finding, Kind, Severity, Step};
pub use growth::Growth;
pub use label::{Frame, Label, Role};
pub use message::{Message, Paragraph, Value};
pub use packages::{
    Identity as Package, PackageKind, PackageRow, PackageSizes, PackageSort, Packages, packages,
};
pub use place::Place;
pub use route::MOST_OF_RECORD;
pub use rules::docs;
pub use source::{REDACTED, SavedCounts, ScriptText, saved_sources_path, write_saved_sources};
pub use suspects::{Options, Report, suspects};
pub use words::is_known_to_rules;
