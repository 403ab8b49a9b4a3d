// Findings: leaks, and memory that could be saved.

import type { WorkOptions } from './analysis.js';
import type { Source } from './snapshot.js';

/** The kind of a finding. Later versions may add kinds. */
// rules: begin (npm run build:rules)
export type FindingKind =
  | 'closure-context' | 'event-listeners' | 'timers' | 'promise-reactions' | 'pending-promises' | 'growing-collection'
  | 'promise-chain' | 'growing-chain' | 'growing-objects' | 'wrapped-functions' | 'open-handles' | 'undrained-stream'
  | 'reloaded-modules' | 'async-context' | 'sliced-strings' | 'concatenated-strings' | 'retained-object'
  | 'retained-group' | 'external-memory' | 'duplicate-strings' | 'duplicate-objects' | 'detached-dom';
// rules: end

/**
 * A text independent of the language: the id of the text in the catalogues, and its arguments. `title`, `sentence` and the like have
 * it in English. Ids and arguments may change when a text does.
 */
export interface FindingMessage {
  id: string;
  /** Names as the program has them, places as `file:line:column`, numbers, and messages that are parts of this text. */
  args: Record<string, FindingMessageValue>;
}

export type FindingMessageValue = number | string | FindingMessage | FindingMessageValue[];

/** The texts of a finding as messages: ids of texts with their arguments. */
export interface FindingMessages {
  title: FindingMessage;
  /** Sentence by sentence. */
  sentence: FindingMessage[];
  fix: FindingMessage;
}

/** A place in the source; in the original one if there is a source map. */
export interface SourcePlace {
  /** Relative to the working directory if it is below it. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
}

/** The part of the growth of the heap that a finding explains. Each new object counts for one finding only. */
export interface FindingShare {
  /** Bytes per step that the finding explains. */
  bytesPerStep: number;
  /** Bytes per step that the heap gained and retained, in all. */
  ofBytesPerStep: number;
}

/** The numbers behind a finding. */
export interface FindingEvidence {
  /** Bytes that would be freed. */
  bytes: number;
  /** Number of entries, listeners, scopes and so on. */
  count: number;
  /** Their number in each snapshot, oldest first. */
  counts: number[];
  /** Average growth of the count from snapshot to snapshot; absent with one snapshot. */
  growthPerStep?: number;
  /** Average growth in bytes from snapshot to snapshot. */
  bytesPerStep?: number;
  /** The part of the growth of the heap that it explains; absent with one snapshot, and for waste. */
  explained?: FindingShare;
}

/** The leak site. Unknown fields are absent. */
export interface FindingCulprit {
  variable?: string;
  property?: string;
  constructor?: string;
  function?: string;
  location?: SourcePlace;
}

/** One reference of the path from a root of the program to the leak. */
export interface FindingStep {
  /** V8's id of the object that is referred to. */
  id: number;
  /** How the one before refers to it; for the first, the variable or root. */
  edge: string;
  /** Its constructor and size, or the name and place of a function. */
  what: string;
}

/** A labelled piece of a line of code. */
export interface FrameLabel {
  /** The line of the file, 1-based. */
  line: number;
  /** Where it begins in the text of the line as the frame has it: 1-based, in UTF-16 units. */
  column: number;
  /** UTF-16 units of that text. */
  length: number;
  /**
   * `variable` retains the leak; `keeper` is the function whose scope keeps it; the collection is created at `made` and filled
   * at `added`; `listener` is never removed, `callback` is called by timers, and both are `passed` there. Later versions may add roles.
   */
  role: 'variable' | 'keeper' | 'made' | 'added' | 'listener' | 'callback' | 'passed';
  /** The role as a text. */
  text: string;
  /** `text` as a message. */
  message: FindingMessage;
  /** Whether it is the most important one of the finding. */
  isPrimary: boolean;
}

/** Lines of a file around a leak site, as compilers show errors. */
export interface CodeFrame {
  /** Where the most important label of the frame is in the file. */
  location: SourcePlace;
  /** The number of the first line, 1-based. */
  firstLine: number;
  /**
   * The lines. Long ones are cut around their labels; tabs are spaces, control characters are U+FFFD. If the file is not on
   * this machine, the contents of strings and comments are `…`, unless `showValues` is set.
   */
  lines: string[];
  /** By line and column. */
  labels: FrameLabel[];
}

/** A function of the program, at its beginning in the script that V8 ran. */
export interface SiteFrame {
  /** Empty for an anonymous function. */
  function: string;
  /** Relative to the working directory if it is below it. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
}

/** The function that makes the objects of a finding. Functions of Node and V8 that it calls for that are left out. */
export interface FindingSite extends SiteFrame {
  /**
   * `stacks`: exact, from the allocation stacks of the objects in the last snapshot. `profile`: inferred from the samples of the
   * allocation profile beside it, by the constructor of the objects, by the source around a closure, or by their size.
   */
  source: 'stacks' | 'profile';
  /** The class of the objects: the one that retains most. `string` for strings. */
  class: string;
  /** The callers of the stack with most objects or bytes, nearest first: 5, and the nearest one that is not in `node_modules`. */
  callers: SiteFrame[];
  /**
   * The part that this function allocated: of the objects with a stack, of the sampled bytes of the constructor, or of the sampled
   * objects of the same size. From 0.5 to 1 for a profile.
   */
  share: number;
  /** Number of objects of the finding that the stacks show it to have allocated. Only for `stacks`. */
  objectCount?: number;
  /** Number of samples. Only for `profile`. */
  sampleCount?: number;
  /** Confidence, from 0 to 1. 1 for `stacks`; low with few samples, or if other functions make such objects, too. */
  confidence: number;
}

/**
 * A leak, why it is alive, and the fix. Contains no contents of strings of the heap; `frames` shows code as
 * it is in files on this machine.
 */
export interface Finding {
  kind: FindingKind;
  /**
   * `leak`: it grows from snapshot to snapshot, or its shape shows that it must have. `suspect`: it may. `waste`: it does
   * not grow, but could be saved.
   */
  severity: 'leak' | 'suspect' | 'waste';
  /** Confidence, from 0 to 1. */
  confidence: number;
  /** One short line. */
  title: string;
  /** A paragraph. */
  sentence: string;
  evidence: FindingEvidence;
  culprit: FindingCulprit;
  path: FindingStep[];
  /** Other places that retain the same objects, because findings with one cause are merged. Absent if there are none. */
  alsoHeldBy?: string[];
  /** The change that would end the leak. */
  fix: string;
  /** `title`, `sentence` and `fix` as messages. */
  messages: FindingMessages;
  /**
   * `true` for a collection that is likely still filling up: it replaces its entries, has a property that bounds it (such as
   * `max`), or grows less and less. Otherwise absent.
   */
  isFilling?: boolean;
  /** Identifies the leak in every run, as long as names stay. */
  signature: string;
  /**
   * The function that makes the leaked objects, if the last snapshot has allocation stacks (see `dump({ allocationStacks })`), or if
   * an allocation profile is beside it (`name.heapprofile`, see `watch({ profile })`) whose samples agree. Otherwise absent.
   */
  allocatedAt?: FindingSite;
  /**
   * The code of the finding: the file with the primary label first, each file in the order of its lines. Empty if no source is
   * available.
   */
  frames: CodeFrame[];
}

/** Growth of the heap over the snapshots. */
export interface HeapGrowth {
  /** Bytes of the whole heap in each snapshot, oldest first. */
  sizes: number[];
  /**
   * Bytes per step of objects that are new since the first snapshot, are still alive, and were added at a similar rate in each
   * step. 0 with one snapshot.
   */
  steadyPerStep: number;
  /** The part of it that findings of severity `leak` explain. */
  explainedPerStep: number;
}

/** The texts of a report as messages. */
export interface LeakReportMessages {
  /** Sentence by sentence. */
  conclusion: FindingMessage[];
}

/** Findings, growth of the heap, and a conclusion. */
export interface LeakReport {
  /** As {@link findLeaks} returns them. */
  findings: Finding[];
  /** Of all findings, also those that `limit` and `ignore` leave out. */
  growth: HeapGrowth;
  /**
   * A few sentences: whether the heap grew and by how much, what part of that the leaks explain, other possible causes,
   * and the next step. If the heap is flat, they say how much memory the snapshots show outside of it, and how RSS changed
   * if the snapshots have sidecars (`dump({ sidecar: true })`). Also there if nothing was found.
   */
  conclusion: string;
  /** `conclusion` as messages. */
  messages: LeakReportMessages;
}

/** A variable of the scopes that functions were made in. */
export interface ScopeVariable {
  name: string;
  /** Bytes that the scopes alone keep through it; of 256 of them if there are more. */
  bytes: number;
  /** Whether these functions read it; not if the source does not say. */
  isRead?: boolean;
}

/** Functions that one piece of code made. */
export interface ClosureGroup {
  name: string;
  location?: SourcePlace;
  /** How many are alive. */
  count: number;
  /** Bytes that would be freed with all of them. */
  retainedSize: number;
  /** Id of one of them. */
  example: number;
  /** By bytes. */
  variables: ScopeVariable[];
}

/** Options of `closures()`. */
export interface ClosuresOptions {
  /** Maximum number of groups. @default 50 */
  limit?: number;
  /**
   * Maps prefixes of script paths to directories of this machine: `{ '/app': '.' }` for a dump from a container. A script
   * whose path begins with the key is read from the directory, if it is the one that ran as far as the snapshot shows.
   */
  sourceRoots?: Record<string, string | URL>;
}

/** Options of `suspects()`. */
export interface SuspectsOptions {
  /** Maximum number of findings. @default Infinity */
  limit?: number;
  /** Show names of properties and events that look like data. @default false */
  showValues?: boolean;
  /**
   * Maps prefixes of script paths to directories of this machine: `{ '/app': '.' }` for a dump from a container. A script
   * whose path begins with the key is read from the directory, if it is the one that ran as far as the snapshot shows.
   */
  sourceRoots?: Record<string, string | URL>;
}

/** Options of {@link findLeaks} and {@link leakReport}. */
export interface FindLeaksOptions extends SuspectsOptions {
  /** Signatures of known leaks to leave out. @default [] */
  ignore?: string[];
}

/**
 * Finds leaks in snapshots of one process, oldest first. Returns leaks before suspects before waste, sorted by the growth that
 * they explain. One snapshot shows large owners, two or more show growth. Rejects with `ERR_HEAPDUMP_DIFFERENT_PROCESS` as `diff`.
 *
 * Reads the scripts that functions came from: from `name.sources.json.gz` beside a snapshot, where their paths lead to
 * files, or below `sourceRoots`.
 */
export function findLeaks(snapshots: Source[], options?: FindLeaksOptions & WorkOptions): Promise<Finding[]>;
/** Like {@link findLeaks}, blocking. */
export function findLeaksSync(snapshots: Source[], options?: FindLeaksOptions): Finding[];

/** Returns the findings of {@link findLeaks}, the growth of the heap, and a conclusion in words. */
export function leakReport(snapshots: Source[], options?: FindLeaksOptions & WorkOptions): Promise<LeakReport>;
/** Like {@link leakReport}, blocking. */
export function leakReportSync(snapshots: Source[], options?: FindLeaksOptions): LeakReport;
