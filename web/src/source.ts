// The source of the data of the views: the queries of the JavaScript API. Queries about one snapshot are about the last of
// `snapshots`.

import type { AllocationSource } from '../../lib/analysis/allocation-sources.js';
import type { DiffOptions, InstancesOptions, NodeList } from '../../lib/analysis/analysis.js';
import type { Diff, DiffByName } from '../../lib/analysis/diff.js';
import type { LeakReport } from '../../lib/analysis/findings.js';
import type { Snapshot } from '../../lib/analysis/snapshot.js';
import type { Trend, TrendOptions } from '../../lib/analysis/trend.js';
import type { AllocationFrame } from '../../lib/profile/index.js';

export type * from '../../lib/analysis/allocation-sources.js';
export type * from '../../lib/analysis/allocations.js';
export type * from '../../lib/analysis/analysis.js';
export type * from '../../lib/analysis/diff.js';
export type * from '../../lib/analysis/findings.js';
export type * from '../../lib/analysis/trend.js';
export type { AllocationFrame } from '../../lib/profile/index.js';

/** Whose the memory of the process was at one time. Bytes. */
export interface MemoryMoment {
  at: string;
  rss: number;
  unexplained: number;
  owners: Record<string, number>;
}

/** Facts about a snapshot. Only those that come from the analysis are always present. */
export interface SnapshotInfo {
  /** Name of the file, without its directory. */
  name: string;
  nodeCount: number;
  edgeCount: number;
  /** Bytes of the heap. Percentages refer to it. */
  totalSize: number;
  rootId: number;
  /** Bytes of the file. */
  fileSize?: number;
  /** Time when it was taken, or last changed: ISO 8601. */
  time?: string;
  pid?: number;
  node?: string;
  v8?: string;
  reason?: string;
  method?: string;
  pauseMs?: number;
  /** From the sidecar: before the dump and after it, and samples of a watch, oldest first. */
  memory?: { before?: MemoryMoment; after?: MemoryMoment; samples: MemoryMoment[] };
  /** The allocation profile of the snapshot, if it has one. */
  profile?: { startedAt: string | null; intervalBytes: number | null };
  /** Whether the snapshot has allocation stacks. */
  hasStacks?: boolean;
}

/** Which calls to return. */
export interface AllocationTreeOptions {
  from: AllocationSource;
  /** Index of the snapshot to compare with. */
  base?: number;
  /** Maximum number of calls. */
  nodes?: number;
}

/** The calls that allocated objects: the heaviest ones. */
export interface AllocationTree {
  from: AllocationSource;
  base: number | null;
  /** Number of all calls. */
  callCount: number;
  /** The functions that are called. */
  frames: AllocationFrame[];
  /** Columns with a value per call. Callers come first. */
  calls: {
    /** Position in `frames`; -1 stands for the calls that `caller` lacks. */
    frame: number[];
    /** Position of the caller; -1 for the root. */
    caller: number[];
    /** Bytes of the living objects that the function itself allocated; with a base, only of those that the base lacks. */
    size: number[];
    /** Number of these objects; of samples in a profile. */
    count: number[];
    /** With a base: the same of objects that are gone since. */
    removedSize?: number[];
    removedCount?: number[];
  };
}

/** A list that a report shortens. */
export interface LeftOut {
  what: 'findings' | 'constructors' | 'instances' | 'dominators' | 'strings' | 'comparison' | 'trend' | 'paths' | 'calls';
  shown: number;
  total: number;
}

/** The side of a comparison: objects of the later snapshot only, or of the earlier one only. */
export type DiffSide = 'added' | 'removed';
export type ObjectOptions = Omit<InstancesOptions, 'filter'>;

/** The queries about the last snapshot, as in the API. */
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

/** The queries of a source. */
export interface Queries extends OfSnapshot {
  /** The findings of all snapshots. */
  leakReport(): Promise<LeakReport>;
  /** The comparison of the last snapshot with the one at index `base` of `snapshots`. */
  diff(base: number, options?: DiffOptions): Promise<Diff | DiffByName>;
  /** The trend of all snapshots, if there are three or more. */
  trend(options?: TrendOptions): Promise<Trend>;
  /** The calls that allocated objects, from one of `allocationSources(snapshots)`. */
  allocationTree(options: AllocationTreeOptions): Promise<AllocationTree>;
}

/** A row of a comparison whose objects are queried: those added since `base`, or those of `base` that were removed. */
export interface ComparedRow {
  base: number;
  classKey: string;
  side: DiffSide;
}

export interface Source extends Queries {
  /** `report`: a file with stored answers. `view`: an engine that answers all queries. */
  readonly mode: 'report' | 'view';
  readonly version: string;
  /** Oldest first; at least one. */
  readonly snapshots: readonly SnapshotInfo[];
  readonly leftOut: readonly LeftOut[];
  /** Whether answers include contents of strings. If not, the names of strings are empty. */
  readonly showsValues: boolean;
  /** Includes contents of strings in later answers. Missing if the source cannot do that. */
  showValues?(): Promise<void>;
  /** Returns the same source, whose queries end when `signal` aborts. */
  until?(signal: AbortSignal): Source;
  /** Calls `listener` when answers start, or stop, taking long. */
  onBusy?(listener: (isBusy: boolean) => void): void;

  /** The objects of a row of a comparison. Missing without an engine. */
  diffObjects?(row: ComparedRow, options?: ObjectOptions): Promise<NodeList>;
}

/** The answer is not in the report. */
export class NotIncluded extends Error {}
