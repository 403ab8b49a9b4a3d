// The pane below a table of `view`: the selected object with all its data, and its retainers, level by level or as a graph.

import type { EdgeRow, NodeDetails } from '../source.js';
import { isCut, RemoteSource } from '../source/remote.js';
import type { Stage } from '../stage.js';
import { columnsOf, numberColumns } from './cells.js';
import { retainingPaths, type Detail } from './retaining-paths.js';
import { h } from './dom.js';
import { name, object, printable, shorten } from './format.js';
import { TreeTable, type Page, type Window } from './tree-table.js';

/** Maximum length of a text that is shown on demand. */
const MAX_TEXT_LENGTH = 65_536;

/** Returns the label of an edge and of the object at its other end. */
export function reference(stage: Stage, row: EdgeRow, word: string): HTMLElement {
  const edge = row.edgeType === 'element' || row.edgeType === 'hidden' ? `[${row.edge}]` : row.edge;
  return h(
    'span',
    { class: 'reference' },
    name(edge, 'edge-name'),
    h('span', { class: 'muted' }, word),
    object(row, stage.source.showsValues),
  );
}

/** Returns a table of references. Each row opens the references of its object. */
export function referenceTable(
  stage: Stage,
  label: string,
  list: 'children' | 'retainers',
  start: number | undefined,
  select?: (row: EdgeRow) => void,
): TreeTable<EdgeRow> {
  const { source, words, format } = stage;
  const word = list === 'children' ? ' :: ' : ` ${words.retainers.in} `;
  return new TreeTable<EdgeRow>({
    label,
    words,
    format,
    sort: list === 'children' ? 'retainedSize' : 'distance',
    columns: [
      {
        key: 'edge',
        title: words.columns.object,
        width: 'minmax(16rem, 1fr)',
        isSortable: true,
        ascends: true,
        cell: (row) => reference(stage, row, word),
      },
      ...numberColumns<EdgeRow>(stage, columnsOf('nodes')),
    ],
    canOpen: () => true,
    select,
    page(parent, { sort, ...window }) {
      return inDirection(window, (range) =>
        list === 'children'
          ? source.children(parent?.id ?? start, { ...range, sort: sort as 'edge' })
          : source.retainers(parent?.id ?? start!, { ...range, sort: sort as 'edge' }),
      );
    },
  });
}

/** Returns rows of a list that the API sorts in one direction only. For the other direction it reads from the end. */
export async function inDirection<Row>(
  { offset, limit, reverse, signal }: Window,
  ask: (range: { offset: number; limit: number; signal?: AbortSignal }) => Promise<{ totals: { count: number }; rows: Row[] }>,
): Promise<Page<Row>> {
  if (!reverse) return ask({ offset, limit, signal }).then(({ totals, rows }) => ({ total: totals.count, rows }));
  const {
    totals: { count },
  } = await ask({ offset: 0, limit: 0, signal });
  const end = Math.max(0, count - offset);
  const start = Math.max(0, end - limit);
  return { total: count, rows: (await ask({ offset: start, limit: end - start, signal })).rows.reverse() };
}

export function instance(stage: Stage): Detail {
  const { words, source, go } = stage;
  const title = h('h2', undefined, words.retainers.title);
  const facts = h('div', { class: 'instance-facts' });
  const body = h('div', { class: 'detail-body' }, h('p', { class: 'muted' }, words.summary.hint));
  const element = h('section', { class: 'detail instance', 'aria-label': words.retainers.title }, title, facts, body);
  let latest: number | undefined;
  let end = () => {};
  stage.onLeave(() => end());

  /** Retainers as a table, or as a graph. */
  async function draw(row: { id: number; name: string; type: string }, isGraph: boolean): Promise<void> {
    end();
    end = () => {};
    if (isGraph) {
      const graph = await retainingPaths(stage, row);
      if (latest === row.id) body.replaceChildren(graph);
      return;
    }
    const table = referenceTable(stage, words.retainers.title, 'retainers', row.id);
    body.replaceChildren(table.element);
    end = table.mount();
  }

  /** Shows the name of the object and of its constructor, up to a maximum length. */
  async function wholeText(id: number): Promise<void> {
    if (!(source instanceof RemoteSource)) return;
    const { name: text, constructor } = await source.wholeNode(id);
    if (latest !== id) return;
    end();
    end = () => {};
    const shown = text === constructor ? [text] : [text, constructor];
    body.replaceChildren(
      ...shown.map((one) => h('pre', { class: 'whole', tabindex: 0 }, printable(shorten(one, MAX_TEXT_LENGTH)))),
    );
  }

  return {
    element,
    async show(row) {
      latest = row.id;
      title.replaceChildren(words.retainers.title, ' ', object(row, source.showsValues));
      const graph = h(
        'button',
        {
          type: 'button',
          class: 'button',
          'aria-pressed': 'false',
          click: () => {
            const isGraph = graph.getAttribute('aria-pressed') !== 'true';
            graph.setAttribute('aria-pressed', String(isGraph));
            void draw(row, isGraph);
          },
        },
        words.view.graph,
      );
      const known = h('span', { class: 'muted' });
      facts.replaceChildren(
        known,
        h('button', { type: 'button', class: 'button', click: () => go('containment', String(row.id)) }, words.tabs.containment),
        h('button', { type: 'button', class: 'button', click: () => go('dominators', String(row.id)) }, words.tabs.dominators),
        graph,
      );
      void draw(row, false);
      try {
        const details = await source.node(row.id);
        if (latest !== row.id) return;
        known.replaceChildren(...about(stage, details));
        if (isCut(details.name) || isCut(details.constructor))
          graph.before(h('button', { type: 'button', class: 'button', click: () => void wholeText(row.id) }, words.view.whole));
      } catch (error) {
        if (latest === row.id) known.replaceChildren(String(error));
      }
    },
  };
}

/** Returns the data of an object that is not in the columns of the table. */
function about({ words, format }: Stage, node: NodeDetails): (Node | string)[] {
  const { view } = words;
  return [
    name(node.constructor, 'class'),
    ' · ',
    node.type,
    ' · ',
    view.references(format.integer(node.edgeCount)),
    ' · ',
    view.retainers(format.integer(node.retainerCount)),
    ...(node.location
      ? [' · ', view.location(String(node.location.scriptId), String(node.location.line + 1), String(node.location.column + 1))]
      : []),
  ];
}
