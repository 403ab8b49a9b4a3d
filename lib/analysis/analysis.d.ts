// The answers to questions about snapshots, and what the questions take. Sizes are in bytes, ids are V8's. Every answer is
// plain data, the same that the command line prints with --json.

/** Gives an answer up: the promise rejects with `ABORT_ERR`. */
export interface Abortable {
  signal?: AbortSignal;
}

/** How far long work is. */
export interface AnalysisProgress {
  /** What is being done. Opening a file begins with `'read'`, of bytes. */
  stage: 'start' | 'read' | 'detachedness' | 'flags' | 'shallow sizes' | 'distances' | 'classes' | 'dominators' | 'retained sizes';
  /** How much of this stage is done. */
  done: number;
  /** How much there is to do, in the same unit; 0 if that is not known. */
  total: number;
}

/** What long work takes. */
export interface WorkOptions extends Abortable {
  /**
   * Called about ten times a second, and when a file is read or the work done. If it throws, the work is given up and
   * rejects with the error.
   */
  onProgress?: (progress: AnalysisProgress) => void;
}

/** What V8 puts into a snapshot of this process. */
export interface HeapOptions {
  /** Show objects of V8 itself as such. @default false */
  exposeInternals?: boolean;
  /** Put numbers into the snapshot, as nodes of their own. @default false */
  exposeNumericValues?: boolean;
}

/** How to take a snapshot of this process. */
export interface SnapshotOptions extends HeapOptions, WorkOptions {
  /** If a dump or another snapshot is under way, wait for its end instead of failing with `ERR_HEAPDUMP_BUSY`. @default false */
  wait?: boolean;
}

/** Which rows of a list to return. `totals` are always those of the whole list. */
export interface WindowOptions {
  /** Rows to return at most. @default Infinity */
  limit?: number;
  /** Rows to skip. @default 0 */
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

/** Which constructors to return, and in which order. */
export interface SummaryOptions extends WindowOptions {
  /** Numbers descend, names ascend; ties are as in DevTools. @default 'retainedSize' */
  sort?: 'retainedSize' | 'shallowSize' | 'count' | 'distance' | 'constructor';
  /** The other way round. @default false */
  reverse?: boolean;
  /** Count only objects that pass this filter. */
  filter?: SummaryFilter;
  /** Only constructors whose name contains this, in any case. */
  match?: string;
}

/** Which objects to return, and in which order. */
export interface NodeListOptions extends WindowOptions {
  sort?: 'retainedSize' | 'shallowSize' | 'distance' | 'name' | 'id';
}

/** As {@link NodeListOptions}, for the objects of one constructor; by retained size unless `sort` says otherwise. */
export interface InstancesOptions extends NodeListOptions {
  /** Only objects that pass this filter. */
  filter?: SummaryFilter;
}

/** Which references to return, and in which order. */
export interface EdgeListOptions extends WindowOptions {
  /** @default 'retainedSize' for children, 'distance' for retainers */
  sort?: 'retainedSize' | 'shallowSize' | 'distance' | 'edge';
}

/** How much of the tree of retainers to follow. The defaults are those of DevTools. */
export interface PathOptions {
  /** References from the object to the end of a path, 1000 at most. @default 30 */
  depth?: number;
  /** Objects in all paths together. @default 5000 */
  nodes?: number;
  /** Retainers of one object, nearest to the roots first. @default 100 */
  siblings?: number;
}

/** What to look for; all that is given must fit. By the order of the file unless `sort` says otherwise. */
export interface FindOptions extends NodeListOptions {
  /** Text that the name contains. */
  name?: string;
  /** Whether capitals differ from small letters in `name`. @default false */
  caseSensitive?: boolean;
  /** V8's kind of object: `'object'`, `'closure'`, `'string'` … */
  type?: string;
  /** Exact name of the constructor. */
  className?: string;
  /** Bytes that the object retains at least. @default 0 */
  minRetainedSize?: number;
}

/** Which constructors of a comparison to return, and in which order. */
export interface DiffOptions extends WindowOptions {
  /** Numbers descend, names ascend; ties are as in DevTools. @default 'addedSize' */
  sort?: 'addedSize' | 'removedSize' | 'sizeDelta' | 'addedCount' | 'removedCount' | 'countDelta' | 'constructor';
  /** The other way round. @default false */
  reverse?: boolean;
  /**
   * What is compared. `'id'`: the objects, told apart by their ids, which takes snapshots of one process. `'name'`: how many
   * objects of each constructor there are, and their size, for snapshots of any processes; only the difference is known
   * then: it counts as added or as removed. @default 'id'
   */
  by?: 'id' | 'name';
  /** Groups of {@link NewObjects} to return at most. @default 20 */
  newObjects?: number;
}

/** One constructor of a summary. */
export interface SummaryRow {
  /** Name of the class, or `(string)` and the like for other kinds of memory. */
  constructor: string;
  /** Tells classes of one name apart; the same in another snapshot of the process. */
  classKey: string;
  /** Number of objects. */
  count: number;
  /** Fewest references from a root of the program to one of the objects; `null` if there is no such way. */
  distance: number | null;
  /** The number that DevTools has for the distance, also when there is no way. */
  rawDistance: number;
  /** Bytes of the objects themselves. */
  shallowSize: number;
  /** Bytes that would be freed if all the objects went. */
  retainedSize: number;
}

/** What kinds of memory there are, as the Statistics view. */
export interface Statistics {
  total: number;
  /** Memory outside V8's heap. */
  native: { total: number; typedArrays: number };
  v8heap: { total: number; code: number; jsArrays: number; strings: number; system: number };
  /** The pie of DevTools; the pieces add up to `total`. */
  slices: Array<{ name: string; size: number }>;
}

/** Constructors with their objects and sizes, as the Summary view. */
export interface Summary {
  totals: {
    /** Objects of the snapshot. */
    nodeCount: number;
    /** References of the snapshot. */
    edgeCount: number;
    /** Bytes of the snapshot: what percentages refer to. */
    totalSize: number;
    /** Constructors there are, returned or not. */
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

/** What a list amounts to, returned or not. */
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
  /** Fewest references from a root of the program; `null` if there is no such way. */
  distance: number | null;
  /** The number that DevTools has for the distance, also when there is no way. */
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
  /** Id of the nearest object without which this one would be free. */
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
  /** Id of the native context that alone holds it; `null` if none or several do. */
  nativeContextId: number | null;
  /** Where it, or its constructor, was written, if V8 says. Lines and columns from 0. */
  location: { scriptId: number; line: number; column: number } | null;
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
  /** What refers to it; empty when it is next to a root. */
  children: PathBranch[];
}

/** How an object is kept alive. */
export interface PathForest {
  /** What refers to the object and is itself alive, nearest to the roots first. */
  paths: PathBranch[];
  /** Which limits cut the search short. */
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

/** What came and went. */
export interface DiffCounts {
  /** Objects that are new. */
  addedCount: number;
  /** Objects that are gone. */
  removedCount: number;
  /** New objects less gone ones. */
  countDelta: number;
  /** Bytes of new objects. */
  addedSize: number;
  /** Bytes of gone objects. */
  removedSize: number;
  /** New bytes less gone ones. */
  sizeDelta: number;
}

/** One constructor of a comparison. */
export interface DiffRow extends DiffCounts {
  /** Name of the class. */
  constructor: string;
  /** Tells classes of one name apart; compared by name, the name. */
  classKey: string;
}

/** One reference on the way from an object to a root. */
export interface RetainingReference {
  /** Id of the object that refers. */
  id: number;
  name: string;
  type: string;
  /** Its reference to the object of the step before. */
  edge: string;
  edgeType: string;
  /** References from the roots of the program to that object. */
  distance: number;
}

/** New objects of one constructor that one older object keeps alive. */
export interface NewObjectGroup {
  /** Name of their class. */
  constructor: string;
  count: number;
  /** Bytes of the objects themselves. */
  shallowSize: number;
  /** Bytes that would be freed with them. What two groups hold together counts in both. */
  retainedSize: number;
  /** The nearest object without which they would be free and that was there before: a cache, a list, a closure. */
  owner: NodeRow;
  /** The object that retains most. */
  example: NodeRow;
  /** A shortest way from the example to a root of the program, of 100 steps at most. */
  path: RetainingReference[];
}

/**
 * Objects whose ids only the newer snapshot has. Some versions of Node number their own objects outside V8's heap
 * (`Node / …`) anew each time; those count as new here and in the rows.
 */
export interface NewObjects {
  totals: {
    /** Groups there are, returned or not. */
    rowCount: number;
    /** New objects, of all groups. */
    count: number;
    /** Bytes of these objects. */
    shallowSize: number;
  };
  /** Retained size descending. */
  rows: NewObjectGroup[];
}

/** Constructors whose objects changed, as the Comparison view. */
export interface Comparison {
  totals: DiffCounts & {
    /** Constructors that changed, returned or not. */
    rowCount: number;
  };
  rows: DiffRow[];
}

/** A comparison of the objects of two snapshots, and who keeps what is new. */
export interface Diff extends Comparison {
  comparedBy: 'id';
  newObjects: NewObjects;
}

/** A comparison of how many objects of each constructor two snapshots have. */
export interface DiffByName extends Comparison {
  comparedBy: 'name';
  /** Nobody can tell which objects are new. */
  newObjects: null;
}
