'use strict';

const os = require('node:os');
const path = require('node:path');
const { checkDirectory, wholeNumber } = require('./kit/arguments.js');
const { loadBundle } = require('./kit/bundle.js');
const { UsageError } = require('./kit/exit.js');
const { IDENTITY_OPTION } = require('./kit/identity-option.js');
const { stoppable } = require('./kit/stop.js');
const { Background } = require('./mcp/background.js');
const { note } = require('./target/refusal.js');
const { Semaphore } = require('../semaphore.js');
const { version } = require('../../package.json');

/** The server: made of `mcp/` and its libraries by `npm run build:mcp`. */
const SERVER = path.resolve(__dirname, '../../mcp/dist/server.cjs');

const DEFAULT_OPEN = 8;
/** Share of the memory of this machine, or of its container, that open snapshots may take together. */
const MEMORY_SHARE = 0.25;
const MB = 1e6;

function loadServer(file = SERVER) {
  return loadBundle(file, { name: 'the MCP server', script: 'build:mcp', code: 'ERR_HEAPDUMP_NO_MCP' });
}

/** Memory of this machine in bytes, or of the container. */
function availableMemory() {
  const constrained = process.constrainedMemory?.() || Infinity;
  return Math.min(os.totalmem(), constrained);
}

function limitsOf(values) {
  const count = values['max-open'] === undefined ? DEFAULT_OPEN : wholeNumber(values['max-open'], '--max-open');
  if (count < 1) throw new UsageError('--max-open must be 1 or more');
  const megabytes = values['max-memory'];
  const bytes = megabytes === undefined ? availableMemory() * MEMORY_SHARE : wholeNumber(megabytes, '--max-memory') * MB;
  return { count, bytes };
}

/** Returns the functions of this package that the server calls. */
function engineOf(workers) {
  const { sourcesBeside } = require('../capture/names.js');
  const { open } = require('../analysis/snapshot.js');
  const { diff } = require('../analysis/diff.js');
  const { exportTables } = require('../analysis/export.js');
  const { leakReport } = require('../analysis/findings.js');
  const { keyOf } = require('../memory/change.js');
  const semaphore = (limit) => new Semaphore(limit);
  return { version, open, diff, exportTables, leakReport, partKey: keyOf, semaphore, sourcesBeside, ...workers };
}

async function serve(server, options, stop) {
  const workers = {
    processes: new Background(path.join(__dirname, 'mcp/process-worker.js')),
    queries: new Background(path.join(__dirname, 'mcp/query-worker.js')),
  };
  try {
    await server.run(engineOf(workers), options, { stop, note });
  } finally {
    // Closes inspectors and connections in other processes.
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
}

async function run({ values }) {
  if (values.json) throw new UsageError('mcp answers in JSON in any case');
  const directories = values.dir ?? [process.cwd()];
  for (const directory of directories) checkDirectory('--dir', directory);
  const limits = limitsOf(values);
  if (process.stdin.isTTY) throw new UsageError('mcp speaks JSON-RPC on its standard input: a client starts it (docs/agents.md)');
  const server = loadServer();
  const options = { directories, showValues: values['show-values'] === true, limits };
  const code = await stoppable(async (stop) => {
    await serve(server, options, stop);
    stop.throwIfAborted();
  });
  // A query may still be running. Its client is gone.
  process.exit(code ?? 0);
}

module.exports = {
  usage: '',
  positionals: [0],
  options: {
    dir: {
      type: 'string',
      multiple: true,
      value: 'DIR',
      about: 'directory that tools may read and write (repeatable; the current directory)',
    },
    'show-values': { type: 'boolean', about: 'answer with contents of strings, and names that look like data' },
    'max-open': { type: 'string', value: 'N', about: `snapshots that are open at the same time (${DEFAULT_OPEN})` },
    'max-memory': { type: 'string', value: 'MB', about: 'memory of all open snapshots (a quarter of the machine or container)' },
    ...IDENTITY_OPTION,
  },
  help: `Serves the tools of heapdump-rs to agents, by the Model Context Protocol on the standard input and output: list processes, find
leaks, take, open and compare snapshots, explain objects, query in SQL, divide memory. docs/agents.md describes the setup.`,
  loadServer,
  run,
};
