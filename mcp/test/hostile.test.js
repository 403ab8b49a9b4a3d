// Hostile input gets typed errors, and the server goes on.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { FIXTURES, Server, temporary } from './client.js';

const { MARK, SECRET, writeHostile } = createRequire(import.meta.url)('../../test/support/hostile.js');
const SMALL = 'node20.heapsnapshot.zst';
const LONG = { timeout: 280_000 };
const isPosix = process.platform !== 'win32';

/** A directory with a snapshot. */
function withSnapshot(t) {
  const directory = temporary(t);
  fs.copyFileSync(path.join(FIXTURES, SMALL), path.join(directory, SMALL));
  return directory;
}

test('paths outside of the directories are refused, however they are written', { ...LONG, skip: !isPosix }, async (t) => {
  const outside = withSnapshot(t);
  const directory = path.join(temporary(t), 'root');
  fs.mkdirSync(`${directory}-beside`, { recursive: true });
  fs.mkdirSync(directory);
  fs.copyFileSync(path.join(FIXTURES, SMALL), path.join(`${directory}-beside`, SMALL));
  fs.symlinkSync(path.join(outside, SMALL), path.join(directory, 'file-link.heapsnapshot.zst'));
  fs.symlinkSync(outside, path.join(directory, 'folder-link'));
  fs.symlinkSync('/nowhere/at/all', path.join(directory, 'dangling.heapsnapshot'));
  const server = await Server.start(t, ['--dir', directory]);
  for (const file of [
    path.join(outside, SMALL),
    '/etc/passwd',
    '/proc/self/environ',
    `../${path.basename(directory)}-beside/${SMALL}`,
    'file-link.heapsnapshot.zst',
    `folder-link/${SMALL}`,
    '/nowhere/at/all',
    '../nothing',
    'folder-link/nothing',
  ]) {
    assert.equal(await server.codeOf('open_snapshot', { path: file }), 'ERR_HEAPDUMP_OUTSIDE_ROOTS', file);
  }
  for (const folder of [outside, 'folder-link', '/tmp', '..'])
    assert.equal(await server.codeOf('take_snapshot', { process: 1, directory: folder }), 'ERR_HEAPDUMP_OUTSIDE_ROOTS', folder);
  assert.equal(await server.codeOf('open_snapshot', { path: 'nothing' }), 'ENOENT');
  const { files } = await server.ask('list_snapshots');
  assert.deepEqual(files, [], 'links are not followed');
});

test('files that are no snapshots: an error with a code, at once', { ...LONG, skip: !isPosix }, async (t) => {
  const directory = temporary(t);
  execFileSync('mkfifo', [path.join(directory, 'fifo.heapsnapshot')]);
  fs.mkdirSync(path.join(directory, 'folder.heapsnapshot'));
  fs.writeFileSync(path.join(directory, 'empty.heapsnapshot'), '');
  fs.writeFileSync(path.join(directory, 'text.heapsnapshot'), 'not a snapshot');
  fs.writeFileSync(path.join(directory, 'half.heapsnapshot.zst'), fs.readFileSync(path.join(FIXTURES, SMALL)).subarray(0, 9999));
  fs.writeFileSync(path.join(directory, 'an.heapimage'), 'x');
  const server = await Server.start(t, ['--dir', directory]);
  for (const name of ['fifo.heapsnapshot', 'folder.heapsnapshot'])
    assert.equal(await server.codeOf('open_snapshot', { path: name }), 'ERR_INVALID_ARG_VALUE', name);
  for (const name of ['empty.heapsnapshot', 'text.heapsnapshot', 'half.heapsnapshot.zst', 'an.heapimage'])
    assert.match(await server.codeOf('open_snapshot', { path: name }), /^ERR_HEAPDUMP_(PARSE|TRUNCATED|IMAGE)$/, name);
});

test('wrong and huge arguments', LONG, async (t) => {
  const server = await Server.start(t, ['--dir', withSnapshot(t)]);
  await server.ask('open_snapshot', { path: SMALL });
  const huge = 'x'.repeat(1_000_000);
  const wrong = [
    ['open_snapshot', {}],
    ['open_snapshot', { path: huge }],
    ['open_snapshot', { path: '' }],
    ['open_snapshot', { path: SMALL, [huge]: 1 }],
    ['open_snapshot', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]))],
    ['findings', { snapshots: [] }],
    ['findings', { snapshots: ['s1', 's1', 's1', 's1', 's1', 's1', 's1', 's1', 's1', 's1', 's1'] }],
    ['findings', { snapshots: Array.from({ length: 100_000 }, () => 's1') }],
    ['findings', { snapshots: ['s1'], offset: -1 }],
    ['findings', { snapshots: ['s1'], limit: 1e9 }],
    ['findings', { snapshots: ['s1'], maxBytes: 1e12 }],
    ['summary', { snapshot: 's1', sort: 'nonsense' }],
    ['summary', { snapshot: 's1', match: huge }],
    ['explain_object', { snapshot: 's1' }],
    ['explain_object', { snapshot: 's1', id: 1, constructorName: 'Map' }],
    ['explain_object', { snapshot: 's1', id: 1.5 }],
    ['explain_object', { snapshot: 's1', id: 1e300 }],
    ['explain_object', { snapshot: 's1', id: 1, part: 'instances' }],
    ['query', { snapshot: 's1', sql: huge }],
    ['take_snapshot', { process: -1 }],
    ['take_snapshot', { process: huge }],
    ['find_leaks', { process: 1, count: 1000 }],
    ['find_leaks', { process: 1, attach: 'yes' }],
    ['list_processes', { match: huge }],
    ['memory_ledger', { process: {} }],
  ];
  for (const [name, args] of wrong) {
    assert.equal(await server.codeOf(name, args), 'ERR_INVALID_ARG_VALUE', `${name} ${JSON.stringify(args).slice(0, 100)}`);
  }
  assert.equal(await server.codeOf('explain_object', { snapshot: 's1', id: 2 }), 'ERR_HEAPDUMP_NODE_NOT_FOUND');
  assert.equal(
    await server.codeOf('explain_object', { snapshot: 's1', constructorName: '__proto__' }),
    'ERR_HEAPDUMP_NODE_NOT_FOUND',
  );
  assert.equal((await server.ask('summary', { snapshot: 's1', limit: 1 })).constructors.length, 1);
});

test('unknown tools are an error of the protocol', LONG, async (t) => {
  const server = await Server.start(t, ['--dir', temporary(t)]);
  for (const name of ['nonsense', '__proto__', 'constructor', '', 'x'.repeat(100_000)])
    await assert.rejects(server.client.callTool({ name, arguments: {} }), ({ code }) => code === -32602);
});

test('snapshots that are closed, or were never open', LONG, async (t) => {
  const server = await Server.start(t, ['--dir', withSnapshot(t)]);
  await server.ask('open_snapshot', { path: SMALL });
  assert.deepEqual(await server.ask('close_snapshot', { snapshot: 's1' }), { closed: 's1', open: [] });
  for (const snapshot of ['s1', 's2', '', '__proto__', 'constructor']) {
    for (const [name, args] of [
      ['findings', { snapshots: [snapshot] }],
      ['summary', { snapshot }],
      ['diff', { before: snapshot, after: snapshot }],
      ['explain_object', { snapshot, id: 1 }],
      ['query', { snapshot, sql: 'SELECT 1' }],
      ['close_snapshot', { snapshot }],
    ])
      assert.equal(await server.codeOf(name, args), 'ERR_HEAPDUMP_CLOSED', `${name} ${snapshot}`);
  }
});

test('a hundred calls at the same time', LONG, async (t) => {
  const directory = withSnapshot(t);
  const server = await Server.start(t, ['--dir', directory, '--max-open', '3']);
  const all = await Promise.all(Array.from({ length: 100 }, () => server.ask('open_snapshot', { path: SMALL })));
  assert.deepEqual(new Set(all.map(({ snapshot }) => snapshot)), new Set(['s1']), 'they share the work');
  const others = Array.from({ length: 12 }, (_, i) => `${i}.heapsnapshot.zst`);
  for (const name of others) fs.copyFileSync(path.join(directory, SMALL), path.join(directory, name));
  const calls = Array.from({ length: 100 }, (_, i) => {
    switch (i % 5) {
      case 0:
        return server.call('open_snapshot', { path: others[i % others.length] });
      case 1:
        return server.call('summary', { snapshot: 's1' });
      case 2:
        return server.call('findings', { snapshots: ['s1'] });
      case 3:
        return server.call('list_processes', {});
      default:
        return server.call('explain_object', { snapshot: 's1', constructorName: 'Map' });
    }
  });
  const codes = new Set((await Promise.all(calls)).map(({ error }) => error?.code));
  // Twelve files do not fit into three places, so s1 may have been closed meanwhile.
  codes.delete(undefined);
  codes.delete('ERR_HEAPDUMP_CLOSED');
  assert.deepEqual([...codes], []);
  const { open } = await server.ask('list_snapshots');
  assert.ok(open.length <= 3, `${open.length} are open`);
});

test('malicious names are data, and contents of strings are not shown', LONG, async (t) => {
  const directory = temporary(t);
  writeHostile(path.join(directory, 'hostile.heapsnapshot'));
  const server = await Server.start(t, ['--dir', directory]);
  const { snapshot } = await server.ask('open_snapshot', { path: 'hostile.heapsnapshot' });
  const answers = [
    await server.ask('findings', { snapshots: [snapshot] }),
    await server.ask('summary', { snapshot }),
    await server.ask('diff', { before: snapshot, after: snapshot, view: 'owners' }),
    await server.ask('query', { snapshot, sql: 'SELECT name, constructor FROM nodes ORDER BY id' }),
    await server.ask('query', { snapshot, sql: 'SELECT * FROM strings' }),
  ];
  for (let id = 1; id < 60; id++) {
    const answer = await server.call('explain_object', { snapshot, id });
    if (!answer.error) answers.push(answer);
  }
  assert.ok(answers.length > 20);
  const text = JSON.stringify(answers);
  assert.ok(!text.includes(SECRET));
  // eslint-disable-next-line no-control-regex -- what a terminal would obey
  assert.doesNotMatch(text.replaceAll('\\u001b', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/);
  assert.ok(text.includes(MARK) || text.includes('\uFFFD'), 'the names were there');

  const open = await Server.start(t, ['--dir', directory, '--show-values']);
  await open.ask('open_snapshot', { path: 'hostile.heapsnapshot' });
  const shown = await open.ask('explain_object', { snapshot: 's1', constructorName: '(string)', part: 'instances' });
  assert.ok(JSON.stringify(shown).includes(SECRET));
});

test('SQL reaches no other file, and no setting', LONG, async (t) => {
  const directory = withSnapshot(t);
  const target = path.join(directory, 'written.csv');
  const server = await Server.start(t, ['--dir', directory]);
  await server.ask('open_snapshot', { path: SMALL });
  for (const sql of [
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    `COPY (SELECT 1) TO '${target}'`,
    `ATTACH '${target}'`,
    `EXPORT DATABASE '${target}'`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    "SET allowed_directories = ['/']",
    'SELECT 1; SELECT 2',
    'nonsense',
  ])
    assert.equal(await server.codeOf('query', { snapshot: 's1', sql }), 'ERR_HEAPDUMP_SQL', sql);
  assert.equal(fs.existsSync(target), false);
  const { rows } = await server.ask('query', {
    snapshot: 's1',
    sql: 'SELECT list(id) AS ids, repeat($$x$$, 100000) AS text FROM nodes',
  });
  assert.ok(JSON.stringify(rows).length < 5000);
});

test('a message that is too long ends the connection, and the server cleans up', LONG, async (t) => {
  const tmp = temporary(t);
  const server = await Server.start(t, ['--dir', withSnapshot(t)], { env: { TMPDIR: tmp } });
  assert.equal(fs.readdirSync(tmp).length, 1);
  const { pid } = server;
  const closed = new Promise((resolve) => {
    server.client.onclose = resolve;
  });
  server.client.callTool({ name: 'open_snapshot', arguments: { path: 'x'.repeat(11e6) } }).catch(() => {});
  await closed;
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  assert.deepEqual(fs.readdirSync(tmp), []);
});
