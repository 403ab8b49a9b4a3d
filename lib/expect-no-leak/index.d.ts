// An assertion for tests that a function leaves nothing alive.

import type { Abortable, NodeRow, RetainingReference } from '../analysis/analysis.js';
import type { Finding } from '../analysis/findings.js';

/** Options of {@link expectNoLeak}. */
export interface ExpectNoLeakOptions extends Abortable {
  /** Calls between two snapshots, 1 to 1,000,000. Ten or more distinguish a leak from chance. @default 20 */
  iterations?: number;
  /** Calls before the first snapshot, for one-time allocations. 0 to 1,000,000. @default 10 */
  warmup?: number;
  /** Objects that a call may leave alive, on average. Below 1, because a leak need not happen in each call. @default 0.5 */
  tolerance?: number;
  /**
   * Leaks not to report: by the exact name of the constructor; by a pattern that matches the constructor, the name of
   * the owner, or a name or reference of the path; or by a function that returns true.
   */
  ignore?: string | RegExp | ((leak: Leak) => boolean) | Array<string | RegExp | ((leak: Leak) => boolean)>;
  /**
   * How long, in milliseconds, to continue calling a function that seems to leak, to see whether the growth ends.
   * With 0 there is one more round, as long as the others.
   * @default 1000
   */
  confirmMs?: number;
  /**
   * What to do about a collection that grows less and less, replaces its entries, or has a property that limits it, such
   * as `max`: emit a process warning with the code `HEAPDUMP_STILL_FILLING`, fail, or ignore it.
   * @default 'warn'
   */
  stillFilling?: 'warn' | 'fail' | 'ignore';
}

/** Objects of one constructor that one older object retains, more of them with every call. */
export interface Leak {
  /** Name of their class. */
  constructor: string;
  /** Objects retained per call, on average; 0 if an older object becomes larger instead. */
  countPerIteration: number;
  /** Bytes retained per call, on average, including everything that the objects retain. */
  bytesPerIteration: number;
  /** The number of objects in each snapshot after the first. */
  counts: number[];
  /** The number of calls before each of these snapshots, without the warm-up. */
  iterations: number[];
  /** Their nearest dominator that already existed in the first snapshot: a list, a scope. */
  owner: NodeRow;
  /** One of the objects, near the roots of the program. */
  example: NodeRow;
  /** The path from the example towards a root of the program, or to the function itself; at most 30 steps. */
  path: RetainingReference[];
  /** Other objects that accumulate because these objects refer to them. */
  parts: LeakPart[];
  /** The finding of `findLeaks()` about it, with location, code frames and fix; `undefined` if there is none. */
  finding: Finding | undefined;
}

/** Objects that a leaked object retains. */
export interface LeakPart {
  /** Name of the class. */
  constructor: string;
  /** Objects per call, on average. */
  countPerIteration: number;
}

/** The error of {@link expectNoLeak}. Its message names the constructor, the growth, the owner and the path of each leak. */
export interface LeakError extends Error {
  name: 'LeakError';
  code: 'ERR_HEAPDUMP_LEAK';
  /** The leaks, most bytes first. */
  leaks: Leak[];
}

/**
 * Asserts in a test that `fn` leaves nothing alive: the heap does not grow with the number of calls.
 *
 * Calls `fn` `warmup` times, then in rounds of `iterations` calls or of as many as all rounds before. If a round leaves the
 * heap as large as before, nothing leaks. Otherwise it compares snapshots after up to four more rounds, the last as long as
 * `confirmMs` and 64 MB of growth allow. Objects are a leak if each of these rounds adds more than `tolerance` of them per
 * call, and the last one at least half as many per call as the round before. One-time allocations, and caches that become
 * full, are therefore no leaks.
 *
 * Under jest and vitest it rejects with `ERR_HEAPDUMP_TIMEOUT` shortly before the timeout of the test, and ends with its
 * test. With other runners pass a `signal`, such as `t.signal` of node:test.
 *
 * Concurrent calls run one after the other.
 *
 * @param fn The function to examine. Its result is awaited; each call starts when the previous one has ended.
 * @returns if there is no leak. Rejects with a {@link LeakError} if there is one, with the error that `fn` throws, or with a
 *   `HeapdumpError`.
 */
export function expectNoLeak(fn: () => unknown, options?: ExpectNoLeakOptions): Promise<void>;
