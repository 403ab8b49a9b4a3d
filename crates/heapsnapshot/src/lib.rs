//! Reads and analyses V8 heap snapshots with the numbers of Chrome DevTools.
//!
//! Every number (distance, shallow and retained size, class, row, delta) equals
//! the one that DevTools shows. Where it does not, the documentation of the item
//! says so under *Semantics*. The crate needs neither Node.js nor a browser.
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
//! * **Node**: an object of the heap, or an artificial object with which V8 groups
//!   others. [`NodeIx`] is its position in one snapshot. [`NodeId`] is V8's id,
//!   which is the same in all snapshots of a process.
//! * **Edge**: a reference from one node to another. Some kinds of edges do not
//!   keep their target alive; some computations skip certain edges.
//! * **Retainer** of a node: a node with an edge to it.
//! * **Root**: node 0, from which V8 reaches everything. A **user root** is a
//!   global object or a document below it.
//! * **Distance**: the number of edges from a user root.
//! * **Dominator** of a node: a node on every path from the root to it.
//! * **Self size**: bytes of a node as V8 wrote them. **Shallow size**: the self
//!   size, plus the self sizes of the helper objects that the node owns, such as
//!   the backing store of an array. **Retained size**: bytes that would be freed
//!   with the node: the sum of the shallow sizes of all nodes that it dominates.
//! * **Class** (DevTools: constructor): the row of the Summary that counts a node.
//!   **Interface**: the class of plain objects with the same properties.
//! * **Detached**: said of a DOM node that no document contains any more.
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
//!    │           queryable objects at the first query that needs them
//!    ▼
//! report         Summary, Comparison, Containment, Retainers, paths, ...
//! ```
//!
//! # Memory
//!
//! For N nodes, E edges (about 2.8 N in Node.js) and S strings. A size takes two
//! bytes; the few sizes from 65 535 up take 16 more. A distance or class takes two
//! bytes, or four if any of them does not fit.
//!
//! | data | bytes | lives |
//! |---|---|---|
//! | kind, name, id, self size, first edge | 13.25 N | always |
//! | target, kind and name of edges | 6 E; 7 or 8 from 2^24 nodes, or with many names beyond 2^20 | always |
//! | strings | 4 S + text | always |
//! | locations, DOM states | 16, 8 each | always |
//! | allocation stacks, if tracked | 4 N, 24 per node of their tree, 20 per function | always |
//! | shallow size, distance, class | 6 N | from the passes on |
//! | retained size, dominator, preorder | 10 N | from the passes on |
//! | blocks being read | 6 × 0.4 MB | while reading |
//! | dominators at work | 14 N + 3 per edge to a smaller number, about 1.8 N; 17 and 4 from 2^24 nodes | passes |
//! | breadth-first queue | 4 per node in it | passes |
//! | owners of shallow sizes | 4 N | passes |
//! | retained sizes, preorder at work | 4 N, 9 N; 12 from 2^24 nodes | after the dominators |
//! | retainers | 4 N + 6 E; 8 E from 2^24 nodes or edges | from the first query on |
//! | native contexts | 4 N (12 N at work) | from the first query on |
//! | order of ids | 4 N (6 N at work) | once snapshots are compared, or many ids are searched |
//!
//! In total, without strings: about 30 bytes per node after reading, 46 after the
//! analysis, and 60 at its peak.
//!
//! # Limits
//!
//! 2^32 nodes, edges and strings; sizes up to 2^53. Files can have any size. The
//! crate does not trust the counts in a header when it reserves memory, and does
//! not recurse on input.
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
mod name;
mod pass;
mod query_cache;
mod read;
mod report;
mod text;
mod threads;

pub use analysis::{Analysis, AnalysisOptions};
pub use control::{Control, ProgressFn, Stage};
pub use error::{Error, ErrorKind};
pub use format::{Layout, RowLayout};
pub use graph::{
    Detachedness, EdgeKind, EdgeName, Graph, Location, NodeKind, Sample, TraceFunction,
};
pub use ids::{ClassIx, EdgeIx, NodeId, NodeIx, StrIx, TraceIx};
pub use name::is_name;
pub use pass::classes::Classes;
pub use pass::distances::Distance;
pub use pass::flags::NodeFlags;
pub use pass::interfaces::Definition as InterfaceDefinition;
pub use pass::native_context::NativeContext;
pub use pass::statistics::Statistics;
pub use read::{ReadOptions, Reader};
pub use report::{
    AllocationCall, AllocationGrouping, AllocationOptions, AllocationRow, AllocationSizes,
    AllocationSort, Allocations, Cohort, Comparison, ComparisonOptions, ComparisonRow,
    ComparisonRows, ComparisonSort, ContextSummary, DuplicateStrings, DuplicateText, Filter, Link,
    LinkSort, Links, LostRow, NativeContextSize, NativeContextSizes, NewcomerGroup, Newcomers,
    NodeSort, Nodes, PathOptions, PathStep, Paths, Query, RetainingStep, Side, Summary,
    SummaryOptions, SummaryRow, SummarySort, TimelinePoint, Trend, TrendClass, TrendList,
    TrendOptions, TrendOwner, TrendPoint, TrendRows, TrendSort, Trends, Verdict, Window, births,
    compare, compare_by_name, newcomers, same_process, trends,
};
pub use text::{Text, TextBuf, Utf16};
