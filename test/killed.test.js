'use strict';
// A process that dies in the middle of a dump leaves no snapshot, and at most a temporary file that the next dump in that directory
// removes.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, seen, snapshots, temporary } = require('./support/temporary.js');
const { missing } = require('./support/tools.js');

const LONG = { timeout: 180_000, skip: process.platform === 'win32' && 'no such signals' };

/** Dumps into its directory, and runs `atFirstChunk` while V8 takes the snapshot. */
const dumping = (atFirstChunk) => `
  const heapdump = require('heapdump-rs');
  let first = true;
  heapdump.dump({ path: 'a.heapsnapshot', onProgress() { if (first) { first = false; ${atFirstChunk} } } })
    .then(() => say('dumped'), ({ code }) => say('failed', code));
`;

async function leaveTemporary(t, directory) {
  const app = start(t, directory, dumping("process.kill(process.pid, 'SIGKILL')"));
  assert.deepEqual(await app.exit, { code: null, signal: 'SIGKILL' });
  const [name, ...others] = partials(directory);
  assert.equal(name, `.heapdump-rs.${app.pid}.0.partial`);
  assert.deepEqual(others, []);
  assert.equal(fs.statSync(path.join(directory, name)).mode & 0o777, 0o600);
  return name;
}

test('SIGKILL while V8 hands out the snapshot', LONG, async (t) => {
  const directory = temporary(t);
  await leaveTemporary(t, directory);
  assert.deepEqual(snapshots(directory), []);
  // The next dump in this directory, of any process, removes it.
  const app = start(t, directory, dumping(''));
  await app.said('dumped');
  assert.deepEqual(partials(directory), []);
  assert.deepEqual(snapshots(directory), ['a.heapsnapshot']);
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
});

test('SIGKILL at any time after the signal: a snapshot is complete or not there', LONG, async (t) => {
  for (const moment of ['as soon as the temporary is seen', 'a tenth into', 'half into', 'nine tenths into']) {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      `
      const heapdump = require('heapdump-rs');
      globalThis.kept = Array.from({ length: 50000 }, (_, i) => ({ i, text: 'text ' + i }));
      heapdump.dump({ path: 'measure.heapsnapshot' }).then(({ bytes }) => {
        require('node:fs').unlinkSync('measure.heapsnapshot');
        say('ready', bytes);
      });
      setInterval(() => {}, 1 << 30);
    `,
    );
    const bytes = await app.said('ready');
    const share = { 'a tenth into': 0.1, 'half into': 0.5, 'nine tenths into': 0.9 }[moment] ?? 0;
    app.kill('SIGUSR2');
    await seen(directory, () => {
      if (snapshots(directory).length) return true; // Too late for this one, so it must be complete.
      const [name] = partials(directory);
      return name && (fs.statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? bytes) >= share * bytes;
    });
    app.kill('SIGKILL');
    await app.exit;
    assert.ok(partials(directory).length <= 1, moment);
    for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
  }
});

test('only temporaries of processes that are gone are removed, and nothing else', LONG, async (t) => {
  const directory = temporary(t);
  const left = await leaveTemporary(t, directory);
  // A live process, stopped in the middle of its dump.
  const alive = start(t, directory, dumping("say('chunk'); process.kill(process.pid, 'SIGSTOP')"));
  await alive.said('chunk');
  const itsTemporary = `.heapdump-rs.${alive.pid}.0.partial`;
  const foreign = [
    '.heapdump-rs.partial',
    '.heapdump-rs.12.partial',
    '.heapdump-rs.12.x.partial',
    '.heapdump-rs.+1.+2.partial',
    '.heapdump-rs.1.2.partial.bak',
    'heapdump-rs.1.2.partial',
    '.heapdump-rs..2.partial',
    'a.partial',
    '.heapdump-rs.1.2.3.partial',
  ];
  for (const name of foreign) fs.writeFileSync(path.join(directory, name), '');
  fs.mkdirSync(path.join(directory, '.heapdump-rs.1.1.partial'));
  fs.symlinkSync('a.partial', path.join(directory, '.heapdump-rs.1.3.partial'));

  const next = start(t, directory, `require('heapdump-rs').writeSnapshot('b.heapsnapshot', () => say('written'))`);
  await next.said('written');
  const kept = fs.readdirSync(directory);
  assert.ok(!kept.includes(left), 'the file of the dead process is gone');
  for (const name of [...foreign, itsTemporary, '.heapdump-rs.1.1.partial', '.heapdump-rs.1.3.partial']) {
    assert.ok(kept.includes(name), `${name} is kept`);
  }
  alive.kill('SIGCONT');
  await alive.said('dumped');
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
});

test('other ends: SIGTERM, abort() and an uncaught exception in the middle', LONG, async (t) => {
  for (const end of ["process.kill(process.pid, 'SIGTERM')", 'process.abort()', 'process.reallyExit(7)']) {
    const directory = temporary(t);
    const app = start(t, directory, dumping(end), { prefix: missing('prlimit') ? [] : ['prlimit', '--core=0', '--'] });
    const { code, signal } = await app.exit;
    assert.ok(signal === 'SIGTERM' || signal === 'SIGABRT' || code === 134 || code === 7, `${end}: ${code} ${signal}`);
    assert.deepEqual(snapshots(directory), []);
    assert.ok(partials(directory).length <= 1);
  }
});
