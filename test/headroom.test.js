'use strict';
// A dump that does not fit: it is not started, or it ends before it harms the service.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { makeCgroup } = require('./support/cgroup.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');
const { missing } = require('./support/tools.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const LINUX = { timeout: 300_000, skip: process.platform !== 'linux' && 'limits are known on Linux only' };
const HEAP = "globalThis.kept = Array.from({ length: 200000 }, (_, i) => ({ i, text: 'text ' + i }));";

/** Dumps on request, and reports the result. */
const PROGRAM = `
  const heapdump = require('heapdump-rs');
  heapdump.on('error', ({ code, resource, need, room }) => say('event', { code, resource, need, room }));
  const attempt = (options) => heapdump.dump({ deadlineMs: 240_000, ...options }).then(
    ({ method, fallback, path }) => say('end', { method, fallback, path }),
    ({ code, resource, need, room, message }) => say('end', { code, resource, need, room, message }));
  process.stdin.on('data', (options) => attempt(JSON.parse(options)));
  const fs = require('node:fs');
  say('ready');
`;

async function ask(app, options) {
  app.tell(JSON.stringify(options));
  return app.said('end');
}

test('estimate() returns the memory and disk space that are needed and available', LINUX, (t) => {
  const estimated = heapdump.estimate({ dir: path.join(temporary(t), 'not/there') });
  assert.deepEqual(Object.keys(estimated), ['heapBytes', 'fileBytes', 'inline', 'fork', 'room']);
  for (const mode of ['inline', 'fork']) {
    assert.ok(estimated[mode].memoryBytes > estimated.heapBytes);
    assert.equal(estimated[mode].fits, true);
  }
  assert.ok(estimated.fork.pauseMs < estimated.inline.pauseMs);
  assert.ok(heapdump.estimate({ comparable: false }).fork.pauseMs < estimated.fork.pauseMs);
  assert.ok(heapdump.estimate({ compress: 'gzip' }).fileBytes < estimated.fileBytes);
  assert.ok(estimated.room.memoryBytes > 0 && estimated.room.diskBytes > 0);
  assert.throws(() => heapdump.estimate({ dri: 'a' }), { code: 'ERR_INVALID_ARG_VALUE' });
  // More objects, larger estimates.
  const kept = Array.from({ length: 100_000 }, (_, i) => ({ i }));
  const more = heapdump.estimate();
  assert.ok(more.fileBytes > estimated.fileBytes && more.inline.memoryBytes > estimated.inline.memoryBytes, String(kept.length));
});

test(
  'the limit of file size: refused before anything is written; force does not make it larger',
  { ...LINUX, skip: LINUX.skip || missing('prlimit') },
  async (t) => {
    const directory = temporary(t);
    const app = start(t, directory, PROGRAM + HEAP, { prefix: ['prlimit', '--fsize=3000000'] });
    await app.said('ready');
    const refused = await ask(app, { path: 'a.heapsnapshot' });
    assert.deepEqual(
      [refused.code, refused.resource, refused.room],
      ['ERR_HEAPDUMP_HEADROOM', 'disk: limit of file size', 3_000_000],
    );
    assert.ok(refused.need > refused.room);
    assert.match(refused.message, /needs about .* MB and there is room for 3\.0 MB/);
    assert.equal((await app.said('event')).code, 'ERR_HEAPDUMP_HEADROOM');
    app.kill('SIGUSR2');
    await app.complains(/^heapdump-rs: dump failed: .* room for 3\.0 MB .*\n$/);
    assert.equal((await app.said('event')).code, 'ERR_HEAPDUMP_HEADROOM');
    assert.equal((await ask(app, { path: 'a.heapsnapshot', force: true })).code, 'EFBIG');
    assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
  },
);

test('the limit of address space: refused', { ...LINUX, skip: LINUX.skip || missing('prlimit') }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${PROGRAM} ${HEAP}
    const size = Number(/VmSize:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
    require('node:child_process').spawnSync('prlimit', ['--pid', String(process.pid), '--as=' + (size + 50e6) + ':']);
    say('limited');`,
  );
  await app.said('limited');
  const refused = await ask(app, { path: 'a.heapsnapshot' });
  assert.deepEqual([refused.code, refused.resource], ['ERR_HEAPDUMP_HEADROOM', 'limit of address space']);
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
});

test(
  'an estimate that is too high: an explicit fork begins with a warning, and the next estimate is better',
  { ...LINUX, skip: LINUX.skip || (!heapdump.capabilities().fork.available && 'nothing is forked here') },
  async (t) => {
    const directory = temporary(t);
    // Numbers take an eighth of the memory that other heaps of this size take.
    const app = start(
      t,
      directory,
      `
    const { readFileSync } = require('node:fs');
    require('node:fs').readFileSync = (file, ...rest) => (file === '/proc/meminfo' ? 'MemAvailable: 250000 kB' : readFileSync(file, ...rest));
    ${PROGRAM}
    globalThis.kept = Array.from({ length: 300 }, (_, i) => Array.from({ length: 7500 }, (_, j) => i + j + 0.5));
    process.on('warning', ({ name, message }) => say(name, message));
    process.stdin.on('data', () => say('estimate', heapdump.estimate()));`,
    );
    await app.said('ready');
    const refused = await ask(app, { path: 'a.heapsnapshot' });
    assert.deepEqual([refused.code, refused.resource], ['ERR_HEAPDUMP_HEADROOM', 'memory of the machine']);
    const first = await app.said('estimate');
    assert.deepEqual([first.inline.fits, first.fork.fits], [false, false]);
    const { method, path: file } = await ask(app, { path: 'b.heapsnapshot', mode: 'fork' });
    assert.equal(method, 'fork');
    assert.match(
      await app.said('HeapdumpWarning'),
      /^the dump may fail: it needs about .* MB and there is room for 256 MB \(memory of the machine\)$/,
    );
    readSnapshot(file);
    await app.said('estimate');
    assert.equal((await ask(app, { path: 'c.heapsnapshot' })).method, 'inline');
    const later = await app.said('estimate');
    assert.deepEqual([later.inline.fits, later.fork.fits], [true, true]);
    assert.ok(Math.abs(later.fileBytes / fs.statSync(file).size - 1) < 0.5, `${later.fileBytes}`);
  },
);

test(
  'a child that runs out of memory: a typed error, no inline dump, no file, and the service lives',
  { ...LINUX, skip: LINUX.skip || (!heapdump.capabilities().fork.available && 'nothing is forked here') },
  async (t) => {
    const directory = temporary(t);
    // Where no cgroup can be created: simulates a machine with little free memory.
    const app = start(
      t,
      directory,
      `
    const { readFileSync } = require('node:fs');
    let claimed;
    require('node:fs').readFileSync = (file, ...rest) => (file === '/proc/meminfo' && claimed) || readFileSync(file, ...rest);
    ${PROGRAM} ${HEAP}
    process.stdin.on('data', () => { claimed = undefined; });
    claimed = 'MemAvailable: 60000 kB';
  `,
    );
    await app.said('ready');
    const failed = await ask(app, { path: 'a.heapsnapshot', mode: 'fork', force: true });
    assert.equal(failed.code, 'ERR_HEAPDUMP_HEADROOM', failed.message);
    assert.match(failed.message, /more than the 58 MB of available memory/);
    const { method, path: file } = await ask(app, { path: 'b.heapsnapshot', mode: 'fork' });
    assert.equal(method, 'fork');
    readSnapshot(file);
    assert.deepEqual([snapshots(directory), partials(directory)], [['b.heapsnapshot'], []]);
  },
);

test('in a memory cgroup: refused; when forced, the kernel ends the child and not the service', LINUX, async (t) => {
  const cgroup = makeCgroup(t);
  if (!cgroup) return t.skip('no memory cgroup can be made here');
  const directory = temporary(t);
  const app = start(t, directory, PROGRAM + HEAP);
  await app.said('ready');
  app.tell(JSON.stringify({ path: '/dev/null', mode: 'fork' })); // Allocates whatever a first dump sets up.
  await app.said('end');
  cgroup.add(app.pid);
  cgroup.limit(60e6);
  const refused = await ask(app, { path: 'a.heapsnapshot' });
  assert.deepEqual([refused.code, refused.resource], ['ERR_HEAPDUMP_HEADROOM', 'memory limit of the cgroup']);
  const forced = await ask(app, { path: 'a.heapsnapshot', mode: 'fork', force: true });
  assert.equal(forced.code, 'ERR_HEAPDUMP_HEADROOM', forced.message);
  assert.equal(app.closed, undefined);
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
});
