// The pane below a table: what keeps the selected object alive.

import { NotIncluded, type PathForest } from '../source.js';
import type { Stage } from '../stage.js';
import { h } from './dom.js';
import { brief, object } from './format.js';
import { instance } from './instance.js';
import { pathGraph } from './path-graph.js';

interface Known { id: number; name: string; type: string }

export interface Detail {
  readonly element: HTMLElement;
  /** Shows the paths of an object; those that are known already need no question. */
  show(row: Known, known?: PathForest): Promise<void>;
}

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

/** The graph of the paths, or where to get it. */
export async function retainingPaths(stage: Stage, row: Known, known?: PathForest): Promise<HTMLElement> {
  const { words, source } = stage;
  try {
    return pathGraph(stage, row, known ?? await source.pathsToRoot(row.id));
  } catch (error) {
    if (!(error instanceof NotIncluded)) return h('p', { class: 'failure', role: 'alert' }, String(error));
    const command = `npx heapdump-rs paths ${brief(source.snapshots.at(-1)!.name)} ${row.id}`;
    return h('p', { class: 'muted' }, words.notIncluded, ' ', h('code', undefined, command));
  }
}

/** A single path, as comparisons and trends have it, as a forest. */
export function forest(path: readonly { id: number; name: string; type: string; edge: string; edgeType: string; distance: number }[]): PathForest {
  const paths = path.reduceRight<PathForest['paths']>((children, step) => [{ ...step, children }], []);
  return { paths, limits: [] };
}
