// Where the memory of a process is.

import type { Finding } from '../analysis/findings.js';

/**
 * Whose memory it is. More may come.
 *
 * V8: `v8-live` objects of the old generation, `v8-young` the young generation, `v8-code` compiled code, `v8-free` free space in
 * pages, `v8-other` other threads and tables, `v8-wasm` memories of WebAssembly; `v8` all of it, of another process.
 *
 * malloc: `array-buffers`, Buffers included; `external` what Node counts for objects of the heap beside these (strings outside the
 * heap, memory that addons register); `v8-malloc` V8's own; `malloc-free` freed and not given back; `malloc` everything else in use, zlib, TLS and crypto of Node
 * included.
 *
 * `stack` by thread; `binary`, `library`, `addon` and `file` by path; `shared-memory`; `io-uring`; `named` by the name that a
 * program gave it; `kernel`; `anonymous` what native code mapped itself.
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
  /** Bytes of addresses, or of `array-buffers` the bytes that they have. */
  size?: number;
  /** Bytes that were swapped out. */
  swap?: number;
  /** Mappings that it consists of. */
  count?: number;
}

/** What V8 says about the heap of one thread, in bytes. */
export interface MemoryIsolate {
  threadId: number;
  isMainThread: boolean;
  young: { used: number; physical: number };
  code: { used: number; physical: number };
  old: { used: number; physical: number };
  heapUsed: number;
  heapTotal: number;
  heapLimit: number;
  /** What V8 allocates for itself outside the heap. */
  malloced: number;
  external: number;
  /** The part of `external` that is data of the executable: sources of Node's own modules. An estimate, up to 3.3 MB. */
  builtinSources: number;
  arrayBuffers: number;
  contexts: number;
  detachedContexts: number;
}

/** What the container is charged for, by its memory cgroup; all its processes share it. Bytes. */
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

/** How much a part changed. */
export interface MemoryPartChange {
  owner: MemoryOwner;
  name?: string;
  threadId?: number;
  /** Negative if it shrank. */
  bytes: number;
  /** `null` if no time has passed. */
  perHour: number | null;
}

/** What changed since an earlier ledger. */
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

/** What the allocator tells. */
export interface MemoryMalloc {
  allocator: string;
  /** Bytes that were freed and are still in memory; `null` if the allocator does not tell. */
  free: number | null;
  /** glibc's arenas. */
  arenas: Array<{ number: number; system: number; free: number }>;
  /** Milliseconds that asking the allocator took; it locks one arena after the other meanwhile. */
  statisticsMs: number | null;
}

/** Where the memory of a process is. Plain data. */
export interface MemoryLedger {
  /** When, in ISO 8601. */
  at: string;
  pid: number;
  /** `null` if it is another process. */
  node: string | null;
  /** Bytes in memory: `resident` of all parts, and `unexplained`. */
  rss: number;
  /** The largest first. */
  parts: MemoryPart[];
  /** Bytes that no owner is known for. */
  unexplained: number;
  /** Bytes that RSS does not count; `null` where they are not known. */
  beyondRss: { pageTables: number | null; swap: number | null };
  /** `null` where they are not known. */
  counts: { threads: number | null; mappings: number | null; descriptors: number | null };
  malloc: MemoryMalloc;
  /** Threads that loaded the package and answered within half a second. Empty for another process. */
  isolates: MemoryIsolate[];
  container: MemoryContainer | null;
  /** With `trim`: bytes that came back; `null` if the C library cannot. */
  trimmed?: number | null;
  /** With `since`: the changes since the last of them. */
  change?: MemoryChange;
  /** Conclusions, the worst first. In the form of findings about snapshots; `path` and `frames` are empty. */
  verdicts: MemoryVerdict[];
  /** Processor time of the native thread that read it, in milliseconds. */
  cpuMs: number | null;
  durationMs: number;
}

/** What a verdict is about. More may come. */
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

/** Where the memory of the process was at one time, in short: names of stacks and files are left out. Bytes. */
export interface MemorySample {
  /** When, in ISO 8601. */
  at: string;
  rss: number;
  unexplained: number;
  /** Resident bytes by owner. */
  owners: Partial<Record<MemoryOwner, number>>;
  threads: number | null;
  mappings: number | null;
  descriptors: number | null;
  /** Of `malloc`: freed and still in memory. */
  mallocFree: number | null;
  /** Of all threads that loaded the package. */
  heapUsed: number;
  arrayBuffers: number;
}

/** What a watch has seen. */
export interface MemoryHistory {
  /** Oldest first: one a minute, 1,440 at most. */
  samples: MemorySample[];
  /** What they mean; of each third of the time the sample with the lowest RSS is compared. */
  verdicts: MemoryVerdict[];
}

export interface MemoryOptions {
  /** An earlier result, or several, oldest first. Three ledgers can tell a leak from a cache that fills; two cannot. */
  since?: MemoryLedger | MemoryLedger[];
  /** Have `malloc` give back what is free (`malloc_trim(0)`), and say how much came back. @default false */
  trim?: boolean;
}

/**
 * Where the resident memory of this process is: every byte has an owner, or is `unexplained`.
 *
 * Read by a native thread from `/proc`; the event loop goes on. On Linux; elsewhere V8's heap is known, and the rest is
 * `unexplained`.
 */
export function memory(options?: MemoryOptions): Promise<MemoryLedger>;
