// Containment: the references of the root, or of the object in `#containment/1234`.

import { h } from '../parts/dom.js';
import { object } from '../parts/format.js';
import { instance, referenceTable } from '../parts/instance.js';
import type { Stage, View } from '../stage.js';

export const view: View = { name: 'containment', needs: ({ mode }) => mode === 'view', show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const { source, words, about, go } = stage;
  const id = idOf(about);
  const start = id === undefined ? undefined : await source.node(id);
  const below = instance(stage);
  const table = referenceTable(stage, words.tabs.containment, 'children', id, (row) => void below.show(row));
  panel.append(
    h(
      'div',
      { class: 'bar-above' },
      start ? object(start, source.showsValues) : h('span', { class: 'muted' }, words.view.fromRoot),
      start && h('button', { type: 'button', class: 'button', click: () => go('containment') }, words.view.toRoot),
    ),
    table.element,
    below.element,
  );
  stage.onLeave(table.mount());
  if (start) void below.show(start);
}

/** Parses the id of an object: `1234` or `@1234`. */
export function idOf(text: string | undefined): number | undefined {
  const digits = /^\s*@?(\d{1,10})\s*$/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
