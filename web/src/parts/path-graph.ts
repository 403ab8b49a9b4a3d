// Retaining paths as a graph: the object on the left, its retainers to the right, up to the objects next to a root. An object on
// several paths is drawn once. The shortest path is the top row.

import type { PathBranch, PathForest } from '../source.js';
import type { Stage } from '../stage.js';
import { h, styled, svg } from './dom.js';
import { name, object, printable, shorten } from './format.js';

const BOX = { width: 152, height: 36 };
const GAP = { x: 92, y: 10 };
const MAX_LABEL_LENGTH = 13;

/** Maximum number of objects at the same distance from the start, the nearest to a root first. The list has all. */
const MAX_ROWS = 4;

/** The distance of roots of the program, such as the global object. They are not part of a path. */
const NEXT_TO_ROOT = 2;

interface Box {
  branch: { id: number; name: string; type: string };
  layer: number;
  row: number;
  /** Whether it is next to a root of the program, or the search ended here. */
  end: 'root' | 'cut' | undefined;
}

interface Link {
  from: Box;
  to: Box;
  edge: string;
}

function layout(start: Box['branch'], paths: readonly PathBranch[]): { boxes: Box[]; links: Link[]; isWhole: boolean } {
  const boxes = new Map<number, Box>();
  const links: Link[] = [];
  const rows: number[] = [];
  let isWhole = true;
  const place = (branch: Box['branch'], layer: number, end: Box['end']): Box => {
    const box: Box = { branch, layer, row: rows[layer] ?? 0, end };
    rows[layer] = box.row + 1;
    boxes.set(branch.id, box);
    return box;
  };
  const queue: { box: Box; children: readonly PathBranch[] }[] = [{ box: place(start, 0, undefined), children: paths }];
  for (const { box, children } of queue) {
    for (const branch of children) {
      const there = boxes.get(branch.id);
      if (!there && (rows[box.layer + 1] ?? 0) >= MAX_ROWS) {
        isWhole = false;
        continue;
      }
      const to =
        there ??
        place(branch, box.layer + 1, branch.children.length > 0 ? undefined : branch.distance <= NEXT_TO_ROOT ? 'root' : 'cut');
      if (!links.some((link) => link.from === box && link.to === to && link.edge === branch.edge))
        links.push({ from: box, to, edge: branch.edge });
      queue.push({ box: to, children: branch.children });
    }
  }
  return { boxes: [...boxes.values()], links, isWhole };
}

const left = (box: Box) => box.layer * (BOX.width + GAP.x);
const top = (box: Box) => box.row * (BOX.height + GAP.y);

function line({ from, to }: Link): string {
  if (to.layer <= from.layer) return lineBack(from, to);
  const [x1, y1] = [left(from) + BOX.width, top(from) + BOX.height / 2];
  const [x2, y2] = [left(to), top(to) + BOX.height / 2];
  const bend = Math.max(40, Math.abs(x2 - x1) / 2);
  return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}

/** Draws an edge to an object that is not further away: out of one box, and into the other from above or below. */
function lineBack(from: Box, to: Box): string {
  const isUp = top(to) <= top(from);
  const [x1, y1] = [left(from) + BOX.width * 0.6, top(from) + (isUp ? 0 : BOX.height)];
  const [x2, y2] = [left(to) + BOX.width * 0.4, top(to) + (isUp ? BOX.height : 0)];
  const bend = isUp ? -GAP.y : GAP.y;
  return `M${x1},${y1}C${x1},${y1 + 2 * bend} ${x2},${y2 - 2 * bend} ${x2},${y2}`;
}

export function pathGraph(stage: Stage, start: Box['branch'], { paths, limits }: PathForest): HTMLElement {
  const { words, format, source } = stage;
  if (paths.length === 0) return h('p', { class: 'muted' }, words.retainers.none);
  const { boxes, links, isWhole } = layout(start, paths);
  const width = Math.max(...boxes.map(left)) + BOX.width + 2;
  const height = Math.max(...boxes.map(top)) + BOX.height + 2;
  const lines = svg(
    'svg',
    { width, height, 'aria-hidden': 'true', class: 'links' },
    links.map((link) => svg('path', { d: line(link) })),
  );
  const labels = links.map((link) => {
    const x = (left(link.from) + BOX.width + left(link.to)) / 2;
    const y = (top(link.from) + top(link.to)) / 2 + BOX.height / 2;
    const text = printable(shorten(link.edge, 200));
    return styled(h('span', { class: 'edge', title: text }, shorten(text, MAX_LABEL_LENGTH)), { left: `${x}px`, top: `${y}px` });
  });
  const nodes = boxes.map((box) =>
    styled(h('div', { class: `box ${box === boxes[0] ? 'start' : (box.end ?? '')}` }, object(box.branch, source.showsValues)), {
      left: `${left(box)}px`,
      top: `${top(box)}px`,
      width: `${BOX.width}px`,
      height: `${BOX.height}px`,
    }),
  );
  const list = h(
    'details',
    {
      toggle: () => {
        if (list.open && list.children.length === 1) list.append(h('ul', { class: 'path-list' }, listed(stage, paths, 0)));
      },
    },
    h('summary', undefined, words.retainers.list),
  );
  return h(
    'div',
    { class: 'path-graph' },
    h(
      'div',
      { class: 'canvas-scroller', tabindex: 0, role: 'group', 'aria-label': words.retainers.graph(format.integer(boxes.length)) },
      styled(h('div', { class: 'canvas' }, lines, labels, nodes), { width: `${width}px`, height: `${height}px` }),
    ),
    list,
    (limits.length > 0 || !isWhole) && h('p', { class: 'muted' }, words.retainers.limits),
  );
}

/** Returns the same paths as a list, for readers and screen readers. */
function listed(stage: Stage, branches: readonly PathBranch[], depth: number): HTMLElement[] {
  return branches.map((branch) =>
    h(
      'li',
      undefined,
      name(branch.edge, 'edge-name'),
      ` ${stage.words.retainers.in} `,
      object(branch, stage.source.showsValues),
      branch.children.length > 0 && depth < 40 && h('ul', undefined, listed(stage, branch.children, depth + 1)),
    ),
  );
}
