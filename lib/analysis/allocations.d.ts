// Allocation stacks and the timeline of a snapshot that was taken while V8 tracked allocations, and the queries about them.

import type { WindowOptions } from './analysis.js';
import type { AllocationFrame } from '../profile/index.js';

/** A function of an allocation stack in a snapshot. V8's `(root)` ends each stack. */
export interface StackFrame extends AllocationFrame {
  /** V8's number of the script, which differs between processes; 0 for a builtin of V8. */
  scriptId: number;
}

/** Groups, selects and sorts objects by the function that allocated them. */
export interface AllocationsOptions extends WindowOptions {
  /** One row for each function, with all its stacks, or for each stack. @default 'function' */
  by?: 'function' | 'stack';
  /** Sort key. Numbers descend, names ascend. DevTools sorts by `'allocatedSize'`. @default 'shallowSize' */
  sort?: 'shallowSize' | 'retainedSize' | 'count' | 'allocatedSize' | 'allocatedCount' | 'function';
  /** Reverse the order. @default false */
  reverse?: boolean;
}

/** Objects that a function or a stack allocated. */
export interface AllocatedObjects {
  /** Number of objects that are alive. */
  count: number;
  /** Bytes of these objects. */
  shallowSize: number;
  /** Number of all objects that were allocated while V8 tracked allocations, also of those that are gone. */
  allocatedCount: number;
  /** Bytes of all these objects. */
  allocatedSize: number;
}

/** A function that allocated objects, or the stack that it did so in. */
export interface AllocationRow extends StackFrame, AllocatedObjects {
  /** Bytes that would be freed with the living objects. */
  retainedSize: number;
  /** The callers, nearest first; of a function, those of the stack whose living objects have most bytes. */
  callers: StackFrame[];
}

/** Living objects by the function or the stack that allocated them, as the Allocation view. */
export interface AllocationList {
  totals: AllocatedObjects & {
    /** Number of functions or stacks, returned or not. */
    rowCount: number;
  };
  rows: AllocationRow[];
}

/** A point of the allocation timeline, and the objects that were allocated since the point before. */
export interface TimelineRow {
  /** Time since the start of the recording in milliseconds. */
  timestampMs: number;
  /** The highest id that V8 had assigned by then. */
  lastAssignedId: number;
  /** Number of these objects that are alive. */
  count: number;
  /** Bytes of the living ones. */
  shallowSize: number;
}

/** The allocation timeline; without rows unless V8 tracked objects. */
export interface Timeline {
  /** In the order of time. Objects after the last point are in no row. */
  rows: TimelineRow[];
}
