import * as z from 'zod/v4';
import type { DiffRow, NewObjectGroup } from '../../../index.js';
import { page, pageArguments, pageFields, rowsToAsk, windowOf } from '../page.js';
import { MAX_NAME, objectOf, pathFields } from '../rows.js';
import { bytes, objectRow, snapshotId } from '../schemas.js';
import { clip } from '../text.js';
import { tool } from '../tool.js';
import type { Names } from '../values.js';

/** More than fit by default. */
const ROWS = 100;
const OWNERS = 30;
/** Steps at both ends of a path. */
const PATH = { head: 5, tail: 3 };

const constructorOf = (row: DiffRow) => ({
  constructor: clip(row.constructor, MAX_NAME),
  addedCount: row.addedCount,
  removedCount: row.removedCount,
  countDelta: row.countDelta,
  addedBytes: row.addedSize,
  removedBytes: row.removedSize,
  deltaBytes: row.sizeDelta,
});

function ownerOf({ constructor, count, retainedSize, owner, example, path }: NewObjectGroup, names: Names) {
  return {
    constructor: clip(constructor, MAX_NAME),
    count,
    retainedBytes: retainedSize,
    owner: objectOf(owner, names),
    exampleId: example.id,
    ...pathFields(path, PATH, names),
  };
}

export const diff = tool({
  name: 'diff',
  title: 'Compare two snapshots',
  description: `Compares two open snapshots of one process: what was added and removed between them. view "constructors" lists
constructors with added and removed objects, as the Comparison view of Chrome DevTools; view "owners" lists the older objects that keep
new ones alive, with a retaining path: usually the collection that leaks. Snapshots of different processes fail with
ERR_HEAPDUMP_DIFFERENT_PROCESS; with by: "name" they can be compared by constructor, without owners.`,
  input: {
    before: snapshotId.describe('Id of the older snapshot.'),
    after: snapshotId.describe('Id of the newer snapshot.'),
    view: z.enum(['constructors', 'owners']).default('constructors'),
    by: z.enum(['id', 'name']).default('id').describe('How objects are identified.'),
    sort: z
      .enum(['addedSize', 'removedSize', 'sizeDelta', 'addedCount', 'removedCount', 'countDelta', 'constructor'])
      .default('sizeDelta')
      .describe('Sort key of constructors. Numbers descend, names ascend.'),
    ...pageArguments,
  },
  output: {
    addedCount: z.int().describe('Number of added objects.'),
    removedCount: z.int().describe('Number of removed objects.'),
    addedBytes: bytes('Size of added objects'),
    removedBytes: bytes('Size of removed objects'),
    constructors: z
      .array(
        z.strictObject({
          constructor: z.string(),
          addedCount: z.int(),
          removedCount: z.int(),
          countDelta: z.int(),
          addedBytes: z.number(),
          removedBytes: z.number(),
          deltaBytes: bytes('Added minus removed'),
        }),
      )
      .optional()
      .describe('With view "constructors".'),
    owners: z
      .array(
        z.strictObject({
          constructor: z.string().describe('Class of the new objects.'),
          count: z.int().describe('Number of new objects.'),
          retainedBytes: bytes('Memory that would be freed with them'),
          owner: z
            .strictObject(objectRow)
            .describe('The nearest dominator of the new objects that the older snapshot has as well.'),
          exampleId: z.int().describe('The new object that retains most.'),
          path: z
            .array(z.strictObject({ reference: z.string(), from: z.string(), fromId: z.int() }))
            .describe('References from the example to a root: each step refers to the one before.'),
          omittedSteps: z.int().optional().describe(`Steps left out after the first ${PATH.head}.`),
        }),
      )
      .optional()
      .describe('With view "owners", the largest first.'),
    ...pageFields,
  },
  isReadOnly: true,
  run({ before, after, view, by, sort, ...how }, { session, signal, progress }) {
    return session.store.use([before, after], async (older, newer) => {
      const isOwners = view === 'owners';
      const limit = rowsToAsk(how, isOwners ? OWNERS : ROWS);
      const window = isOwners ? { limit: 1, newObjects: how.offset + limit } : { limit, offset: how.offset, newObjects: 1 };
      const options = { ...window, by, sort, signal, onProgress: progress.part(0, 1, 'diff') };
      const result = await session.heavy.take(signal, () => session.engine.diff(older!.snapshot, newer!.snapshot, options));
      const { totals, rows, newObjects } = result;
      const fields = {
        addedCount: totals.addedCount,
        removedCount: totals.removedCount,
        addedBytes: totals.addedSize,
        removedBytes: totals.removedSize,
      };
      if (!isOwners) return page(fields, 'constructors', rows.map(constructorOf), totals.rowCount, how);
      const groups = windowOf(newObjects?.rows ?? [], how, OWNERS).map((group) => ownerOf(group, session.names));
      return page(fields, 'owners', groups, newObjects?.totals.rowCount ?? 0, how);
    });
  },
});
