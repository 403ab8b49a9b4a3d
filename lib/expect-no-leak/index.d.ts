// An assertion for tests: that a function keeps nothing alive.

import type { Abortable, NodeRow } from '../analysis/analysis.js';
import type { RetainingReference } from '../analysis/diff.js';
import type { Finding } from '../analysis/findings.js';

/** Options of {@link expectNoLeak}. */
export interface ExpectNoLeakOptions extends Abortable {
  /** Number of calls between two snapshots, 1 to 1,000,000. Use ten or more to distinguish a leak from chance. @default 20 */
  iterations?: number;
  /** Number of calls before the first snapshot, for objects that are created once. 0 to 1,000,000. @default 10 */
  warmup?: number;
  /** Number of objects that a call may leave, on average. Below 1, because a leak need not happen in each call. @default 0.5 */
  tolerance?: number;
  /**
   * Leaks not to report: by the exact name of the constructor; by a pattern that matches the constructor, the name of
   * the owner, or a name or reference of the path; or by a function that returns true.
   */
  ignore?: string | RegExp | ((leak: Leak) => boolean) | Array<string | RegExp | ((leak: Leak) => boolean)>;
  /**
   * How long, in milliseconds, to continue the calls when the function seems to leak, to see whether the growth ends: a cache
   * stops growing. With 0 there is one more round, as long as those before.
   * @default 1000
   */
  confirmMs?: number;
  /**
   * The reaction to a collection that grows less and less, replaces its entries, or has a property that bounds it, such
   * as `max`: emit a process warning with the code `HEAPDUMP_STILL_FILLING`, fail, or ignore it.
   * @default 'warn'
   */
  stillFilling?: 'warn' | 'fail' | 'ignore';
}

/** Objects of one constructor that accumulate with every call, retained by one older object. */
export interface Leak {
  /** Name of their class. */
  constructor: string;
  /** Objects that stay of each call, on average; 0 if something old becomes larger instead. */
  countPerIteration: number;
  /** Bytes that stay of each call, on average, with all that the objects retain. */
  bytesPerIteration: number;
  /** How many objects there were at each snapshot after the first. */
  counts: number[];
  /** How many calls there had been at each of these snapshots, warm-up not counted. */
  iterations: number[];
  /** The nearest dominator that already existed before the calls: a list, a scope. */
  owner: NodeRow;
  /** One of the objects, near the roots of the program. */
  example: NodeRow;
  /** The path from the example towards a root of the program, or to the function itself, up to 30 steps. */
  path: RetainingReference[];
  /** Other objects that accumulate because these objects refer to them. */
  parts: LeakPart[];
  /** The finding about it, with place, code frames and fix, if there is one. */
  finding: Finding | undefined;
}

/** Objects that a leaked object retains. */
export interface LeakPart {
  /** Name of the class. */
  constructor: string;
  /** Objects of each call, on average. */
  countPerIteration: number;
}

/** The error of {@link expectNoLeak}. Its message names the constructor, the growth, the owner and the path of each leak. */
export interface LeakError extends Error {
  name: 'LeakError';
  code: 'ERR_HEAPDUMP_LEAK';
  /** The leaks, by memory descending. */
  leaks: Leak[];
}

/**
 * Asserts, in a test, that the heap does not grow with the number of calls of `fn`.
 *
 * Calls `fn` `warmup` times, and then in rounds of `iterations` calls or as many as before. If a round leaves the heap as
 * large as it was, nothing leaks. Else it compares snapshots after up to four more rounds, the last as long as `confirmMs`
 * and 64 MB of growth allow. A leak grows in each of these rounds by more than `tolerance` objects per call,
 * and in the last round by at least half the rate of the round before. So objects that are created once, or until a cache is
 * full, are not reported.
 *
 * Under jest and vitest it rejects with `ERR_HEAPDUMP_TIMEOUT` shortly before the timeout of the test, and ends with its
 * test. Elsewhere pass a `signal`, such as `t.signal` of node:test.
 *
 * Concurrent calls run one after the other.
 *
 * @param fn The function to examine. Its result is awaited; each call begins when the one before has ended.
 * @returns when there is no leak. Rejects with a {@link LeakError} if there is, with what `fn` throws, or with a
 *   `HeapdumpError`.
 */
export function expectNoLeak(fn: () => unknown, options?: ExpectNoLeakOptions): Promise<void>;
