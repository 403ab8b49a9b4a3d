// Summary: constructors, and their objects below them. The object that is selected is explained beside.

import { h } from '../parts/dom.js';
import { name, object } from '../parts/format.js';
import { sizeColumns } from '../parts/cells.js';
import { TreeTable } from '../parts/tree-table.js';
import type { NodeRow, SummaryRow } from '../source.js';
import type { Stage } from '../stage.js';

type Row = SummaryRow | NodeRow;

const isClass = (row: Row): row is SummaryRow => 'classKey' in row;

export function summary(panel: HTMLElement, stage: Stage): void {
  const { source, words, format } = stage;
  let match = '';
  const count = h('span', { class: 'count', role: 'status' });
  const filter = h('input', {
    type: 'search', placeholder: words.summary.filter, 'aria-label': words.summary.filter,
    input: () => { match = filter.value; table.reload(); },
  });
  const table = new TreeTable<Row>({
    label: words.tabs.summary,
    words,
    format,
    sort: 'retainedSize',
    columns: [
      {
        key: 'constructor', title: words.columns.constructor, width: 'minmax(14rem, 1fr)', isSortable: true, ascends: true,
        cell: (row) => (isClass(row)
          ? [name(row.constructor, 'class'), h('span', { class: 'count' }, ` ${words.summary.instances}${format.integer(row.count)}`)]
          : object(row, source.showsValues)),
      },
      ...sizeColumns<Row>(stage),
    ],
    canOpen: isClass,
    async page(parent, { sort, ...window }) {
      if (parent && isClass(parent)) {
        const list = await source.instances(parent.classKey, { ...window, sort: (sort === 'constructor' ? 'name' : sort) as 'name' });
        return { total: list.totals.count, rows: list.rows };
      }
      const { totals, rows } = await source.summary({ ...window, sort: sort as 'constructor', match: match || undefined });
      count.textContent = words.summary.count(format.integer(totals.rowCount), format.integer(source.snapshots.at(-1)!.nodeCount > 0 ? totals.rowCount : 0));
      return { total: totals.rowCount, rows };
    },
  });
  panel.append(h('div', { class: 'bar-above' }, filter, count), table.element);
  stage.onLeave(table.mount());
}
