// Results of comparisons of two snapshots.

import type { NodeRow } from './analysis.js';

/** Numbers of added and removed objects. */
export interface DiffCounts {
  /** Number of new objects. */
  addedCount: number;
  /** Number of removed objects. */
  removedCount: number;
  /** Added minus removed objects. */
  countDelta: number;
  /** Bytes of new objects. */
  addedSize: number;
  /** Bytes of removed objects. */
  removedSize: number;
  /** Added minus removed bytes. */
  sizeDelta: number;
}

/** One constructor of a comparison. */
export interface DiffRow extends DiffCounts {
  /** Name of the class. */
  constructor: string;
  /** Distinguishes classes of one name; in a comparison by name it is the name. */
  classKey: string;
}

/** One reference of the path from an object to a root. */
export interface RetainingReference {
  /** Id of the object that refers. */
  id: number;
  name: string;
  type: string;
  /** Its reference to the object of the step before. */
  edge: string;
  edgeType: string;
  /** References from the roots of the program to that object. */
  distance: number;
}

/** New objects of one constructor that one older object keeps alive. */
export interface NewObjectGroup {
  /** Name of their class. */
  constructor: string;
  count: number;
  /** Bytes of the objects themselves. */
  shallowSize: number;
  /** Bytes that would be freed with them. Objects that two groups hold together count in both. */
  retainedSize: number;
  /** The nearest dominator that already existed in the first snapshot: a cache, a list, a closure. */
  owner: NodeRow;
  /** The object with the largest retained size. */
  example: NodeRow;
  /** A shortest path from the example to a root of the program, up to 100 steps. */
  path: RetainingReference[];
}

/**
 * Objects whose ids only the newer snapshot has. Some versions of Node number their own objects outside V8's heap
 * (`Node / …`) anew each time; those count as new here and in the rows.
 */
export interface NewObjects {
  totals: {
    /** Number of groups, returned or not. */
    rowCount: number;
    /** New objects, of all groups. */
    count: number;
    /** Bytes of these objects. */
    shallowSize: number;
  };
  /** Retained size descending. */
  rows: NewObjectGroup[];
}

/** Constructors whose objects changed, as the Comparison view. */
export interface Comparison {
  totals: DiffCounts & {
    /** Number of constructors that changed, returned or not. */
    rowCount: number;
  };
  rows: DiffRow[];
}

/** A comparison of the objects of two snapshots, with the owners of the new ones. */
export interface Diff extends Comparison {
  comparedBy: 'id';
  newObjects: NewObjects;
}

/** A comparison of the number of objects of each constructor in two snapshots. */
export interface DiffByName extends Comparison {
  comparedBy: 'name';
  /** Always `null`: without ids, the new objects are unknown. */
  newObjects: null;
}
