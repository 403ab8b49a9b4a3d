// `profile()`: the functions that allocated the objects that are alive.

/** Options of {@link Profiler.start}. */
export interface ProfileOptions {
  /**
   * Average number of allocated bytes between two samples. Smaller intervals find smaller sites and cost more: at 64 KiB a
   * program that only allocates takes up to 14 % longer. If `watch()` or `heapdump-rs profile` samples this thread already, the
   * default is their interval, and another one throws `ERR_HEAPDUMP_PROFILER`.
   * @default 524288
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
   * Starts sampling. Does nothing if the profiler is running; with another interval it then throws `ERR_HEAPDUMP_PROFILER`.
   */
  start(options?: ProfileOptions): void;
  /**
   * Returns the profile of the objects that were allocated since `start()` and are alive. Blocks for some milliseconds. Objects that are
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
  /** The callers of the stack with the most bytes, nearest first, up to 8. */
  callers: AllocationFrame[];
}

/** A profile of a thread: the functions that allocated the objects that are alive. */
export interface AllocationProfile {
  /** Average number of bytes between two samples; `null` if the file lacks it. */
  readonly intervalBytes: number | null;
  /** Start of sampling, in ISO 8601; `null` if the file lacks it. */
  readonly startedAt: string | null;
  /** Time from the start to this profile, in milliseconds; `null` if the file lacks it. */
  readonly durationMs: number | null;
  /** Estimated bytes of all sites, number of samples and of sites. */
  readonly totals: { bytes: number; sampleCount: number; siteCount: number };
  /** Returns the functions whose objects are alive, by bytes descending. */
  sites(options?: { limit?: number; offset?: number }): AllocationSite[];
  /**
   * Returns a profile of the objects that were allocated after `earlier` was taken and are alive in this one. Throws
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
 * Reads a `.heapprofile` of this package, of `node --heap-prof` or of Chrome DevTools. Throws `ERR_HEAPDUMP_PARSE` if the
 * file is not a profile, and the errors of `fs`.
 */
export function openProfile(path: string | URL): AllocationProfile;
