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
    format,
  } = stage;
  const known = <T>(value: T | undefined, write: (value: T) => Child): Child =>
    value === undefined ? h('span', { class: 'muted' }, words.unknown) : write(value);
  const lines: [string, (snapshot: SnapshotInfo) => Child][] = [
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
  panel.append(
    h(
      'div',
      { class: 'wide', tabindex: 0, role: 'region', 'aria-label': all.tabs.metadata },
      h(
        'table',
        { class: 'plain' },
        h(
          'thead',
          undefined,
          h(
            'tr',
            undefined,
            h('td'),
            source.snapshots.map((_, at) => h('th', { scope: 'col' }, words.snapshot(format.integer(at + 1)))),
          ),
        ),
        h(
          'tbody',
          undefined,
          lines.map(([title, cell]) =>
            h(
              'tr',
              undefined,
              h('th', { scope: 'row' }, title),
              source.snapshots.map((snapshot) => h('td', undefined, cell(snapshot))),
            ),
          ),
        ),
      ),
    ),
    source.snapshots.some(({ reason }) => reason === undefined) ? h('p', { class: 'muted' }, words.sidecar) : '',
    source.leftOut.length > 0
      ? h(
          'section',
          undefined,
          h('h2', undefined, all.leftOut),
          h(
            'ul',
            { class: 'left-out' },
            source.leftOut.map(({ what, shown, total }) =>
              h('li', undefined, all.leftOutLine(all.leftOutKinds[what] ?? what, format.integer(shown), format.integer(total))),
            ),
          ),
        )
      : '',
    h(
      'p',
      { class: 'muted' },
      words.made(brief(source.version)),
      ' ',
      words.secrets,
      ' ',
      !source.showsValues && all.valuesHidden,
      ' ',
      !source.showsValues && source.mode === 'report' && all.valuesHowReport,
    ),
  );
}
