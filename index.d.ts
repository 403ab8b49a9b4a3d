/**
 * Heap snapshots of a running Node.js process, and what is in them.
 *
 * Requiring the package on the main thread makes the process answer SIGUSR2 with a heap snapshot, unless the
 * environment says `NODE_HEAPDUMP_OPTIONS=nosignal`.
 *
 * Sizes are in bytes, times in milliseconds. Wrong arguments throw at once, with the `code`
 * `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` or `ERR_OUT_OF_RANGE`; everything else that goes wrong is told as a
 * {@link HeapdumpError}.
 */

export * from './lib/analysis/analysis.js';
export * from './lib/analysis/findings.js';
export * from './lib/expect-no-leak/index.js';
export * from './lib/analysis/snapshot.js';
export * from './lib/analysis/trend.js';
export * from './lib/memory/memory.js';
import type { MemoryHistory } from './lib/memory/memory.js';

/** How the snapshot was taken: from the event loop, by interrupting JavaScript that did not come back to it, or by a forked child. */
export type DumpMethod = 'inline' | 'interrupt' | 'fork';

/** A format that a snapshot is compressed with. */
export type Compression = 'gzip' | 'zstd';

/** What `process.memoryUsage()` gave, in bytes. */
export interface MemoryUsage {
  rss: number;
  heapTotal: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
}

/** The texts of scripts beside a dump. */
export interface DumpedSources {
  /** `name.sources.json.gz` for `name.heapsnapshot`, as an absolute path. */
  path: string;
  /** Size of the file. */
  bytes: number;
  /** Scripts with their text. */
  scripts: number;
  /** Scripts without: larger than 16 MiB or, with `redact`, not to be parsed. */
  leftOut: number;
  /** How long JavaScript stood still for it, beside the `pauseMs` of the dump. */
  pauseMs: number;
}

/** Why there are no texts of scripts beside a dump. */
export interface MissingSources {
  path: null;
  reason: string;
}

/** A dump that is complete and on disk. Plain data, as in the sidecar file. */
export interface DumpResult {
  /** The file, as an absolute path. */
  path: string;
  /** Size of the file; less than `snapshotBytes` if it is compressed. */
  bytes: number;
  /** Size of the snapshot, uncompressed. */
  snapshotBytes: number;
  method: DumpMethod;
  /** The texts of scripts that were written beside it; `null` if `sources` was not asked for. */
  sources: DumpedSources | MissingSources | null;
  /** Why the dump was not forked although `mode` would have had it so; `null` otherwise. */
  fallback: string | null;
  /**
   * How many milliseconds the forked children of this dump could take together; `null` if none was forked.
   * See {@link DumpOptions.deadlineMs}.
   */
  deadlineMs: number | null;
  /** What asked for it: `'dump'`, `'writeSnapshot'`, the name of the signal, or `'watch: '` and the condition. */
  reason: string;
  /** `worker_threads.threadId` of the thread whose heap it is; 0 is the main thread. */
  threadId: number;
  isMainThread: boolean;
  /** How long JavaScript of this thread stood still. */
  pauseMs: number;
  /** From the opening of the file until it had its name. */
  durationMs: number;
  /** When it began, as an ISO 8601 time in UTC. */
  startedAt: string;
  pid: number;
  /** `process.version` */
  node: string;
  /** `process.versions.v8` */
  v8: string;
  memoryBefore: MemoryUsage;
  /** When the snapshot was taken; V8 keeps some of what it needed for it. */
  memoryAfter: MemoryUsage;
}

/**
 * Codes of this package. A failed system call has its own instead: `ENOENT`, `EACCES`, `ENOSPC`, `EEXIST`, `ELOOP` (the
 * target is a symbolic link), `EFBIG` and so on.
 *
 * - `ERR_HEAPDUMP_BUSY`: another thread, or another call, is taking a snapshot.
 * - `ERR_HEAPDUMP_TRUNCATED`: V8 did not hand out the whole snapshot; or the file to be read ends early.
 * - `ERR_HEAPDUMP_UNSUPPORTED`: this process, or a file, does not offer what the call needs.
 * - `ERR_HEAPDUMP_CHILD`: the forked child that was to take the snapshot died, or stopped making progress.
 * - `ERR_HEAPDUMP_DEADLINE`: the forked child was killed because it was not done within {@link DumpOptions.deadlineMs}.
 * - `ERR_HEAPDUMP_STALLED`: the file system of the snapshot does not answer. Neither another child nor a dump in place is
 *   tried, which would stop this process until the file system answers.
 * - `ERR_HEAPDUMP_HEADROOM`: there is not enough memory or disk, and the dump is not begun.
 * - `ERR_HEAPDUMP_PARSE`: a file is not a snapshot.
 * - `ERR_HEAPDUMP_INCONSISTENT`: a snapshot contradicts itself.
 * - `ERR_HEAPDUMP_LIMIT`: a snapshot is too large; a `RangeError`.
 * - `ERR_HEAPDUMP_NODE_NOT_FOUND`: a snapshot has no object with this id.
 * - `ERR_HEAPDUMP_DIFFERENT_PROCESS`: two snapshots are to be compared that are not of one process.
 * - `ERR_HEAPDUMP_LEAK`: {@link expectNoLeak} found a leak; see {@link LeakError}.
 * - `ERR_HEAPDUMP_CLOSED`: the {@link Snapshot} has been closed.
 * - `ERR_HEAPDUMP_INTERNAL`: a bug of this package, contained; please report it.
 * - `ABORT_ERR`: the `AbortSignal` fired; the error's name is `AbortError`.
 * - `ERR_HEAPDUMP_TIMEOUT`: `expectNoLeak` was not done shortly before jest or vitest would end the test.
 * - `ERR_HEAPDUMP_NO_ADDON`: thrown by `require`: there is no addon for this platform.
 */
export type HeapdumpErrorCode =
  | 'ERR_HEAPDUMP_BUSY'
  | 'ERR_HEAPDUMP_TRUNCATED'
  | 'ERR_HEAPDUMP_UNSUPPORTED'
  | 'ERR_HEAPDUMP_CHILD'
  | 'ERR_HEAPDUMP_DEADLINE'
  | 'ERR_HEAPDUMP_STALLED'
  | 'ERR_HEAPDUMP_HEADROOM'
  | 'ERR_HEAPDUMP_PARSE'
  | 'ERR_HEAPDUMP_INCONSISTENT'
  | 'ERR_HEAPDUMP_LIMIT'
  | 'ERR_HEAPDUMP_NODE_NOT_FOUND'
  | 'ERR_HEAPDUMP_DIFFERENT_PROCESS'
  | 'ERR_HEAPDUMP_LEAK'
  | 'ERR_HEAPDUMP_TIMEOUT'
  | 'ERR_HEAPDUMP_CLOSED'
  | 'ERR_HEAPDUMP_INTERNAL'
  | 'ERR_HEAPDUMP_NO_ADDON'
  | 'ABORT_ERR';

/** Why there is no dump, or no answer. Errors of system calls have the fields of those of `fs`. */
export interface HeapdumpError extends Error {
  /** A {@link HeapdumpErrorCode}, or the name of an errno. Stable, unlike the message. */
  code: HeapdumpErrorCode | (string & {});
  /** Negative, as in `fs`. */
  errno?: number;
  /** The system call that failed, such as `'open'` or `'write'`. */
  syscall?: string;
  /** The file that was to be written or read. */
  path?: string;
  /** Where in a file, in bytes. */
  offset?: number;
  /** Which part of a snapshot: `'nodes'`, `'edges'`, `'strings'` … */
  section?: string;
  /** Which entry of that part. */
  index?: number;
  /** What a snapshot lacks (`ERR_HEAPDUMP_UNSUPPORTED`). */
  field?: string;
  /** The most there can be (`ERR_HEAPDUMP_LIMIT`). */
  limit?: number;
  /** What there is instead. */
  actual?: number;
  /** The id that no object has. */
  nodeId?: number;
  /** What there is too little of (`ERR_HEAPDUMP_HEADROOM`), in words: a limit, the machine's memory, the disk. */
  resource?: string;
  /** How much of it a dump needs, in bytes. */
  need?: number;
  /** How much of it there is, in bytes. */
  room?: number;
}

/** How far a dump is. */
export interface DumpProgress {
  /** Bytes of the uncompressed snapshot so far. How many there will be is not known before. */
  bytes: number;
}

/**
 * Which strings are replaced: those for which all that is given holds. Lengths are in characters.
 * @example [{ startsWith: 'Bearer ' }, { contains: '-----BEGIN' }, { longerThan: 100 }]
 */
export interface RedactRule {
  startsWith?: string;
  contains?: string;
  longerThan?: number;
}

/** Where a dump goes: one `path`, or a name in a directory. */
export interface DumpOptions {
  /**
   * The file, relative to the current directory. Excludes `dir` and `name`. If it ends in `.gz` or `.zst`, `compress`
   * follows from it.
   */
  path?: string | URL;
  /**
   * The directory, made if it is not there.
   * @default `dir=` of NODE_HEAPDUMP_OPTIONS, else HEAPDUMP_DIR, else Node's `--diagnostic-dir`, else the current one
   */
  dir?: string | URL;
  /**
   * The name of the file. `{pid}`, `{tid}` (thread id), `{seq}` (a number that counts up), `{utc}` (time) and `{host}`
   * are filled in.
   * @default `heapdump-<milliseconds>.<nanoseconds>.heapsnapshot`, of a monotonic clock, as `heapdump` has it
   */
  name?: string;
  /**
   * Replace an existing file, at the moment when the new one is complete. Otherwise it is an error, `EEXIST`.
   * @default false
   */
  overwrite?: boolean;
  /**
   * How to take the snapshot. `'inline'`: in this process, which stands still meanwhile. `'fork'`, on Linux: by a
   * forked copy of this process, which goes on after some tens of milliseconds. `'auto'`: `'fork'` where a trial in a
   * process of its own has shown that it works ({@link Capabilities.fork}), else `'inline'`. The trial takes some
   * hundred milliseconds, once, and this process goes on meanwhile; the dump of a signal waits five seconds for
   * it at most.
   * @default `'inline'`; on Linux `'auto'` if an inline dump would stop JavaScript for more than ten seconds, by what
   * {@link estimate} says
   */
  mode?: 'auto' | 'inline' | 'fork';
  /**
   * Objects have the same ids as in the other dumps of this process, so that dumps can be compared. Inline dumps
   * always have; `false` shortens the pause of a forked one.
   * @default true
   */
  comparable?: boolean;
  /**
   * Dump in place where a forked dump fails twice, or with `mode: 'fork'` does not exist, instead of failing with
   * `ERR_HEAPDUMP_CHILD`, `ERR_HEAPDUMP_DEADLINE` or `ERR_HEAPDUMP_UNSUPPORTED`.
   * @default true
   */
  fallback?: boolean;
  /**
   * How many milliseconds the forked children of this dump may take together. A child that is not done by then is killed,
   * and `fallback` decides whether the dump is taken in place; if not, it fails with `ERR_HEAPDUMP_DEADLINE`. The time
   * from the snapshot's end until the file has its name counts, too, but is 30 seconds at least.
   * @default a minute, and twenty times the pause of an inline dump and the time to write the file at 5 MB a second, by
   * what {@link estimate} says
   */
  deadlineMs?: number;
  /**
   * Also begin a dump for which there is not enough room, by what {@link estimate} says. Otherwise that is an error,
   * `ERR_HEAPDUMP_HEADROOM`, if it fits neither forked nor inline. The memory of a forked dump, and the disk, fit if
   * a tenth of the estimate does: a child that runs out of memory, and a full disk, harm nothing but the dump. A process
   * warning, `HeapdumpWarning`, tells of the risk.
   * @default false
   */
  force?: boolean;
  /**
   * `'all'` dumps every thread that has loaded this package, one after the other, each to a file of its own
   * (`name.t<threadId>.heapsnapshot`). On the main thread only.
   * @default 'current'
   */
  threads?: 'current' | 'all';
  /** Compress while writing; `true` is gzip. The name gets the ending `.gz` or `.zst` unless it is given by `path`. */
  compress?: boolean | Compression;
  /**
   * What is taken out of the snapshot before it reaches the disk. `'strings'`: the contents of all strings, regular
   * expressions and exposed numbers, which become `(redacted)`; `{ maxLength }`: what is longer is cut; or rules. Names
   * of properties, constructors, functions and scripts stay, and with them a content that is the same text as one of
   * these. V8 itself cuts strings after 1,024 characters, before rules see them. `'strict'`: as `'strings'`, and names
   * that are data (keys of tables, events, descriptions of symbols, what looks made up, queries and users in addresses of
   * scripts) become `redacted-` and letters, equal names the same in all snapshots of a process.
   * @default `redact=` of NODE_HEAPDUMP_OPTIONS, else `false`
   */
  redact?: false | 'strings' | 'strict' | { maxLength: number } | RedactRule[];
  /** Also write the result to `<path>.json`, which is there before the snapshot is. @default false */
  sidecar?: boolean;
  /**
   * Also write the texts of all scripts of the thread to `name.sources.json.gz` beside the snapshot, so that findings on
   * another machine know the code. With `redact`, contents of string literals, templates, regular expressions and
   * comments are blanked. Where V8 cannot be asked, the result says why; the dump does not fail. A dump at the heap limit
   * (see {@link watch}) has none.
   * @default false
   */
  sources?: boolean;
  /** If another dump is under way, wait for its end instead of failing with `ERR_HEAPDUMP_BUSY`. @default false */
  wait?: boolean;
  /** Show objects of V8 itself as such. @default false */
  exposeInternals?: boolean;
  /** Put numbers into the snapshot, as nodes of their own. @default false */
  exposeNumericValues?: boolean;
  /** Called while the snapshot is taken. It must not throw: that gives the dump up and rejects with the error. */
  onProgress?: (progress: DumpProgress) => void;
  /**
   * Gives the dump up. V8 cannot be stopped: the pause stays as long, and a signal that JavaScript fires is only seen
   * between two pieces of it (from `onProgress`) and after it. No file is left.
   */
  signal?: AbortSignal;
}

/** How the process answers its signal. */
export interface InstallOptions {
  /**
   * The name of the signal.
   * @default `signal=` of NODE_HEAPDUMP_OPTIONS, else `'SIGUSR2'`
   */
  signal?: string;
  /** As in {@link DumpOptions}, asked anew for each dump. */
  dir?: string | URL;
  /** As in {@link DumpOptions}. */
  name?: string;
  /**
   * As in {@link DumpOptions}. A dump that cannot be forked is taken in place, and JavaScript that is stuck is always
   * dumped in place.
   * @default `mode=` of NODE_HEAPDUMP_OPTIONS, else `'auto'`
   */
  mode?: 'auto' | 'inline' | 'fork';
  /** As in {@link DumpOptions}. @default whether NODE_HEAPDUMP_OPTIONS has `force` */
  force?: boolean;
  /** `'all'` dumps every thread that has loaded this package, each to a file of its own. @default 'main' */
  threads?: 'main' | 'all';
  /**
   * When JavaScript has not come back to the event loop after this many milliseconds, it is interrupted and the
   * snapshot is taken from there. `false` or `Infinity`: never; the dump comes when the loop turns. On Linux, time in which
   * the thread waits for a processor does not count, so that on a busy machine this may take five times as long.
   * @default 1000
   */
  wedgedAfterMs?: number | false;
  /** As in {@link DumpOptions}. @default false */
  compress?: boolean | Compression;
  /** As in {@link DumpOptions}. */
  redact?: DumpOptions['redact'];
  /** As in {@link DumpOptions}. @default false */
  sidecar?: boolean;
  /** As in {@link DumpOptions}. @default whether NODE_HEAPDUMP_OPTIONS has `sources` */
  sources?: boolean;
  /**
   * Do not write a line to stderr for each dump.
   * @default whether NODE_HEAPDUMP_OPTIONS has `quiet`
   */
  quiet?: boolean;
}

/** Something that works here, or why it does not. */
export interface Feature {
  available: boolean;
  /** Only if it is not available. */
  reason?: string;
}

/** What works in this process. */
export interface Capabilities {
  node: string;
  v8: string;
  platform: string;
  arch: string;
  /** What `mode` of {@link DumpOptions} can be, beside `'auto'`. Reading it runs the trial, if need be. */
  modes: Array<'inline' | 'fork'>;
  compression: Compression[];
  /**
   * Dumps by a forked child. The first time in a process that somebody reads this, a small Node process is started to
   * try it, which blocks for some hundred milliseconds. If that was inconclusive, because the process was killed or could
   * not be started, the reason says so, and it is tried again when this is read later.
   */
  fork: Feature;
  /** Without the inspector there are no snapshots. */
  inspector: Feature;
  signal: Feature & {
    /** What {@link install} was given, defaults filled in; `null` if this thread has installed nothing. */
    installed: (Required<Omit<InstallOptions, 'dir' | 'name' | 'redact'>> & Pick<InstallOptions, 'dir' | 'name' | 'redact'>) | null;
  };
  /** Dumps of a thread that does not come back to its event loop. */
  interrupt: Feature & {
    /**
     * Code that this version of V8 cannot be interrupted in safely: a dump waits until it ends. Absent if there is none.
     * Node 18 and 20 have this for WebAssembly loops that are not optimized yet.
     */
    limitation?: string;
  };
}

/**
 * Writes a heap snapshot of this thread and blocks until it is on disk: what `heapdump` has under this name.
 *
 * An existing file is replaced. If another thread is dumping, this waits for it. If {@link estimate} says that JavaScript will
 * stop for more than ten seconds, the first call emits a process warning, `HeapdumpWarning` with the code `HEAPDUMP_LONG_PAUSE`.
 *
 * @param filename Default: `heapdump-<milliseconds>.<nanoseconds>.heapsnapshot` in the directory that the environment
 *   names, else in the current one.
 * @param callback Called before this returns, with the error, or `null` and the file name as it was given. The error's
 *   message is that of `heapdump`, `heapdump write error ENOSPC`; it has `code`, `errno`, `syscall` and `path` besides.
 * @returns whether the file is there, complete
 */
export function writeSnapshot(filename?: string, callback?: (error: HeapdumpError | null, filename?: string) => void): boolean;
export function writeSnapshot(callback: (error: HeapdumpError | null, filename?: string) => void): boolean;

/**
 * Writes the heap snapshots of all threads that have loaded this package, one after the other.
 *
 * @returns in the order in which the threads loaded it. A thread that ends before its turn is left out. If some could
 *   not be dumped, rejects with an `AggregateError` that has the `code` of the first error, and the others as `results`.
 */
export function dump(options: DumpOptions & { threads: 'all' }): Promise<DumpResult[]>;
/**
 * Writes a heap snapshot of this thread. JavaScript stands still while V8 takes it; the rest happens beside it.
 *
 * @returns when the file is complete and has its name. Rejects with a {@link HeapdumpError}; then there is no file.
 */
export function dump(options?: DumpOptions & { threads?: 'current' }): Promise<DumpResult>;

/**
 * Answers a signal with a heap snapshot of this thread from now on. A process answers one signal; a later call
 * replaces an earlier one. The main thread does this by itself when it loads the package.
 *
 * Listeners of `process.on(signal)` get the signal as well. The process is not kept alive.
 *
 * @throws {HeapdumpError} `ERR_HEAPDUMP_UNSUPPORTED` where signals cannot be watched, as on Windows
 */
export function install(options?: InstallOptions): void;

/**
 * Stops answering the signal. If nobody else listens for it, it then does what it does by default: SIGUSR2 ends the
 * process.
 *
 * @returns whether this thread had installed anything
 */
export function uninstall(): boolean;

/** Tells what works in this process, and why not. */
export function capabilities(): Capabilities;

/** Where an estimated dump would go, and how. */
export interface EstimateOptions extends Pick<DumpOptions, 'path' | 'dir' | 'comparable' | 'compress'> {}

/** What one way to dump needs. */
export interface Need {
  /** The memory that it takes at its peak, beyond what the process has. */
  memoryBytes: number;
  /** How long JavaScript stands still, on a machine of 2020 that is idle. */
  pauseMs: number;
  /** Whether there is room for memory and file. */
  fits: boolean;
}

/** The least of the limits that hold here. `Infinity` where none is known. */
export interface Room {
  memoryBytes: number;
  /** Which limit: `'memory of the machine'`, `'memory limit of the cgroup'`, `'limit of address space'`. */
  memoryLimit: string | null;
  diskBytes: number;
  /** `'disk'` or `'disk: limit of file size'`. */
  diskLimit: string | null;
}

/** What a dump of this thread would need, about. */
export interface Estimate {
  /** What is on V8's heap. */
  heapBytes: number;
  fileBytes: number;
  inline: Need;
  fork: Need;
  room: Room;
}

/**
 * Tells what a dump of this thread would need now, and the room for it. Takes about a millisecond.
 *
 * It only knows the sizes of V8's spaces, while what counts is the number of objects and references: the memory may be
 * three times of what it says, or a tenth, and less for heaps of nothing but numbers. Once this thread has been dumped, and while
 * its heap has about the same size, it goes by that dump: between 1.7 times and two fifths. The pause is that of an idle machine;
 * it holds in all versions of Node, also with large scripts (see docs/operations.md).
 */
export function estimate(options?: EstimateOptions): Estimate;

/** When to dump without being asked, and how. */
export interface WatchOptions extends Pick<
  DumpOptions,
  'dir' | 'name' | 'mode' | 'comparable' | 'compress' | 'redact' | 'force' | 'sidecar' | 'sources'
> {
  /** The used part of the most that the heap may have, > 0 and <= 1. */
  heapUsedRatio?: number;
  /** Bytes by which the used heap has grown since the call, or the last dump of this watch. */
  growth?: number;
  /** Bytes of memory that the process has, also outside the heap. */
  rss?: number;
  /**
   * Dump once when the heap of the main thread is full, on Linux. V8 usually says so before it is too late: the heap may then
   * grow by a tenth, the dump is forked from wherever JavaScript is, also in a loop that never ends, and the child finishes
   * the file if the process dies meanwhile. If one allocation is larger than that, as when a `Map` or an array doubles, V8
   * gives up at once: then a forked child takes the snapshot while the process waits for it, and afterwards the process ends
   * as it would have ended. If no snapshot can be taken, a line on stderr says why. As process 1 of a container the process
   * takes a child that is not done with it.
   * @default true
   */
  nearHeapLimit?: boolean;
  /** Look so often as well, in milliseconds. By itself it looks after each full garbage collection. */
  everyMs?: number;
  /** Milliseconds from one dump to the next, at least. The heap limit does not wait. @default 600000 */
  cooldownMs?: number | false;
  /** The watch ends after so many dumps. @default 3 */
  maxDumps?: number;
  /** Of the files of this watch only so many are kept, the newest. @default Infinity */
  keepLast?: number;
  /**
   * Bytes that the files of this watch may have together; the oldest are removed for a new one. A dump that is larger by
   * itself, by what {@link estimate} says, is not begun and reported as `ERR_HEAPDUMP_HEADROOM`.
   * @default Infinity
   */
  diskQuota?: number;
}

/** A watch that {@link watch} has begun. */
export interface Watcher {
  /** Whether it still looks. */
  readonly active: boolean;
  /** How many dumps it has made. */
  readonly dumps: number;
  /** Where the memory of the process was: a sample a minute, for a day at most, and what that means. */
  memory(): MemoryHistory;
  /** Ends it. */
  stop(): void;
}

/**
 * Dumps this thread as soon as one of the conditions holds after a full garbage collection. A condition that has led to
 * a dump does so again when its value has been below nine tenths of the threshold. A thread has one watch; a later
 * call replaces an earlier one. The process is not kept alive. Results and errors are reported as events.
 *
 * With `nowatch` in NODE_HEAPDUMP_OPTIONS nothing is watched.
 */
export function watch(options?: WatchOptions): Watcher;

/** What this thread reports of its dumps, whoever asked for them. */
export interface HeapdumpEvents {
  /** A dump is complete. */
  dump: (result: DumpResult) => void;
  /** A dump failed. Without a listener nothing happens. */
  error: (error: HeapdumpError) => void;
}

/**
 * Listens to dumps of this thread. The same is published on `node:diagnostics_channel`, as `heapdump-rs:dump` and
 * `heapdump-rs:error`.
 * @returns the module itself
 */
export function on<E extends keyof HeapdumpEvents>(event: E, listener: HeapdumpEvents[E]): typeof import('./index.js');
/** Like {@link on}, once. */
export function once<E extends keyof HeapdumpEvents>(event: E, listener: HeapdumpEvents[E]): typeof import('./index.js');
/** Ends what {@link on} or {@link once} began. */
export function off<E extends keyof HeapdumpEvents>(event: E, listener: HeapdumpEvents[E]): typeof import('./index.js');
