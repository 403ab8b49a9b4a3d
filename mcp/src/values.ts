// Hides contents of strings, and names that look like data, as the export of tables does.

/** V8's kinds of objects whose names are contents. */
const CONTENTS = new Set(['string', 'concatenated string', 'sliced string', 'regexp', 'number', 'heap number', 'bigint', 'symbol']);

const HIDDEN = '\u2026';
const MAX_NAME = 40;
const MAX_DIGITS = 2;

/** Returns whether a text looks like a name that a programmer wrote: the rule of `crates/heapsnapshot/src/name.rs`. */
export function isName(text: string): boolean {
  const plain = text.startsWith('#') ? text.slice(1) : text;
  if (Buffer.byteLength(plain) > MAX_NAME) return false;
  const digits = text.match(/\d/g)?.length ?? 0;
  return digits <= MAX_DIGITS && /^[\p{Alphabetic}\p{N}_$\-:. <>]+$/u.test(plain);
}

/** How objects and references are called. */
export class Names {
  readonly #showValues: boolean;

  constructor(showValues: boolean) {
    this.#showValues = showValues;
  }

  /** Returns the name of an object. */
  object({ name, type }: { name: string; type: string }): string {
    if (this.#showValues) return name;
    if (CONTENTS.has(type)) return `(${type})`;
    // Names of properties, which can be keys of a table.
    if (type === 'object' && name.startsWith('{')) return 'Object';
    return name;
  }

  /** Returns the name of a reference: a property, a variable, or the number of an element. */
  edge({ edge, edgeType }: { edge: string; edgeType?: string }): string {
    if (this.#showValues || edgeType === 'element' || edgeType === 'hidden') return edge;
    const pair = /^(\d+ \/ part of key) .* (pair in WeakMap) /s.exec(edge);
    if (pair) return `${pair[1]} ${HIDDEN} ${pair[2]}`;
    return isName(edge) || edgeType === 'context' || edgeType === 'internal' ? edge : HIDDEN;
  }
}
