// `packages()`: the heap by npm package.

import type { HeapOptions, SnapshotOptions, WindowOptions, WorkOptions } from './analysis.js';
import type { Source } from './snapshot.js';

/** The objects of one package. */
export interface PackageRow {
  /**
   * The name in `package.json`. Code of the application has the name in the nearest `package.json` above it, or its folder if
   * there is none. `(node)` and `(v8)` stand for Node and V8.
   */
  package: string;
  /** The version in `package.json`, or in the folder's name of pnpm and yarn; `null` if it is not known. */
  version: string | null;
  /** `'npm'`: below `node_modules`. `'application'`: outside of it. */
  kind: 'application' | 'npm' | 'node' | 'v8';
  /** Bytes of its objects: the sum of their shallow sizes. */
  ownSize: number;
  /** Bytes that its objects dominate, those of other packages included, each byte once. */
  retainedSize: number;
  /** Number of its objects. */
  count: number;
  /** The difference to the first snapshot. Absent with one snapshot. */
  change?: PackageChange;
}

/** The difference of a package to the first snapshot; negative if it has become smaller. */
export interface PackageChange {
  /** In bytes. */
  ownSize: number;
  /** In bytes. */
  retainedSize: number;
  /** Number of objects. */
  count: number;
}

/** Totals of all packages, returned or not. */
export interface PackageTotals {
  /** Bytes of the snapshot: the sum of `ownSize` over all rows. */
  ownSize: number;
  /** Number of all objects. */
  count: number;
  /** Number of packages. */
  rowCount: number;
  /** The difference to the first snapshot in bytes. Absent with one snapshot. */
  ownSizeChange?: number;
}

/** The heap by package. */
export interface Packages {
  /** Totals of all rows, returned or not. */
  totals: PackageTotals;
  /** One row per package. */
  rows: PackageRow[];
}

/** Options of {@link packages}. */
export interface PackagesOptions extends WindowOptions {
  /**
   * Sort key. `'growth'`: bytes added to `ownSize` since the first snapshot; with one snapshot the same as `'ownSize'`. All
   * keys descend except `'package'`.
   * @default 'growth'
   */
  sort?: 'growth' | 'ownSize' | 'retainedSize' | 'count' | 'package';
  /** Reverse the order. @default false */
  reverse?: boolean;
  /**
   * Maps prefixes of script paths to directories of this machine: `{ '/app': '.' }` for a dump from a container. Names,
   * versions and source maps of packages are read there.
   */
  sourceRoots?: Record<string, string | URL>;
}

/**
 * Returns the bytes of each npm package, of Node, of V8 and of the application.
 *
 * `sources` is a snapshot or its path, or a list, oldest first; the first and the last of a list are compared. Without it, the
 * heap of this thread is analysed, now.
 *
 * An object belongs to the package of the function that constructed it; a function, a scope or a module to the package of
 * its script; everything else to the package of its immediate dominator. So the rows sum to the heap. Objects that classes
 * of Node construct (`Buffer`, `EventEmitter`) count as Node's own bytes, and as retained bytes of the package that holds
 * them. Bundled code is attributed through its source map. Takes about as long as `summary()`; reads `package.json` files
 * and source maps from the disk.
 */
export function packages(sources: Source | Source[], options?: PackagesOptions & WorkOptions): Promise<Packages>;
/** The same for the heap of this thread, now. */
export function packages(sources?: undefined, options?: PackagesOptions & SnapshotOptions): Promise<Packages>;
/** Like {@link packages}, blocking. */
export function packagesSync(sources: Source | Source[], options?: PackagesOptions): Packages;
/** Like {@link packages} for the heap of this thread, blocking; also until the dump of another thread has ended. */
export function packagesSync(sources?: undefined, options?: PackagesOptions & HeapOptions): Packages;
