'use strict';
// The sidecar of a dump has the ledger of the memory before the dump and after it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { temporary } = require('./support/temporary.js');

const LINUX = { skip: process.platform !== 'linux' && 'only Linux has /proc', timeout: 300_000 };

const sidecarOf = (file) => JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));

function assertLedger({ rss, parts, unexplained, isolates }) {
  assert.equal(
    parts.reduce((sum, { resident }) => sum + resident, unexplained),
    rss,
  );
  assert.ok(rss > 1e7 && isolates.length > 0);
}

/** Takes dumps by commands on stdin; says each result, and what the sidecar was when the snapshot appeared. */
const APP = `
  const fs = require('node:fs');
  const heapdump = require('heapdump-rs');
  let seen;
  fs.watch('.', (_, name) => {
    if (name === 'a.heapsnapshot' && fs.existsSync(name)) seen ??= fs.existsSync('a.heapsnapshot.json');
  });
  heapdump.on('dump', (result) => say('dump', { result, seen }));
  heapdump.on('error', (error) => say('error', error.message));
  process.stdin.on('data', (text) => eval(String(text)));
  say('ready');
`;

test('a dump has the ledgers in its result and its sidecar, and the samples of a watch', LINUX, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, APP);
  await app.said('ready');
  app.tell(
    "heapdump.watch({ rss: 1e15 }); setTimeout(() => heapdump.dump({ path: 'a.heapsnapshot', sidecar: true, mode: 'inline' }), 1000)",
  );
  const { result, seen } = await app.said('dump');
  assert.equal(seen, true, 'the sidecar was there before the snapshot');
  const { samples, ...sidecar } = sidecarOf(result.path);
  assert.deepEqual(sidecar, result);
  const { before, after } = result.memory;
  assertLedger(before);
  assertLedger(after);
  assert.ok(before.at <= result.startedAt && after.at > result.startedAt);
  assert.equal(samples.length, 1);
  assert.ok(samples[0].rss > 1e7 && samples[0].owners['v8-live'] > 1e6, JSON.stringify(samples));
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => name.startsWith('.')),
    [],
  );
  app.tell("heapdump.dump({ path: 'b.heapsnapshot', mode: 'inline' })");
  assert.equal((await app.said('dump')).result.memory, undefined, 'without a sidecar there is no ledger');
});

test('a dump by signal has them, of a stuck thread it has none', LINUX, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, APP);
  await app.said('ready');
  app.tell("heapdump.install({ sidecar: true, mode: 'inline', wedgedAfterMs: 500 }); say('installed')");
  await app.said('installed');
  app.kill('SIGUSR2');
  const { result } = await app.said('dump');
  assertLedger(result.memory.before);
  assertLedger(result.memory.after);
  assert.deepEqual(sidecarOf(result.path), result);
  app.tell(
    "say('stuck'); for (const end = Date.now() + 60_000; Date.now() < end && fs.readdirSync('.').filter((name) => name.endsWith('.heapsnapshot')).length < 2;);",
  );
  await app.said('stuck');
  app.kill('SIGUSR2');
  const { result: interrupted } = await app.said('dump');
  assert.equal(interrupted.method, 'interrupt');
  assert.equal(interrupted.memory, undefined);
  assert.equal(sidecarOf(interrupted.path).memory, undefined);
});
