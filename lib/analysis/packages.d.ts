// Whose the memory is: the heap by npm package.

import type { HeapOptions, SnapshotOptions, WindowOptions, WorkOptions } from './analysis.js';
import type { Source } from './snapshot.js';

/** The owner of some objects. */
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
  /** The difference to the first snapshot; only with several. */
  change?: PackageChange;
}

/** How much more a package has than in the first snapshot; negative if it has less. */
export interface PackageChange {
  /** In bytes. */
  ownSize: number;
  /** In bytes. */
  retainedSize: number;
  /** Number of objects. */
  count: number;
}

/** All rows of a list of packages, returned or not. */
export interface PackageTotals {
  /** Bytes of the snapshot: the sum of `ownSize` over all rows. */
  ownSize: number;
  /** Number of all objects. */
  count: number;
  /** Number of packages. */
  rowCount: number;
  /** The difference to the first snapshot in bytes; only with several. */
  ownSizeChange?: number;
}

/** The heap by package. */
export interface Packages {
  /** Of all rows, returned or not. */
  totals: PackageTotals;
  /** A row a package. */
  rows: PackageRow[];
}

/** Which packages to return, and where their files are. */
export interface PackagesOptions extends WindowOptions {
  /**
   * `'growth'` (the default): bytes that were added to `ownSize` since the first snapshot; with one snapshot the same as
   * `'ownSize'`. All descend but `'package'`.
   */
  sort?: 'growth' | 'ownSize' | 'retainedSize' | 'count' | 'package';
  /** Reverse that order. */
  reverse?: boolean;
  /**
   * Directories of this machine that have the scripts of another: `{ '/app': '.' }` for a dump from a container. Names,
   * versions and source maps of packages are read there.
   */
  sourceRoots?: Record<string, string | URL>;
}

/**
 * Returns the bytes of each npm package, of Node, of V8 and of the application.
 *
 * `sources`: a snapshot or its path; a list, oldest first, of which the first and the last are compared; or nothing for
 * the heap of this thread, now.
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
