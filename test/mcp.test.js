'use strict';
// The parts of `heapdump-rs mcp` that need no server. Tests with a client: mcp/test/, by `npm run test:mcp`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { loadServer } = require('../lib/cli/mcp.js');
const { Background } = require('../lib/cli/mcp/background.js');
const { listProcesses } = require('../lib/cli/mcp/list.js');
const { exportTables } = require('../lib/analysis/export.js');
const { queryPage } = require('../lib/analysis/query.js');
const { start } = require('./support/app.js');
const { runSync } = require('./support/command.js');
const { ROOT, temporary } = require('./support/temporary.js');

const SNAPSHOT = path.join(__dirname, 'fixtures/node20.heapsnapshot.zst');
const LONG = { timeout: 60_000 };

test('wrong usage, or not built: errors with a code and advice', LONG, (t) => {
  for (const args of [['a'], ['--json'], ['--dir', '/no/such/directory'], ['--max-open', '0'], ['--max-memory', 'much']]) {
    const { status, stderr, stdout } = runSync('mcp', ...args, { input: '' });
    assert.equal(status, 2, `${args}: ${stderr}`);
    assert.equal(stdout, '');
  }
  const file = path.join(temporary(t), 'server.cjs');
  assert.throws(() => loadServer(file), { code: 'ERR_HEAPDUMP_NO_MCP', message: /npm run build:mcp/ });
});

/** A worker that runs operations of a test. */
function background(t, operations) {
  const file = path.join(temporary(t), 'worker.js');
  const serve = JSON.stringify(path.join(ROOT, 'lib/cli/mcp/serve.js'));
  fs.writeFileSync(file, `const { serve } = require(${serve}); serve({ ${operations} });`);
  const worker = new Background(file);
  t.after(() => worker.close());
  return worker;
}

test('a worker answers calls, with progress, errors and cancellation', LONG, async (t) => {
  const worker = background(
    t,
    `
    double({ n }, { onProgress }) { onProgress(n); return 2 * n; },
    fail() { throw Object.assign(new RangeError('no'), { code: 'ERR_NO' }); },
    wait(_, { signal, onProgress }) {
      onProgress('waits');
      return new Promise((_, reject) => { signal.onabort = () => reject(Object.assign(new Error('ended'), { code: 'ABORT_ERR' })); });
    },
    end() { process.exit(); },
    `,
  );
  const heard = [];
  assert.equal(await worker.call('double', { n: 4 }, { onProgress: (n) => heard.push(n) }), 8);
  assert.deepEqual(heard, [4]);
  await assert.rejects(worker.call('fail', {}), { code: 'ERR_NO', message: 'no' });
  const abort = new AbortController();
  const waits = worker.call('wait', {}, { signal: abort.signal, onProgress: () => abort.abort() });
  await assert.rejects(waits, { code: 'ABORT_ERR' });
  await assert.rejects(worker.call('double', { n: 1 }, { signal: abort.signal }), { code: 'ABORT_ERR' });
  // A worker that has ended is replaced.
  await assert.rejects(worker.call('end', {}), /ended/);
  assert.equal(await worker.call('double', { n: 1 }), 2);
  // Calls that are running at the end are aborted, and undo what they have opened.
  const last = assert.rejects(worker.call('wait', {}), { code: 'ABORT_ERR' });
  await worker.close();
  await last;
});

test('processes are listed with the way to a snapshot', { ...LONG, skip: process.platform !== 'linux' }, async (t) => {
  const directory = temporary(t);
  const loaded = start(t, directory, `require('heapdump-rs'); say('ready'); setInterval(() => {}, 1 << 30);`);
  const plain = start(t, directory, `say('ready'); setInterval(() => {}, 1 << 30);`);
  await Promise.all([loaded.said('ready'), plain.said('ready')]);
  const all = listProcesses({});
  const accessOf = ({ pid }) => all.find((one) => one.pid === pid)?.access;
  assert.equal(accessOf(loaded), 'signal');
  assert.equal(accessOf(plain), 'attach');
  assert.equal(accessOf(process), undefined, 'not itself');
  const { residentBytes, workingDirectory } = all.find(({ pid }) => pid === loaded.pid);
  assert.ok(residentBytes > 1e6);
  assert.equal(workingDirectory, fs.realpathSync(directory));
  assert.deepEqual(listProcesses({ match: 'no process has this' }), []);
});

test('a page of a query that is not trusted', LONG, async (t) => {
  const directory = temporary(t);
  await exportTables(SNAPSHOT, { to: directory, graph: true });
  const ask = (sql, offset, limit, signal) => queryPage(directory, sql, { offset, limit, signal });
  const { columns, rows, hasMore } = await ask('SELECT range AS n FROM range(10000)', 5000, 2);
  assert.deepEqual({ columns, rows, hasMore }, { columns: ['n'], rows: [[5000], [5001]], hasMore: true });
  assert.deepEqual(await ask('SELECT 1 AS a', 0, 1), { columns: ['a'], rows: [[1]], hasMore: false });
  assert.deepEqual(await ask('SELECT 1 AS a', 1, 1), { columns: ['a'], rows: [], hasMore: false });
  await ask('SELECT * FROM path_to_root(1)', 0, 1);
  for (const sql of ["SELECT * FROM read_text('/etc/hostname')", "SET allowed_directories = ['/']", 'SELECT 1; SELECT 2'])
    await assert.rejects(ask(sql, 0, 1), { code: 'ERR_HEAPDUMP_SQL' }, sql);
  // Reads the signal once before the query, which would take years.
  const abort = new AbortController();
  abort.signal.throwIfAborted = () => setTimeout(() => abort.abort(), 100);
  await assert.rejects(ask('SELECT count(*) FROM range(1000000000) a, range(1000000000) b', 0, 1, abort.signal), {
    code: 'ERR_HEAPDUMP_SQL',
    message: /INTERRUPT/,
  });
});
