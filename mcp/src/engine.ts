// The functions of heapdump-rs that the server calls. The command passes it in, because the server is bundled.

import type {
  Diff,
  DiffByName,
  DiffOptions,
  ExportOptions,
  ExportedTable,
  FindLeaksOptions,
  LeakReport,
  MemoryLedger,
  Snapshot,
  WorkOptions,
} from '../../index.js';

/** A call of a worker thread. */
export interface CallOptions<Progress> {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface ProcessRow {
  pid: number;
  parentPid: number;
  command: string;
  workingDirectory: string | null;
  residentBytes: number | null;
  access: 'signal' | 'attach' | 'none' | 'unknown';
}

/** How a process is reached. */
export interface Reach {
  process: string;
  attach: boolean;
  timeoutSeconds: number;
  /** Directory of the snapshots. */
  directory: string;
}

export interface TakenOne {
  pid: number;
  path: string;
  bytes: number;
  pauseMs?: number;
}

export interface TakenSeveral {
  pid: number;
  paths: string[];
  /** Why there are fewer than were asked for. */
  note?: string;
}

export interface DumpProgress {
  /** Snapshots that are complete. */
  taken: number;
  /** Size of the file that is being written. */
  bytes?: number;
  /** Time until the next snapshot. */
  leftMs?: number;
}

/** Processes of this machine, by a worker thread. */
export interface Processes {
  call(name: 'list', args: { match?: string }): Promise<ProcessRow[]>;
  call(name: 'memory', args: { process: string }): Promise<MemoryLedger>;
  call(name: 'takeOne', args: Reach & { redact?: string }, options: CallOptions<DumpProgress>): Promise<TakenOne>;
  call(
    name: 'takeSeveral',
    args: Reach & { count: number; intervalSeconds: number },
    options: CallOptions<DumpProgress>,
  ): Promise<TakenSeveral>;
}

export interface QueryPage {
  columns: string[];
  rows: unknown[][];
  hasMore: boolean;
}

/** SQL, by a worker thread. */
export interface Queries {
  call(name: 'check', args: object): Promise<void>;
  call(
    name: 'query',
    args: { directory: string; sql: string; offset: number; limit: number },
    options: CallOptions<never>,
  ): Promise<QueryPage>;
}

/** Limits how much work runs at the same time: an agent may send a hundred calls at once. */
export interface Semaphore {
  /** Runs `work` as soon as a slot is free. Rejects if `signal` aborts before that. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export interface Engine {
  version: string;
  semaphore(limit: number): Semaphore;
  open(path: string, options?: WorkOptions): Promise<Snapshot>;
  diff(before: Snapshot, after: Snapshot, options?: DiffOptions & WorkOptions): Promise<Diff | DiffByName>;
  leakReport(snapshots: Snapshot[], options?: FindLeaksOptions & WorkOptions): Promise<LeakReport>;
  exportTables(source: Snapshot, options: ExportOptions & WorkOptions): Promise<ExportedTable[]>;
  /** Returns the key that identifies a part in two ledgers. */
  partKey(part: { owner: string; name?: string; threadId?: number }): string;
  /** The path of the file with the texts of scripts. */
  sourcesBeside(file: string): string;
  processes: Processes;
  queries: Queries;
}
