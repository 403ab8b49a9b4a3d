// The order of rows, as the engine sorts them. Not a part of the API: the page of a report uses it.

/** Returns rows that are in the default order of their list in another order. */
export function inOrder<Row>(
  list: 'summary' | 'nodes' | 'diff' | 'trend',
  rows: readonly Row[],
  options: { sort?: string; reverse?: boolean },
): readonly Row[];
