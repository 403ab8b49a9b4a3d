// Types of `memory()`: the owners of the memory of a process.

import type { Finding } from '../analysis/findings.js';

/**
 * The owner of a part of the memory. Later versions may add owners.
 *
 * V8: `v8-live` objects of the old generation, `v8-young` the young generation, `v8-code` compiled code, `v8-free` free space in
 * pages, `v8-other` other threads and tables, `v8-wasm` memories of WebAssembly; `v8` all of it, of another process.
 *
 * malloc: `array-buffers`, Buffers included; `external` other memory that Node counts for objects of the heap (strings outside the
 * heap, memory that addons register); `v8-malloc` V8's own; `malloc-free` freed but not returned to the kernel; `malloc` everything
 * else in use, including zlib, TLS and crypto of Node.
 *
 * `stack` by thread; `binary`, `library`, `addon` and `file` by path; `shared-memory`; `io-uring`; `named` by the name that a
 * program gave it; `kernel`; `anonymous` memory that native code mapped itself.
 */
export type MemoryOwner =
  | 'v8'
  | 'v8-live'
  | 'v8-young'
  | 'v8-code'
  | 'v8-free'
  | 'v8-other'
  | 'v8-wasm'
  | 'array-buffers'
  | 'external'
  | 'v8-malloc'
  | 'malloc'
  | 'malloc-free'
  | 'stack'
  | 'binary'
  | 'library'
  | 'addon'
  | 'file'
  | 'shared-memory'
  | 'io-uring'
  | 'named'
  | 'kernel'
  | 'anonymous';

/** Resident memory of one owner. */
export interface MemoryPart {
  owner: MemoryOwner;
  /** A file, a thread, or the name of a mapping. */
  name?: string;
  /** The thread whose heap it is; 0 is the main thread. */
  threadId?: number;
  /** Bytes in memory. */
  resident: number;
  /** Bytes of address space; for `array-buffers` the sum of their lengths. */
  size?: number;
  /** Bytes that were swapped out. */
  swap?: number;
  /** Number of mappings. */
  count?: number;
}

/** V8's statistics about the heap of one thread, in bytes. */
export interface MemoryIsolate {
  threadId: number;
  isMainThread: boolean;
  young: { used: number; physical: number };
  code: { used: number; physical: number };
  old: { used: number; physical: number };
  heapUsed: number;
  heapTotal: number;
  heapLimit: number;
  /** V8's own memory outside the heap. */
  malloced: number;
  external: number;
  /** The part of `external` that is data of the executable: sources of Node's own modules. An estimate, up to 3.3 MB. */
  builtinSources: number;
  arrayBuffers: number;
  contexts: number;
  detachedContexts: number;
}

/** The memory that the container is charged for, in bytes, from its memory cgroup. All processes of the container share it. */
export interface MemoryContainer {
  version: number;
  path: string;
  current: number;
  limit?: number;
  anonymous?: number;
  /** Page cache: contents of files, shared memory and `tmpfs`. */
  file?: number;
  /** The part of `file` that the kernel drops first. */
  inactiveFile?: number;
  shared?: number;
  kernel?: number;
  sockets?: number;
  processes?: number;
}

/** The change of a part. */
export interface MemoryPartChange {
  owner: MemoryOwner;
  name?: string;
  threadId?: number;
  /** Negative if it shrank. */
  bytes: number;
  /** `null` if no time has passed. */
  perHour: number | null;
}

/** The change since an earlier ledger. */
export interface MemoryChange {
  /** `at` of the earlier one. */
  since: string;
  elapsedMs: number;
  rss: number;
  rssPerHour: number | null;
  /** The largest change first; parts that did not change are left out. */
  parts: MemoryPartChange[];
  unexplained: number;
  counts: { threads: number | null; mappings: number | null; descriptors: number | null };
}

/** Statistics of the allocator. */
export interface MemoryMalloc {
  allocator: string;
  /** Bytes that were freed and are still in memory; `null` if the allocator does not report them. */
  free: number | null;
  /** glibc's arenas. */
  arenas: Array<{ number: number; system: number; free: number }>;
  /** Milliseconds that reading the statistics took. The allocator locks one arena after the other meanwhile. */
  statisticsMs: number | null;
}

/** The owners of the memory of a process. Plain data. */
export interface MemoryLedger {
  /** The time, in ISO 8601. */
  at: string;
  pid: number;
  /** `null` if it is another process. */
  node: string | null;
  /** Bytes in memory: `resident` of all parts, and `unexplained`. */
  rss: number;
  /** The largest first. */
  parts: MemoryPart[];
  /** Bytes without a known owner. */
  unexplained: number;
  /** Bytes that RSS does not count; `null` where they are not known. */
  beyondRss: { pageTables: number | null; swap: number | null };
  /** `null` where they are not known. */
  counts: { threads: number | null; mappings: number | null; descriptors: number | null };
  malloc: MemoryMalloc;
  /** Threads that loaded the package and answered within half a second. Empty for another process. */
  isolates: MemoryIsolate[];
  container: MemoryContainer | null;
  /** With `trim`: bytes that were returned to the kernel; `null` if the C library cannot return them. */
  trimmed?: number | null;
  /** With `since`: the changes since the last of them. */
  change?: MemoryChange;
  /** Conclusions, the worst first. In the form of findings about snapshots; `path` and `frames` are empty. */
  verdicts: MemoryVerdict[];
  /** Processor time of the native thread that read it, in milliseconds. */
  cpuMs: number | null;
  durationMs: number;
}

/** The kind of a verdict. Later versions may add kinds. */
export type MemoryVerdictKind =
  | 'heap-growth'
  | 'buffer-growth'
  | 'external-growth'
  | 'native-growth'
  | 'mapped-growth'
  | 'wasm-growth'
  | 'shared-memory-growth'
  | 'unexplained-growth'
  | 'thread-growth'
  | 'descriptor-growth'
  | 'mapping-growth'
  | 'malloc-free'
  | 'heap-fragmentation'
  | 'semi-spaces'
  | 'page-cache'
  | 'known-leak';

/** A finding about memory in and outside the heap. */
export type MemoryVerdict = Omit<Finding, 'kind' | 'alsoHeldBy'> & { kind: MemoryVerdictKind };

/** A short ledger, without the names of stacks and files. Bytes. */
export interface MemorySample {
  /** The time, in ISO 8601. */
  at: string;
  rss: number;
  unexplained: number;
  /** Resident bytes by owner. */
  owners: Partial<Record<MemoryOwner, number>>;
  threads: number | null;
  mappings: number | null;
  descriptors: number | null;
  /** Bytes of `malloc` that were freed and are still in memory. */
  mallocFree: number | null;
  /** The sum of all threads that loaded the package. */
  heapUsed: number;
  arrayBuffers: number;
}

/** The samples of a watch. */
export interface MemoryHistory {
  /** Oldest first: one per minute, 1,440 at most. */
  samples: MemorySample[];
  /** Verdicts about the samples: those with the lowest RSS of each third of the time are compared. */
  verdicts: MemoryVerdict[];
}

export interface MemoryOptions {
  /** An earlier result, or several, oldest first. Three ledgers distinguish a leak from a cache that fills; two cannot. */
  since?: MemoryLedger | MemoryLedger[];
  /** Have `malloc` return free memory to the kernel (`malloc_trim(0)`), and report how much it returned. @default false */
  trim?: boolean;
}

/**
 * Returns the owners of the resident memory of this process. Every byte has an owner, or is `unexplained`.
 *
 * A native thread reads `/proc`, and the event loop goes on. On other systems than Linux only V8's heap is known, and the rest is
 * `unexplained`.
 */
export function memory(options?: MemoryOptions): Promise<MemoryLedger>;
