/**
 * Takes heap snapshots of a running Node.js process, and analyses them.
 *
 * Requiring the package on the main thread calls {@link install} with default options, unless
 * `NODE_HEAPDUMP_OPTIONS=nosignal` is set. From then on SIGUSR2 takes a heap snapshot.
 *
 * Sizes are in bytes, times in milliseconds. Wrong arguments throw synchronously, with the `code` `ERR_INVALID_ARG_TYPE`,
 * `ERR_INVALID_ARG_VALUE` or `ERR_OUT_OF_RANGE`. All other failures are {@link HeapdumpError}s.
 */

export * from './lib/analysis/allocations.js';
export * from './lib/analysis/analysis.js';
export * from './lib/analysis/diff.js';
export * from './lib/analysis/export.js';
export * from './lib/analysis/findings.js';
export * from './lib/expect-no-leak/index.js';
export * from './lib/analysis/packages.js';
export * from './lib/profile/index.js';
export * from './lib/analysis/snapshot.js';
export * from './lib/analysis/trend.js';
export * from './lib/memory/memory.js';
import type { MemoryHistory, MemoryLedger } from './lib/memory/memory.js';
import type { ProfileOptions } from './lib/profile/index.js';

/** How the snapshot was taken: from the event loop, by interrupting JavaScript that did not return to the event loop, or by a forked child, as a snapshot or as an image. */
export type DumpMethod = 'inline' | 'interrupt' | 'fork' | 'image';

/** A format that a snapshot is compressed with. */
export type Compression = 'gzip' | 'zstd';

/** The result of `process.memoryUsage()`, in bytes. */
export interface MemoryUsage {
  rss: number;
  heapTotal: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
}

/** The file with the texts of scripts beside a dump. */
export interface DumpedSources {
  /** `name.sources.json.gz` for `name.heapsnapshot`, as an absolute path. */
  path: string;
  /** Size of the file. */
  bytes: number;
  /** Scripts with their text. */
  scripts: number;
  /** Scripts without their text: larger than 16 MiB, or with `redact` those that cannot be parsed. */
  leftOut: number;
  /** How long JavaScript paused for it, in addition to the `pauseMs` of the dump. */
  pauseMs: number;
}

/** Reason why there is no file with the texts of scripts. */
export interface MissingSources {
  path: null;
  reason: string;
}

/** The file with the allocation profile beside a dump. {@link openProfile} reads it. */
export interface DumpedProfile {
  /** `name.heapprofile` for `name.heapsnapshot`, as an absolute path. */
  path: string;
  /** Size of the file. */
  bytes: number;
}

/** Reason why there is no allocation profile. */
export interface MissingProfile {
  path: null;
  reason: string;
}

/** Where the memory of the process was, without what takes an earlier ledger. */
export type DumpLedger = Omit<MemoryLedger, 'change' | 'trimmed' | 'verdicts'>;

/** Where the memory of the process was before and after a dump; `null` if that could not be read. */
export interface DumpMemory {
  before: DumpLedger | null;
  after: DumpLedger | null;
}

/** A dump that is complete. Plain data, as in the sidecar file. */
export interface DumpResult {
  /** The file, as an absolute path. */
  path: string;
  /** Size of the file. It is less than `snapshotBytes` if the file is compressed. */
  bytes: number;
  /** Size of the snapshot, uncompressed. */
  snapshotBytes: number;
  /** Whether the file is encrypted, see `encryptTo` of {@link DumpOptions}. */
  encrypted: boolean;
  /** How the snapshot was taken. */
  method: DumpMethod;
  /** The saved texts of scripts; `null` without the option `sources`. */
  sources: DumpedSources | MissingSources | null;
  /** The allocation profile, with the option `profile` of {@link watch}. */
  profile?: DumpedProfile | MissingProfile;
  /** Why fork mode was not used although `mode` asked for it; `null` otherwise. */
  fallback: string | null;
  /**
   * Deadline of the forked children of this dump together, in milliseconds; `null` if none was forked. See
   * {@link DumpOptions.deadlineMs}.
   */
  deadlineMs: number | null;
  /** The trigger of the dump: `'dump'`, `'writeSnapshot'`, the name of the signal, or `'watch: '` and the condition. */
  reason: string;
  /** `worker_threads.threadId` of the dumped thread; 0 is the main thread. */
  threadId: number;
  /** Whether the dumped thread is the main thread. */
  isMainThread: boolean;
  /** How long JavaScript of this thread paused. */
  pauseMs: number;
  /** Time from opening the temporary file until the file had its final name. */
  durationMs: number;
  /** Start of the dump, as an ISO 8601 time in UTC. */
  startedAt: string;
  /** Process id. */
  pid: number;
  /** `process.version` */
  node: string;
  /** `process.versions.v8` */
  v8: string;
  /** Memory of the process before the dump. */
  memoryBefore: MemoryUsage;
  /** Memory after the snapshot was taken. V8 retains some of the memory that it needed. */
  memoryAfter: MemoryUsage;
  /**
   * Where the memory of the process was, with the option `sidecar`. Absent for a dump of a stuck thread, at the heap limit, by
   * `writeSnapshot()` and of {@link restore}.
   */
  memory?: DumpMemory;
}

/** An http(s) address to send a snapshot to. */
export interface UploadTarget {
  /** The address. Its query, user and password appear in no result or error. User and password are sent as a header. */
  url: string | URL;
  /** The method of the request. @default 'PUT' */
  method?: 'PUT' | 'POST';
  /** Headers of the request. They are not sent to another origin if the server redirects. */
  headers?: Record<string, string>;
  /** Milliseconds without progress after which the connection has failed. @default 60000 */
  timeoutMs?: number;
  /**
   * Maximum number of attempts. Failed connections and the statuses 408, 425, 429, 500, 502, 503 and 504 are retried, after half a
   * second, then twice as long each time, or after the time in `Retry-After`.
   * @default 5
   */
  attempts?: number;
}

/** The members of a `Writable` of Node that this package uses. */
export interface WritableStreamLike {
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  on(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** The receiver of a sent snapshot, and the bytes that it received. */
export interface Sent {
  /** The address without its query, or `'descriptor N'`, or `'stream'`. */
  to: string;
  /** Number of bytes sent. */
  bytes: number;
  /** SHA-256 of the bytes, in hexadecimal; `null` for a descriptor. */
  sha256: string | null;
  /** The status of the answer; `null` without a server. */
  status: number | null;
  /** Number of attempts. */
  attempts: number;
}

/** The result of a complete dump that was sent. */
export interface SentDumpResult extends Omit<DumpResult, 'path'> {
  /** The file, if `path` was given; else `null`. */
  path: string | null;
  /** The receiver of a sent snapshot, and the bytes that it received. */
  sent: Sent;
}

/**
 * Error codes of this package. A failed system call has its own code instead: `ENOENT`, `EACCES`, `ENOSPC`, `EEXIST`, `ELOOP`
 * (the target is a symbolic link), `EFBIG` and so on.
 *
 * - `ERR_HEAPDUMP_BUSY`: another thread, or another call, is taking a snapshot.
 * - `ERR_HEAPDUMP_TRUNCATED`: V8 did not hand out the whole snapshot; or the file to read ends early.
 * - `ERR_HEAPDUMP_UNSUPPORTED`: this process, or the file, lacks a feature that the call needs.
 * - `ERR_HEAPDUMP_CHILD`: the forked child died, or stopped making progress.
 * - `ERR_HEAPDUMP_DEADLINE`: the forked child was killed because it was not done within {@link DumpOptions.deadlineMs}.
 * - `ERR_HEAPDUMP_STALLED`: the file system of the snapshot does not answer. Neither a second child nor a dump in place is
 *   tried, because it would block this process until the file system answers.
 * - `ERR_HEAPDUMP_HEADROOM`: memory or disk do not suffice, and the dump was refused. `need` and `room` are in bytes, and
 *   `resource` names the limit. Also if the forked child ran out of memory; then `need` is absent.
 * - `ERR_HEAPDUMP_UPLOAD`: the snapshot could not be sent. `url` is the address without its query, `attempts` the number of
 *   attempts, and `status` that of the last answer, if there was one. `path` is the file, if one is left.
 * - `ERR_HEAPDUMP_IMAGE`: the file is a heap image, and a snapshot is expected; {@link restore} makes a snapshot of it.
 * - `ERR_HEAPDUMP_BAD_IMAGE`: the file is not a heap image, or is damaged.
 * - `ERR_HEAPDUMP_ENCRYPTED`: the file is encrypted, and no `identity` is given.
 * - `ERR_HEAPDUMP_IDENTITY`: the file of `identity` has no secret key of age, or none that the file is encrypted to.
 * - `ERR_HEAPDUMP_PARSE`: the file is not a snapshot.
 * - `ERR_HEAPDUMP_INCONSISTENT`: the snapshot contradicts itself.
 * - `ERR_HEAPDUMP_LIMIT`: the snapshot is too large; a `RangeError`.
 * - `ERR_HEAPDUMP_NODE_NOT_FOUND`: the snapshot has no object with this id.
 * - `ERR_HEAPDUMP_DIFFERENT_PROCESS`: the snapshots to compare are not of one process. `diff()` can compare them with
 *   `by: 'name'`.
 * - `ERR_HEAPDUMP_LEAK`: {@link expectNoLeak} found a leak; see {@link LeakError}.
 * - `ERR_HEAPDUMP_CLOSED`: the {@link Snapshot} has been closed.
 * - `ERR_HEAPDUMP_SQL`: DuckDB refused a query; its own message says why.
 * - `ERR_HEAPDUMP_PROFILER`: {@link Profiler.take} without {@link Profiler.start}, or another start while it runs; or
 *   `allocationStacks` of a dump while a debugger can connect.
 * - `ERR_HEAPDUMP_INTERNAL`: a bug of this package, contained; please report it.
 * - `ABORT_ERR`: the `AbortSignal` fired; the name of the error is `AbortError`.
 * - `ERR_HEAPDUMP_TIMEOUT`: `expectNoLeak` was not done shortly before jest or vitest would end the test. The message says
 *   which timeout to set.
 * - `ERR_HEAPDUMP_NO_ADDON`: thrown by `require`: there is no binary for this platform.
 */
export type HeapdumpErrorCode =
  | 'ERR_HEAPDUMP_BUSY'
  | 'ERR_HEAPDUMP_TRUNCATED'
  | 'ERR_HEAPDUMP_UNSUPPORTED'
  | 'ERR_HEAPDUMP_CHILD'
  | 'ERR_HEAPDUMP_DEADLINE'
  | 'ERR_HEAPDUMP_STALLED'
  | 'ERR_HEAPDUMP_HEADROOM'
  | 'ERR_HEAPDUMP_UPLOAD'
  | 'ERR_HEAPDUMP_IMAGE'
  | 'ERR_HEAPDUMP_BAD_IMAGE'
  | 'ERR_HEAPDUMP_ENCRYPTED'
  | 'ERR_HEAPDUMP_IDENTITY'
  | 'ERR_HEAPDUMP_PARSE'
  | 'ERR_HEAPDUMP_INCONSISTENT'
  | 'ERR_HEAPDUMP_LIMIT'
  | 'ERR_HEAPDUMP_NODE_NOT_FOUND'
  | 'ERR_HEAPDUMP_DIFFERENT_PROCESS'
  | 'ERR_HEAPDUMP_LEAK'
  | 'ERR_HEAPDUMP_TIMEOUT'
  | 'ERR_HEAPDUMP_CLOSED'
  | 'ERR_HEAPDUMP_SQL'
  | 'ERR_HEAPDUMP_PROFILER'
  | 'ERR_HEAPDUMP_INTERNAL'
  | 'ERR_HEAPDUMP_NO_ADDON'
  | 'ABORT_ERR';

/** A failed dump or query. Errors of system calls have the fields of errors of `fs`. */
export interface HeapdumpError extends Error {
  /** A {@link HeapdumpErrorCode}, or the name of an errno. Stable, unlike the message. */
  code: HeapdumpErrorCode | (string & {});
  /** Negative, as in `fs`. */
  errno?: number;
  /** The system call that failed, such as `'open'` or `'write'`. */
  syscall?: string;
  /** The file to write or to read. */
  path?: string;
  /** Position in the file, in bytes. */
  offset?: number;
  /** Section of the snapshot: `'nodes'`, `'edges'`, `'strings'` and so on. */
  section?: string;
  /** Index of the entry in that section. */
  index?: number;
  /** Field that the snapshot lacks (`ERR_HEAPDUMP_UNSUPPORTED`). */
  field?: string;
  /** The maximum (`ERR_HEAPDUMP_LIMIT`). */
  limit?: number;
  /** The actual number. */
  actual?: number;
  /** The id that no object has (`ERR_HEAPDUMP_NODE_NOT_FOUND`). */
  nodeId?: number;
  /** The address without its query (`ERR_HEAPDUMP_UPLOAD`). */
  url?: string;
  /** The status of the last answer (`ERR_HEAPDUMP_UPLOAD`). */
  status?: number;
  /** The number of attempts (`ERR_HEAPDUMP_UPLOAD`). */
  attempts?: number;
  /** The resource that does not suffice (`ERR_HEAPDUMP_HEADROOM`): the name of a limit, the memory of the machine, the disk. */
  resource?: string;
  /** Bytes that the dump needs. */
  need?: number;
  /** Bytes that are available. */
  room?: number;
}

/** Progress of a dump. */
export interface DumpProgress {
  /** Bytes of the uncompressed snapshot so far. The total is unknown until the end. */
  bytes: number;
}

/**
 * Selects the strings to replace: those that match all given conditions. Lengths are in characters.
 * @example [{ startsWith: 'Bearer ' }, { contains: '-----BEGIN' }, { longerThan: 100 }]
 */
export interface RedactRule {
  /** The string starts with this text. */
  startsWith?: string;
  /** The string contains this text. */
  contains?: string;
  /** The string has more characters than this. */
  longerThan?: number;
}

/** Options of {@link dump}. The file is given by `path`, or by `dir` and `name`. */
export interface DumpOptions {
  /**
   * The file, relative to the current directory. Excludes `dir` and `name`. A name that ends in `.gz` or `.zst` sets
   * `compress`.
   */
  path?: string | URL;
  /**
   * The directory. It is created if it does not exist.
   * @default `dir=` of NODE_HEAPDUMP_OPTIONS, else HEAPDUMP_DIR, else Node's `--diagnostic-dir`, else the current one
   */
  dir?: string | URL;
  /**
   * The name of the file. `{pid}`, `{tid}` (thread id), `{seq}` (a number that counts up), `{utc}` (time) and `{host}`
   * are replaced.
   * @default `heapdump-<milliseconds>.<nanoseconds>.heapsnapshot`, of a monotonic clock, as in `heapdump`
   */
  name?: string;
  /**
   * Where to send the snapshot instead of keeping a file: `'-'` (the standard output), a file descriptor, a `Writable`, or an
   * http(s) address. A `Writable` is ended when the snapshot is complete, and destroyed otherwise. For an address or a `Writable`
   * the snapshot is written to a file first: to `path`, where it stays, or to `dir`, the directory of the environment or that for
   * temporary files, where it is removed after it was sent. If sending fails, the file stays, and the error has its `path`. If no
   * directory is writable and has room, a forked child takes the snapshot and this thread sends it meanwhile, to an address with
   * a chunked body, which is ended only if the snapshot is complete. With `mode: 'image'` the heap image is sent. Excludes
   * `threads: 'all'`, `sidecar`, `sources` and `fallback: 'image'`.
   */
  to?: '-' | number | WritableStreamLike | string | URL | UploadTarget;
  /**
   * Replace an existing file when the new one is complete. Otherwise an existing file is an error (`EEXIST`).
   * @default false
   */
  overwrite?: boolean;
  /**
   * How to take the snapshot. `'inline'`: in this process, which pauses. `'fork'`, on Linux: by a forked child; this
   * process goes on after some tens of milliseconds. `'auto'`: `'fork'` if the fork self-test has passed
   * ({@link Capabilities.fork}), else `'inline'`. The self-test takes some hundred milliseconds, once, and this process
   * goes on meanwhile. A dump by signal waits for it for at most 15 seconds. `'image'`, on Linux x64: a forked child writes an image of its
   * memory to `NAME.heapimage`, with a few MB of memory, and {@link restore} makes the snapshot on another machine.
   * @default `'inline'`; on Linux `'auto'` if a dump in place would pause JavaScript for more than ten seconds, as
   * {@link estimate} says
   */
  mode?: 'auto' | 'inline' | 'fork' | 'image';
  /**
   * Objects have the same ids as in the other dumps of this process, so that dumps can be compared. Dumps in place
   * always have comparable ids. `false` shortens the pause of a forked dump. An image has comparable ids only if this process
   * has room for V8's table of ids, which can be twice as large as the heap.
   * @default true
   */
  comparable?: boolean;
  /**
   * Dump in place if a forked dump fails twice, or if `mode: 'fork'` is not available. Otherwise the dump fails with
   * `ERR_HEAPDUMP_CHILD`, `ERR_HEAPDUMP_DEADLINE` or `ERR_HEAPDUMP_UNSUPPORTED`. `'image'`: write a heap image if there is not enough memory for
   * a forked dump, and do not dump in place after a failed one. Nothing follows an image that fails.
   * @default true
   */
  fallback?: boolean | 'image';
  /**
   * Deadline in milliseconds of the forked children of this dump together. A child that is not done by then is killed,
   * and `fallback` decides whether the dump is taken in place; if not, it fails with `ERR_HEAPDUMP_DEADLINE`. The time
   * from the end of the snapshot until the file has its name counts too, but is at least 30 seconds.
   * @default one minute, plus 20 times the pause of a dump in place, plus the time to write the file at 5 MB/s, as
   * {@link estimate} says
   */
  deadlineMs?: number;
  /**
   * Skip the check of memory and disk. Otherwise a dump that fits neither forked nor in place, as {@link estimate} says,
   * fails with `ERR_HEAPDUMP_HEADROOM`. If only the dump is at risk (the memory of a forked child, the disk), it is
   * refused only if not even a tenth of the estimate fits; between that and the estimate it starts with a process
   * warning (`HeapdumpWarning`).
   * @default false
   */
  force?: boolean;
  /**
   * `'all'` dumps every thread that has loaded this package, one after the other, each to a file of its own
   * (`name.t<threadId>.heapsnapshot`), and returns a list. On the main thread only.
   * @default 'current'
   */
  threads?: 'current' | 'all';
  /**
   * Compress while writing; `true` is gzip. The name gets the ending `.gz` or `.zst`, unless `path` is given.
   * @default by the ending of the name
   */
  compress?: boolean | Compression;
  /**
   * Removes secrets before anything reaches the disk. `'strings'`: the contents of all strings, regular expressions and
   * exposed numbers become `(redacted)`. `{ maxLength }`: longer strings are cut. Rules: matching strings are replaced.
   * Names of properties, constructors, functions and scripts stay, and with them contents that equal such a name. V8 cuts
   * strings after 1,024 characters, before rules see them. `'strict'`: as `'strings'`, and names that are data (keys of
   * tables, events, descriptions of symbols, names that look generated, queries and users in addresses of scripts) become
   * `redacted-` and letters, with equal names equal in all snapshots of a process.
   * @default `redact=` of NODE_HEAPDUMP_OPTIONS, else `false`
   */
  redact?: false | 'strings' | 'strict' | { maxLength: number } | RedactRule[];
  /**
   * Encrypt the file to these public keys of [age](https://age-encryption.org), `age1…` (X25519). Only the owner of a secret key can read
   * it, with the `age` command or the option `identity` of {@link open} and {@link restore}. No plain text is written to the disk. The name
   * ends in `.age`, unless `path` gives it. `sources` are not written then; the sidecar and an allocation profile are not encrypted.
   * @default `encryptTo=` of NODE_HEAPDUMP_OPTIONS, else not encrypted
   */
  encryptTo?: string | string[];
  /**
   * Also write the result to `<path>.json`, before the snapshot gets its name. It is replaced as a whole afterwards, when `memory.after`
   * of the result is known; then it also has `samples`, those of {@link Watcher.memory}, if there is a watch.
   * @default false
   */
  sidecar?: boolean;
  /**
   * Also write the texts of all scripts of the thread to `name.sources.json.gz` beside the snapshot, so that findings on
   * another machine can show the code. With `redact`, contents of string literals, templates, regular expressions and
   * comments are blanked. If the texts cannot be read, the result says why, and the dump does not fail. A dump at the heap
   * limit (see {@link watch}) has none.
   * @default false
   */
  sources?: boolean;
  /**
   * Tracks every allocation of this thread for some seconds and then takes the snapshot, which has the stack of each object
   * that was allocated meanwhile: {@link Snapshot.allocations}. JavaScript that allocates takes about 50 times longer during these
   * seconds, and memory grows with the number of objects and of different stacks. The dump is taken in place. Fails with
   * `ERR_HEAPDUMP_PROFILER` while a debugger can connect, because V8 has one tracker, and with `ERR_HEAPDUMP_BUSY` during
   * another such dump, or if another snapshot of this thread is taken meanwhile, which can end the tracking. Not on Windows.
   * Excludes `to`, `threads: 'all'`, `fallback: 'image'`, and the modes `'fork'` and `'image'`.
   */
  allocationStacks?: { seconds: number };
  /** If another dump is running, wait for its end instead of failing with `ERR_HEAPDUMP_BUSY`. @default false */
  wait?: boolean;
  /** Show objects of V8 itself, as the option of `v8.writeHeapSnapshot()` does. @default false */
  exposeInternals?: boolean;
  /** Put numbers into the snapshot, as nodes of their own, as the option of `v8.writeHeapSnapshot()` does. @default false */
  exposeNumericValues?: boolean;
  /** Called with `{ bytes }` while the snapshot is taken. If it throws, the dump is aborted and rejects with the error. */
  onProgress?: (progress: DumpProgress) => void;
  /**
   * Aborts the dump. No file is left. V8 cannot be stopped, so the pause is as long as without: an abort from JavaScript
   * is noticed only between two chunks (from `onProgress`) and after the snapshot.
   */
  signal?: AbortSignal;
}

/** Options of {@link install}. */
export interface InstallOptions {
  /**
   * The name of the signal.
   * @default `signal=` of NODE_HEAPDUMP_OPTIONS, else `'SIGUSR2'`
   */
  signal?: string;
  /** As in {@link DumpOptions}; evaluated for each dump. */
  dir?: string | URL;
  /** As in {@link DumpOptions}. */
  name?: string;
  /**
   * As in {@link DumpOptions}. A dump that cannot be forked is taken in place. JavaScript that is stuck is dumped in
   * place, except with `'image'`.
   * @default `mode=` of NODE_HEAPDUMP_OPTIONS, else `'auto'`
   */
  mode?: 'auto' | 'inline' | 'fork' | 'image';
  /** As in {@link DumpOptions}. @default whether NODE_HEAPDUMP_OPTIONS has `force` */
  force?: boolean;
  /** `'all'` dumps every thread that has loaded this package, each to a file of its own. @default 'main' */
  threads?: 'main' | 'all';
  /**
   * Time in milliseconds after which JavaScript that has not returned to the event loop is interrupted, and the snapshot
   * is taken from there. `false` or `Infinity`: never; the dump waits for the event loop. On Linux, time in which the
   * thread waits for a processor does not count, so on a busy machine this may take up to five times as long.
   * @default 1000
   */
  wedgedAfterMs?: number | false;
  /** As in {@link DumpOptions}. @default false */
  compress?: boolean | Compression;
  /** As in {@link DumpOptions}. */
  redact?: DumpOptions['redact'];
  /** As in {@link DumpOptions}. */
  encryptTo?: DumpOptions['encryptTo'];
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

/** Whether a feature is available. */
export interface Feature {
  /** Whether it works in this process. */
  available: boolean;
  /** Why it is not available. */
  reason?: string;
}

/** Dumps by signal. */
export interface SignalFeature extends Feature {
  /** Options of the last {@link install}, with defaults; `null` if this thread has not installed the signal. */
  installed:
    | (Required<Omit<InstallOptions, 'dir' | 'name' | 'redact' | 'encryptTo'>> &
        Pick<InstallOptions, 'dir' | 'name' | 'redact' | 'encryptTo'>)
    | null;
}

/** Dumps of a thread that does not return to its event loop. */
export interface InterruptFeature extends Feature {
  /**
   * Code in which this version of V8 cannot be interrupted safely. A dump waits until that code ends. Absent if there is no
   * such code. On Node 18 and 20 these are WebAssembly loops that V8 has not optimized yet.
   */
  limitation?: string;
}

/** The features that work in this process. */
export interface Capabilities {
  /** `process.version` */
  node: string;
  /** `process.versions.v8` */
  v8: string;
  /** `process.platform` */
  platform: string;
  /** `process.arch` */
  arch: string;
  /** Available values of the option `mode` of {@link DumpOptions}, without `'auto'`. Reading it runs the fork self-test if necessary. */
  modes: Array<'inline' | 'fork' | 'image'>;
  /** Available formats of the option `compress`. */
  compression: Compression[];
  /** Available formats of the option `encryptTo`. */
  encryption: Array<'age'>;
  /**
   * Forked dumps. The first read in a process runs the fork self-test in a small Node process, and blocks for some hundred
   * milliseconds. If the self-test was inconclusive, because its process was killed or could not be started, the reason says
   * so, and a later read repeats it.
   */
  fork: Feature;
  /** Heap images: `mode: 'image'`, and {@link restore}. */
  image: Feature;
  /** V8's inspector. Without it no snapshot can be taken. */
  inspector: Feature;
  /** Dumps by signal. */
  signal: SignalFeature;
  /** Dumps of a thread that does not return to its event loop. */
  interrupt: InterruptFeature;
}

/**
 * Writes a heap snapshot of this thread, and blocks until it is on disk. This is the function of `heapdump`.
 *
 * Replaces an existing file. Waits for a dump of another thread. If {@link estimate} says that JavaScript will pause for more
 * than ten seconds, the first call emits a process warning, `HeapdumpWarning` with the code `HEAPDUMP_LONG_PAUSE`.
 *
 * @param filename Default: `heapdump-<milliseconds>.<nanoseconds>.heapsnapshot` in the directory that the environment
 *   names, else in the current one.
 * @param callback Called before this function returns, with the error, or with `null` and the file name as given. The message
 *   of the error is that of `heapdump`, such as `heapdump write error ENOSPC`. It also has `code`, `errno`, `syscall` and
 *   `path`.
 * @returns whether the complete file exists
 */
export function writeSnapshot(filename?: string, callback?: (error: HeapdumpError | null, filename?: string) => void): boolean;
export function writeSnapshot(callback: (error: HeapdumpError | null, filename?: string) => void): boolean;

/**
 * Writes the heap snapshots of all threads that have loaded this package, one after the other.
 *
 * @returns one result per thread, in the order in which the threads loaded the package. A thread that ends before its dump is
 *   left out. If a thread could not be dumped, rejects with an `AggregateError` that has the `code` of the first error, and the
 *   successful results as `results`.
 */
export function dump(options: DumpOptions & { threads: 'all' }): Promise<DumpResult[]>;
/**
 * Takes a heap snapshot of this thread and sends it to `to`.
 *
 * @returns when the complete snapshot was sent
 */
export function dump(options: DumpOptions & { threads?: 'current'; to: NonNullable<DumpOptions['to']> }): Promise<SentDumpResult>;
/**
 * Writes a heap snapshot of this thread. JavaScript pauses while V8 takes it; syncing and renaming happen in the background.
 *
 * @returns when the file is complete and has its name. Rejects with a {@link HeapdumpError}, and leaves no file then.
 */
export function dump(options?: DumpOptions & { threads?: 'current' }): Promise<DumpResult>;

/** Options of {@link restore}. */
export interface RestoreOptions extends Pick<DumpOptions, 'overwrite' | 'compress' | 'sidecar' | 'onProgress'> {
  /** The snapshot. @default `NAME.heapsnapshot` beside the image */
  path?: string | URL;
  /** Removes secrets from the snapshot, as in {@link DumpOptions}. @default as the options of the dump say */
  redact?: DumpOptions['redact'];
  /** Encrypt the snapshot, as in {@link DumpOptions}. */
  encryptTo?: DumpOptions['encryptTo'];
  /** The file with the secret keys for an encrypted image, as `age-keygen` writes it. @default HEAPDUMP_IDENTITY */
  identity?: string | URL;
  /** Skip the check of memory and disk. @default false */
  force?: boolean;
  /** Deadline in milliseconds. After it the restore fails with `ERR_HEAPDUMP_DEADLINE`. @default 3600000 */
  deadlineMs?: number;
  /** Aborts the restore. No file is left. */
  signal?: AbortSignal;
}

/** The result of {@link restore}. Fields about the process were recorded when the image was taken. */
export interface RestoreResult extends Pick<
  DumpResult,
  'path' | 'bytes' | 'snapshotBytes' | 'encrypted' | 'reason' | 'fallback' | 'pid' | 'threadId' | 'isMainThread' | 'node' | 'v8'
> {
  /** The heap image, as an absolute path. */
  image: string;
  method: 'image';
  /** Whether ids of objects equal those of other dumps of the process. */
  comparable: boolean;
  /** Start of the dump, as an ISO 8601 time in UTC. */
  startedAt: string;
  /** Time of the restore in milliseconds. */
  durationMs: number;
  memoryBefore: MemoryUsage;
}

/**
 * Makes a heap snapshot of a heap image. Linux x64 only; the processor must have all features of the processor of the service.
 *
 * A process of its own gets the memory of the image, and V8 takes the snapshot there. V8 needs about 9 to 12 times the size of the heap
 * in memory. An image is a program: the process runs in a sandbox, in which it can use memory, read the time and write to one
 * pipe. Restore only images of your own services nevertheless. A process runs one dump or restore at a time.
 *
 * @returns when the snapshot is complete and has its name. Rejects with a {@link HeapdumpError}, and leaves no file then.
 */
export function restore(file: string | URL, options?: RestoreOptions): Promise<RestoreResult>;

/**
 * Makes a signal take a heap snapshot of this thread. A process answers one signal; a later call replaces an earlier one. The
 * main thread calls this when it loads the package.
 *
 * Listeners of `process.on(signal)` get the signal as well. This does not keep the process alive.
 *
 * @throws {HeapdumpError} `ERR_HEAPDUMP_UNSUPPORTED` where signals cannot be watched, as on Windows
 */
export function install(options?: InstallOptions): void;

/**
 * Stops answering the signal. Without another listener, the signal then has its default action: SIGUSR2 ends the process.
 *
 * @returns whether this thread had installed the signal
 */
export function uninstall(): boolean;

/** Returns the features that work in this process, and the reasons why others do not. */
export function capabilities(): Capabilities;

/** Options of {@link estimate}. */
export interface EstimateOptions extends Pick<DumpOptions, 'path' | 'dir' | 'comparable' | 'compress'> {}

/** The needs of a dump in place, or of a forked dump. */
export interface Need {
  /** Memory at the peak, in addition to the current memory of the process. */
  memoryBytes: number;
  /** How long JavaScript pauses, on an idle machine of 2020. */
  pauseMs: number;
  /** Whether memory and disk suffice. */
  fits: boolean;
}

/** Available memory and disk: the smallest of all limits. `Infinity` if no limit is known. */
export interface Room {
  /** Available memory. */
  memoryBytes: number;
  /** Which limit that is: `'memory of the machine'`, `'memory limit of the cgroup'`, `'limit of address space'`. */
  memoryLimit: string | null;
  /** Available disk. */
  diskBytes: number;
  /** Which limit that is: `'disk'` or `'disk: limit of file size'`. */
  diskLimit: string | null;
}

/** Estimated needs of a dump of this thread. */
export interface Estimate {
  /** Used bytes of V8's heap. */
  heapBytes: number;
  /** Size of the file. */
  fileBytes: number;
  /** Needs of a dump in place. */
  inline: Need;
  /** Needs of a forked dump. */
  fork: Need;
  /** Available memory and disk. */
  room: Room;
}

/**
 * Estimates the memory, disk and pause of a dump of this thread, and returns the available memory and disk. Takes about a
 * millisecond.
 *
 * The estimate is computed from the sizes of V8's spaces. The real need depends on the number of objects and references: it may
 * be three times the estimate, or a tenth of it, and less for heaps of nothing but numbers. After a dump of this thread, while
 * its heap has about the same size, the estimate uses the size of that dump, and the real need is between 1.7 times and two
 * fifths. The pause is that of an idle machine; it holds for all versions of Node, also with large scripts (see docs/costs.md).
 */
export function estimate(options?: EstimateOptions): Estimate;

/** Options of {@link watch}: conditions, limits, and options of the dumps. */
export interface WatchOptions extends Pick<
  DumpOptions,
  'dir' | 'name' | 'mode' | 'comparable' | 'compress' | 'redact' | 'encryptTo' | 'force' | 'sidecar' | 'sources'
> {
  /** `'image'`: write a heap image if there is not enough memory for a forked dump, also at the heap limit. */
  fallback?: 'image';
  /** Dump when this share of the heap limit is in use, > 0 and <= 1. */
  heapUsedRatio?: number;
  /** Dump when the used heap has grown by this many bytes since the call, or since the last dump of this watch. */
  growth?: number;
  /** Dump when the process has this many bytes of memory, also outside the heap. */
  rss?: number;
  /**
   * Dump when this share of the memory limit of the container is in use, > 0 and <= 1. Counts the memory cgroup (version 1 or 2)
   * that is nearest to its limit, without the page cache that the kernel can reclaim. It is read between ten times a second and
   * every two seconds, more often near the threshold, and when the kernel reports that the limit was hit. A dump needs memory
   * itself: see {@link estimate}. If the threshold leaves too little, the dump is refused.
   */
  cgroupRatio?: number;
  /**
   * Dump once when the heap of the main thread is full, on Linux. V8 usually calls back before it is too late: the heap may
   * then grow by a tenth, the dump is forked from the code that JavaScript is in, also in an endless loop, and the child
   * finishes the file if the process dies meanwhile. If one allocation is larger than that, as when a `Map` or an array
   * doubles, V8 gives up at once: then a forked child takes the snapshot while the process waits for it, and afterwards the
   * process ends as it would have ended. If no snapshot can be taken, a line on stderr says why. If the process is process 1
   * of a container, a child that is not done ends with it.
   * @default true
   */
  nearHeapLimit?: boolean;
  /** Also check the conditions every so many milliseconds. Without it they are checked after each full garbage collection. */
  everyMs?: number;
  /** Minimum time in milliseconds between two dumps. The heap limit does not wait. @default 600000 */
  cooldownMs?: number | false;
  /** The watch ends after this many dumps. @default 3 */
  maxDumps?: number;
  /** Number of files of this watch to leave on the disk, the newest. @default Infinity */
  keepLast?: number;
  /**
   * Maximum bytes of the files of this watch together. The oldest are removed for a new one. A dump that alone is larger, as
   * {@link estimate} says, is refused and reported as `ERR_HEAPDUMP_HEADROOM`.
   * @default Infinity
   */
  diskQuota?: number;
  /**
   * Samples allocations as long as the watch lasts, and writes the profile of what is alive to `name.heapprofile` beside each
   * dump: which functions allocated it. An object has the options of {@link Profiler.start}. A profile has names of functions and
   * scripts, and no contents; with `redact: 'strict'` none is written. A dump for which V8 does not call back (see `nearHeapLimit`) has
   * none. If `profile()` samples this thread with another interval, `watch` throws `ERR_HEAPDUMP_PROFILER`.
   * @default false
   */
  profile?: boolean | ProfileOptions;
}

/** A watch, as {@link watch} returns it. */
export interface Watcher {
  /** Whether it still checks its conditions. */
  readonly active: boolean;
  /** Number of dumps it has taken. */
  readonly dumps: number;
  /** Where the memory of the process was: a sample a minute, for a day at most, and what that means. */
  memory(): MemoryHistory;
  /** Ends it. */
  stop(): void;
}

/**
 * Dumps this thread as soon as one of the conditions holds after a full garbage collection. A condition that has led to a dump
 * is armed again when its value has fallen below nine tenths of the threshold. A thread has one watch; a later call replaces an
 * earlier one. The watch does not keep the process alive. Results and errors are reported as events.
 *
 * With `nowatch` in NODE_HEAPDUMP_OPTIONS nothing is watched.
 */
export function watch(options?: WatchOptions): Watcher;

/** Events of all dumps of this thread. */
export interface HeapdumpEvents {
  /** A dump is complete. With {@link DumpOptions.to} the result is a {@link SentDumpResult}. */
  dump: (result: DumpResult) => void;
  /** A dump failed. Without a listener the error is ignored. */
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
/** Removes a listener of {@link on} or {@link once}. */
export function off<E extends keyof HeapdumpEvents>(event: E, listener: HeapdumpEvents[E]): typeof import('./index.js');
/**
 * The same as {@link off}. `once` and `on` of `node:events` call it, so that `await once(heapdump, 'dump')` leaves no listener
 * behind.
 */
export function removeListener<E extends keyof HeapdumpEvents>(event: E, listener: HeapdumpEvents[E]): typeof import('./index.js');
