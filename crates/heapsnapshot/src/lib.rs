//! Reads and analyses V8 heap snapshots with the numbers of Chrome DevTools.
//!
//! Every number that DevTools shows (distances, shallow and retained sizes,
//! classes, rows, deltas) comes out the same here; where it does not, the item's
//! documentation says so under *Semantics*. The crate knows no Node.js and needs
//! no browser.
//!
//! # Example
//!
//! ```no_run
//! use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions, SummaryOptions, Window};
//!
//! let graph = Graph::from_file("app.heapsnapshot", &ReadOptions::default())?;
//! let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
//! let options = SummaryOptions { window: Window::first(10), ..SummaryOptions::default() };
//! for row in analysis.summary(&options)?.rows {
//!     println!("{:>12} {:>9} {}", row.retained_size, row.count, row.constructor);
//! }
//! # Ok::<(), heapsnapshot::Error>(())
//! ```
//!
//! # Terminology
//!
//! * **Node**: an object of the heap, or something V8 made up to group objects.
//!   [`NodeIx`] is its position in one snapshot, [`NodeId`] V8's identifier,
//!   which stays the same between snapshots of one process.
//! * **Edge**: a reference from one node to another. Edges of some kinds do not
//!   keep their target alive, or are skipped for some questions.
//! * **Retainer**: a node with an edge to the node in question.
//! * **Root**: node 0, from which V8 reaches everything. A **user root** is a
//!   global object or a document below it.
//! * **Distance**: the number of edges from a user root.
//! * **Dominator** of a node: a node that every path from the root to it passes.
//! * **Self size**: bytes of a node as V8 wrote them. **Shallow size**: the same
//!   after the backing stores of arrays, maps and objects gave theirs to their
//!   owner. **Retained size**: bytes that would be freed with the node, the sum
//!   of the shallow sizes of all it dominates.
//! * **Class** (DevTools: constructor): the row of the Summary a node counts in.
//!   **Interface**: the class of plain objects with the same properties.
//! * **Detached**: a DOM node that no document holds any more.
//!
//! # Data flow
//!
//! ```text
//! file, reader or pushed chunks (plain, gzip, zstd)
//!    │  read     blocks of 128 KiB, integers decoded on two threads
//!    ▼
//! format         bytes → header, integers, strings          (knows no graph)
//!    ▼
//! graph          columns; every cross-reference checked     (read-only from here)
//!    ▼
//! pass           detachedness
//!    ├─ thread 1: page objects, dominators ──────────────┐
//!    └─ thread 2: shallow sizes, distances, interfaces,  │
//!                 classes, totals, statistics ───────────┤
//!     retained sizes │ preorder, by node ◄───────────────┘
//!    ▼
//! Analysis       columns by node; retainers, native contexts and
//!    │           queryable objects when first asked for
//!    ▼
//! report         Summary, Comparison, Containment, Retainers, paths, ...
//! ```
//!
//! # Memory
//!
//! For N nodes, E edges (about 2.8 N in Node.js) and S strings. Sizes are two
//! bytes each, and 16 for the few from 65 535 up; distances and classes are two
//! bytes, or four where that is too little.
//!
//! | what | bytes | lives |
//! |---|---|---|
//! | kind, name, id, self size, first edge | 13.25 N | always |
//! | target, kind and name of edges | 6 E; 7 or 8 from 2^24 nodes, or with many names beyond 2^20 | always |
//! | strings | 4 S + text | always |
//! | locations, DOM states | 16, 8 for each | always |
//! | shallow size, distance, class | 6 N | from the passes on |
//! | retained size, dominator, preorder | 10 N | from the passes on |
//! | blocks being read | 6 × 0.4 MB | while reading |
//! | dominators at work | 14 N + 3 for each of about 1.8 N edges; 17 and 4 from 2^24 nodes | passes |
//! | breadth-first queue | 4 for each node in it | passes |
//! | owners of shallow sizes | 4 N | passes |
//! | retained sizes, preorder at work | 4 N, 9 N; 12 from 2^24 nodes | after the dominators |
//! | retainers | 4 N + 8 E | once asked for |
//! | native contexts | 4 N (12 N at work) | once asked for |
//! | order of ids | 4 N (6 N at work) | once snapshots are compared, or many ids looked up |
//!
//! So about 30 bytes a node are held after reading, 46 after the analysis, and
//! 60 at its peak, strings not counted.
//!
//! # Limits
//!
//! 2^32 nodes, edges and strings; sizes up to 2^53. Files of any size: nothing
//! is reserved on the word of a header, and nothing recurses on input.
// Allowed for one call: `format/digits.rs`.
#![deny(unsafe_code)]
#![deny(missing_docs)]

mod analysis;
mod control;
mod error;
mod format;
mod graph;
mod ids;
mod index_vec;
mod kept;
mod name;
mod pass;
mod read;
mod report;
mod text;
mod threads;

pub use analysis::{Analysis, AnalysisOptions};
pub use control::{Control, ProgressFn, Stage};
pub use error::{Error, ErrorKind};
pub use format::{Layout, RowLayout};
pub use graph::{Detachedness, EdgeKind, EdgeName, Graph, Location, NodeKind, Sample};
pub use ids::{ClassIx, EdgeIx, NodeId, NodeIx, StrIx};
pub use name::is_name;
pub use pass::classes::Classes;
pub use pass::distances::Distance;
pub use pass::flags::NodeFlags;
pub use pass::interfaces::Definition as InterfaceDefinition;
pub use pass::native_context::NativeContext;
pub use pass::statistics::Statistics;
pub use read::{ReadOptions, Reader};
pub use report::{
    Cohort, Comparison, ComparisonOptions, ComparisonRow, ComparisonRows, ComparisonSort,
    ContextSummary, DuplicateStrings, DuplicateText, Filter, Link, LinkSort, Links, LostRow,
    NativeContextSize, NativeContextSizes, NewcomerGroup, Newcomers, NodeSort, Nodes, PathOptions,
    PathStep, Paths, Query, RetainingStep, Side, Summary, SummaryOptions, SummaryRow, SummarySort,
    Trend, TrendClass, TrendList, TrendOptions, TrendOwner, TrendPoint, TrendRows, TrendSort,
    Trends, Verdict, Window, births, compare, compare_by_name, newcomers, same_process, trends,
};
pub use text::{Text, TextBuf, Utf16};
