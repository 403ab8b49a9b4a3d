// Shows the progress of each file during the analysis.

import type { FileState } from '../source/remote.js';
import { wordsOf, type Language, type Words } from '../words.js';
import { h } from './dom.js';
import { brief, formatFor } from './format.js';

export function loadingScreen(root: HTMLElement, language: Language): (files: readonly FileState[]) => void {
  const words = wordsOf(language);
  const format = formatFor(language);
  const list = h('ul');
  const screen = h('main', { class: 'loading' }, h('h1', undefined, words.view.analysing), list);
  return (files) => {
    document.title = words.view.analysing;
    list.replaceChildren(
      ...files.map((file) =>
        h(
          'li',
          undefined,
          h('span', { class: 'name' }, brief(file.name)),
          h('span', { class: 'muted' }, format.bytes(file.fileSize)),
          h('progress', { max: 1, value: share(file), 'aria-label': brief(file.name) }),
          h('span', { class: 'muted stage' }, state(file, words)),
        ),
      ),
    );
    if (!screen.isConnected) root.replaceChildren(screen);
  };
}

/** Returns the progress from 0 to 1. Reading takes about two thirds of the time; a stage without a total has no progress. */
function share({ status, progress }: FileState): number | undefined {
  if (status === 'ready') return 1;
  if (status === 'waiting') return 0;
  if (!progress || progress.total === 0) return undefined;
  return progress.stage === 'read' ? (progress.done / progress.total) * 0.66 : undefined;
}

function state({ status, progress }: FileState, { view }: Words): string {
  if (status === 'ready') return view.ready;
  if (status === 'waiting') return view.waiting;
  const stage = progress?.stage ?? 'start';
  return view.stages[stage] ?? stage;
}
