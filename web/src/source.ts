// Where the views get their data: the questions of the JavaScript API, and its answers. Questions about one snapshot are
// about the last of `snapshots`.

import type {
  Diff,
  DiffByName,
  DiffOptions,
  DuplicateStringList,
  EdgeList,
  EdgeListOptions,
  FindOptions,
  InstancesOptions,
  NodeDetails,
  NodeList,
  PathForest,
  PathOptions,
  Statistics,
  Summary,
  SummaryOptions,
  WindowOptions,
} from '../../lib/analysis/analysis.js';
import type { LeakReport } from '../../lib/analysis/findings.js';
import type { Trend, TrendOptions } from '../../lib/analysis/trend.js';

export type * from '../../lib/analysis/analysis.js';
export type * from '../../lib/analysis/findings.js';
export type * from '../../lib/analysis/trend.js';

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

export interface Source {
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

  statistics(): Promise<Statistics>;
  summary(options?: SummaryOptions): Promise<Summary>;
  instances(classKey: string, options?: InstancesOptions): Promise<NodeList>;
  node(id: number): Promise<NodeDetails>;
  /** Of the root without an id. */
  children(id?: number, options?: EdgeListOptions): Promise<EdgeList>;
  retainers(id: number, options?: EdgeListOptions): Promise<EdgeList>;
  pathsToRoot(id: number, options?: PathOptions): Promise<PathForest>;
  dominators(id: number): Promise<NodeList>;
  /** Of the root without an id. */
  dominatorTree(id?: number, options?: WindowOptions): Promise<NodeList>;
  find(options?: FindOptions): Promise<NodeList>;
  duplicateStrings(options?: WindowOptions): Promise<DuplicateStringList>;
  /** Of all snapshots. */
  leakReport(): Promise<LeakReport>;
  /** From the snapshot `base` (its place in `snapshots`) to the last. */
  diff(base: number, options?: DiffOptions): Promise<Diff | DiffByName>;
  /** The objects of a constructor that came since the snapshot `base`, or those that went, which are objects of `base`. */
  diffObjects?(base: number, classKey: string, side: DiffSide, options?: ObjectOptions): Promise<NodeList>;
  /** Of all snapshots, if there are three or more. */
  trend(options?: TrendOptions): Promise<Trend>;
}

/** The answer is not in the report. */
export class NotIncluded extends Error {}
