import * as z from 'zod/v4';
import { snapshotId } from '../schemas.js';
import { tool } from '../tool.js';

export const closeSnapshot = tool({
  name: 'close_snapshot',
  title: 'Close a snapshot',
  description: `Closes an open snapshot and frees its memory. Its file stays, unless find_leaks took it: then it is removed.`,
  input: { snapshot: snapshotId },
  output: { closed: z.string(), open: z.array(z.string()).describe('Ids of the snapshots that are still open.') },
  isReadOnly: true,
  async run({ snapshot }, { session }) {
    await session.store.close(snapshot);
    return { closed: snapshot, open: session.store.ids };
  },
});
