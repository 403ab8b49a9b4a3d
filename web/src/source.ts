// Where the views get their data: the questions of the JavaScript API, and its answers. Questions about one snapshot are
// about the last of `snapshots`.

import type { Diff, DiffByName, DiffOptions, InstancesOptions, NodeList } from '../../lib/analysis/analysis.js';
import type { LeakReport } from '../../lib/analysis/findings.js';
import type { Snapshot } from '../../lib/analysis/snapshot.js';
import type { Trend, TrendOptions } from '../../lib/analysis/trend.js';

export type * from '../../lib/analysis/analysis.js';
export type * from '../../lib/analysis/findings.js';
export type * from '../../lib/analysis/trend.js';

/** Whose the memory of the process was at one time. Bytes. */
export interface MemoryMoment {
  at: string;
  rss: number;
  unexplained: number;
  owners: Record<string, number>;
}

/** What is known about a snapshot. Only what comes from the analysis is always there. */
export interface SnapshotInfo {
  /** Name of the file, without its directory. */
  name: string;
  nodeCount: number;
  edgeCount: number;
  /** Bytes of the heap: what percentages refer to. */
  totalSize: number;
  rootId: number;
  /** Bytes of the file. */
  fileSize?: number;
  /** When it was taken, or last changed: ISO 8601. */
  time?: string;
  pid?: number;
  node?: string;
  v8?: string;
  reason?: string;
  method?: string;
  pauseMs?: number;
  /** From the sidecar: before the dump and after it, and samples of a watch, oldest first. */
  memory?: { before?: MemoryMoment; after?: MemoryMoment; samples: MemoryMoment[] };
}

/** What a report leaves out. */
export interface LeftOut {
  what: 'findings' | 'constructors' | 'instances' | 'dominators' | 'strings' | 'comparison' | 'trend' | 'paths';
  shown: number;
  total: number;
}

/** Objects of the later snapshot only, or of the earlier one. */
export type DiffSide = 'added' | 'removed';
export type ObjectOptions = Omit<InstancesOptions, 'filter'>;

/** The queries about one snapshot, the last, are those of the API. */
type OfSnapshot = Pick<
  Snapshot,
  | 'statistics'
  | 'summary'
  | 'instances'
  | 'node'
  | 'children'
  | 'retainers'
  | 'pathsToRoot'
  | 'dominators'
  | 'dominatorTree'
  | 'find'
  | 'duplicateStrings'
>;

/** What a source can be asked. */
export interface Queries extends OfSnapshot {
  /** Of all snapshots. */
  leakReport(): Promise<LeakReport>;
  /** From the snapshot `base` (its place in `snapshots`) to the last. */
  diff(base: number, options?: DiffOptions): Promise<Diff | DiffByName>;
  /** Of all snapshots, if there are three or more. */
  trend(options?: TrendOptions): Promise<Trend>;
}

/** A row of a comparison, whose objects are asked for: those that are new since `base`, or those of `base` that are gone. */
export interface ComparedRow {
  base: number;
  classKey: string;
  side: DiffSide;
}

export interface Source extends Queries {
  /** `report`: a file with what was asked before. `view`: an engine that answers everything. */
  readonly mode: 'report' | 'view';
  readonly version: string;
  /** Oldest first; at least one. */
  readonly snapshots: readonly SnapshotInfo[];
  readonly leftOut: readonly LeftOut[];
  /** Whether contents of strings are told. If not, the names of strings are empty. */
  readonly showsValues: boolean;
  /** Tells contents of strings from now on, where that can be had. */
  showValues?(): Promise<void>;
  /** The same source for as long as `signal` lets it be. */
  until?(signal: AbortSignal): Source;
  /** Calls `told` when it begins and ends that answers take long. */
  onBusy?(told: (isBusy: boolean) => void): void;

  /** The objects behind a row of a comparison, where there is an engine. */
  diffObjects?(row: ComparedRow, options?: ObjectOptions): Promise<NodeList>;
}

/** The answer is not in the report. */
export class NotIncluded extends Error {}
