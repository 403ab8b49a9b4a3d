// An assertion for tests: that a function keeps nothing alive.

import type { Abortable, NodeRow, RetainingReference } from '../analysis/analysis.js';
import type { Finding } from '../analysis/findings.js';

/** What {@link expectNoLeak} takes. */
export interface ExpectNoLeakOptions extends Abortable {
  /** Calls between two snapshots, 1 to 1,000,000. Ten or more tell a leak from chance. @default 20 */
  iterations?: number;
  /** Calls before the first snapshot, for what is made once. 0 to 1,000,000. @default 10 */
  warmup?: number;
  /** Objects that a call may keep, on average. Below 1: a leak need not happen in each call. @default 0.5 */
  tolerance?: number;
  /**
   * Leaks not to report: by the exact name of the constructor; by a pattern that matches the constructor, the name of
   * the owner, or a name or reference of the path; or by a function that returns true.
   */
  ignore?: string | RegExp | ((leak: Leak) => boolean) | Array<string | RegExp | ((leak: Leak) => boolean)>;
  /**
   * How long, in milliseconds, to go on calling the function when it looks like a leak, to see whether the growth ends.
   * With 0 there is one more round, as long as those before.
   * @default 1000
   */
  confirmMs?: number;
  /**
   * What to do about a collection that grows less and less, replaces its entries, or has a property that bounds it, such
   * as `max`: emit a process warning with the code `HEAPDUMP_STILL_FILLING`, fail, or ignore it.
   * @default 'warn'
   */
  stillFilling?: 'warn' | 'fail' | 'ignore';
}

/** Objects of one constructor that stay, more of them with every call, because of one older object. */
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
  /** The nearest object without which they would be free and that was there before: a list, a scope. */
  owner: NodeRow;
  /** One of the objects, near the roots of the program. */
  example: NodeRow;
  /** The way from the example towards a root of the program, or to the function itself; of 30 steps at most. */
  path: RetainingReference[];
  /** What else grows because these objects refer to it. */
  parts: LeakPart[];
  /** What `findLeaks` says about it: place, code frames, fix; if it knows the leak. */
  finding: Finding | undefined;
}

/** What a leaked object takes along. */
export interface LeakPart {
  /** Name of the class. */
  constructor: string;
  /** Objects of each call, on average. */
  countPerIteration: number;
}

/** Why {@link expectNoLeak} rejected. Its message names the constructor, the growth, the owner and the path of each leak. */
export interface LeakError extends Error {
  name: 'LeakError';
  code: 'ERR_HEAPDUMP_LEAK';
  /** Those first that take most memory. */
  leaks: Leak[];
}

/**
 * Asserts, in a test, that `fn` keeps nothing alive: that the heap does not grow with the number of calls.
 *
 * Calls `fn` `warmup` times, and then in rounds of `iterations` calls or as many as before. If a round leaves the heap as
 * large as it was, nothing leaks. Else it compares snapshots after up to four more rounds, the last as long as `confirmMs`
 * and 64 MB of growth allow. A leak is what grows in each of these rounds by more than `tolerance` objects a call, and in
 * the last not at less than half the rate of the round before. So what is made once, or until a cache is full, is none.
 *
 * Under jest and vitest it rejects with `ERR_HEAPDUMP_TIMEOUT` shortly before the timeout of the test, and ends with its
 * test. Elsewhere hand it a `signal`, such as `t.signal` of node:test.
 *
 * Calls that are under way at the same time take turns.
 *
 * @param fn What to examine. What it returns is awaited; each call begins when the one before has ended.
 * @returns when there is no leak. Rejects with a {@link LeakError} if there is, with what `fn` throws, or with a
 *   `HeapdumpError`.
 */
export function expectNoLeak(fn: () => unknown, options?: ExpectNoLeakOptions): Promise<void>;
