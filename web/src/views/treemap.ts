// Treemap of the dominator tree: the area of an object is its retained size, and it is drawn inside its immediate dominator. A click
// zooms into an object, and the path above leads back.

import { hierarchy, treemap as tiling, type HierarchyRectangularNode } from 'd3-hierarchy';
import { swatch } from '../parts/chart.js';
import { h, styled } from '../parts/dom.js';
import { brief, name, object } from '../parts/format.js';
import { NotIncluded, type NodeRow, type SnapshotInfo } from '../source.js';
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
  const treemap = new Treemap(stage);
  panel.append(...treemap.elements());
  await treemap.redraw();
  stage.onLeave(treemap.follow());
}

class Treemap {
  readonly #stage: Stage;
  readonly #root: NodeRow;
  /** The objects from the root to the one that fills the map. */
  #path: NodeRow[];
  readonly #crumbs = h('ol');
  readonly #map: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #status = h('p', { class: 'status', role: 'status' });

  constructor(stage: Stage) {
    const { words, source } = stage;
    this.#stage = stage;
    this.#root = rootRow(words.treemap.root, source.snapshots.at(-1)!);
    this.#path = [this.#root];
    this.#map = h('div', {
      class: 'treemap',
      role: 'group',
      'aria-label': words.treemap.label,
      keydown: (event: KeyboardEvent) => {
        if (event.key === 'Backspace' && this.#path.length > 1) void this.#enter(this.#path.slice(0, -1));
      },
    });
    this.#legend = h('ul', { class: 'legend', 'aria-label': words.treemap.legend });
  }

  elements(): HTMLElement[] {
    const { treemap: words } = this.#stage.words;
    return [
      h('p', { class: 'muted' }, words.about, ' ', words.zoom),
      h('nav', { class: 'crumbs', 'aria-label': words.path }, this.#crumbs),
      this.#map,
      h('div', { class: 'below-map' }, this.#legend, this.#status),
    ];
  }

  redraw(): Promise<void> {
    return this.#enter(this.#path);
  }

  /** Redraws whenever the size of the map changes. Returns the function that ends this. */
  follow(): () => void {
    const resized = new ResizeObserver(() => void this.redraw());
    resized.observe(this.#map);
    return () => resized.disconnect();
  }

  async #enter(path: NodeRow[]): Promise<void> {
    const focus = path.at(-1)!;
    const tree = await cells(this.#stage, focus, focus.retainedSize, LEVELS, 0);
    this.#path = path;
    this.#crumbs.replaceChildren(...path.map((row, at) => h('li', undefined, this.#crumb(row, at))));
    this.#draw(tree);
    this.#describe(focus);
  }

  #crumb(row: NodeRow, at: number): HTMLElement {
    const isRoot = at === 0;
    const path = this.#path.slice(0, at + 1);
    if (path.length === this.#path.length) {
      const label = isRoot ? row.name : object(row, this.#stage.source.showsValues);
      return h('span', { 'aria-current': 'location' }, label);
    }
    const label = isRoot ? row.name : brief(row.name || row.type, 30);
    return h('button', { type: 'button', click: () => void this.#enter(path) }, label);
  }

  #draw(tree: Cell): void {
    const { width, height } = this.#map.getBoundingClientRect();
    const laid = tiling<Cell>()
      .size([Math.max(300, width), Math.max(200, height)])
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
    const hadFocus = this.#map.contains(document.activeElement);
    this.#map.replaceChildren(...nodes.map((node) => this.#cell(node, tones)));
    if (hadFocus) this.#map.querySelector('button')?.focus();
    this.#legend.replaceChildren(
      ...[...tones].map(([constructor, tone]) => h('li', undefined, swatch(`tone-${tone}`), name(constructor))),
    );
  }

  #cell(node: HierarchyRectangularNode<Cell>, tones: Map<string, number>): HTMLElement {
    const { source, format } = this.#stage;
    const { row, label, bytes, canOpen } = node.data;
    const text = row ? brief(row.name || `(${row.type})`) : (label ?? '');
    const shown = row && isHidden(row, source.showsValues) ? '"\u2026"' : text;
    const fits = node.x1 - node.x0 > 40 && node.y1 - node.y0 > 15;
    const attributes = {
      class: `cell ${row ? `tone-${tones.get(row.constructor) ?? 'other'}` : 'rest'}${node.children ? ' parent' : ''}`,
      'aria-label': `${shown}, ${format.bytes(bytes)}`,
      mouseenter: () => row && this.#describe(row),
      focus: () => row && this.#describe(row),
    };
    const hasRoom = node.children !== undefined || node.y1 - node.y0 > 36 || node.x1 - node.x0 > 160;
    const content = fits && [
      h('span', { class: 'cell-name' }, shown),
      ' ',
      hasRoom && h('span', { class: 'cell-size' }, format.bytes(bytes)),
    ];
    const enter = () => void this.#enter([...this.#path, ...between(node)]);
    const box =
      row && canOpen
        ? h('button', { ...attributes, type: 'button', click: enter }, content)
        : h('div', { ...attributes, role: 'img' }, content);
    return styled(box, {
      left: `${node.x0}px`,
      top: `${node.y0}px`,
      width: `${node.x1 - node.x0}px`,
      height: `${node.y1 - node.y0}px`,
    });
  }

  #describe(row: NodeRow): void {
    const { source, words, format } = this.#stage;
    const { columns } = words;
    this.#status.replaceChildren(
      ...(row === this.#root ? [row.name] : [name(row.constructor), ' ', object(row, source.showsValues)]),
      ` · ${columns.retainedSize} ${format.bytes(row.retainedSize)} (${format.percent(row.retainedSize, this.#root.retainedSize)})`,
      ` · ${columns.shallowSize} ${format.bytes(row.shallowSize)}`,
    );
  }
}

/** Returns the root of the dominator tree, which retains the whole heap. */
function rootRow(label: string, { rootId, totalSize }: SnapshotInfo): NodeRow {
  return {
    id: rootId,
    name: label,
    type: 'synthetic',
    constructor: '',
    distance: 0,
    rawDistance: 0,
    shallowSize: 0,
    retainedSize: totalSize,
  };
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
