//! Attributes every object of a snapshot to an npm package.

mod identity;
mod owners;

use std::collections::HashMap;

use heapsnapshot::{Analysis, Error, NodeIx};

pub use identity::{Identity, PackageKind};
use owners::{NODE, Owners};

use crate::heap::{Heap, union_retained_by};
use crate::suspects::Options;

/// The memory of a package in one snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PackageSizes {
    /// Bytes of its objects: the sum of their shallow sizes.
    pub own_size: u64,
    /// Bytes that would be freed if all its objects were: everything that they dominate, each byte
    /// once.
    pub retained_size: u64,
    /// Number of its objects.
    pub count: u64,
}

/// A package and its memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageRow {
    /// The package.
    pub identity: Identity,
    /// Its memory in the last snapshot.
    pub sizes: PackageSizes,
    /// Its memory in the first snapshot; `None` if there is only one.
    pub before: Option<PackageSizes>,
}

/// The order of [`Packages::rows`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PackageSort {
    /// Bytes added to `own_size` since the first snapshot, descending. Like `OwnSize` with one
    /// snapshot.
    Growth,
    /// [`PackageSizes::own_size`], descending.
    OwnSize,
    /// [`PackageSizes::retained_size`], descending.
    RetainedSize,
    /// [`PackageSizes::count`], descending.
    Count,
    /// The name, then the version, ascending.
    Name,
}

/// All packages that have objects in a snapshot.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Packages {
    /// The sum of the rows. Both sizes equal [`Analysis::total_size`].
    pub totals: PackageSizes,
    /// The totals of the first snapshot; `None` if there is only one.
    pub totals_before: Option<PackageSizes>,
    /// Every package, sorted by [`PackageSort::Growth`].
    pub rows: Vec<PackageRow>,
}

impl Packages {
    /// Sorts the rows. Rows that are equal in the column are sorted by name and version.
    pub fn sort(&mut self, sort: PackageSort, reverse: bool) {
        let growth = |row: &PackageRow| {
            let before = row.before.unwrap_or_default().own_size;
            i128::from(row.sizes.own_size) - i128::from(before)
        };
        self.rows.sort_by(|a, b| {
            let order = match sort {
                PackageSort::Growth => growth(b).cmp(&growth(a)),
                PackageSort::OwnSize => b.sizes.own_size.cmp(&a.sizes.own_size),
                PackageSort::RetainedSize => b.sizes.retained_size.cmp(&a.sizes.retained_size),
                PackageSort::Count => b.sizes.count.cmp(&a.sizes.count),
                PackageSort::Name => a.identity.name.cmp(&b.identity.name),
            };
            let order = if reverse { order.reverse() } else { order };
            order
                .then_with(|| a.identity.name.cmp(&b.identity.name))
                .then_with(|| a.identity.cmp(&b.identity))
        });
    }
}

/// Attributes every object to a package.
///
/// An object belongs to the package of the function that constructed it. A function, a scope and a
/// module belong to the package of their script. Everything else belongs to the package of its
/// immediate dominator. Source maps attribute bundled code. The rest belongs to Node or V8, so the
/// rows add up to the heap.
///
/// `snapshots`: oldest first. Only the first and the last are compared. Without snapshots there are
/// no rows.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`] if [`Options::control`] was cancelled.
///
/// # Complexity
/// O(N + E) time per snapshot, 4 bytes of working memory per node. Reads scripts (for their source
/// maps) and `package.json` files from the disk, each once.
///
/// # Examples
/// ```
/// use findings::{Options, packages};
/// use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions};
///
/// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
/// let graph = Graph::from_file(path, &ReadOptions::default())?;
/// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
/// let packages = packages(&[&analysis], &Options::default())?;
/// assert_eq!(packages.totals.own_size, analysis.total_size());
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
pub fn packages(snapshots: &[&Analysis], options: &Options) -> Result<Packages, Error> {
    let (Some(first), Some(last)) = (snapshots.first(), snapshots.last()) else {
        return Ok(Packages::default());
    };
    let now = sizes(last, options)?;
    let before = if snapshots.len() > 1 { Some(sizes(first, options)?) } else { None };
    let none_before = before.as_ref().map(|_| PackageSizes::default());
    let mut found = Packages {
        totals: totals(last),
        totals_before: before.as_ref().map(|_| totals(first)),
        rows: Vec::new(),
    };
    let mut rows: HashMap<Identity, PackageRow> = HashMap::new();
    for (identity, sizes) in now {
        rows.insert(identity.clone(), PackageRow { identity, sizes, before: none_before });
    }
    for (identity, sizes) in before.into_iter().flatten() {
        let row = rows.entry(identity.clone()).or_insert_with(|| PackageRow {
            identity,
            sizes: PackageSizes::default(),
            before: None,
        });
        row.before = Some(sizes);
    }
    found.rows = rows.into_values().collect();
    found.sort(PackageSort::Growth, false);
    Ok(found)
}

/// Returns the sums of all rows: every node and every byte belongs to one package.
fn totals(analysis: &Analysis) -> PackageSizes {
    PackageSizes {
        own_size: analysis.total_size(),
        retained_size: analysis.total_size(),
        count: analysis.graph().node_count() as u64,
    }
}

/// The package of every object of a snapshot. Made by [`package_owners`].
pub struct PackageOwners(Owners);

impl std::fmt::Debug for PackageOwners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackageOwners")
            .field("packages", &self.0.packages.len())
            .finish_non_exhaustive()
    }
}

/// Finds the package of every object, as [`packages`] does.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`] if [`Options::control`] was cancelled.
///
/// # Complexity
/// O(N + E) time, 4 bytes per node. Reads scripts and `package.json` files as [`packages`] does.
///
/// # Examples
/// ```
/// use findings::{Options, package_owners};
/// use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions};
///
/// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
/// let graph = Graph::from_file(path, &ReadOptions::default())?;
/// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
/// let owners = package_owners(&analysis, &Options::default())?;
/// let root = analysis.graph().root();
/// println!("the root belongs to {}", owners.package(root).name);
/// let sizes = owners.sizes(&analysis);
/// assert_eq!(
///     sizes.iter().map(|(_, sizes)| sizes.own_size).sum::<u64>(),
///     analysis.total_size(),
/// );
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
pub fn package_owners(analysis: &Analysis, options: &Options) -> Result<PackageOwners, Error> {
    let heap = Heap::new(analysis);
    Ok(PackageOwners(Owners::find(&heap, &mut options.sources(), &options.control)?))
}

impl PackageOwners {
    /// Returns the package of `node`. O(1) time.
    #[must_use]
    pub fn package(&self, node: NodeIx) -> &Identity {
        &self.0.packages[self.index(node) as usize]
    }

    /// Returns the number of the package of `node`. Nodes of one package have the same number;
    /// numbers are in no order. O(1) time.
    #[must_use]
    pub fn index(&self, node: NodeIx) -> u32 {
        self.0.of[node.index()]
    }

    /// Returns the packages that have objects, with their memory, in no order. `analysis` is that
    /// of the same snapshot.
    ///
    /// # Complexity
    /// O(N) time. Needs 8 bytes per level of the dominator tree.
    #[must_use]
    pub fn sizes(&self, analysis: &Analysis) -> Vec<(Identity, PackageSizes)> {
        let Owners { packages, of } = &self.0;
        let graph = analysis.graph();
        let mut sizes = vec![PackageSizes::default(); packages.len()];
        for node in graph.nodes() {
            let sizes = &mut sizes[of[node.index()] as usize];
            sizes.own_size += analysis.shallow_size(node);
            sizes.count += 1;
        }
        // Memory of the embedder that is not in nodes.
        let native = &mut sizes[NODE as usize];
        native.own_size += graph.extra_native_bytes();
        native.retained_size += graph.extra_native_bytes();
        let group_of = |node: NodeIx| Some(of[node.index()] as usize);
        let retained = union_retained_by(analysis, group_of, packages.len());
        for (sizes, bytes) in sizes.iter_mut().zip(retained) {
            sizes.retained_size += bytes;
        }
        let rows = packages.iter().cloned().zip(sizes);
        rows.filter(|(_, sizes)| sizes.count > 0).collect()
    }
}

/// Returns the memory of each package in one snapshot.
fn sizes(analysis: &Analysis, options: &Options) -> Result<Vec<(Identity, PackageSizes)>, Error> {
    let owners = package_owners(analysis, options)?;
    options.control.check()?;
    Ok(owners.sizes(analysis))
}
