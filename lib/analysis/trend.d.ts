// `trend()`: growth over several snapshots of one process.

import type { NodeRow, WindowOptions, WorkOptions } from './analysis.js';
import type { RetainingReference } from './diff.js';
import type { Source } from './snapshot.js';

/**
 * Direction of a row's numbers from snapshot to snapshot.
 *
 * - `'stable'`: the maximum and the minimum differ by no more than 1 % of the maximum
 * - `'growing'`: otherwise, and the number rises in every step
 * - `'shrinking'`: otherwise, and it falls in every step
 * - `'noisy'`: anything else; also a single growth followed by no change, as of a cache that fills
 *
 * The numbers are those of `shallowSize`; where these are noisy, those of `count`.
 */
export type Verdict = 'growing' | 'noisy' | 'shrinking' | 'stable';

/** Options of `trend()`. `limit` and `offset` are about constructors. */
export interface TrendOptions extends WindowOptions {
  /**
   * Sort key. `'verdict'`: growing rows first, then noisy, shrinking and stable ones, each by growth in bytes. Growth is from
   * the first snapshot to the last and descends; names, for owners those of their constructors, ascend.
   * @default 'verdict'
   */
  sort?: 'verdict' | 'sizeDelta' | 'countDelta' | 'retainedDelta' | 'constructor';
  /** Reverse the order. @default false */
  reverse?: boolean;
  /** Maximum number of owners to return. @default 20 */
  owners?: number;
}

/** Numbers of some objects; each list has one for each snapshot, oldest first. */
export interface CohortSeries {
  count: number[];
  /** Bytes of the objects themselves. */
  shallowSize: number[];
}

/** How a group of objects developed; each list has a number for each snapshot, oldest first. */
export interface Development extends CohortSeries {
  verdict: Verdict;
  /** Bytes that would be freed with the objects. Objects that two groups hold together count in both. */
  retainedSize: number[];
  /** Those of the objects that the first snapshot has as well. */
  survivors: CohortSeries;
  /**
   * The objects of the last snapshot, by the snapshot that was the first to have them: the objects added in each step that are
   * still alive. A leak adds about the same number in every step. A cache that replaces its entries has zeros except at the end.
   */
  stayed: CohortSeries;
}

/** How the objects of one constructor developed. */
export interface TrendRow extends Development {
  /** Name of the class. */
  constructor: string;
  /** Distinguishes classes of one name. */
  classKey: string;
}

/**
 * How the objects below one owner developed. The owner is in all snapshots. It is the nearest such dominator of the counted
 * objects, which are not in all snapshots. So each added or removed object belongs to one owner.
 */
export interface OwnerTrend extends Development {
  /** A cache, a list, a closure; in numbers of the last snapshot. */
  owner: NodeRow;
  /**
   * The counted object with the largest retained size in the last snapshot, one of V8's own only if there is no other; `null`
   * if there is none.
   */
  example: NodeRow | null;
  /** A shortest path from the example to a root of the program, up to 100 steps. */
  path: RetainingReference[];
}

/** Number of rows, returned or not, in all and by verdict. */
export interface TrendTotals {
  rowCount: number;
  growing: number;
  noisy: number;
  shrinking: number;
  stable: number;
}

export interface OwnerTrends {
  totals: TrendTotals;
  rows: OwnerTrend[];
}

/** How constructors and owners developed. */
export interface Trend {
  /** Objects and bytes of each snapshot. */
  snapshots: { nodeCount: number[]; totalSize: number[] };
  totals: TrendTotals;
  rows: TrendRow[];
  owners: OwnerTrends;
}

/**
 * Follows constructors and owners over three or more snapshots of one process, oldest first; best with the same load before
 * each. Objects are identified by their ids. All snapshots are in memory at once. Rejects with `ERR_HEAPDUMP_DIFFERENT_PROCESS` as
 * `diff()` does.
 */
export function trend(snapshots: readonly Source[], options?: TrendOptions & WorkOptions): Promise<Trend>;
/** Like {@link trend}, blocking. */
export function trendSync(snapshots: readonly Source[], options?: TrendOptions): Trend;
