// Dominators: each object below its immediate dominator. `#dominators/1234` begins at an object, with its own dominators above.

import { columnsOf, numberColumns } from '../parts/cells.js';
import { h } from '../parts/dom.js';
import { name, object } from '../parts/format.js';
import { instance } from '../parts/instance.js';
import { TreeTable } from '../parts/tree-table.js';
import type { NodeRow } from '../source.js';
import type { Stage, View } from '../stage.js';
import { idOf } from './containment.js';

/** Maximum number of dominators above the table, the nearest ones. */
const MAX_ABOVE = 12;

export const view: View = { name: 'dominators', needs: ({ mode }) => mode === 'view', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format, about, go } = stage;
  const id = idOf(about);
  const chain = id === undefined ? [] : (await source.dominators(id)).rows.slice(0, MAX_ABOVE).reverse();
  const below = instance(stage);
  const table = new TreeTable<NodeRow>({
    label: words.tabs.dominators,
    words,
    format,
    columns: [
      { key: 'name', title: words.columns.object, width: 'minmax(16rem, 1fr)', cell: (row) => object(row, source.showsValues) },
      {
        key: 'constructor',
        title: words.columns.constructor,
        width: 'minmax(8rem, 14rem)',
        cell: (row) => name(row.constructor, 'class'),
      },
      ...numberColumns<NodeRow>(stage, columnsOf('nodes'), false),
    ],
    canOpen: (row) => row.retainedSize > row.shallowSize,
    select: (row) => void below.show(row),
    async page(parent, { offset, limit }) {
      const { totals, rows } = await source.dominatorTree(parent?.id ?? id, { offset, limit });
      return { total: totals.count, rows };
    },
  });
  const steps = chain.map((row) =>
    h(
      'li',
      undefined,
      row.id === id
        ? h('span', { 'aria-current': 'location' }, object(row, source.showsValues))
        : h(
            'button',
            {
              type: 'button',
              click: () => go('dominators', row.id === chain[0]?.id && row.distance === 0 ? undefined : String(row.id)),
            },
            object(row, source.showsValues),
          ),
    ),
  );
  panel.append(
    chain.length > 0
      ? h('nav', { class: 'crumbs', 'aria-label': words.treemap.path }, h('ol', undefined, steps))
      : h('p', { class: 'muted' }, words.treemap.about),
    table.element,
    below.element,
  );
  stage.onLeave(table.mount());
  const last = chain.at(-1);
  if (last) void below.show(last);
}
