// Trend: growth over three and more snapshots, as lines and as tables, by constructor and by owner.

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { size } from '../parts/cells.js';
import { swatch, verticalAxis } from '../parts/chart.js';
import { detail } from '../parts/detail.js';
import { h, svg } from '../parts/dom.js';
import { brief, name, object } from '../parts/format.js';
import { forest } from '../parts/retaining-paths.js';
import { TreeTable, type Column } from '../parts/tree-table.js';
import type { Development, OwnerTrend, Trend, TrendRow } from '../source.js';
import type { Stage, View } from '../stage.js';

/** Maximum number of lines that can be distinguished. */
const MAX_LINES = 6;
const CHART = { width: 860, height: 210, left: 64, right: 14, top: 12, bottom: 26 };

export const view: View = { name: 'trend', needs: ({ snapshots }) => snapshots.length > 2, show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, format } = stage;
  const { rows, owners } = await source.trend({ limit: MAX_LINES });
  panel.append(
    h(
      'figure',
      { class: 'chart' },
      chart(stage, rows),
      h(
        'figcaption',
        undefined,
        h(
          'ul',
          { class: 'legend' },
          rows.map((row, i) => h('li', undefined, swatch(`tone-${i}`), name(row.constructor))),
        ),
      ),
    ),
  );
  const table = new TreeTable<TrendRow>({
    label: words.trend.constructors,
    words,
    format,
    sort: 'verdict',
    columns: [
      {
        key: 'constructor',
        title: words.columns.constructor,
        width: 'minmax(12rem, 1fr)',
        isSortable: true,
        ascends: true,
        cell: (row) => name(row.constructor, 'class'),
      },
      ...developmentColumns<TrendRow>(stage, true),
    ],
    async page(_, { sort, ...window }) {
      const answer = await source.trend({ ...window, sort: sort as 'verdict' });
      return { total: answer.totals.rowCount, rows: answer.rows };
    },
  });
  panel.append(table.element);
  stage.onLeave(table.mount());
  if (owners.rows.length > 0) showOwners(panel, stage, owners);
}

/** Shows the objects that own what grew, with the path to an example below. */
function showOwners(panel: HTMLElement, stage: Stage, owners: Trend['owners']): void {
  const { source, words, format } = stage;
  const pane = detail(stage);
  const keepers = new TreeTable<OwnerTrend>({
    label: words.trend.owners,
    words,
    format,
    columns: [
      {
        key: 'owner',
        title: words.columns.owner,
        width: 'minmax(12rem, 1fr)',
        cell: (row) => object(row.owner, source.showsValues),
      },
      ...developmentColumns<OwnerTrend>(stage, false),
    ],
    select: (row) => {
      if (row.example) void pane.show(row.example, forest(row.path));
    },
    page: async (_, { offset, limit }) => ({ total: owners.totals.rowCount, rows: owners.rows.slice(offset, offset + limit) }),
  });
  panel.append(h('div', { class: 'below' }, h('h2', undefined, words.trend.owners), keepers.element, pane.element));
  const first = owners.rows.find(({ example }) => example);
  if (first?.example) void pane.show(first.example, forest(first.path));
  stage.onLeave(keepers.mount());
}

function developmentColumns<Row extends Development>(stage: Stage, isSortable: boolean): Column<Row>[] {
  const { words, format } = stage;
  return [
    {
      key: 'verdict',
      title: words.columns.verdict,
      width: '7rem',
      isSortable,
      ascends: true,
      cell: (row) => h('span', { class: `verdict-word ${row.verdict}` }, words.trend.verdicts[row.verdict] ?? brief(row.verdict)),
    },
    {
      key: 'series',
      title: words.columns.series,
      width: 'minmax(12rem, 1fr)',
      cell: (row) => [spark(row.shallowSize), h('span', { class: 'count' }, row.shallowSize.map(format.bytes).join(' \u2192 '))],
    },
    {
      key: 'count',
      title: words.trend.counts,
      width: 'minmax(9rem, 0.6fr)',
      isNumber: true,
      cell: (row) => row.count.map(format.integer).join(' \u2192 '),
    },
    {
      key: 'sizeDelta',
      title: words.columns.sizeDelta,
      width: '8rem',
      isNumber: true,
      isSortable,
      cell: (row) => {
        const delta = row.shallowSize.at(-1)! - row.shallowSize[0]!;
        return size(stage, delta, format.signedBytes(delta));
      },
    },
    {
      key: 'retainedDelta',
      title: words.columns.retainedSize,
      width: '8rem',
      isNumber: true,
      cell: (row) => size(stage, row.retainedSize.at(-1)!),
    },
  ];
}

/** Returns a line chart as high as a row. */
function spark(numbers: number[]): SVGElement {
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  const x = scaleLinear([0, Math.max(1, numbers.length - 1)], [2, 54]);
  const y = scaleLinear(min === max ? [min - 1, max + 1] : [min, max], [14, 2]);
  const draw = line<number>()
    .x((_, i) => x(i))
    .y((number) => y(number));
  return svg('svg', { class: 'spark', width: 56, height: 16, 'aria-hidden': 'true' }, svg('path', { d: draw(numbers) ?? '' }));
}

function chart({ words, format, source }: Stage, rows: TrendRow[]): SVGElement {
  const { width, height, left, right, top, bottom } = CHART;
  const count = source.snapshots.length;
  const max = Math.max(1, ...rows.flatMap(({ shallowSize }) => shallowSize));
  const x = scaleLinear([0, count - 1], [left, width - right]);
  const y = scaleLinear([0, max], [height - bottom, top]).nice(4);
  const draw = line<number>()
    .x((_, i) => x(i))
    .y((number) => y(number));
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words.trend.chart, class: 'lines' },
    verticalAxis(y, CHART, format.bytes),
    source.snapshots.map((snapshot, i) =>
      svg(
        'text',
        { class: 'tick', x: x(i), y: height - 8, 'text-anchor': i === 0 ? 'start' : i === count - 1 ? 'end' : 'middle' },
        brief(snapshot.name, 28),
      ),
    ),
    rows.map((row, i) =>
      svg(
        'g',
        { class: `tone-${i}` },
        svg('path', { class: 'series', d: draw(row.shallowSize) ?? '' }),
        row.shallowSize.map((number, at) =>
          svg(
            'circle',
            { cx: x(at), cy: y(number), r: 3 },
            svg('title', undefined, `${brief(row.constructor)}: ${format.bytes(number)}`),
          ),
        ),
      ),
    ),
  );
}
