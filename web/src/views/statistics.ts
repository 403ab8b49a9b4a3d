// Statistics: the kinds of memory as a ring, with the numbers beside it.

import { arc, pie } from 'd3-shape';
import { size } from '../parts/cells.js';
import { swatch } from '../parts/chart.js';
import { h, svg, type Child } from '../parts/dom.js';
import { brief } from '../parts/format.js';
import type { Statistics } from '../source.js';
import type { Stage, View } from '../stage.js';

const RADIUS = 130;

export const view: View = { name: 'statistics', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const statistics = await stage.source.statistics();
  panel.append(h('div', { class: 'ring-and-table' }, ring(stage, statistics), table(stage, statistics)));
}

const nameOf = ({ words }: Stage, slice: string) => words.statistics.slices[slice] ?? brief(slice);

function ring(stage: Stage, { total, slices }: Statistics): SVGElement {
  const { words, format } = stage;
  const draw = arc<{ startAngle: number; endAngle: number }>()
    .innerRadius(RADIUS * 0.62)
    .outerRadius(RADIUS)
    .padAngle(0.008)
    .cornerRadius(2);
  const pieces = pie<{ name: string; size: number }>()
    .value((slice) => slice.size)
    .sort(null)(slices);
  return svg(
    'svg',
    {
      viewBox: `${-RADIUS} ${-RADIUS} ${2 * RADIUS} ${2 * RADIUS}`,
      role: 'img',
      'aria-label': words.statistics.chart,
      class: 'ring',
    },
    pieces.map((piece, i) =>
      svg(
        'path',
        { d: draw(piece) ?? '', class: `slice tone-${i}` },
        svg('title', undefined, `${nameOf(stage, piece.data.name)}: ${format.size(piece.data.size)}`),
      ),
    ),
    svg('text', { class: 'ring-total', y: 2 }, format.bytes(total)),
    svg('text', { class: 'ring-label', y: 24 }, words.statistics.total),
  );
}

function table(stage: Stage, { total, slices }: Statistics): HTMLElement {
  const { words, format } = stage;
  const row = (title: Child, bytes: number) =>
    h(
      'tr',
      undefined,
      h('th', { scope: 'row' }, title),
      h('td', { class: 'number' }, size(stage, bytes)),
      h('td', { class: 'number' }, format.percent(bytes, total)),
    );
  const titles = [
    h('th', { scope: 'col' }, words.statistics.kind),
    h('th', { scope: 'col', class: 'number' }, words.statistics.size),
    h('th', { scope: 'col', class: 'number' }, words.statistics.share),
  ];
  return h(
    'table',
    { class: 'plain' },
    h('thead', undefined, h('tr', undefined, titles)),
    h(
      'tbody',
      undefined,
      slices.map((slice, i) => row([swatch(`tone-${i}`), nameOf(stage, slice.name)], slice.size)),
    ),
    h('tfoot', undefined, row(words.statistics.total, total)),
  );
}
