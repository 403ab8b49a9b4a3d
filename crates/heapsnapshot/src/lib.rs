//! Reads and analyses V8 heap snapshots with the numbers of Chrome DevTools.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod control;
mod error;
mod format;
mod graph;
mod ids;
mod read;
mod text;

pub use control::{Control, ProgressFn, Stage};
pub use error::{Error, ErrorKind};
pub use graph::{Detachedness, EdgeKind, EdgeName, Graph, Location, NodeKind, Sample};
pub use ids::{ClassIx, EdgeIx, NodeId, NodeIx, StrIx};
pub use read::{ReadOptions, Reader};
pub use text::{Text, TextBuf, Utf16};
