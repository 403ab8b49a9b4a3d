// What keeps an object alive, as a graph, and the pane that shows it.

import { NotIncluded, type PathForest } from '../source.js';
import type { Stage } from '../stage.js';
import { h } from './dom.js';
import { brief } from './format.js';
import { pathGraph } from './path-graph.js';

/** What the row of a table knows of its object. */
export interface Known {
  id: number;
  name: string;
  type: string;
}

/** A pane below a table that follows the selected row. */
export interface Detail {
  readonly element: HTMLElement;
  /** Shows the paths of an object; those that are known already need no question. */
  show(row: Known, known?: PathForest): Promise<void>;
}

/** The graph of the paths, or where to get it. */
export async function retainingPaths(stage: Stage, row: Known, known?: PathForest): Promise<HTMLElement> {
  const { words, source } = stage;
  try {
    return pathGraph(stage, row, known ?? (await source.pathsToRoot(row.id)));
  } catch (error) {
    if (!(error instanceof NotIncluded)) return h('p', { class: 'failure', role: 'alert' }, String(error));
    const command = `npx heapdump-rs paths ${brief(source.snapshots.at(-1)!.name)} ${row.id}`;
    return h('p', { class: 'muted' }, words.notIncluded, ' ', h('code', undefined, command));
  }
}

/** A single path, as comparisons and trends have it, as a forest. */
export function forest(
  path: readonly { id: number; name: string; type: string; edge: string; edgeType: string; distance: number }[],
): PathForest {
  const paths = path.reduceRight<PathForest['paths']>((children, step) => [{ ...step, children }], []);
  return { paths, limits: [] };
}
