// Comparison: what came and went since an earlier snapshot, and who keeps what is new.

import { columnsOf, size, unitOf } from '../parts/cells.js';
import { detail } from '../parts/detail.js';
import { h, styled } from '../parts/dom.js';
import { brief, name, object } from '../parts/format.js';
import { inDirection, instance } from '../parts/instance.js';
import { forest } from '../parts/retaining-paths.js';
import { TreeTable, type Column, type Page, type Window } from '../parts/tree-table.js';
import type { DiffCounts, DiffRow, DiffSide, NewObjectGroup, NodeRow } from '../source.js';
import type { Stage, View } from '../stage.js';

/** An object that came or went. */
type Changed = NodeRow & { side: DiffSide };
type Row = DiffRow | Changed;
const isObject = (row: Row): row is Changed => 'side' in row;

export const view: View = { name: 'comparison', needs: ({ snapshots }) => snapshots.length > 1, show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format } = stage;
  const { snapshots } = source;
  let base = snapshots.length - 2;
  let most = 1;
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
  const told = h('p', { class: 'count', role: 'status' });
  // A report has no objects behind its rows, and by name nobody can tell which they are.
  let hasObjects = false;
  const pane = source.diffObjects && instance(stage);
  // Below stands another one like it.
  pane?.element.setAttribute('aria-label', `${words.tabs.comparison}: ${words.retainers.title}`);
  const table = new TreeTable<Row>({
    label: words.tabs.comparison,
    words,
    format,
    sort: 'addedSize',
    columns: columns(stage, () => most),
    canOpen: (row) => hasObjects && !isObject(row),
    // What went is not in the snapshot that questions are about.
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
    h('div', { class: 'bar-above' }, h('label', undefined, `${words.comparison.base} `, choose), told),
    table.element,
    pane ? pane.element : '',
    below,
  );

  async function chosen(): Promise<void> {
    const { totals, rows, newObjects, comparedBy } = await source.diff(base);
    hasObjects = source.diffObjects !== undefined && comparedBy !== 'name';
    most = rows.reduce((largest, row) => Math.max(largest, row.addedSize, row.removedSize), 1);
    told.textContent =
      (comparedBy === 'name' ? `${words.comparison.byName} ` : '') +
      words.comparison.totals(
        format.integer(totals.addedCount),
        format.bytes(totals.addedSize),
        format.integer(totals.removedCount),
        format.bytes(totals.removedSize),
        format.signedBytes(totals.sizeDelta),
      );
    table.reload();
    below.replaceChildren();
    if (newObjects && newObjects.rows.length > 0) groups(stage, below, newObjects.rows, newObjects.totals.rowCount);
  }
  await chosen();
  stage.onLeave(table.mount());
}

/** Objects of a constructor: those that came, then those that went, as DevTools has them. */
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
  const came = await part('added', offset, Math.min(limit, addedCount - offset));
  const went = await part('removed', Math.max(0, offset - addedCount), Math.min(limit - came.length, removedCount));
  return { total: addedCount + removedCount, rows: [...came, ...went] };
}

/** What a column of numbers says of an object. */
function ofObject({ side, shallowSize }: Changed, key: string): number | undefined {
  const isSize = key.endsWith('Size');
  return key === `${side}Count` ? 1 : isSize && key === `${side}Size` ? shallowSize : undefined;
}

function columns(stage: Stage, most: () => number): Column<Row>[] {
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
    cell: (row) => (isObject(row) ? '' : twoBars(row, most())),
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

/** What went to the left, what came to the right. The numbers stand beside. */
function twoBars({ addedSize, removedSize }: DiffRow, most: number): HTMLElement {
  const bar = (className: string, value: number) =>
    styled(h('span', { class: className }), { width: `${value > 0 ? Math.max(1, (value / most) * 50) : 0}%` });
  return h('span', { class: 'two-bars', 'aria-hidden': 'true' }, bar('removed', removedSize), bar('added', addedSize));
}

/** New objects by constructor and owner; the path of an example below. */
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
