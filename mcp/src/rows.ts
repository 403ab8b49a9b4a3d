// Objects and references, as answers have them.

import type { EdgeRow, NodeRow, StackFrame } from '../../index.js';
import { clip, ends } from './text.js';
import type { Names } from './values.js';

/** Maximum length of a name. */
export const MAX_NAME = 120;

export function objectOf(row: NodeRow, names: Names) {
  return {
    id: row.id,
    name: clip(names.object(row), MAX_NAME),
    type: row.type,
    constructor: clip(row.constructor, MAX_NAME),
    shallowBytes: row.shallowSize,
    retainedBytes: row.retainedSize,
    distance: row.distance,
  };
}

/** A step of a retaining path: the object that refers, and its reference to the step before. */
export interface Step {
  id: number;
  name: string;
  type: string;
  edge: string;
  edgeType: string;
}

export function stepOf({ id, name, type, edge, edgeType }: Step, names: Names) {
  return {
    reference: clip(names.edge({ edge, edgeType }), MAX_NAME),
    from: clip(names.object({ name, type }), MAX_NAME),
    fromId: id,
  };
}

/** Returns the steps at both ends of a retaining path, and the number of those in between. */
export function pathFields(steps: readonly Step[], { head, tail }: { head: number; tail: number }, names: Names) {
  const { shown, omitted } = ends(steps, head, tail);
  return { path: shown.map((step) => stepOf(step, names)), ...(omitted > 0 && { omittedSteps: omitted }) };
}

export function edgeOf(row: EdgeRow, names: Names) {
  return { reference: clip(names.edge(row), MAX_NAME), ...objectOf(row, names) };
}

/** Returns a function of an allocation stack with the place where it begins; the name alone of a builtin of V8. */
export function frameOf({ function: name, file, line, column }: StackFrame) {
  const called = clip(name || '(anonymous)', MAX_NAME);
  return file === null ? called : `${called} (${clip(file, MAX_NAME)}:${line}:${column})`;
}
