//! Reads and analyses V8 heap snapshots with the numbers of Chrome DevTools.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod analysis;
mod control;
mod error;
mod format;
mod graph;
mod ids;
mod pass;
mod read;
mod report;
mod text;

pub use analysis::{Analysis, AnalysisOptions};
pub use control::{Control, ProgressFn, Stage};
pub use error::{Error, ErrorKind};
pub use graph::{Detachedness, EdgeKind, EdgeName, Graph, Location, NodeKind, Sample};
pub use ids::{ClassIx, EdgeIx, NodeId, NodeIx, StrIx};
pub use pass::classes::Classes;
pub use pass::distances::Distance;
pub use pass::interfaces::Definition as InterfaceDefinition;
pub use pass::native_context::NativeContext;
pub use pass::statistics::Statistics;
pub use read::{ReadOptions, Reader};
pub use report::{
    ClassComparison, Comparison, ComparisonOptions, ComparisonRow, ComparisonSort, ContextSummary,
    DuplicateStrings, DuplicateText, Filter, Link, LinkSort, Links, LostRow, NativeContextSize,
    NativeContextSizes, NodeSort, Nodes, PathOptions, PathStep, Paths, Query, Summary,
    SummaryOptions, SummaryRow, SummarySort, Window, compare, compare_class,
};
pub use text::{Text, TextBuf, Utf16};
