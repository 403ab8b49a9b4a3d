// Snapshots as tables: Parquet files, and SQL.

import type { WorkOptions } from './analysis.js';
import type { Source } from './snapshot.js';

/** The directory and the contents of the tables. */
export interface ExportOptions {
  /** Directory of the tables. It is created if need be. Tables of other snapshots in it stay. */
  to: string | URL;
  /** Write `nodes`, `edges` and `strings` too: about a tenth of the snapshot's size. @default false */
  graph?: boolean;
  /** Write contents of strings, and names that look like data. @default false */
  showValues?: boolean;
  /** Name of the service, a column of every table. @default 'unknown' */
  service?: string;
  /** Name of the machine, a column of every table. @default 'unknown' */
  host?: string;
  /** Release of the service that wrote the snapshots: a column of `snapshots`. @default null */
  release?: string;
  /** Directories of this machine that have the scripts of another: `{ '/app': '.' }` for a dump from a container. */
  sourceRoots?: Record<string, string | URL>;
}

/** A file that was written. */
export interface ExportedTable {
  /** Name of the table. */
  table: string;
  /** Path of the file. */
  path: string;
  /** Number of rows. */
  rows: number;
  /** Size of the file in bytes. */
  bytes: number;
}

/** The result of a query. */
export interface QueryResult {
  /** Names of the columns. */
  columns: string[];
  /** Rows with a value for each column. Whole numbers beyond 2^53 are strings, times are strings in ISO 8601. */
  rows: unknown[][];
}

/** Options of {@link Snapshot.query}. */
export interface QueryOptions {
  /** See contents of strings, and names that look like data. @default false */
  showValues?: boolean;
}

/**
 * Writes snapshots as Parquet tables, which DuckDB, Spark and pandas read:
 * `to/TABLE/service=S/host=H/date=D/snapshot=NAME/part-0.parquet`. The date is that of the sidecar, or of the file. A file that exists
 * is complete; a second export of the same snapshot replaces it. Memory: one snapshot at a time, and a row group.
 *
 * Rejects with the errors of `open()`, and of `fs` if a file cannot be written.
 */
export function exportTables(sources: Source | Source[], options: ExportOptions & WorkOptions): Promise<ExportedTable[]>;
