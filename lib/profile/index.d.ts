// Which functions allocated what is alive.

/** How allocations are sampled. */
export interface ProfileOptions {
  /**
   * One sample for each of so many allocated bytes, on average. Smaller intervals see smaller sites and cost more: at 64 KiB
   * a program that only allocates takes up to 14 % longer. @default 524288
   */
  intervalBytes?: number;
}

/**
 * The allocation profiler of this thread. It samples allocations through V8's inspector, and keeps only the samples whose
 * objects are alive, so that its memory is bounded by that of the heap.
 *
 * V8 has one sampling profiler a thread: while `node --heap-prof` or a debugger samples, both see the same samples.
 */
export interface Profiler {
  /** Whether allocations are sampled. */
  readonly isRunning: boolean;
  /**
   * Starts to sample. While it samples already, nothing happens; with another interval it throws `ERR_HEAPDUMP_PROFILER`.
   */
  start(options?: ProfileOptions): void;
  /**
   * Returns the profile of what was allocated since `start()` and is alive. Blocks for some milliseconds. Objects that are
   * garbage but not collected yet count as alive. Throws `ERR_HEAPDUMP_PROFILER` if the profiler does not run.
   */
  take(): AllocationProfile;
  /** Returns the same, and stops. */
  stop(): AllocationProfile;
}

/** A function of a stack. */
export interface AllocationFrame {
  /** The name; empty for an anonymous function. */
  function: string;
  /** The path or URL of the script; `null` for a builtin of V8. */
  file: string | null;
  /** The line in which the function begins, 1-based; `null` for a builtin of V8. */
  line: number | null;
  /** Its column, 1-based, in UTF-16 units. */
  column: number | null;
}

/** A function whose objects are alive; those that a builtin allocated, such as `push`, belong to its caller. */
export interface AllocationSite extends AllocationFrame {
  /** Estimated bytes of the objects that it allocated itself. */
  bytes: number;
  /** Number of samples behind the estimate: with fewer than ten it is a rough one. */
  sampleCount: number;
  /** Who called it, the nearest first, at most 8: the stack with the most bytes. */
  callers: AllocationFrame[];
}

/** A profile of a thread: which functions allocated the objects that are alive. */
export interface AllocationProfile {
  /** Bytes from one sample to the next, on average; `null` if the file does not say. */
  readonly intervalBytes: number | null;
  /** When sampling started, in ISO 8601; `null` if the file does not say. */
  readonly startedAt: string | null;
  /** From there to this profile, in milliseconds; `null` if the file does not say. */
  readonly durationMs: number | null;
  /** Estimated bytes of all sites, number of samples and of sites. */
  readonly totals: { bytes: number; sampleCount: number; siteCount: number };
  /** Returns the functions whose objects are alive, by bytes descending. */
  sites(options?: { limit?: number; offset?: number }): AllocationSite[];
  /**
   * Returns a profile of what was allocated after `earlier` was taken and is alive in this one. Throws
   * `ERR_HEAPDUMP_DIFFERENT_PROCESS` if they are not of the same `start()`.
   */
  since(earlier: AllocationProfile): AllocationProfile;
  /** Returns JSON that Chrome DevTools opens as `.heapprofile`. */
  toHeapProfile(): string;
  /** Returns the profile in the format of pprof, compressed with gzip: `heap.pb.gz`. */
  toPprof(): Uint8Array;
}

/** Returns the allocation profiler of this thread. */
export function profile(): Profiler;

/**
 * Reads a `.heapprofile` of this package, of `node --heap-prof` or of Chrome DevTools. Throws `ERR_HEAPDUMP_PARSE` if it is
 * none, and the errors of `fs`.
 */
export function openProfile(path: string | URL): AllocationProfile;
