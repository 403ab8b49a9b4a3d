// The server with its tools.

import { McpServer } from '@modelcontextprotocol/server';
import type { Session } from './session.js';
import { closeSnapshot } from './tools/close-snapshot.js';
import { diff } from './tools/diff.js';
import { explainObject } from './tools/explain-object.js';
import { findLeaks } from './tools/find-leaks.js';
import { findings } from './tools/findings.js';
import { listProcesses } from './tools/list-processes.js';
import { listSnapshots } from './tools/list-snapshots.js';
import { memoryLedger } from './tools/memory-ledger.js';
import { openSnapshot } from './tools/open-snapshot.js';
import { query } from './tools/query.js';
import { summary } from './tools/summary.js';
import { takeSnapshot } from './tools/take-snapshot.js';

const INSTRUCTIONS = `Finds memory leaks of Node.js processes, and reads V8 heap snapshots.
A running process: list_processes, then find_leaks; its first finding names the variable, the line of code and the fix.
Snapshot files: list_snapshots, open_snapshot for each, then findings with their ids, oldest first.
RSS grows but the heap does not: memory_ledger.
Details: explain_object, diff, summary, query. Answers are JSON, below 5 kB by default; pass nextOffset as offset for the next page.
A failed call answers {"error": {"code", "message"}}.`;

/** In the order in which clients list them. */
const TOOLS = [
  listProcesses,
  memoryLedger,
  findLeaks,
  takeSnapshot,
  listSnapshots,
  openSnapshot,
  closeSnapshot,
  findings,
  summary,
  diff,
  explainObject,
  query,
];

/** Makes a server. One serves one connection. */
export function makeServer(session: Session): McpServer {
  const server = new McpServer(
    { name: 'heapdump-rs', title: 'heapdump-rs', version: session.engine.version },
    { capabilities: { tools: { listChanged: false } }, instructions: INSTRUCTIONS },
  );
  for (const add of TOOLS) add(server, session);
  return server;
}
