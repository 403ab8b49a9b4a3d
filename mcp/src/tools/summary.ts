import * as z from 'zod/v4';
import { page, pageArguments, pageFields, rowsToAsk } from '../page.js';
import { MAX_NAME } from '../rows.js';
import { bytes, snapshotId } from '../schemas.js';
import { clip } from '../text.js';
import { tool } from '../tool.js';

/** More than fit by default. */
const ROWS = 100;

export const summary = tool({
  name: 'summary',
  title: 'Summary of a snapshot',
  description: `Lists the constructors of an open snapshot with number and size of their objects, as the Summary view of Chrome DevTools,
and the sizes by kind of memory. Names in parentheses are memory that is not of a class: (string), (closure), (array), (system). To look
at the objects of a constructor, pass its name to explain_object as constructorName.`,
  input: {
    snapshot: snapshotId,
    match: z.string().max(300).optional().describe('Only constructors whose name contains this text, in any case.'),
    sort: z
      .enum(['retainedSize', 'shallowSize', 'count', 'distance', 'constructor'])
      .default('retainedSize')
      .describe('Sort key. Numbers descend, names ascend.'),
    ...pageArguments,
  },
  output: {
    nodeCount: z.int().describe('Number of objects.'),
    heapBytes: bytes('Size of all objects'),
    kinds: z
      .strictObject({
        codeBytes: z.number(),
        stringBytes: z.number(),
        arrayBytes: z.number(),
        typedArrayBytes: z.number(),
        systemBytes: z.number(),
        nativeBytes: z.number(),
      })
      .describe('Memory by kind, in bytes. nativeBytes is memory outside the V8 heap, typedArrayBytes included.'),
    constructors: z.array(
      z.strictObject({
        constructor: z.string(),
        count: z.int().describe('Number of objects.'),
        shallowBytes: bytes('Size of the objects themselves'),
        retainedBytes: bytes('Memory that would be freed with all of them'),
        distance: z.int().nullable().describe('Minimum number of references from a root of the program.'),
      }),
    ),
    ...pageFields,
  },
  isReadOnly: true,
  run({ snapshot, match, sort, ...how }, { session, signal }) {
    return session.store.use([snapshot], async (entry) => {
      const options = { sort, offset: how.offset, limit: rowsToAsk(how, ROWS), signal, ...(match && { match }) };
      const { totals, statistics, rows } = await session.heavy.take(signal, () => entry!.snapshot.summary(options));
      const { native, v8heap } = statistics;
      const fields = {
        nodeCount: totals.nodeCount,
        heapBytes: totals.totalSize,
        kinds: {
          codeBytes: v8heap.code,
          stringBytes: v8heap.strings,
          arrayBytes: v8heap.jsArrays,
          typedArrayBytes: native.typedArrays,
          systemBytes: v8heap.system,
          nativeBytes: native.total,
        },
      };
      const shown = rows.map((row) => ({
        constructor: clip(row.constructor, MAX_NAME),
        count: row.count,
        shallowBytes: row.shallowSize,
        retainedBytes: row.retainedSize,
        distance: row.distance,
      }));
      return page(fields, 'constructors', shown, totals.rowCount, how);
    });
  },
});
