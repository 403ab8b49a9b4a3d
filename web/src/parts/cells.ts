// Cells that several tables have.

import type { Stage } from '../stage.js';
import { h } from './dom.js';
import type { Column } from './tree-table.js';

/** A size as DevTools shows it; the exact number on demand. */
export function size({ format, words }: Stage, bytes: number, text = format.size(bytes)): HTMLElement {
  return h('span', { title: words.exact(format.integer(bytes)) }, text);
}

/** A size, its share of the heap, and a bar of that share. */
export function share(stage: Stage, bytes: number): HTMLElement[] {
  const whole = stage.source.snapshots.at(-1)!.totalSize;
  const percent = whole > 0 ? Math.min(100, (bytes / whole) * 100) : 0;
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', `${percent}%`);
  return [bar, size(stage, bytes), h('span', { class: 'percent' }, stage.format.percent(bytes, whole))];
}

interface Sized {
  distance: number | null;
  shallowSize: number;
  retainedSize: number;
}

/** Distance, Shallow Size and Retained Size, in the order of DevTools. */
export function sizeColumns<Row extends Sized>(stage: Stage, isSortable = true): Column<Row>[] {
  const { words, format } = stage;
  return [
    {
      key: 'distance',
      title: words.columns.distance,
      width: '6.5rem',
      isNumber: true,
      isSortable,
      ascends: true,
      cell: (row) => format.distance(row.distance),
    },
    {
      key: 'shallowSize',
      title: words.columns.shallowSize,
      width: '11rem',
      isNumber: true,
      isSortable,
      cell: (row) => share(stage, row.shallowSize),
    },
    {
      key: 'retainedSize',
      title: words.columns.retainedSize,
      width: '11rem',
      isNumber: true,
      isSortable,
      cell: (row) => share(stage, row.retainedSize),
    },
  ];
}
