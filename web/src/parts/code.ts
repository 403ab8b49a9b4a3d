// Code frames: the lines that a finding is about, with labels below them.

import type { CodeFrame, FrameLabel } from '../source.js';
import type { Stage } from '../stage.js';
import { told } from '../words.js';
import { h, styled, type Child } from './dom.js';
import { printable, shorten } from './format.js';
import { place, prose } from './prose.js';

/** Characters of a line that are shown: code that was packed into one line may have megabytes. */
const MOST_OF_LINE = 2000;

export function code({ words }: Stage, frames: CodeFrame[]): HTMLElement {
  return h(
    'section',
    { class: 'code' },
    h('h3', undefined, words.finding.code),
    frames.map((frame, at) => {
      const { file, line, column } = frame.location;
      const isContinued = at > 0 && frames[at - 1]!.location.file === file;
      return [
        isContinued
          ? h('p', { class: 'muted', 'aria-hidden': 'true' }, '\u22ee')
          : h('p', undefined, place(`${file}:${line}:${column}`)),
        h(
          'div',
          { class: 'code-lines', role: 'group', 'aria-label': `${file}:${line}`, tabindex: 0 },
          frame.lines.map((line, i) => {
            const text = shorten(line, MOST_OF_LINE);
            const labels = frame.labels.filter((label) => label.line === frame.firstLine + i);
            return [
              h(
                'div',
                { class: 'row' },
                h('span', { class: 'number' }, String(frame.firstLine + i)),
                h('code', undefined, marked(text, labels)),
              ),
              ...labels.map(note),
            ];
          }),
        ),
      ];
    }),
  );
}

/** The text of a line with its labels marked; of two that overlap, the first. */
function marked(text: string, labels: FrameLabel[]): Child[] {
  const parts: Child[] = [];
  let done = 0;
  for (const { column, length, isPrimary } of labels) {
    const start = column - 1;
    if (start < done) continue;
    parts.push(
      printable(text.slice(done, start)),
      h('mark', { class: isPrimary ? 'primary' : undefined }, printable(text.slice(start, start + length))),
    );
    done = start + length;
  }
  return [...parts, printable(text.slice(done))];
}

function note({ column, message, isPrimary }: FrameLabel): HTMLElement {
  const { text: meaning, lang } = told(message);
  const arrow = styled(h('span', { class: 'arrow', 'aria-hidden': 'true' }, '\u21b3 '), {
    'margin-inline-start': `${column - 1}ch`,
  });
  return h(
    'div',
    { class: isPrimary ? 'row note primary' : 'row note' },
    h('span', { class: 'number' }),
    arrow,
    h('span', { lang }, prose(meaning)),
  );
}
