// Code frames: lines of code with labels below them.

import type { CodeFrame, FrameLabel } from '../source.js';
import type { Stage } from '../stage.js';
import { renderMessages } from '../words.js';
import { h, styled, type Child } from './dom.js';
import { printable, shorten } from './format.js';
import { place, prose } from './prose.js';

/** Maximum length of a shown line. A line of minified code may have megabytes. */
const MAX_LINE_LENGTH = 2000;

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
            const text = shorten(line, MAX_LINE_LENGTH);
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

/** Returns the text of a line with marked labels. If two labels overlap, only the first one is marked. */
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
  const { text: meaning, lang } = renderMessages(message);
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
