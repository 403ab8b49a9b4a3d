import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/v4';
import { page, pageArguments, pageFields, windowOf } from '../page.js';
import { bytes } from '../schemas.js';
import { clip } from '../text.js';
import { tool } from '../tool.js';

const SNAPSHOT = /\.heapsnapshot(\.gz|\.zst)?$/;
/** Folders with thousands of files and no snapshots. */
const SKIPPED = new Set(['node_modules', '.git']);
const MAX_DEPTH = 3;
const MAX_PATH = 200;
const MAX_FOLDERS = 2000;

/** Returns the snapshots below a directory. Follows no links. */
async function filesBelow(root: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const folders = [{ folder: root, depth: 0 }];
  for (let visited = 0; folders.length > 0 && visited < MAX_FOLDERS; visited++) {
    signal.throwIfAborted();
    const { folder, depth } = folders.shift()!;
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const file = path.join(folder, entry.name);
      if (entry.isFile() && SNAPSHOT.test(entry.name)) found.push(file);
      if (entry.isDirectory() && depth < MAX_DEPTH && !SKIPPED.has(entry.name)) folders.push({ folder: file, depth: depth + 1 });
    }
  }
  return found;
}

async function describe(file: string) {
  const stats = await stat(file).catch(() => undefined);
  return stats && { path: file, bytes: stats.size, modifiedAt: stats.mtime.toISOString() };
}

export const listSnapshots = tool({
  name: 'list_snapshots',
  title: 'List snapshots',
  description: `Lists the heap snapshot files (.heapsnapshot, .gz, .zst) below the directories that this server may access, newest first,
up to ${MAX_DEPTH} folders deep, and the snapshots that are open now.`,
  input: pageArguments,
  output: {
    directories: z.array(z.string()).describe('Directories of the server. Relative paths are relative to the first one.'),
    open: z.array(
      z.strictObject({
        snapshot: z.string().describe('Its id.'),
        path: z.string(),
        memoryBytes: bytes('Memory that the server holds for it'),
      }),
    ),
    files: z.array(
      z.strictObject({ path: z.string(), bytes: bytes('Size of the file'), modifiedAt: z.string().describe('ISO 8601.') }),
    ),
    ...pageFields,
  },
  isReadOnly: true,
  async run(how, { session, signal }) {
    const { store, roots } = session;
    const all = (await Promise.all(roots.directories.map((root) => filesBelow(root, signal)))).flat();
    const files = (await Promise.all([...new Set(all)].map(describe))).filter((file) => file !== undefined);
    files.sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt) || a.path.localeCompare(b.path));
    const open = store.entries.map(({ id, path: file, snapshot }) => ({
      snapshot: id,
      path: clip(file, MAX_PATH),
      memoryBytes: snapshot.memoryUsed,
    }));
    const rows = windowOf(files, how);
    return page({ directories: [...roots.directories], open }, 'files', rows, files.length, how);
  },
});
