//! Lists that can have millions of rows: found once, and converted to objects in pieces, so that the
//! event loop can turn between them.

use std::sync::{Arc, Mutex, PoisonError};

use heapsnapshot::{Allocations, Analysis, DuplicateStrings, DuplicateText, Links, Nodes};
use napi::bindgen_prelude::{AsyncTask, Either4};
use napi_derive::napi;

use crate::error::{Failure, to_number};
use crate::objects::{AllocationList, DuplicateStringList, EdgeList, NodeList};
use crate::query::{self, ListOptions};
use crate::task::{Job, Outcome, later};

/// The result of a query.
pub(super) enum Found {
    Nodes(Nodes),
    Links(Links),
    Texts(DuplicateStrings),
    Allocations(Allocations),
}

/// Maximum number of ids converted to JavaScript at once, which takes about a millisecond.
const MAX_IDS: usize = 16 << 10;

/// A piece of the result, as objects.
type Piece = Either4<NodeList, EdgeList, DuplicateStringList, AllocationList>;

impl From<Nodes> for Found {
    fn from(nodes: Nodes) -> Self {
        Self::Nodes(nodes)
    }
}

impl From<Links> for Found {
    fn from(links: Links) -> Self {
        Self::Links(links)
    }
}

impl From<DuplicateStrings> for Found {
    fn from(texts: DuplicateStrings) -> Self {
        Self::Texts(texts)
    }
}

impl From<Allocations> for Found {
    fn from(allocations: Allocations) -> Self {
        Self::Allocations(allocations)
    }
}

/// Rows and their snapshot.
struct Rows {
    analysis: Arc<Analysis>,
    found: Found,
}

impl Rows {
    fn len(&self) -> usize {
        match &self.found {
            Found::Nodes(list) => list.nodes.len(),
            Found::Links(list) => list.links.len(),
            Found::Texts(list) => list.groups.len(),
            Found::Allocations(list) => list.rows.len(),
        }
    }

    fn piece(&self, start: usize, limit: usize) -> Piece {
        let end = start.saturating_add(limit).min(self.len());
        let range = start.min(end)..end;
        let analysis = &self.analysis;
        match &self.found {
            Found::Nodes(list) => {
                Either4::A(NodeList::new(analysis, &list.nodes[range], list.node_count))
            }
            Found::Links(list) => {
                Either4::B(EdgeList::new(analysis, &list.links[range], list.link_count))
            }
            Found::Texts(list) => Either4::C(DuplicateStringList::new(
                analysis,
                within(&list.groups[range]),
                MAX_IDS,
                list.group_count,
            )),
            Found::Allocations(list) => {
                Either4::D(AllocationList::new(analysis, list, &list.rows[range]))
            }
        }
    }

    fn ids(&self, row: usize, start: usize) -> Vec<u32> {
        let Found::Texts(list) = &self.found else { return Vec::new() };
        let nodes = list.groups.get(row).and_then(|group| group.nodes.get(start..));
        let graph = self.analysis.graph();
        nodes.unwrap_or_default().iter().take(MAX_IDS).map(|&node| graph.id(node).get()).collect()
    }
}

/// Returns the first groups that have at most [`MAX_IDS`] strings together, but at least one group.
fn within(groups: &[DuplicateText]) -> &[DuplicateText] {
    let mut ids = 0;
    let fits = |group: &&DuplicateText| {
        ids += group.nodes.len();
        ids <= MAX_IDS
    };
    let fitting = groups.iter().take_while(fits).count();
    &groups[..fitting.max(1).min(groups.len())]
}

/// The rows that a query found. Stays readable after the snapshot is closed.
#[napi]
pub struct NativeRows {
    /// `None` once closed.
    rows: Mutex<Option<Arc<Rows>>>,
    len: usize,
}

impl NativeRows {
    pub(super) fn new(analysis: Arc<Analysis>, found: Found) -> Self {
        let rows = Rows { analysis, found };
        Self { len: rows.len(), rows: Mutex::new(Some(Arc::new(rows))) }
    }

    fn rows(&self) -> Outcome<Arc<Rows>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Failure::Closed)
    }
}

#[napi]
impl NativeRows {
    /// Number of rows.
    #[napi(getter)]
    #[must_use]
    pub fn length(&self) -> f64 {
        to_number(self.len as u64)
    }

    /// Returns at most `limit` rows from an index on, in a list with the totals of all. The ids of a string that is stored
    /// very often are cut; see `ids`.
    #[napi(ts_return_type = "Promise<NodeList | EdgeList | DuplicateStringList | AllocationList>")]
    #[must_use]
    pub fn piece(&self, start: u32, limit: u32) -> AsyncTask<Job<Piece>> {
        let rows = self.rows();
        later(move || Ok(rows?.piece(start as usize, limit as usize)))
    }

    /// Returns a list of the same objects in the order of a column, filtered by `options`. Other lists have no
    /// other order.
    #[napi(ts_return_type = "Promise<NativeRows>")]
    #[must_use]
    pub fn sorted(&self, options: ListOptions) -> AsyncTask<Job<NativeRows>> {
        let rows = self.rows();
        later(move || {
            let Rows { analysis, found } = &*rows?;
            let nodes = match found {
                Found::Nodes(list) => query::sorted(analysis, list, &options)?,
                Found::Links(_) | Found::Texts(_) | Found::Allocations(_) => Nodes::default(),
            };
            Ok(NativeRows::new(Arc::clone(analysis), nodes.into()))
        })
    }

    /// Returns more of the ids of a row, from an index on.
    #[napi(ts_return_type = "Promise<Array<number>>")]
    #[must_use]
    pub fn ids(&self, row: u32, start: u32) -> AsyncTask<Job<Vec<u32>>> {
        let rows = self.rows();
        later(move || Ok(rows?.ids(row as usize, start as usize)))
    }

    /// Frees the memory as soon as no query is running. Idempotent.
    #[napi]
    pub fn close(&self) {
        drop(self.rows.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
