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
/** Maximum number of constructors beside the findings. */
const MAX_CONSTRUCTORS = 8;

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

/** Returns the numbers of a finding. */
function facts(stage: Stage, { evidence, confidence }: Finding): Child[] {
  const { words, format } = stage;
  return [
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
}

function card(stage: Stage, finding: Finding, isOpen: boolean): HTMLElement {
  const { words } = stage;
  const { severity, kind, messages } = finding;
  const title = renderMessages(messages.title);
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
    h('p', { class: 'facts' }, facts(stage, finding)),
  );
  const body = explanation(stage, finding);
  if (isOpen) return h('article', { class: `card first ${severity}` }, head, body);
  return h('details', { class: `card ${severity}` }, h('summary', undefined, head), body);
}

/** Returns the body of a card: place, sentence, fix, retaining path, code and numbers. */
function explanation(stage: Stage, { messages, culprit: { location }, evidence, frames, path }: Finding): Child[] {
  const { words } = stage;
  const [sentence, fix] = [renderMessages(...messages.sentence), renderMessages(messages.fix)];
  return [
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
    path.length > 0 && chain(stage, path),
    frames.length > 0 && code(stage, frames),
    evidence.counts.length > 1 && counts(stage, evidence.counts),
    path.length > 0 && retainers(stage, path.at(-1)!),
  ];
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

/** Returns the size of the heap in each snapshot, and the constructors that grew; of one snapshot, the largest ones. */
async function aside(stage: Stage): Promise<HTMLElement> {
  const { source, words, format } = stage;
  const { snapshots } = source;
  const largest = Math.max(...snapshots.map(({ totalSize }) => totalSize), 1);
  const sizes = snapshots.map(({ name: file, totalSize }) =>
    meter(brief(file), totalSize / largest, size(stage, totalSize, format.bytes(totalSize))),
  );
  const constructors = snapshots.length === 1 ? await largestConstructors(stage, largest) : await grownConstructors(stage);
  return h('aside', undefined, meters(words.trend.heap, sizes), constructors);
}

async function largestConstructors(stage: Stage, heapSize: number): Promise<Child> {
  const { source, words, format } = stage;
  const { rows } = await source.summary({ limit: MAX_CONSTRUCTORS });
  const items = rows.map(({ constructor, retainedSize }) =>
    meter(brief(constructor), retainedSize / heapSize, size(stage, retainedSize, format.bytes(retainedSize))),
  );
  return meters(`${words.tabs.summary}: ${words.columns.retainedSize}`, items);
}

async function grownConstructors(stage: Stage): Promise<Child> {
  const { source, words, format } = stage;
  const { rows } = await source.diff(source.snapshots.length - 2, { limit: MAX_CONSTRUCTORS, sort: 'sizeDelta' });
  const grown = rows.filter(({ sizeDelta }) => sizeDelta > 0);
  const top = grown[0]?.sizeDelta ?? 1;
  const items = grown.map(({ constructor, sizeDelta }) =>
    meter(brief(constructor), sizeDelta / top, size(stage, sizeDelta, format.signedBytes(sizeDelta))),
  );
  return items.length > 0 && meters(`${words.tabs.comparison}: ${words.columns.sizeDelta}`, items, 'bars grown');
}

function meters(title: string, items: HTMLElement[], className = 'bars'): HTMLElement {
  return h('section', undefined, h('h3', undefined, title), h('ul', { class: className }, items));
}

function meter(label: string, share: number, value: HTMLElement): HTMLElement {
  const bar = styled(h('span', { class: 'bar', 'aria-hidden': 'true' }), { '--share': `${share * 100}%` });
  return h('li', undefined, bar, h('span', { class: 'name', title: label }, label), value);
}
