// Options and results of queries about snapshots. Sizes are in bytes, ids are V8's. Every result is plain data, the same that
// the command line prints with --json.

import type { StackFrame } from './allocations.js';

/** Options of everything that can be aborted. */
export interface Abortable {
  /** Aborts the query: the promise rejects with `ABORT_ERR`. */
  signal?: AbortSignal;
}

/** Progress of opening or comparing snapshots. */
export interface AnalysisProgress {
  /** The current stage. Opening a file begins with `'read'`, in bytes. */
  stage: 'start' | 'read' | 'detachedness' | 'flags' | 'shallow sizes' | 'distances' | 'classes' | 'dominators' | 'retained sizes';
  /** Amount of this stage that is done. */
  done: number;
  /** Total amount, in the same unit; 0 if it is unknown. */
  total: number;
}

/** Options of calls that open or compare snapshots. */
export interface WorkOptions extends Abortable {
  /**
   * Called about ten times a second, when a file has been read, and at the end. If it throws, the call is aborted and rejects
   * with the error.
   */
  onProgress?: (progress: AnalysisProgress) => void;
}

/** Options of V8 for a snapshot of this process. */
export interface HeapOptions {
  /** Show objects of V8 itself, as the option of `v8.writeHeapSnapshot()` does. @default false */
  exposeInternals?: boolean;
  /** Put numbers into the snapshot, as nodes of their own. @default false */
  exposeNumericValues?: boolean;
}

/** Options of `snapshot()`. */
export interface SnapshotOptions extends HeapOptions, WorkOptions {
  /** If a dump or another snapshot is running, wait for its end instead of failing with `ERR_HEAPDUMP_BUSY`. @default false */
  wait?: boolean;
}

/** Selects rows of a list. `totals` always covers the whole list. */
export interface WindowOptions {
  /** Maximum number of rows to return. @default Infinity */
  limit?: number;
  /** Number of rows to skip. @default 0 */
  offset?: number;
}

/** A filter of DevTools' Summary, by its name there. */
export type SummaryFilter =
  | 'objectsRetainedByDetachedDomNodes'
  | 'objectsRetainedByContexts'
  | 'objectsRetainedByConsole'
  | 'objectsRetainedByEventHandlers'
  | 'duplicatedStrings'
  | 'sharedNativeContext'
  | 'noNativeContext';

/** Selects and sorts constructors. */
export interface SummaryOptions extends WindowOptions {
  /** Sort key. Numbers descend, names ascend; ties are as in DevTools. @default 'retainedSize' */
  sort?: 'retainedSize' | 'shallowSize' | 'count' | 'distance' | 'constructor';
  /** Reverse the order. @default false */
  reverse?: boolean;
  /** Count only objects that pass this filter. */
  filter?: SummaryFilter;
  /** Only constructors whose name contains this text, in any case. */
  match?: string;
}

/** Selects and sorts objects. */
export interface NodeListOptions extends WindowOptions {
  /** Sort key. */
  sort?: 'retainedSize' | 'shallowSize' | 'distance' | 'name' | 'id';
}

/** Options of `instances()`. Objects are sorted by retained size by default. */
export interface InstancesOptions extends NodeListOptions {
  /** Only objects that pass this filter. */
  filter?: SummaryFilter;
}

/** Selects and sorts references. */
export interface EdgeListOptions extends WindowOptions {
  /** Sort key. @default 'retainedSize' for children, 'distance' for retainers */
  sort?: 'retainedSize' | 'shallowSize' | 'distance' | 'edge';
}

/** Limits of the search for paths. The defaults are those of DevTools. */
export interface PathOptions {
  /** Maximum number of references in a path, 1 to 1000. @default 30 */
  depth?: number;
  /** Maximum number of objects in all paths together. @default 5000 */
  nodes?: number;
  /** Maximum number of retainers of one object, nearest to the roots first. @default 100 */
  siblings?: number;
}

/** Conditions of a search. An object must match all of them. The default order is that of the file. */
export interface FindOptions extends NodeListOptions {
  /** The name contains this text. */
  name?: string;
  /** Whether `name` distinguishes capitals from small letters. @default false */
  caseSensitive?: boolean;
  /** V8's kind of object: `'object'`, `'closure'`, `'string'` and so on. */
  type?: string;
  /** Exact name of the constructor. */
  className?: string;
  /** Minimum retained size in bytes. @default 0 */
  minRetainedSize?: number;
}

/** Options of `diff()`: selects and sorts constructors. */
export interface DiffOptions extends WindowOptions {
  /** Sort key. Numbers descend, names ascend; ties are as in DevTools. @default 'addedSize' */
  sort?: 'addedSize' | 'removedSize' | 'sizeDelta' | 'addedCount' | 'removedCount' | 'countDelta' | 'constructor';
  /** Reverse the order. @default false */
  reverse?: boolean;
  /**
   * `'id'` compares objects by their ids; the snapshots must be of one process. `'name'` compares number and size of the
   * objects of each constructor, for snapshots of any processes. Then only the difference is known, which counts as added or
   * as removed.
   * @default 'id'
   */
  by?: 'id' | 'name';
  /** Maximum number of groups of new objects ({@link NewObjects}). @default 20 */
  newObjects?: number;
}

/** One constructor of a summary. */
export interface SummaryRow {
  /** Name of the class, or `(string)` and the like for other kinds of memory. */
  constructor: string;
  /** Distinguishes classes of one name. It is the same in another snapshot of the process. */
  classKey: string;
  /** Number of objects. */
  count: number;
  /** Minimum number of references from a root of the program to one of the objects; `null` if there is no path. */
  distance: number | null;
  /** The distance as DevTools computes it, also if there is no path. */
  rawDistance: number;
  /** Bytes of the objects themselves. */
  shallowSize: number;
  /** Bytes that would be freed with all the objects. */
  retainedSize: number;
}

/** Kinds of memory, as in the Statistics view. */
export interface Statistics {
  total: number;
  /** Memory outside V8's heap. */
  native: { total: number; typedArrays: number };
  v8heap: { total: number; code: number; jsArrays: number; strings: number; system: number };
  /** The slices of DevTools' pie chart; they add up to `total`. */
  slices: Array<{ name: string; size: number }>;
}

/** Constructors with their objects and sizes, as the Summary view. */
export interface Summary {
  totals: {
    /** Objects of the snapshot. */
    nodeCount: number;
    /** References of the snapshot. */
    edgeCount: number;
    /** Bytes of the snapshot; the base of percentages. */
    totalSize: number;
    /** Number of constructors, returned or not. */
    rowCount: number;
    /** Objects of these constructors. */
    count: number;
    /** Bytes of these objects. */
    shallowSize: number;
    /** Constructors that DevTools does not show because another one has the same key. */
    lostRowCount: number;
  };
  statistics: Statistics;
  rows: SummaryRow[];
}

/** Totals of a list, for rows that are returned and for rows that are not. */
export interface ListTotals {
  count: number;
}

/** An object in a list. */
export interface NodeRow {
  /** V8's id, the same in another snapshot of the process. */
  id: number;
  /** As DevTools shows it: the text of a string, the properties of a plain object. */
  name: string;
  /** V8's kind: `'object'`, `'closure'`, `'string'` … */
  type: string;
  /** Name of the class. */
  constructor: string;
  /** Minimum number of references from a root of the program; `null` if there is no path. */
  distance: number | null;
  /** The distance as DevTools computes it, also if there is no path. */
  rawDistance: number;
  /** Bytes of the object itself, with hidden parts that only it has. */
  shallowSize: number;
  /** Bytes that would be freed with it. */
  retainedSize: number;
}

export interface NodeList {
  totals: ListTotals;
  rows: NodeRow[];
}

/** Everything about one object. */
export interface NodeDetails extends NodeRow {
  /** Bytes as V8 wrote them. */
  selfSize: number;
  /** Id of the immediate dominator. */
  dominatorId: number;
  /** 0 unknown, 1 attached to a document, 2 detached. */
  detachedness: number;
  /** References from the object. */
  edgeCount: number;
  /** References to the object, weak ones included. */
  retainerCount: number;
  /** Whether DevTools' console could reach it. */
  canBeQueried: boolean;
  /** Whether it is a node of a detached DOM tree. */
  detachedDomNode: boolean;
  /** Id of the only native context that holds it; `null` if none or several do. */
  nativeContextId: number | null;
  /** Position of its code, or of its constructor, if V8 records one. Lines and columns start at 0. */
  location: { scriptId: number; line: number; column: number } | null;
  /**
   * The functions that were running when it was allocated: the one that allocated it, its caller, and so on. `null` unless V8
   * tracked its allocation.
   */
  allocationStack: StackFrame[] | null;
}

/** A reference, and the object at its other end. */
export interface EdgeRow extends NodeRow {
  /** Name of the property or variable, or number of the element. */
  edge: string;
  /** V8's kind of the reference: `'property'`, `'context'`, `'element'` … */
  edgeType: string;
}

export interface EdgeList {
  totals: ListTotals;
  rows: EdgeRow[];
}

/** A step from an object towards the roots, and the steps that follow. */
export interface PathBranch {
  /** Id of the object that refers. */
  id: number;
  name: string;
  type: string;
  /** Its reference to the object of the step before. */
  edge: string;
  edgeType: string;
  /** References from the roots of the program to that object, as DevTools counts them. */
  distance: number;
  /** Its retainers; empty if it is next to a root. */
  children: PathBranch[];
}

/** The retaining paths of an object. */
export interface PathForest {
  /** Retainers of the object that are alive, nearest to the roots first. */
  paths: PathBranch[];
  /** The limits that ended the search. */
  limits: Array<'depth' | 'nodes' | 'siblings'>;
}

/** A text that several strings have. */
export interface DuplicateString {
  /** The text; V8 shortens long ones when it writes a snapshot. */
  value: string;
  count: number;
  /** Bytes of the strings themselves. */
  shallowSize: number;
  /** Sum of their retained sizes. */
  retainedSize: number;
  /** Ids of the strings. */
  ids: number[];
  /** Whether the text was shortened. */
  truncated: boolean;
}

export interface DuplicateStringList {
  totals: ListTotals;
  rows: DuplicateString[];
}

/** Memory of one native context, which is a global object with its builtins. */
export interface NativeContextRow {
  id: number;
  name: string;
  /** Bytes of all objects that only this context holds. */
  attributedSize: number;
  shallowSize: number;
  retainedSize: number;
}

export interface NativeContextList {
  /** In the order of the file. */
  rows: NativeContextRow[];
  /** Bytes that several contexts hold. */
  sharedSize: number;
  /** Bytes that no context holds. */
  unattributedSize: number;
}
