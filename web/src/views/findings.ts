// Findings, the first screen: leaks with their owners, places in the code, and fixes.

import { size } from '../parts/cells.js';
import { code } from '../parts/code.js';
import { h, styled, type Child } from '../parts/dom.js';
import { brief, name } from '../parts/format.js';
import { place, prose, splitPlace } from '../parts/prose.js';
import { retainingPaths } from '../parts/retaining-paths.js';
import { onPrint } from '../parts/table/printing.js';
import type { Finding, FindingStep, LeakReport } from '../source.js';
import type { Stage, View } from '../stage.js';
import { renderMessages } from '../words.js';

/** Maximum number of drawn steps of a path. Of a longer one, the first and the last steps are drawn. */
const MAX_STEPS = 8;

export const view: View = { name: 'findings', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words } = stage;
  const cards = h('div', { class: 'cards' }, h('p', { class: 'muted', role: 'status' }, words.finding.looking));
  const columns = h('div', { class: 'columns' }, cards);
  panel.append(columns);
  const endPrinting = onPrint((isPrinting) => {
    if (isPrinting) for (const card of panel.querySelectorAll<HTMLDetailsElement>('details.card')) card.open = true;
  });
  stage.onLeave(endPrinting);
  await Promise.all([
    aside(stage).then((beside) => columns.append(beside)),
    source.leakReport().then((report) => {
      const [first, ...others] = report.findings;
      cards.replaceChildren(
        verdict(stage, report),
        ...(first ? [card(stage, first, true)] : []),
        ...(others.length > 0 ? [h('h2', undefined, words.finding.more)] : []),
        ...others.map((finding) => card(stage, finding, false)),
      );
    }),
  ]);
}

function verdict(stage: Stage, { findings: all, messages }: LeakReport): HTMLElement {
  const {
    words: { verdict: words },
    format,
    source: { snapshots },
  } = stage;
  const of = (severity: Finding['severity']) => all.filter((finding) => finding.severity === severity);
  const leaks = of('leak');
  const suspects = of('suspect');
  const [kind, text] =
    leaks.length > 0
      ? ['leak', words.leaks(format.integer(leaks.length))]
      : suspects.length > 0
        ? ['suspect', words.suspects(format.integer(suspects.length))]
        : all.length > 0
          ? ['good', words.waste]
          : ['good', snapshots.length > 1 ? words.none : words.noneOne];
  const { text: sentences, lang } = renderMessages(...messages.conclusion);
  return h(
    'section',
    { class: `verdict ${kind}` },
    h('h2', undefined, text),
    h('p', { class: 'conclusion', lang }, prose(sentences)),
  );
}

/** Returns the part of the growth that a finding explains. */
function explains(stage: Stage, { explained }: Finding['evidence']): Child {
  if (!explained || explained.bytesPerStep === 0) return false;
  const { words, format } = stage;
  return h(
    'span',
    { class: 'fact' },
    words.finding.explains(format.bytes(explained.bytesPerStep), format.bytes(explained.ofBytesPerStep)),
  );
}

function card(stage: Stage, finding: Finding, isOpen: boolean): HTMLElement {
  const { words, format } = stage;
  const { messages } = finding;
  const [title, sentence, fix] = [
    renderMessages(messages.title),
    renderMessages(...messages.sentence),
    renderMessages(messages.fix),
  ];
  const {
    severity,
    kind,
    evidence,
    culprit: { location },
    confidence,
  } = finding;
  const facts: Child[] = [
    h('span', { class: 'fact strong' }, size(stage, evidence.bytes, format.bytes(evidence.bytes)), ` ${words.finding.alive}`),
    (evidence.bytesPerStep ?? 0) > 0 &&
      h(
        'span',
        { class: 'fact' },
        size(stage, evidence.bytesPerStep!, format.signedBytes(Math.round(evidence.bytesPerStep!))),
        ` ${words.finding.step}`,
      ),
    explains(stage, evidence),
    h('span', { class: 'fact' }, `${words.finding.confidence} ${confidence.toFixed(2)}`),
  ];
  const head = h(
    'div',
    { class: 'card-head' },
    h(
      'p',
      { class: 'card-kind' },
      h('span', { class: `badge ${severity}` }, words.severity[severity]),
      ' ',
      h('span', undefined, renderMessages({ id: `kind.${kind}`, args: {} }).text),
    ),
    h(isOpen ? 'h2' : 'h3', { class: 'card-title', lang: title.lang }, prose(title.text || kind)),
    h('p', { class: 'facts' }, facts),
  );
  const body: Child[] = [
    location &&
      h(
        'p',
        { class: 'where' },
        h('span', { class: 'label' }, words.finding.place),
        place(`${location.file}:${location.line}:${location.column}`),
      ),
    h('p', { class: 'sentence', lang: sentence.lang }, prose(sentence.text)),
    h(
      'p',
      { class: 'fix', lang: fix.lang },
      h('strong', { lang: document.documentElement.lang }, words.finding.fix),
      prose(fix.text),
    ),
    finding.path.length > 0 && chain(stage, finding.path),
    finding.frames.length > 0 && code(stage, finding.frames),
    evidence.counts.length > 1 && counts(stage, evidence.counts),
    finding.path.length > 0 && retainers(stage, finding.path.at(-1)!),
  ];
  if (isOpen) return h('article', { class: `card first ${severity}` }, head, body);
  return h('details', { class: `card ${severity}` }, h('summary', undefined, head), body);
}

/** Returns the retaining path from a root to the leak site. */
function chain({ words, format }: Stage, path: FindingStep[]): HTMLElement {
  const isLong = path.length > MAX_STEPS;
  const shown = isLong ? [...path.slice(0, 4), undefined, ...path.slice(-3)] : path;
  const steps = shown.map((step, at) => {
    if (!step) return h('li', { class: 'gap' }, words.finding.steps(format.integer(path.length - shown.length + 1)));
    const { what, place: where } = splitPlace(step.what);
    return h(
      'li',
      { class: at === shown.length - 1 ? 'step last' : 'step' },
      h('span', { class: 'edge' }, name(step.edge)),
      h(
        'span',
        { class: 'box' },
        h('span', { class: 'line' }, name(what), h('span', { class: 'id' }, ` @${step.id}`)),
        where !== undefined && place(where),
      ),
    );
  });
  return h('section', { class: 'why' }, h('h3', undefined, words.finding.path), h('ol', { class: 'chain' }, steps));
}

/** Returns all retaining paths of the leak site, on demand. */
function retainers(stage: Stage, { id, what }: FindingStep): HTMLElement {
  const element = h(
    'details',
    {
      class: 'more',
      toggle: () => {
        if (element.open && element.children.length === 1)
          void retainingPaths(stage, { id, name: splitPlace(what).what, type: '' }).then((graph) => element.append(graph));
      },
    },
    h('summary', undefined, stage.words.finding.details),
  );
  return element;
}

/** Returns the number of objects in each snapshot as a column chart. */
function counts({ words, format }: Stage, numbers: number[]): HTMLElement {
  const max = Math.max(...numbers, 1);
  return h(
    'section',
    { class: 'counts' },
    h('h3', undefined, words.finding.counts),
    h(
      'ol',
      undefined,
      numbers.map((number) =>
        h(
          'li',
          undefined,
          styled(h('span', { class: 'column', 'aria-hidden': 'true' }), { height: `${Math.max(2, (number / max) * 36)}px` }),
          format.integer(number),
        ),
      ),
    ),
  );
}

/** Returns the size of the heap in each snapshot, and the constructors that grew. */
async function aside(stage: Stage): Promise<HTMLElement> {
  const { source, words, format } = stage;
  const { snapshots } = source;
  const largest = Math.max(...snapshots.map(({ totalSize }) => totalSize), 1);
  const heap = h(
    'section',
    undefined,
    h('h3', undefined, words.trend.heap),
    h(
      'ul',
      { class: 'bars' },
      snapshots.map((snapshot) =>
        meter(
          brief(snapshot.name),
          snapshot.totalSize / largest,
          size(stage, snapshot.totalSize, format.bytes(snapshot.totalSize)),
        ),
      ),
    ),
  );
  if (snapshots.length === 1) {
    const { rows } = await source.summary({ limit: 8 });
    return h(
      'aside',
      undefined,
      heap,
      h(
        'section',
        undefined,
        h('h3', undefined, `${words.tabs.summary}: ${words.columns.retainedSize}`),
        h(
          'ul',
          { class: 'bars' },
          rows.map((row) =>
            meter(
              brief(row.constructor),
              row.retainedSize / largest,
              size(stage, row.retainedSize, format.bytes(row.retainedSize)),
            ),
          ),
        ),
      ),
    );
  }
  const { rows } = await source.diff(snapshots.length - 2, { limit: 8, sort: 'sizeDelta' });
  const grown = rows.filter(({ sizeDelta }) => sizeDelta > 0);
  const top = grown[0]?.sizeDelta ?? 1;
  return h(
    'aside',
    undefined,
    heap,
    grown.length > 0 &&
      h(
        'section',
        undefined,
        h('h3', undefined, `${words.tabs.comparison}: ${words.columns.sizeDelta}`),
        h(
          'ul',
          { class: 'bars grown' },
          grown.map((row) =>
            meter(brief(row.constructor), row.sizeDelta / top, size(stage, row.sizeDelta, format.signedBytes(row.sizeDelta))),
          ),
        ),
      ),
  );
}

function meter(label: string, share: number, value: HTMLElement): HTMLElement {
  const bar = styled(h('span', { class: 'bar', 'aria-hidden': 'true' }), { '--share': `${share * 100}%` });
  return h('li', undefined, bar, h('span', { class: 'name', title: label }, label), value);
}
