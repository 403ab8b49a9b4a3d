import * as z from 'zod/v4';
import { fitting, pageArguments, pageFields, rowsToAsk } from '../page.js';
import { snapshotId } from '../schemas.js';
import type { Entry } from '../store.js';
import { clip } from '../text.js';
import { tool, type Call } from '../tool.js';

/** More than fit by default. */
const ROWS = 200;
const MAX_SQL = 20_000;

/** Maximum length of a text in a cell, and of the name of a column. */
const MAX_TEXT = 300;

/** Returns a value without invisible characters. */
function safe(value: unknown): unknown {
  if (typeof value === 'string') return clip(value, MAX_TEXT);
  if (Array.isArray(value)) return value.map(safe);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [clip(name, MAX_TEXT), safe(one)]));
}

/** Writes the tables of a snapshot into a private directory. */
async function writeTables(entry: Entry, { session, signal, progress }: Call): Promise<string> {
  const directory = session.makeDirectory('tables');
  const options = { to: directory, graph: true, ...session.analysis, signal, onProgress: progress.part(0, 0.8, 'tables') };
  try {
    await session.heavy.take(signal, () => session.engine.exportTables(entry.snapshot, options));
    return directory;
  } catch (error) {
    await session.removeDirectory(directory);
    throw error;
  }
}

/** Returns the directory with the tables of a snapshot. The first query writes them. */
async function tablesOf(entry: Entry, call: Call): Promise<string> {
  if (entry.tables) {
    // If it fails, this query writes them itself: the client of the other one may have cancelled it.
    const directory = await entry.tables.catch(() => undefined);
    return directory ?? tablesOf(entry, call);
  }
  const written = writeTables(entry, call);
  entry.tables = written;
  try {
    return await written;
  } catch (error) {
    entry.tables = undefined;
    throw error;
  }
}

export const query = tool({
  name: 'query',
  title: 'Query a snapshot in SQL',
  description: `Asks an open snapshot in the SQL of DuckDB: one statement, which can read the tables of the snapshot and nothing else.
Needs the package @duckdb/node-api beside heapdump-rs; fails with ERR_HEAPDUMP_UNSUPPORTED without it, and with ERR_HEAPDUMP_SQL for
wrong SQL. Tables: snapshots, classes(constructor, count, shallow_size, retained_size), packages(package, version, own_size),
findings, owners, nodes(id, type, name, constructor, self_size, shallow_size, retained_size, distance, dominator_id, package),
edges(source_id, target_id, type, name, index), strings(id, length). "DESCRIBE nodes" lists the columns of a table. Macros:
retained_size(id), package_of(id), and the table path_to_root(id). Sizes are in bytes. Contents of strings, and names that look like
data, are NULL or "…" unless the server was started with --show-values.`,
  input: {
    snapshot: snapshotId,
    sql: z.string().min(1).max(MAX_SQL).describe('One statement.'),
    ...pageArguments,
  },
  output: {
    columns: z.array(z.string()),
    rows: z
      .array(z.array(z.unknown()))
      .describe('Rows with a value for each column. Whole numbers beyond 2^53 are strings; long texts and lists are cut.'),
    ...pageFields,
  },
  isReadOnly: true,
  async run({ snapshot, sql, ...how }, call) {
    const { session, signal } = call;
    // Before the work of writing tables.
    await session.engine.queries.call('check', {});
    return session.store.use([snapshot], async (entry) => {
      const directory = await tablesOf(entry!, call);
      const window = { offset: how.offset, limit: rowsToAsk(how, ROWS) };
      const answer = await session.engine.queries.call('query', { directory, sql, ...window }, { signal });
      const { hasMore } = answer;
      const columns = answer.columns.map((name) => clip(name, MAX_TEXT));
      const rows = session.withoutNowhere(answer.rows).map((row) => row.map(safe));
      const count = fitting({ columns }, rows, how);
      const isLast = count === rows.length && !hasMore;
      return { columns, rows: rows.slice(0, count), ...(!isLast && { nextOffset: how.offset + count }) };
    });
  },
});
