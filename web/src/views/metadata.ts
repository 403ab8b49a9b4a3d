// About: facts about the snapshots, and the parts that the report leaves out.

import { h, type Child } from '../parts/dom.js';
import { brief, name } from '../parts/format.js';
import type { SnapshotInfo } from '../source.js';
import type { Stage, View } from '../stage.js';

export const view: View = { name: 'metadata', show };

function show(panel: HTMLElement, stage: Stage): void {
  const {
    source,
    words: { metadata: words, ...all },
  } = stage;
  const isHidden = !source.showsValues;
  panel.append(
    h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': all.tabs.metadata }, facts(stage)),
    source.snapshots.some(({ reason }) => reason === undefined) ? h('p', { class: 'muted' }, words.sidecar) : '',
    source.leftOut.length > 0 ? leftOut(stage) : '',
    h(
      'p',
      { class: 'muted' },
      words.made(brief(source.version)),
      ' ',
      words.secrets,
      ' ',
      isHidden && all.valuesHidden,
      ' ',
      isHidden && source.mode === 'report' && all.valuesHowReport,
    ),
  );
}

/** Returns the rows of the table: a title, and the cell of a snapshot. */
function lines({ words: { metadata: words }, format }: Stage): [string, (snapshot: SnapshotInfo) => Child][] {
  const known = <T>(value: T | undefined, write: (value: T) => Child): Child =>
    value === undefined ? h('span', { class: 'muted' }, words.unknown) : write(value);
  return [
    [words.name, (snapshot) => name(snapshot.name)],
    [words.time, ({ time }) => known(time, format.time)],
    [words.node, ({ node }) => known(node, name)],
    [words.v8, ({ v8 }) => known(v8, name)],
    [words.pid, ({ pid }) => known(pid, String)],
    [words.reason, ({ reason }) => known(reason, name)],
    [words.method, ({ method }) => known(method, name)],
    [words.pauseMs, ({ pauseMs }) => known(pauseMs, (value) => words.milliseconds(format.integer(Math.round(value))))],
    [words.totalSize, ({ totalSize }) => format.bytes(totalSize)],
    [words.nodeCount, ({ nodeCount }) => format.integer(nodeCount)],
    [words.edgeCount, ({ edgeCount }) => format.integer(edgeCount)],
    [words.fileSize, ({ fileSize }) => known(fileSize, format.bytes)],
  ];
}

/** Returns the table of facts, with a column for each snapshot. */
function facts(stage: Stage): HTMLElement {
  const {
    source: { snapshots },
    words,
    format,
  } = stage;
  const titles = snapshots.map((_, at) => h('th', { scope: 'col' }, words.metadata.snapshot(format.integer(at + 1))));
  const rows = lines(stage).map(([title, cell]) =>
    h(
      'tr',
      undefined,
      h('th', { scope: 'row' }, title),
      snapshots.map((snapshot) => h('td', undefined, cell(snapshot))),
    ),
  );
  return h('table', { class: 'plain' }, h('thead', undefined, h('tr', undefined, h('td'), titles)), h('tbody', undefined, rows));
}

/** Returns the list of the parts that the report leaves out. */
function leftOut({ source, words, format }: Stage): HTMLElement {
  const items = source.leftOut.map(({ what, shown, total }) =>
    h('li', undefined, words.leftOutLine(words.leftOutKinds[what] ?? what, format.integer(shown), format.integer(total))),
  );
  return h('section', undefined, h('h2', undefined, words.leftOut), h('ul', { class: 'left-out' }, items));
}
