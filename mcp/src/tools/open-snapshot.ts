import * as z from 'zod/v4';
import { bytes } from '../schemas.js';
import { tool } from '../tool.js';

export const openSnapshot = tool({
  name: 'open_snapshot',
  title: 'Open a snapshot',
  description: `Opens and analyses a heap snapshot file, and returns its id for findings, summary, diff, explain_object and query. It stays
open between calls. Number and memory of open snapshots are limited: the least recently used ones are closed first, and calls with
their ids fail with ERR_HEAPDUMP_CLOSED. Opening 100 MB takes about a second.`,
  input: {
    path: z.string().min(1).max(4096).describe('Path of the file, below a directory of the server (see list_snapshots).'),
  },
  output: {
    snapshot: z.string().describe('Id of the snapshot, for the other tools.'),
    path: z.string(),
    nodeCount: z.int().describe('Number of objects.'),
    edgeCount: z.int().describe('Number of references.'),
    heapBytes: bytes('Size of all objects'),
    memoryBytes: bytes('Memory that the server holds for the snapshot'),
    open: z.array(z.string()).describe('Ids of all open snapshots, the least recently used first.'),
  },
  isReadOnly: true,
  async run({ path }, { session, signal, progress }) {
    const { roots, store } = session;
    const file = await roots.file(path);
    const entry = await store.open({ path: file, isPrivate: false }, { signal, onProgress: progress.part(0, 1, 'open') });
    try {
      const { nodeCount, edgeCount, totalSize, memoryUsed } = entry.snapshot;
      return {
        snapshot: entry.id,
        path: file,
        nodeCount,
        edgeCount,
        heapBytes: totalSize,
        memoryBytes: memoryUsed,
        open: store.ids,
      };
    } finally {
      await store.release(entry);
    }
  },
});
