import * as z from 'zod/v4';
import { pageArguments } from '../page.js';
import { reportFields, reportPage } from '../report.js';
import { snapshotId } from '../schemas.js';
import { tool } from '../tool.js';

export const findings = tool({
  name: 'findings',
  title: 'Findings of snapshots',
  description: `Says what leaks in open snapshots: the variable, the line of code, the retaining path, the fix. Pass three snapshots of one
process, oldest first, taken after equal amounts of work: then growth tells leaks from caches. Two show growth; one shows large owners
only. Snapshots of different processes fail with ERR_HEAPDUMP_DIFFERENT_PROCESS. The first finding explains the most growth. An empty
list with a flat heap means that the JavaScript heap does not leak; then use memory_ledger. Pass nextOffset as offset for more.`,
  input: {
    snapshots: z.array(snapshotId).min(1).max(10).describe('Ids of snapshots of one process, oldest first.'),
    ...pageArguments,
  },
  output: reportFields,
  isReadOnly: true,
  run({ snapshots, ...how }, { session, signal, progress }) {
    const { store, roots } = session;
    return store.use(snapshots, async (...entries) =>
      reportPage({}, await session.report(entries, signal, progress.part(0, 1, 'findings')), how, roots),
    );
  },
});
