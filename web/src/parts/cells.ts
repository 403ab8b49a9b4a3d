// Cells and columns of several tables.

import type { Stage } from '../stage.js';
import type { SummaryRow } from '../source.js';
import { h, type Child } from './dom.js';
import { name } from './format.js';
import type { Column } from './tree-table.js';
import table from '../../../lib/analysis/columns.json';

export type ColumnKey = keyof typeof table.columns;

/** Returns the columns of a list beside the first, in the order of DevTools. */
export const columnsOf = (list: keyof typeof table.lists) => table.lists[list].columns as ColumnKey[];
export const unitOf = (key: ColumnKey) => table.columns[key].unit;

/** Widths of number columns by unit. */
const WIDTHS: Record<string, string> = { distance: '6.5rem', count: '6.5rem', bytes: '11rem' };

/** Returns a size as DevTools shows it, with the exact number in a tooltip. */
export function size({ format, words }: Stage, bytes: number, text = format.size(bytes)): HTMLElement {
  return h('span', { title: words.exact(format.integer(bytes)) }, text);
}

/** Returns a size, its share of the heap, and a bar of that share. */
export function share(stage: Stage, bytes: number): HTMLElement[] {
  const whole = stage.source.snapshots.at(-1)!.totalSize;
  const percent = whole > 0 ? Math.min(100, (bytes / whole) * 100) : 0;
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', `${percent}%`);
  return [bar, size(stage, bytes), h('span', { class: 'percent' }, stage.format.percent(bytes, whole))];
}

/** Returns whether a row of a table is a constructor and not an object. */
export const isClass = (row: object): row is SummaryRow => 'classKey' in row;

/** Returns the name of a constructor, and the number of its objects. */
export function classCell({ words, format }: Stage, { constructor, count }: SummaryRow): Child[] {
  return [name(constructor, 'class'), h('span', { class: 'count' }, ` ${words.summary.instances}${format.integer(count)}`)];
}

/** Returns columns of numbers. Rows that lack a value have an empty cell. */
export function numberColumns<Row>(stage: Stage, keys: ColumnKey[], isSortable = true): Column<Row>[] {
  const { words, format } = stage;
  return keys.map((key) => {
    const unit = unitOf(key);
    return {
      key,
      title: words.columns[key],
      width: WIDTHS[unit]!,
      isNumber: true,
      isSortable,
      ascends: unit === 'distance',
      cell: (row) => {
        const value = (row as Partial<Record<ColumnKey, number | null>>)[key];
        if (value === undefined) return '';
        if (unit === 'distance') return format.distance(value);
        return unit === 'bytes' ? share(stage, value!) : format.integer(value!);
      },
    };
  });
}
