// Comparison: what came and went since an earlier snapshot, and who keeps what is new.

import { size } from '../parts/cells.js';
import { detail, forest } from '../parts/detail.js';
import { h, styled } from '../parts/dom.js';
import { brief, name, object } from '../parts/format.js';
import { TreeTable, type Column } from '../parts/tree-table.js';
import type { DiffRow, NewObjectGroup } from '../source.js';
import type { Stage } from '../stage.js';

export async function comparison(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format } = stage;
  const { snapshots } = source;
  let base = snapshots.length - 2;
  let most = 1;
  const choose = h('select', { 'aria-label': words.comparison.base, change: () => { base = Number(choose.value); void chosen(); } }, snapshots.slice(0, -1).map(({ name: file }, at) => (
    h('option', { value: at, selected: at === base }, brief(file))
  )));
  const told = h('p', { class: 'count', role: 'status' });
  const table = new TreeTable<DiffRow>({
    label: words.tabs.comparison,
    words,
    format,
    sort: 'addedSize',
    columns: columns(stage, () => most),
    async page(_, { sort, ...window }) {
      const { totals, rows } = await source.diff(base, { ...window, sort: sort as 'addedSize' });
      return { total: totals.rowCount, rows };
    },
  });
  const below = h('div', { class: 'below' });
  panel.append(h('div', { class: 'bar-above' }, h('label', undefined, `${words.comparison.base} `, choose), told), table.element, below);

  async function chosen(): Promise<void> {
    const { totals, rows, newObjects, comparedBy } = await source.diff(base);
    most = rows.reduce((largest, row) => Math.max(largest, row.addedSize, row.removedSize), 1);
    told.textContent = (comparedBy === 'name' ? `${words.comparison.byName} ` : '') + words.comparison.totals(
      format.integer(totals.addedCount), format.bytes(totals.addedSize), format.integer(totals.removedCount), format.bytes(totals.removedSize), format.signedBytes(totals.sizeDelta),
    );
    table.reload();
    below.replaceChildren();
    if (newObjects && newObjects.rows.length > 0) groups(stage, below, newObjects.rows, newObjects.totals.rowCount);
  }
  await chosen();
  stage.onLeave(table.mount());
}

function columns(stage: Stage, most: () => number): Column<DiffRow>[] {
  const { words: { columns: words }, format } = stage;
  const count = (key: 'addedCount' | 'removedCount' | 'countDelta', title: string, write: (value: number) => string): Column<DiffRow> => (
    { key, title, width: '6.5rem', isNumber: true, isSortable: true, cell: (row) => write(row[key]) }
  );
  const bytes = (key: 'addedSize' | 'removedSize' | 'sizeDelta', title: string, write: (value: number) => string): Column<DiffRow> => (
    { key, title, width: '7.25rem', isNumber: true, isSortable: true, cell: (row) => size(stage, row[key], write(row[key])) }
  );
  return [
    { key: 'constructor', title: words.constructor, width: 'minmax(12rem, 1fr)', isSortable: true, ascends: true, cell: (row) => name(row.constructor, 'class') },
    count('addedCount', words.added, format.integer),
    count('removedCount', words.removed, format.integer),
    count('countDelta', words.delta, format.signed),
    { key: 'bars', title: words.bars, width: '10rem', cell: (row) => bars(row, most()) },
    bytes('addedSize', words.addedSize, format.bytes),
    bytes('removedSize', words.removedSize, format.bytes),
    bytes('sizeDelta', words.sizeDelta, format.signedBytes),
  ];
}

/** What went to the left, what came to the right. The numbers stand beside. */
function bars({ addedSize, removedSize }: DiffRow, most: number): HTMLElement {
  const bar = (className: string, value: number) => styled(h('span', { class: className }), { width: `${value > 0 ? Math.max(1, value / most * 50) : 0}%` });
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
      { key: 'constructor', title: words.columns.constructor, width: 'minmax(10rem, 1fr)', cell: (row) => name(row.constructor, 'class') },
      { key: 'count', title: words.columns.added, width: '6.5rem', isNumber: true, cell: (row) => format.integer(row.count) },
      { key: 'shallowSize', title: words.columns.shallowSize, width: '8rem', isNumber: true, cell: (row) => size(stage, row.shallowSize) },
      { key: 'retainedSize', title: words.columns.retainedSize, width: '8rem', isNumber: true, cell: (row) => size(stage, row.retainedSize) },
      { key: 'owner', title: words.columns.owner, width: 'minmax(12rem, 1fr)', cell: (row) => object(row.owner, source.showsValues) },
    ],
    select: (row) => void pane.show(row.example, forest(row.path)),
    page: async (_, { offset, limit }) => ({ total, rows: rows.slice(offset, offset + limit) }),
  });
  place.append(h('h2', undefined, words.comparison.owners), table.element, pane.element);
  const [first] = rows;
  if (first) void pane.show(first.example, forest(first.path));
  stage.onLeave(table.mount());
}
