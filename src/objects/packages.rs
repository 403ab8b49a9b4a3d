//! The memory of npm packages, for JavaScript.

use findings::{PackageRow as CoreRow, PackageSizes, Packages as CorePackages};
use napi::bindgen_prelude::{Either, Null};
use napi_derive::napi;

use super::delta;
use crate::error::to_number;

/// The change since the first snapshot; negative if a package became smaller.
#[napi(object, object_from_js = false)]
pub struct PackageChange {
    /// Bytes of its objects.
    pub own_size: f64,
    /// Bytes that they retain.
    pub retained_size: f64,
    /// Number of its objects.
    pub count: f64,
}

impl PackageChange {
    fn between(before: PackageSizes, after: PackageSizes) -> Self {
        let change = |before: u64, after: u64| delta(after.cast_signed() - before.cast_signed());
        Self {
            own_size: change(before.own_size, after.own_size),
            retained_size: change(before.retained_size, after.retained_size),
            count: change(before.count, after.count),
        }
    }
}

/// A package and its memory.
#[napi(object, object_from_js = false)]
pub struct PackageRow {
    /// The name in `package.json`, or a directory if there is no such file; `(node)` and `(v8)` for these.
    pub package: String,
    /// The version in `package.json`, if known.
    pub version: Either<String, Null>,
    /// The kind of the package.
    #[napi(ts_type = "'application' | 'npm' | 'node' | 'v8'")]
    pub kind: String,
    /// Bytes of its objects: the sum of their shallow sizes.
    pub own_size: f64,
    /// Bytes that its objects dominate, each byte once.
    pub retained_size: f64,
    /// Number of its objects.
    pub count: f64,
    /// The difference to the first snapshot; only with several.
    pub change: Option<PackageChange>,
}

impl From<CoreRow> for PackageRow {
    fn from(row: CoreRow) -> Self {
        let CoreRow { identity, sizes, before } = row;
        Self {
            package: identity.name,
            version: identity.version.map_or(Either::B(Null), Either::A),
            kind: identity.kind.name().to_owned(),
            own_size: to_number(sizes.own_size),
            retained_size: to_number(sizes.retained_size),
            count: to_number(sizes.count),
            change: before.map(|before| PackageChange::between(before, sizes)),
        }
    }
}

/// The totals of all packages.
#[napi(object, object_from_js = false)]
pub struct PackageTotals {
    /// Bytes of the snapshot: the sum of `ownSize` over all rows.
    pub own_size: f64,
    /// Number of all objects.
    pub count: f64,
    /// Number of rows, returned or not.
    pub row_count: f64,
    /// Bytes that were added since the first snapshot; only with several.
    pub own_size_change: Option<f64>,
}

/// All packages that have objects in a snapshot.
#[napi(object, object_from_js = false)]
pub struct Packages {
    /// Their totals.
    pub totals: PackageTotals,
    /// One row for each package.
    pub rows: Vec<PackageRow>,
}

impl Packages {
    /// Returns `limit` rows from `offset` on.
    #[must_use]
    pub fn new(packages: CorePackages, offset: usize, limit: usize) -> Self {
        let CorePackages { totals, totals_before, rows } = packages;
        let change = totals_before.map(|before| PackageChange::between(before, totals));
        Self {
            totals: PackageTotals {
                own_size: to_number(totals.own_size),
                count: to_number(totals.count),
                row_count: super::count(rows.len()),
                own_size_change: change.map(|change| change.own_size),
            },
            rows: rows.into_iter().skip(offset).take(limit).map(PackageRow::from).collect(),
        }
    }
}
