// `trend()`: what grows over several snapshots of one process.

import type { NodeRow, RetainingReference, WindowOptions, WorkOptions } from './analysis.js';
import type { Source } from './snapshot.js';

/**
 * What becomes of a row's numbers from snapshot to snapshot.
 *
 * - `'stable'`: the greatest and the least number differ by no more than 1 % of the greatest
 * - `'growing'`: otherwise, and the number rises in every step
 * - `'shrinking'`: otherwise, and it falls in every step
 * - `'noisy'`: anything else; also what grew once and then stood still, as a cache that fills
 *
 * The numbers are those of `shallowSize`; where these are noisy, those of `count`.
 */
export type Verdict = 'growing' | 'noisy' | 'shrinking' | 'stable';

/** Which rows of a trend to return, and in which order. `limit` and `offset` are about constructors. */
export interface TrendOptions extends WindowOptions {
  /**
   * `'verdict'`: what is growing first, then what is noisy, shrinking, stable; each by growth in bytes. Growth is from the
   * first snapshot to the last and descends; names, for owners those of their constructors, ascend. @default 'verdict'
   */
  sort?: 'verdict' | 'sizeDelta' | 'countDelta' | 'retainedDelta' | 'constructor';
  /** The other way round. @default false */
  reverse?: boolean;
  /** Owners to return at most. @default 20 */
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
  /** Bytes that would be freed with the objects. What two groups hold together counts in both. */
  retainedSize: number[];
  /** Those of the objects that the first snapshot has as well. */
  survivors: CohortSeries;
  /**
   * The objects of the last snapshot, by the snapshot that was the first to have them: what came in each step, and stayed.
   * About the same number in every step is how a leak looks; a cache that replaces what it holds has zeros but for the end.
   */
  stayed: CohortSeries;
}

/** How the objects of one constructor developed. */
export interface TrendRow extends Development {
  /** Name of the class. */
  constructor: string;
  /** Tells classes of one name apart. */
  classKey: string;
}

/**
 * How that developed which one object keeps: objects that are not in all snapshots, and of whose dominators (the objects
 * without which they would be free) this is the nearest that is. What comes or goes so belongs to one owner.
 */
export interface OwnerTrend extends Development {
  /** A cache, a list, a closure; in numbers of the last snapshot. */
  owner: NodeRow;
  /**
   * Of what it keeps in the last snapshot, the object that retains most, one of V8's own only if there is no other; `null`
   * if it keeps nothing by then.
   */
  example: NodeRow | null;
  /** A shortest way from the example to a root of the program, of 100 steps at most. */
  path: RetainingReference[];
}

/** How many rows there are, returned or not, and of which verdict. */
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
 * What grows over three or more snapshots of one process, oldest first; best with the same load before each. Objects are
 * told apart by their ids. All snapshots are in memory at once. Rejects with `ERR_HEAPDUMP_DIFFERENT_PROCESS` as
 * `diff()` does.
 */
export function trend(snapshots: readonly Source[], options?: TrendOptions & WorkOptions): Promise<Trend>;
/** Like {@link trend}, blocking. */
export function trendSync(snapshots: readonly Source[], options?: TrendOptions): Trend;
