// The retaining paths of an object as a graph, and the pane that shows them.

import { NotIncluded, type PathForest } from '../source.js';
import type { Stage } from '../stage.js';
import { h } from './dom.js';
import { brief } from './format.js';
import { pathGraph } from './path-graph.js';

/** Paths of an object that the row of a table already has. */
export interface Known {
  id: number;
  name: string;
  type: string;
}

/** A pane below a table that follows the selected row. */
export interface Detail {
  readonly element: HTMLElement;
  /** Shows the paths of an object. Queries them only if they are not known. */
  show(row: Known, known?: PathForest): Promise<void>;
}

/** Returns the graph of the paths; without paths, a hint how to get them. */
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

/** Converts a single path, as in comparisons and trends, to a forest. */
export function forest(
  path: readonly { id: number; name: string; type: string; edge: string; edgeType: string; distance: number }[],
): PathForest {
  const paths = path.reduceRight<PathForest['paths']>((children, step) => [{ ...step, children }], []);
  return { paths, limits: [] };
}
