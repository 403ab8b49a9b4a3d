// Comparison: added and removed objects since an earlier snapshot, and the owners of the added ones.

import { columnsOf, size, unitOf } from '../parts/cells.js';
import { detail } from '../parts/detail.js';
import { h, styled } from '../parts/dom.js';
import { brief, name, object } from '../parts/format.js';
import { inDirection, instance } from '../parts/instance.js';
import { forest } from '../parts/retaining-paths.js';
import { TreeTable, type Column, type Page, type Window } from '../parts/tree-table.js';
import type { DiffCounts, DiffRow, DiffSide, NewObjectGroup, NodeRow } from '../source.js';
import type { Stage, View } from '../stage.js';

/** An added or removed object. */
type Changed = NodeRow & { side: DiffSide };
type Row = DiffRow | Changed;
const isObject = (row: Row): row is Changed => 'side' in row;

export const view: View = { name: 'comparison', needs: ({ snapshots }) => snapshots.length > 1, show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format } = stage;
  const { snapshots } = source;
  let base = snapshots.length - 2;
  let largest = 1;
  const choose = h(
    'select',
    {
      'aria-label': words.comparison.base,
      change: () => {
        base = Number(choose.value);
        void chosen();
      },
    },
    snapshots.slice(0, -1).map(({ name: file }, at) => h('option', { value: at, selected: at === base }, brief(file))),
  );
  const totalsLine = h('p', { class: 'count', role: 'status' });
  // A report does not have the objects of a row, and a comparison by name cannot identify them.
  let hasObjects = false;
  const pane = source.diffObjects && instance(stage);
  // Its label must differ from that of the second pane below.
  pane?.element.setAttribute('aria-label', `${words.tabs.comparison}: ${words.retainers.title}`);
  const table = new TreeTable<Row>({
    label: words.tabs.comparison,
    words,
    format,
    sort: 'addedSize',
    columns: columns(stage, () => largest),
    canOpen: (row) => hasObjects && !isObject(row),
    // Removed objects are not in the last snapshot, which queries are about.
    select: (row) => {
      if (isObject(row) && row.side === 'added') void pane?.show(row);
    },
    async page(parent, { sort, ...window }) {
      if (parent) return isObject(parent) ? { total: 0, rows: [] } : changed(stage, base, parent, { ...window, sort });
      const { totals, rows } = await source.diff(base, { ...window, sort: sort as 'addedSize' });
      return { total: totals.rowCount, rows };
    },
  });
  const below = h('div', { class: 'below' });
  panel.append(
    h('div', { class: 'bar-above' }, h('label', undefined, `${words.comparison.base} `, choose), totalsLine),
    table.element,
    pane ? pane.element : '',
    below,
  );

  async function chosen(): Promise<void> {
    const { totals, rows, newObjects, comparedBy } = await source.diff(base);
    hasObjects = source.diffObjects !== undefined && comparedBy !== 'name';
    largest = rows.reduce((max, row) => Math.max(max, row.addedSize, row.removedSize), 1);
    totalsLine.textContent = (comparedBy === 'name' ? `${words.comparison.byName} ` : '') + totalsText(stage, totals);
    table.reload();
    below.replaceChildren();
    if (newObjects && newObjects.rows.length > 0) groups(stage, below, newObjects.rows, newObjects.totals.rowCount);
  }
  await chosen();
  stage.onLeave(table.mount());
}

function totalsText({ words, format }: Stage, totals: DiffCounts): string {
  return words.comparison.totals(
    format.integer(totals.addedCount),
    format.bytes(totals.addedSize),
    format.integer(totals.removedCount),
    format.bytes(totals.removedSize),
    format.signedBytes(totals.sizeDelta),
  );
}

/** Returns the objects of a constructor: the added ones, then the removed ones, as in DevTools. */
async function changed(
  { source }: Stage,
  base: number,
  { classKey, addedCount, removedCount }: DiffRow,
  window: Window,
): Promise<Page<Row>> {
  const { sort, limit, offset } = window;
  const column = { sort: sort?.endsWith('Size') || sort === 'sizeDelta' ? ('shallowSize' as const) : ('name' as const) };
  const part = async (side: DiffSide, from: number, count: number): Promise<Row[]> => {
    if (count <= 0) return [];
    const { rows } = await inDirection({ ...window, offset: from, limit: count }, (range) =>
      source.diffObjects!({ base, classKey, side }, { ...range, ...column }),
    );
    return rows.map((row) => ({ ...row, side }));
  };
  const added = await part('added', offset, Math.min(limit, addedCount - offset));
  const removed = await part('removed', Math.max(0, offset - addedCount), Math.min(limit - added.length, removedCount));
  return { total: addedCount + removedCount, rows: [...added, ...removed] };
}

/** Returns the number of an object in a column. */
function ofObject({ side, shallowSize }: Changed, key: string): number | undefined {
  const isSize = key.endsWith('Size');
  return key === `${side}Count` ? 1 : isSize && key === `${side}Size` ? shallowSize : undefined;
}

function columns(stage: Stage, largest: () => number): Column<Row>[] {
  const { words, format, source } = stage;
  const write: Record<string, (value: number) => string> = {
    count: format.integer,
    countDelta: format.signed,
    bytes: format.bytes,
    bytesDelta: format.signedBytes,
  };
  const bars: Column<Row> = {
    key: 'bars',
    title: words.columns.bars,
    width: '10rem',
    cell: (row) => (isObject(row) ? '' : twoBars(row, largest())),
  };
  const numbers = columnsOf('diff').map((key): Column<Row> => {
    const unit = unitOf(key);
    const isCount = unit.startsWith('count');
    return {
      key,
      title: words.columns[key],
      width: isCount ? '6.5rem' : '7.25rem',
      isNumber: true,
      isSortable: true,
      cell: (row) => {
        const value = isObject(row) ? ofObject(row, key) : row[key as keyof DiffCounts];
        if (isCount) return isObject(row) ? value && '\u2022' : write[unit]!(value!);
        return value === undefined ? '' : size(stage, value, write[unit]!(value));
      },
    };
  });
  const firstSize = numbers.findIndex(({ key }) => key.endsWith('Size'));
  numbers.splice(firstSize, 0, bars);
  return [
    {
      key: 'constructor',
      title: words.columns.constructor,
      width: 'minmax(12rem, 1fr)',
      isSortable: true,
      ascends: true,
      cell: (row) => (isObject(row) ? object(row, source.showsValues) : name(row.constructor, 'class')),
    },
    ...numbers,
  ];
}

/** Returns a bar of the removed size to the left, and one of the added size to the right. The numbers are in other columns. */
function twoBars({ addedSize, removedSize }: DiffRow, largest: number): HTMLElement {
  const bar = (className: string, value: number) =>
    styled(h('span', { class: className }), { width: `${value > 0 ? Math.max(1, (value / largest) * 50) : 0}%` });
  return h('span', { class: 'two-bars', 'aria-hidden': 'true' }, bar('removed', removedSize), bar('added', addedSize));
}

/** Shows the new objects by constructor and owner, with the path of an example below. */
function groups(stage: Stage, place: HTMLElement, rows: NewObjectGroup[], total: number): void {
  const { words, format, source } = stage;
  const pane = detail(stage);
  const table = new TreeTable<NewObjectGroup>({
    label: words.comparison.owners,
    words,
    format,
    columns: [
      {
        key: 'constructor',
        title: words.columns.constructor,
        width: 'minmax(10rem, 1fr)',
        cell: (row) => name(row.constructor, 'class'),
      },
      { key: 'count', title: words.columns.addedCount, width: '6.5rem', isNumber: true, cell: (row) => format.integer(row.count) },
      {
        key: 'shallowSize',
        title: words.columns.shallowSize,
        width: '8rem',
        isNumber: true,
        cell: (row) => size(stage, row.shallowSize),
      },
      {
        key: 'retainedSize',
        title: words.columns.retainedSize,
        width: '8rem',
        isNumber: true,
        cell: (row) => size(stage, row.retainedSize),
      },
      {
        key: 'owner',
        title: words.columns.owner,
        width: 'minmax(12rem, 1fr)',
        cell: (row) => object(row.owner, source.showsValues),
      },
    ],
    select: (row) => void pane.show(row.example, forest(row.path)),
    page: async (_, { offset, limit }) => ({ total, rows: rows.slice(offset, offset + limit) }),
  });
  place.append(h('h2', undefined, words.comparison.owners), table.element, pane.element);
  const [first] = rows;
  if (first) void pane.show(first.example, forest(first.path));
  stage.onLeave(table.mount());
}
