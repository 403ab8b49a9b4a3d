// Search: objects by id, by a part of their name, or by the name of their constructor.

import { classCell, columnsOf, isClass, numberColumns } from '../parts/cells.js';
import { h } from '../parts/dom.js';
import { name, object } from '../parts/format.js';
import { inDirection, instance } from '../parts/instance.js';
import { TreeTable, type Column, type Page, type Window } from '../parts/tree-table.js';
import type { NodeRow, SummaryRow } from '../source.js';
import type { Stage, View } from '../stage.js';
import { idOf } from './containment.js';

const KINDS = ['name', 'constructor', 'id'] as const;
type Kind = (typeof KINDS)[number];

type Row = NodeRow | SummaryRow;

export const view: View = { name: 'search', needs: ({ mode }) => mode === 'view', show };

function show(panel: HTMLElement, stage: Stage): void {
  const {
    source,
    words: { view: words, ...all },
    format,
    about,
  } = stage;
  const [first, asked = ''] = about?.split(/:(.*)/s, 2) ?? [];
  const kind = KINDS.find((one) => one === first) ?? 'name';
  const found = h('span', { class: 'count', role: 'status' });
  panel.append(bar(stage, kind, asked, found));
  if (!asked) {
    panel.append(h('p', { class: 'muted' }, words.about, !source.showsValues && ` ${all.valuesHidden}`));
    return;
  }
  const below = instance(stage);
  const table = new TreeTable<Row>({
    label: all.tabs.search,
    words: all as Stage['words'],
    format,
    columns: columns(stage, kind),
    canOpen: isClass,
    select: (row) => {
      if (!isClass(row)) void below.show(row);
    },
    async page(parent, { sort, ...window }) {
      if (parent && isClass(parent)) {
        return inDirection<Row>(window, (range) => source.instances(parent.classKey, range));
      }
      const { total, rows } = await results(stage, kind, asked, { ...window, sort });
      found.textContent = words.found(format.integer(total));
      return { total, rows };
    },
  });
  panel.append(table.element, below.element);
  stage.onLeave(table.mount());
}

/** Returns the field for the text, with the choice of what to look for. */
function bar({ words, go }: Stage, kind: Kind, asked: string, found: HTMLElement): HTMLElement {
  const { by, kinds: labels, placeholder } = words.view;
  const text = h('input', { type: 'search', value: asked, placeholder, 'aria-label': placeholder });
  const kinds = h(
    'select',
    { 'aria-label': by },
    KINDS.map((one) => h('option', { value: one, selected: one === kind }, labels[one])),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    go('search', `${kinds.value}:${text.value}`);
  };
  // Not a form, because the policy of the page forbids sending one.
  return h(
    'div',
    {
      class: 'bar-above',
      role: 'search',
      keydown: (event: KeyboardEvent) => {
        if (event.key === 'Enter' && event.target === text) submit(event);
      },
    },
    kinds,
    text,
    h('button', { type: 'button', class: 'button', click: submit }, words.tabs.search),
    found,
  );
}

function columns(stage: Stage, kind: Kind): Column<Row>[] {
  const { words } = stage;
  return [
    {
      key: 'name',
      title: words.columns.object,
      width: 'minmax(16rem, 1fr)',
      isSortable: kind === 'name',
      ascends: true,
      cell: (row) => (isClass(row) ? classCell(stage, row) : object(row, stage.source.showsValues)),
    },
    {
      key: 'constructor',
      title: words.columns.constructor,
      width: 'minmax(8rem, 14rem)',
      cell: (row) => name(row.constructor, 'class'),
    },
    ...numberColumns<Row>(stage, columnsOf('nodes'), kind === 'name'),
  ];
}

async function results({ source }: Stage, kind: Kind, text: string, { sort, ...window }: Window): Promise<Page<Row>> {
  if (kind === 'constructor') {
    const { totals, rows } = await source.summary({ match: text, offset: window.offset, limit: window.limit });
    return { total: totals.rowCount, rows };
  }
  if (kind === 'name')
    return inDirection<Row>(window, (range) => source.find({ name: text, ...range, sort: sort as 'name' | undefined }));
  const id = idOf(text);
  return id === undefined ? { total: 0, rows: [] } : { total: 1, rows: [await source.node(id)] };
}
