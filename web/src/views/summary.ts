// Summary: constructors, and their objects below them. The pane below shows the retaining paths of the selected object.

import { classCell, columnsOf, isClass, numberColumns } from '../parts/cells.js';
import { detail } from '../parts/detail.js';
import { h } from '../parts/dom.js';
import { object } from '../parts/format.js';
import { TreeTable, type Column } from '../parts/tree-table.js';
import type { NodeRow, SummaryFilter, SummaryRow } from '../source.js';
import type { Stage, View } from '../stage.js';

type Row = SummaryRow | NodeRow;

export const view: View = { name: 'summary', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format, about } = stage;
  const {
    totals: { rowCount },
  } = await source.summary({ limit: 0 });
  const count = h('span', { class: 'count', role: 'status' });
  const filter = h('input', {
    type: 'search',
    placeholder: words.summary.filter,
    'aria-label': words.summary.filter,
    value: about,
    input: () => table.reload(),
  });
  // A report has only the rows without a filter.
  const filters = source.mode === 'view' ? Object.entries(words.summary.filters) : [];
  const objects = h(
    'select',
    { 'aria-label': words.summary.objects, change: () => table.reload() },
    filters.map(([value, label]) => h('option', { value }, label)),
  );
  const filterOf = () => (objects.value === '' || objects.value === 'all' ? undefined : (objects.value as SummaryFilter));
  const below = detail(stage);
  const table = new TreeTable<Row>({
    label: words.tabs.summary,
    words,
    format,
    sort: 'retainedSize',
    columns: columns(stage),
    canOpen: isClass,
    select: (row) => {
      if (!isClass(row)) void below.show(row);
    },
    async page(parent, { sort, reverse, ...window }) {
      if (parent && isClass(parent)) {
        const { totals, rows } = await source.instances(parent.classKey, {
          ...window,
          sort: (sort === 'constructor' ? 'name' : sort) as 'name',
          filter: filterOf(),
        });
        return { total: totals.count, rows };
      }
      const { totals, rows } = await source.summary({
        ...window,
        sort: sort as 'constructor',
        reverse,
        match: filter.value || undefined,
        filter: filterOf(),
      });
      count.textContent = words.summary.count(format.integer(totals.rowCount), format.integer(rowCount));
      return { total: totals.rowCount, rows };
    },
  });
  panel.append(
    h('div', { class: 'bar-above' }, filter, ...(filters.length > 0 ? [objects] : []), count),
    table.element,
    below.element,
  );
  stage.onLeave(table.mount());
}

function columns(stage: Stage): Column<Row>[] {
  return [
    {
      key: 'constructor',
      title: stage.words.columns.constructor,
      width: 'minmax(14rem, 1fr)',
      isSortable: true,
      ascends: true,
      cell: (row) => (isClass(row) ? classCell(stage, row) : object(row, stage.source.showsValues)),
    },
    ...numberColumns<Row>(stage, columnsOf('summary')),
  ];
}
