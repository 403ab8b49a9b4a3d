// The pane below a table of `view`: the selected object with all its data, and its retainers, level by level or as a graph.

import type { EdgeRow, NodeDetails, StackFrame } from '../source.js';
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

/** An object that a pane shows. */
type Shown = Parameters<Detail['show']>[0];

/** Returns the pane for the object that is selected in a table. */
export function instance(stage: Stage): Detail {
  return new InstancePane(stage);
}

class InstancePane implements Detail {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #title: HTMLElement;
  readonly #facts = h('div', { class: 'instance-facts' });
  readonly #body: HTMLElement;
  /** The id of the object that was selected last. Answers about another one come too late. */
  #latest: number | undefined;
  /** Ends the table in the body. */
  #end = () => {};

  constructor(stage: Stage) {
    const { words } = stage;
    this.#stage = stage;
    this.#title = h('h2', undefined, words.retainers.title);
    this.#body = h('div', { class: 'detail-body' }, h('p', { class: 'muted' }, words.summary.hint));
    const attributes = { class: 'detail instance', 'aria-label': words.retainers.title };
    this.element = h('section', attributes, this.#title, this.#facts, this.#body);
    stage.onLeave(() => this.#end());
  }

  async show(row: Shown): Promise<void> {
    const { words, source } = this.#stage;
    this.#latest = row.id;
    this.#title.replaceChildren(words.retainers.title, ' ', object(row, source.showsValues));
    const known = h('span', { class: 'muted' });
    const graph = this.#graphButton(row);
    this.#facts.replaceChildren(known, ...this.#links(row), graph);
    void this.#drawRetainers(row, false);
    try {
      const details = await source.node(row.id);
      if (this.#latest !== row.id) return;
      known.replaceChildren(...about(this.#stage, details));
      if (details.allocationStack) this.#facts.append(stack(this.#stage, details.allocationStack));
      if (isCut(details.name) || isCut(details.constructor))
        graph.before(button(words.view.whole, () => void this.#drawWholeText(row.id)));
    } catch (error) {
      if (this.#latest === row.id) known.replaceChildren(String(error));
    }
  }

  #links({ id }: Shown): HTMLElement[] {
    const { words, go } = this.#stage;
    return (['containment', 'dominators'] as const).map((view) => button(words.tabs[view], () => go(view, String(id))));
  }

  #graphButton(row: Shown): HTMLElement {
    const graph = button(this.#stage.words.view.graph, () => {
      const isGraph = graph.getAttribute('aria-pressed') !== 'true';
      graph.setAttribute('aria-pressed', String(isGraph));
      void this.#drawRetainers(row, isGraph);
    });
    graph.setAttribute('aria-pressed', 'false');
    return graph;
  }

  /** Draws the retainers as a table or as a graph. */
  async #drawRetainers(row: Shown, isGraph: boolean): Promise<void> {
    this.#endTable();
    if (isGraph) {
      const graph = await retainingPaths(this.#stage, row);
      if (this.#latest === row.id) this.#body.replaceChildren(graph);
      return;
    }
    const table = referenceTable(this.#stage, this.#stage.words.retainers.title, 'retainers', row.id);
    this.#body.replaceChildren(table.element);
    this.#end = table.mount();
  }

  /** Draws the name of the object and of its constructor, up to a maximum length. */
  async #drawWholeText(id: number): Promise<void> {
    const { source } = this.#stage;
    if (!(source instanceof RemoteSource)) return;
    const { name: text, constructor } = await source.wholeNode(id);
    if (this.#latest !== id) return;
    this.#endTable();
    const shown = text === constructor ? [text] : [text, constructor];
    this.#body.replaceChildren(
      ...shown.map((one) => h('pre', { class: 'whole', tabindex: 0 }, printable(shorten(one, MAX_TEXT_LENGTH)))),
    );
  }

  #endTable(): void {
    this.#end();
    this.#end = () => {};
  }
}

function button(label: string, click: () => void): HTMLElement {
  return h('button', { type: 'button', class: 'button', click }, label);
}

/** Returns the functions that were running when an object was allocated. The innermost one is shown before the list is opened. */
function stack({ words }: Stage, frames: StackFrame[]): HTMLElement {
  const frame = ({ function: label, file, line, column }: StackFrame) => [
    printable(label || words.view.anonymous),
    ...(file === null ? [] : [' ', h('span', { class: 'muted' }, printable(`${file}:${line}:${column}`))]),
  ];
  return h(
    'details',
    { class: 'stack' },
    h('summary', undefined, `${words.view.allocatedBy} `, ...frame(frames[0]!)),
    h('ol', undefined, ...frames.slice(1).map((caller) => h('li', undefined, ...frame(caller)))),
  );
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
