// The pane below a table: the retaining paths of the selected object.

import type { Stage } from '../stage.js';
import { h } from './dom.js';
import { object } from './format.js';
import { instance } from './instance.js';
import { retainingPaths, type Detail, type Known } from './retaining-paths.js';

export function detail(stage: Stage): Detail {
  const { words, source } = stage;
  if (source.mode === 'view') return instance(stage);
  const title = h('h2', undefined, words.retainers.title);
  const body = h('div', { class: 'detail-body' }, h('p', { class: 'muted' }, words.summary.hint));
  const element = h('section', { class: 'detail', 'aria-label': words.retainers.title }, title, body);
  let latest: Known | undefined;
  return {
    element,
    async show(row, known) {
      latest = row;
      title.replaceChildren(words.retainers.title, ' ', object(row, source.showsValues));
      const content = await retainingPaths(stage, row, known);
      if (latest === row) body.replaceChildren(content);
    },
  };
}
