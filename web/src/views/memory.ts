// Memory: whose the resident memory of the process was, as the sidecars of the snapshots tell: a bar, a chart over time, a table.

import { scaleLinear, scaleTime } from 'd3-scale';
import { area, stack } from 'd3-shape';
import { size } from '../parts/cells.js';
import { swatch, verticalAxis } from '../parts/chart.js';
import { h, svg } from '../parts/dom.js';
import { brief } from '../parts/format.js';
import type { MemoryMoment, Source } from '../source.js';
import type { Stage, View } from '../stage.js';

/** Maximum number of colours that a reader can distinguish. The smaller owners are drawn as one. */
const MAX_COLOURS = 9;
const REST = '';
const UNEXPLAINED = 'unexplained';
const BAR = { width: 860, height: 34 };
const CHART = { width: 860, height: 230, left: 64, right: 14, top: 12, bottom: 26 };

export const view: View = { name: 'memory', needs: (source) => momentsOf(source).last !== undefined, show };

/** The ledgers of all snapshots, and those over time: samples of a watch, or else one for each snapshot. */
function momentsOf({ snapshots }: Pick<Source, 'snapshots'>) {
  const known = snapshots.flatMap(({ memory }) => memory ?? []);
  const each = known.flatMap(({ before, after }) => before ?? after ?? []);
  const samples = known.at(-1)?.samples ?? [];
  return { last: each.at(-1), after: known.at(-1)?.after, series: samples.length > 1 ? samples : each };
}

const partsOf = ({ owners, unexplained }: MemoryMoment): Record<string, number> => ({ ...owners, [UNEXPLAINED]: unexplained });
const bytesOf = (moment: MemoryMoment, owner: string): number => partsOf(moment)[owner] ?? 0;

function show(panel: HTMLElement, stage: Stage): void {
  const { source, words, format } = stage;
  const { last, after, series } = momentsOf(source);
  if (!last) return;
  const owners = [...new Set([...series, last].flatMap((moment) => Object.keys(partsOf(moment))))].sort(
    (a, b) => bytesOf(last, b) - bytesOf(last, a),
  );
  const coloured = owners.slice(0, MAX_COLOURS);
  const palette = new Palette(coloured.length < owners.length ? [...coloured, REST] : coloured, stage);
  panel.append(
    h('p', { class: 'muted' }, words.memory.about(format.time(last.at))),
    h(
      'figure',
      { class: 'chart memory-chart' },
      bar(stage, palette, last),
      series.length > 1 && areas(stage, palette, series),
      h('figcaption', undefined, palette.legend()),
    ),
    table(stage, palette, owners, { last, after, first: series.length > 1 ? series[0] : undefined }),
  );
}

/** The colours and names of owners. */
class Palette {
  /** With a colour each. */
  readonly drawn: readonly string[];
  readonly #stage: Stage;

  constructor(drawn: readonly string[], stage: Stage) {
    this.drawn = drawn;
    this.#stage = stage;
  }

  tone(owner: string): string {
    const at = this.drawn.indexOf(owner);
    return owner === REST || at < 0 ? 'tone-other' : `tone-${at}`;
  }

  name(owner: string): string {
    const { memory } = this.#stage.words;
    if (owner === REST) return memory.rest;
    return owner === UNEXPLAINED ? memory.unexplained : brief(owner);
  }

  /** The bytes of an owner; of the rest those of all owners without a colour. */
  bytes(moment: MemoryMoment, owner: string): number {
    if (owner !== REST) return bytesOf(moment, owner);
    const others = Object.entries(partsOf(moment)).filter(([one]) => !this.drawn.includes(one));
    return others.reduce((sum, [, bytes]) => sum + bytes, 0);
  }

  legend(): HTMLElement {
    return h(
      'ul',
      { class: 'legend' },
      this.drawn.map((owner) => h('li', undefined, swatch(this.tone(owner)), this.name(owner))),
    );
  }
}

function bar({ words, format }: Stage, palette: Palette, moment: MemoryMoment): SVGElement {
  const { width, height } = BAR;
  const x = scaleLinear([0, Math.max(1, moment.rss)], [0, width]);
  let start = 0;
  const pieces = palette.drawn.map((owner) => {
    const bytes = palette.bytes(moment, owner);
    const piece = svg(
      'rect',
      { class: `piece ${palette.tone(owner)}`, x: x(start), y: 0, width: x(bytes), height },
      svg('title', undefined, `${palette.name(owner)}: ${format.bytes(bytes)}`),
    );
    start += bytes;
    return piece;
  });
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words.memory.bar, class: 'memory-bar' },
    pieces,
  );
}

function areas({ words, format }: Stage, palette: Palette, series: readonly MemoryMoment[]): SVGElement {
  const { width, height, left, right, top, bottom } = CHART;
  const timeOf = ({ at }: MemoryMoment) => new Date(at);
  const [first, last] = [timeOf(series[0]!), timeOf(series.at(-1)!)];
  const x = scaleTime([first, last], [left, width - right]);
  const y = scaleLinear([0, Math.max(1, ...series.map(({ rss }) => rss))], [height - bottom, top]).nice(4);
  const layers = stack<MemoryMoment, string>()
    .keys(palette.drawn)
    .value((moment, owner) => palette.bytes(moment, owner))([...series]);
  const draw = area<(typeof layers)[number][number]>()
    .x(({ data }) => x(timeOf(data)))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high));
  const tick = (date: Date, anchor: string) =>
    svg('text', { class: 'tick', x: x(date), y: height - 8, 'text-anchor': anchor }, format.time(date.toISOString()));
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words.memory.area, class: 'lines memory-areas' },
    layers.map((layer) =>
      svg(
        'path',
        { class: `piece ${palette.tone(layer.key)}`, d: draw(layer) ?? '' },
        svg('title', undefined, palette.name(layer.key)),
      ),
    ),
    verticalAxis(y, CHART, format.bytes),
    tick(first, 'start'),
    tick(last, 'end'),
  );
}

interface Compared {
  last: MemoryMoment;
  after: MemoryMoment | undefined;
  first: MemoryMoment | undefined;
}

function table(stage: Stage, palette: Palette, owners: readonly string[], { last, after, first }: Compared): HTMLElement {
  const { words, format } = stage;
  const heading = (text: string, isNumber = true) => h('th', { scope: 'col', class: isNumber && 'number' }, text);
  const number = (bytes: number, text?: string) => h('td', { class: 'number' }, size(stage, bytes, text));
  const cells = (of: (moment: MemoryMoment) => number) => {
    const change = first && of(last) - of(first);
    return [
      number(of(last)),
      h('td', { class: 'number' }, format.percent(of(last), last.rss)),
      change !== undefined && number(change, format.signedBytes(change)),
      after && number(of(after)),
    ];
  };
  return h(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': words.tabs.memory },
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        undefined,
        h(
          'tr',
          undefined,
          heading(words.memory.owner, false),
          heading(words.memory.before),
          heading(words.memory.share),
          first && heading(words.memory.change(format.time(first.at))),
          after && heading(words.memory.after),
          heading(words.memory.contents, false),
        ),
      ),
      h(
        'tbody',
        undefined,
        owners.map((owner) =>
          h(
            'tr',
            undefined,
            h('th', { scope: 'row' }, swatch(palette.tone(owner)), palette.name(owner)),
            cells((moment) => bytesOf(moment, owner)),
            h('td', undefined, words.memory.owners[owner] ?? ''),
          ),
        ),
      ),
      h(
        'tfoot',
        undefined,
        h(
          'tr',
          undefined,
          h('th', { scope: 'row' }, words.memory.rss),
          cells(({ rss }) => rss),
          h('td'),
        ),
      ),
    ),
  );
}
