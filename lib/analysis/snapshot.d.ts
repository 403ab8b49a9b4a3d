// The handle on an analysed snapshot, and the calls that make or use one.

import type { AllocationList, AllocationsOptions, StackFrame, Timeline } from './allocations.js';
import type {
  Abortable,
  DiffOptions,
  DuplicateStringList,
  EdgeList,
  EdgeListOptions,
  FindOptions,
  HeapOptions,
  InstancesOptions,
  NativeContextList,
  NodeDetails,
  NodeList,
  PathForest,
  PathOptions,
  SnapshotOptions,
  Statistics,
  Summary,
  SummaryOptions,
  WindowOptions,
  WorkOptions,
} from './analysis.js';
import type { Diff, DiffByName } from './diff.js';
import type { QueryOptions, QueryResult } from './export.js';
import type { ClosureGroup, ClosuresOptions, Finding, SuspectsOptions } from './findings.js';

/** An analysed snapshot: a file, or a {@link Snapshot} that is open. Files may be compressed with gzip or zstd. */
export type Source = string | URL | Snapshot;

/**
 * A handle on an analysed snapshot, which lives outside V8's heap. {@link open} and {@link snapshot}
 * make one.
 *
 * Queries run on the thread pool; `Sync` methods block. After `close()` they fail with `ERR_HEAPDUMP_CLOSED`; running ones
 * still complete. An id that no object has fails with
 * `ERR_HEAPDUMP_NODE_NOT_FOUND`.
 */
export class Snapshot {
  private constructor();

  /** Number of objects. */
  readonly nodeCount: number;
  /** Number of references. */
  readonly edgeCount: number;
  /** Bytes of the whole snapshot; the base of percentages. */
  readonly totalSize: number;
  /** Id of the root, from which V8 reaches everything. */
  readonly rootId: number;
  /** Bytes that this handle holds outside V8's heap. */
  readonly memoryUsed: number;
  readonly closed: boolean;

  /**
   * Asks the snapshot in SQL, by DuckDB, which must be installed beside: `npm install @duckdb/node-api`. Exports the snapshot to a
   * private temporary directory, which is removed afterwards. Rejects with `ERR_HEAPDUMP_UNSUPPORTED` without DuckDB, and with
   * `ERR_HEAPDUMP_SQL` if DuckDB refuses the query.
   */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;

  /**
   * Frees the memory as soon as no query is running. May be repeated. A handle that is not closed is freed by the garbage
   * collector. `using snapshot = openSync(file)` closes at the end of the scope, where the runtime knows
   * `Symbol.dispose`.
   */
  close(): void;

  /** Kinds of memory, as in the Statistics view. */
  statistics(options?: Abortable): Promise<Statistics>;
  statisticsSync(): Statistics;

  /** Constructors with their objects and sizes, as in the Summary view. */
  summary(options?: SummaryOptions & Abortable): Promise<Summary>;
  summarySync(options?: SummaryOptions): Summary;

  /**
   * The objects of one constructor.
   * @param constructor the `classKey` of a row of the summary; or a name, for all constructors with this name
   */
  instances(constructor: string, options?: InstancesOptions & Abortable): Promise<NodeList>;
  instancesSync(constructor: string, options?: InstancesOptions): NodeList;

  /** Everything about one object. */
  node(id: number, options?: Abortable): Promise<NodeDetails>;
  nodeSync(id: number): NodeDetails;

  /** References of an object, as in the Containment view. Without an id: of the root. */
  children(id?: number, options?: EdgeListOptions & Abortable): Promise<EdgeList>;
  childrenSync(id?: number, options?: EdgeListOptions): EdgeList;

  /** Retainers of an object, as in the Retainers pane: nearest to the roots first, without weak references. */
  retainers(id: number, options?: EdgeListOptions & Abortable): Promise<EdgeList>;
  retainersSync(id: number, options?: EdgeListOptions): EdgeList;

  /** The retaining paths of an object: the tree of its retainers up to the roots of the program. */
  pathsToRoot(id: number, options?: PathOptions & Abortable): Promise<PathForest>;
  pathsToRootSync(id: number, options?: PathOptions): PathForest;

  /** The object, its immediate dominator, the immediate dominator of that one, and so on up to the root. */
  dominators(id: number, options?: WindowOptions & Abortable): Promise<NodeList>;
  dominatorsSync(id: number, options?: WindowOptions): NodeList;

  /** The objects that an object immediately dominates, by retained size: one level of the dominator tree. Without an id: of the root. */
  dominatorTree(id?: number, options?: WindowOptions & Abortable): Promise<NodeList>;
  dominatorTreeSync(id?: number, options?: WindowOptions): NodeList;

  /** Objects by name, kind, constructor and size. */
  find(options?: FindOptions & Abortable): Promise<NodeList>;
  findSync(options?: FindOptions): NodeList;

  /** Texts that are stored more than once, by retained size descending. */
  duplicateStrings(options?: WindowOptions & Abortable): Promise<DuplicateStringList>;
  duplicateStringsSync(options?: WindowOptions): DuplicateStringList;

  /** Memory by native context (realm). */
  nativeContexts(options?: Abortable): Promise<NativeContextList>;
  nativeContextsSync(): NativeContextList;

  /**
   * Living objects by the function or the stack that allocated them, as in the Allocation view. Has rows only if V8 tracked
   * allocations.
   */
  allocations(options?: AllocationsOptions & Abortable): Promise<AllocationList>;
  allocationsSync(options?: AllocationsOptions): AllocationList;

  /** The functions that were running when an object was allocated, the innermost first; `null` unless V8 tracked its allocation. */
  allocationStack(id: number, options?: Abortable): Promise<StackFrame[] | null>;
  allocationStackSync(id: number): StackFrame[] | null;

  /** The allocation timeline: bytes of the living objects by the time of their allocation. Has rows only if V8 tracked objects. */
  timeline(options?: Abortable): Promise<Timeline>;
  timelineSync(): Timeline;

  /** The living functions of the application by the place of their definition, with the variables of their scopes; by retained size. */
  closures(options?: ClosuresOptions & Abortable): Promise<ClosureGroup[]>;
  closuresSync(options?: ClosuresOptions): ClosureGroup[];

  /** The findings that one snapshot shows. {@link findLeaks} compares several. */
  suspects(options?: SuspectsOptions & Abortable): Promise<Finding[]>;
  suspectsSync(options?: SuspectsOptions): Finding[];
}

/**
 * Reads and analyses a snapshot file on native threads.
 *
 * Rejects with `ENOENT` and the like, or with an `ERR_HEAPDUMP_` code if the file is not a valid snapshot.
 */
export function open(path: string | URL, options?: FileOptions & WorkOptions): Promise<Snapshot>;
/** Like {@link open}, blocking. */
export function openSync(path: string | URL, options?: FileOptions): Snapshot;

/** Options of reading a file. */
export interface FileOptions {
  /**
   * The file with the secret keys for an encrypted snapshot, as `age-keygen` writes it. Functions that take the path of a snapshot use
   * that of the environment.
   * @default HEAPDUMP_IDENTITY
   */
  identity?: string | URL;
}

/**
 * Takes a snapshot of this thread's heap and analyses it without a file. The result is outside V8's heap, so the next snapshot
 * does not contain it. JavaScript pauses while V8 takes the snapshot; the analysis runs on native threads.
 *
 * Ids are those of the other snapshots and dumps of this process. An `AbortSignal` aborts the analysis, not the pause: V8
 * cannot be stopped. `onProgress` is called from the event loop, so not during the pause.
 */
export function snapshot(options?: SnapshotOptions): Promise<Snapshot>;

/**
 * The summary of the heap of this thread, now: as {@link snapshot}, closed again.
 */
export function analyze(source?: undefined, options?: SummaryOptions & SnapshotOptions): Promise<Summary>;
/** Returns the summary of a snapshot. Opens a file, and closes it again. */
export function analyze(source: Source, options?: SummaryOptions & WorkOptions): Promise<Summary>;
/** Like {@link analyze}, blocking; also until the dump of another thread has ended. */
export function analyzeSync(source?: undefined, options?: SummaryOptions & HeapOptions): Summary;
/** Like {@link analyze}, blocking. */
export function analyzeSync(source: Source, options?: SummaryOptions): Summary;

/**
 * Compares two snapshots of one process: added and removed objects, and the owners of the new ones. Objects are identified by
 * their ids. Rejects with `ERR_HEAPDUMP_DIFFERENT_PROCESS` if those do not mean the same objects: fewer than 97 %
 * of the objects with an id of the other snapshot are of the same kind and name there. Those can be compared
 * `{ by: 'name' }`.
 */
export function diff(before: Source, after: Source, options?: DiffOptions & WorkOptions & { by?: 'id' }): Promise<Diff>;
export function diff(before: Source, after: Source, options: DiffOptions & WorkOptions & { by: 'name' }): Promise<DiffByName>;
export function diff(before: Source, after: Source, options?: DiffOptions & WorkOptions): Promise<Diff | DiffByName>;
/** Like {@link diff}, blocking. */
export function diffSync(before: Source, after: Source, options?: DiffOptions & { by?: 'id' }): Diff;
export function diffSync(before: Source, after: Source, options: DiffOptions & { by: 'name' }): DiffByName;
export function diffSync(before: Source, after: Source, options?: DiffOptions): Diff | DiffByName;
