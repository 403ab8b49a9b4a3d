// Statistics: the kinds of memory as a ring, with the numbers beside it.

import { arc, pie } from 'd3-shape';
import { size } from '../parts/cells.js';
import { swatch } from '../parts/chart.js';
import { h, svg } from '../parts/dom.js';
import { brief } from '../parts/format.js';
import type { Stage, View } from '../stage.js';

const RADIUS = 130;

export const view: View = { name: 'statistics', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format } = stage;
  const { total, slices } = await source.statistics();
  const nameOf = (slice: string) => words.statistics.slices[slice] ?? brief(slice);
  const draw = arc<{ startAngle: number; endAngle: number }>()
    .innerRadius(RADIUS * 0.62)
    .outerRadius(RADIUS)
    .padAngle(0.008)
    .cornerRadius(2);
  const pieces = pie<{ name: string; size: number }>()
    .value((slice) => slice.size)
    .sort(null)(slices);
  const ring = svg(
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
        svg('title', undefined, `${nameOf(piece.data.name)}: ${format.size(piece.data.size)}`),
      ),
    ),
    svg('text', { class: 'ring-total', y: 2 }, format.bytes(total)),
    svg('text', { class: 'ring-label', y: 24 }, words.statistics.total),
  );
  const rows = slices.map((slice, i) =>
    h(
      'tr',
      undefined,
      h('th', { scope: 'row' }, swatch(`tone-${i}`), nameOf(slice.name)),
      h('td', { class: 'number' }, size(stage, slice.size)),
      h('td', { class: 'number' }, format.percent(slice.size, total)),
    ),
  );
  panel.append(
    h(
      'div',
      { class: 'ring-and-table' },
      ring,
      h(
        'table',
        { class: 'plain' },
        h(
          'thead',
          undefined,
          h(
            'tr',
            undefined,
            h('th', { scope: 'col' }, words.statistics.kind),
            h('th', { scope: 'col', class: 'number' }, words.statistics.size),
            h('th', { scope: 'col', class: 'number' }, words.statistics.share),
          ),
        ),
        h('tbody', undefined, rows),
        h(
          'tfoot',
          undefined,
          h(
            'tr',
            undefined,
            h('th', { scope: 'row' }, words.statistics.total),
            h('td', { class: 'number' }, size(stage, total)),
            h('td', { class: 'number' }, format.percent(total, total)),
          ),
        ),
      ),
    ),
  );
}
