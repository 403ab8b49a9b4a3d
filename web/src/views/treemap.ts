// Treemap of the dominator tree: the area of an object is its retained size, and it is drawn inside its immediate dominator. A click
// zooms into an object, and the path above leads back.

import { hierarchy, treemap as tiling, type HierarchyRectangularNode } from 'd3-hierarchy';
import { swatch } from '../parts/chart.js';
import { h, styled } from '../parts/dom.js';
import { brief, name, object } from '../parts/format.js';
import { NotIncluded, type NodeRow } from '../source.js';
import type { Stage, View } from '../stage.js';

/** Number of levels that are drawn at once. */
const LEVELS = 3;
/** An object with more than this share of its dominator does not count as a level, up to `MAX_DEPTH`. */
const NEARLY_ALL = 0.9;
const MAX_DEPTH = 9;
/** Minimum shares of the whole for an object that is opened, and for one that is drawn. */
const MIN_OPENED_SHARE = 0.01;
const MIN_DRAWN_SHARE = 0.0006;
/** Maximum number of children of one object. */
const MAX_CHILDREN = 250;
/** Number of constructors with their own colour. */
const TONES = 10;

interface Cell {
  /** The object. Missing for the rest of an object's children, and for an object without its children. */
  row?: NodeRow;
  label?: string;
  bytes: number;
  children?: Cell[];
  canOpen: boolean;
}

export const view: View = { name: 'treemap', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format } = stage;
  const last = source.snapshots.at(-1)!;
  const root: NodeRow = {
    id: last.rootId,
    name: words.treemap.root,
    type: 'synthetic',
    constructor: '',
    distance: 0,
    rawDistance: 0,
    shallowSize: 0,
    retainedSize: last.totalSize,
  };
  let path: NodeRow[] = [root];
  const crumbs = h('ol');
  const map = h('div', {
    class: 'treemap',
    role: 'group',
    'aria-label': words.treemap.label,
    keydown: (event: KeyboardEvent) => {
      if (event.key === 'Backspace' && path.length > 1) void enter(path.slice(0, -1));
    },
  });
  const legend = h('ul', { class: 'legend', 'aria-label': words.treemap.legend });
  const status = h('p', { class: 'status', role: 'status' });
  panel.append(
    h('p', { class: 'muted' }, words.treemap.about, ' ', words.treemap.zoom),
    h('nav', { class: 'crumbs', 'aria-label': words.treemap.path }, crumbs),
    map,
    h('div', { class: 'below-map' }, legend, status),
  );

  async function enter(next: NodeRow[]): Promise<void> {
    const focus = next.at(-1)!;
    const tree = await cells(stage, focus, focus.retainedSize, LEVELS, 0);
    path = next;
    crumbs.replaceChildren(
      ...path.map((row, at) =>
        h(
          'li',
          undefined,
          at === path.length - 1
            ? h('span', { 'aria-current': 'location' }, at === 0 ? row.name : object(row, source.showsValues))
            : h(
                'button',
                { type: 'button', click: () => void enter(path.slice(0, at + 1)) },
                at === 0 ? row.name : brief(row.name || row.type, 30),
              ),
        ),
      ),
    );
    draw(tree);
    describe(focus);
  }

  function draw(tree: Cell): void {
    const { width, height } = map.getBoundingClientRect();
    const size: [number, number] = [Math.max(300, width), Math.max(200, height)];
    const laid = tiling<Cell>()
      .size(size)
      .paddingOuter(2)
      .paddingInner(1)
      .paddingTop((node) => (node.depth > 0 ? 18 : 2))
      .round(true)(
      hierarchy(tree)
        .sum((cell) => (cell.children ? 0 : cell.bytes))
        .sort((a, b) => (b.value ?? 0) - (a.value ?? 0)),
    );
    const nodes = laid.descendants().filter((node) => node.depth > 0 && node.x1 - node.x0 > 2 && node.y1 - node.y0 > 2);
    const tones = tonesOf(nodes);
    const hadFocus = map.contains(document.activeElement);
    map.replaceChildren(...nodes.map((node) => cellElement(node, tones)));
    if (hadFocus) map.querySelector('button')?.focus();
    legend.replaceChildren(
      ...[...tones].map(([constructor, tone]) => h('li', undefined, swatch(`tone-${tone}`), name(constructor))),
    );
  }

  function cellElement(node: HierarchyRectangularNode<Cell>, tones: Map<string, number>): HTMLElement {
    const { row, label, bytes, canOpen } = node.data;
    const text = row ? brief(row.name || `(${row.type})`) : (label ?? '');
    const shown = row && isHidden(row, source.showsValues) ? '"\u2026"' : text;
    const fits = node.x1 - node.x0 > 40 && node.y1 - node.y0 > 15;
    const attributes = {
      class: `cell ${row ? `tone-${tones.get(row.constructor) ?? 'other'}` : 'rest'}${node.children ? ' parent' : ''}`,
      'aria-label': `${shown}, ${format.bytes(bytes)}`,
      mouseenter: () => row && describe(row),
      focus: () => row && describe(row),
    };
    const hasRoom = node.children !== undefined || node.y1 - node.y0 > 36 || node.x1 - node.x0 > 160;
    const content = fits && [
      h('span', { class: 'cell-name' }, shown),
      ' ',
      hasRoom && h('span', { class: 'cell-size' }, format.bytes(bytes)),
    ];
    const box =
      row && canOpen
        ? h('button', { ...attributes, type: 'button', click: () => void enter([...path, ...between(node)]) }, content)
        : h('div', { ...attributes, role: 'img' }, content);
    return styled(box, {
      left: `${node.x0}px`,
      top: `${node.y0}px`,
      width: `${node.x1 - node.x0}px`,
      height: `${node.y1 - node.y0}px`,
    });
  }

  function describe(row: NodeRow): void {
    status.replaceChildren(
      ...(row === root ? [row.name] : [name(row.constructor), ' ', object(row, source.showsValues)]),
      ` · ${words.columns.retainedSize} ${format.bytes(row.retainedSize)} (${format.percent(row.retainedSize, last.totalSize)}) · ${words.columns.shallowSize} ${format.bytes(row.shallowSize)}`,
    );
  }

  await enter(path);
  const resized = new ResizeObserver(() => void enter(path));
  resized.observe(map);
  stage.onLeave(() => resized.disconnect());
}

/** Returns the objects from the shown one down to a cell. */
function between(node: HierarchyRectangularNode<Cell>): NodeRow[] {
  return node
    .ancestors()
    .reverse()
    .slice(1)
    .flatMap(({ data }) => data.row ?? []);
}

function isHidden(row: NodeRow, showsValues: boolean): boolean {
  return !showsValues && /string$/.test(row.type);
}

/** Returns the cell of an object with the cells inside it, down to `levels` more levels. */
async function cells(stage: Stage, row: NodeRow, whole: number, levels: number, depth: number): Promise<Cell> {
  const { source, words, format } = stage;
  const leaf: Cell = { row, bytes: row.retainedSize, canOpen: row.retainedSize > row.shallowSize };
  if (levels === 0 || depth > MAX_DEPTH) return leaf;
  let list;
  try {
    list = await source.dominatorTree(row.id, { limit: MAX_CHILDREN });
  } catch (error) {
    if (error instanceof NotIncluded) return { ...leaf, canOpen: false };
    throw error;
  }
  const drawn = list.rows.filter((child) => child.retainedSize >= whole * MIN_DRAWN_SHARE);
  const children = await Promise.all(
    drawn.map((child) => {
      const step = child.retainedSize > row.retainedSize * NEARLY_ALL ? 0 : 1;
      return cells(stage, child, whole, child.retainedSize >= whole * MIN_OPENED_SHARE ? levels - step : 0, depth + 1);
    }),
  );
  const rest = row.retainedSize - row.shallowSize - drawn.reduce((sum, child) => sum + child.retainedSize, 0);
  const count = list.totals.count - drawn.length;
  if (rest > 0 && count > 0) children.push({ label: words.treemap.rest(format.integer(count)), bytes: rest, canOpen: false });
  if (row.shallowSize > 0 && children.length > 0)
    children.push({ label: words.treemap.self, bytes: row.shallowSize, canOpen: false });
  return children.length > 0 ? { ...leaf, children } : leaf;
}

/** Assigns colours to the constructors with the largest own area. */
function tonesOf(nodes: HierarchyRectangularNode<Cell>[]): Map<string, number> {
  const areas = new Map<string, number>();
  for (const { data, children, value } of nodes) {
    if (data.row && !children) areas.set(data.row.constructor, (areas.get(data.row.constructor) ?? 0) + (value ?? 0));
    else if (data.row) areas.set(data.row.constructor, areas.get(data.row.constructor) ?? 0);
  }
  return new Map(
    [...areas]
      .sort(([, a], [, b]) => b - a)
      .slice(0, TONES)
      .map(([constructor], tone) => [constructor, tone]),
  );
}
