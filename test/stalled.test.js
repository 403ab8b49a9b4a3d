'use strict';
// A file system that stalls or fails at each step of a dump: the event loop never waits for it, the dump ends with a code, and no
// second child is started while the first is blocked in a system call.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { mount, obstacle } = require('./support/stalling-fs.js');
const { temporary } = require('./support/temporary.js');

const heapdump = require('..');

const fork = heapdump.capabilities().fork;
const LONG = { timeout: 600_000, skip: obstacle() || (!fork.available && fork.reason) };

/** Maximum delay of the event loop while the file system is stalled, without the time for which it waited for a processor. */
const MAX_LOOP_DELAY_MS = 500;

/** Dumps on request, and measures the delay of its loop since `reset`. */
const PROGRAM = `
  const heapdump = require('heapdump-rs');
  const fs = require('node:fs');
  const delay = require(${JSON.stringify(require.resolve('./support/starved.js'))}).delayMeter();
  const children = () => fs.readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim().split(' ').filter(Boolean).length;
  const commands = {
    dump: (options) => heapdump.dump(options).then(
      ({ method, fallback }) => say('end', { method, fallback, loopDelayMs: delay.ms(), children: children() }),
      ({ code, syscall, message }) => say('end', { code, syscall, message, loopDelayMs: delay.ms(), children: children() })),
    reset: () => { delay.reset(); say('reset'); },
    turns: () => setTimeout(() => say('turns'), 1000),
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { command, options } = JSON.parse(line);
    commands[command](options);
  });
`;

async function setUp(t) {
  const directory = temporary(t);
  const mounted = path.join(directory, 'mounted');
  fs.mkdirSync(mounted);
  const app = start(t, directory, PROGRAM);
  const disk = await mount(t, mounted);
  const tell = (command, options) =>
    app.tell(JSON.stringify({ command, options: options && { sidecar: true, sources: true, ...options } }));
  return {
    app,
    disk,
    tell,
    mounted,
    file: (name) => path.join(mounted, name),
    async dump(options) {
      tell('dump', options);
      return app.said('end');
    },
    /** Starts a new measurement of the delay of the loop. */
    async reset() {
      tell('reset');
      await app.said('reset');
    },
  };
}

function isSmall(t, { loopDelayMs }, what) {
  t.diagnostic(`${what}: longest delay of the loop ${Math.round(loopDelayMs)} ms`);
  assert.ok(loopDelayMs < MAX_LOOP_DELAY_MS, `${what}: the loop stood still for ${loopDelayMs} ms`);
}

test('writes stall: the child cannot be killed; no second one begins, and later dumps work', LONG, async (t) => {
  let place;
  let end;
  // On a busy machine the deadline may come before the child writes. It must come before the child counts as stuck.
  for (const deadlineMs of [2000, 7000]) {
    place = await setUp(t);
    await place.disk.tell('stall write');
    place.tell('dump', { mode: 'fork', path: place.file('a.heapsnapshot'), deadlineMs });
    await place.disk.stalls('write');
    await place.reset();
    end = await place.app.said('end');
    if (end.children === 1) break;
  }
  const { disk, file, dump, mounted } = place;
  assert.equal(end.code, 'ERR_HEAPDUMP_STALLED', end.message);
  assert.match(end.message, /does not answer; before that, the forked child did not finish/);
  assert.equal(end.children, 1);
  isSmall(t, end, 'write');
  // The file may still be written to.
  assert.equal((await dump({ mode: 'fork', path: file('b.heapsnapshot') })).code, 'ERR_HEAPDUMP_BUSY');
  await disk.tell('heal');
  const later = await dump({ mode: 'fork', path: file('c.heapsnapshot'), wait: true });
  assert.equal(later.code, undefined, later.message);
  readSnapshot(file('c.heapsnapshot'));
  assert.deepEqual(
    fs.readdirSync(mounted).filter((name) => !name.startsWith('c.')),
    [],
  );
});

test('the file system stalls before the dump: the dump does not begin, and later dumps work', LONG, async (t) => {
  const { disk, file, dump, reset } = await setUp(t);
  await disk.tell('stall all');
  await reset();
  const ends = [await dump({ path: file('a.heapsnapshot') }), await dump({ mode: 'fork', path: file('a.heapsnapshot') })];
  for (const end of ends) {
    assert.equal(end.code, 'ERR_HEAPDUMP_STALLED', end.message);
    isSmall(t, end, 'all');
  }
  await disk.tell('heal');
  assert.equal((await dump({ path: file('a.heapsnapshot') })).method, 'inline');
  readSnapshot(file('a.heapsnapshot'));
});

for (const operation of ['fsync', 'rename']) {
  test(`${operation} stalls after the snapshot is complete: an error, and the loop is not delayed`, LONG, async (t) => {
    const { app, disk, tell, file, dump, reset, mounted } = await setUp(t);
    await disk.tell(`stall ${operation}`);
    const stalled = disk.stalls(operation).then(() => true);
    let ended;
    // On a busy machine the snapshot may not be complete in time.
    for (const deadlineMs of [10_000, 60_000, 180_000]) {
      tell('dump', { mode: 'fork', fallback: false, path: file('a.heapsnapshot'), deadlineMs });
      ended = app.said('end');
      if (await Promise.race([stalled, ended.then(() => false)])) break;
    }
    await reset();
    const end = await ended;
    assert.equal(end.code, 'ERR_HEAPDUMP_STALLED', end.message);
    isSmall(t, end, operation);
    assert.equal(end.children, 0);
    await disk.tell('heal');
    const later = await dump({ mode: 'fork', path: file('b.heapsnapshot'), wait: true });
    assert.equal(later.method, 'fork', later.message);
    readSnapshot(file('b.heapsnapshot'));
    // The failed dump was not published in the end.
    assert.deepEqual(
      fs.readdirSync(mounted).filter((name) => name.endsWith('.heapsnapshot')),
      ['b.heapsnapshot'],
    );
  });

  test(`${operation} stalls under an inline dump: it waits in the background`, LONG, async (t) => {
    const { app, disk, tell, file, reset } = await setUp(t);
    await disk.tell(`stall ${operation}`);
    tell('dump', { mode: 'inline', path: file('a.heapsnapshot') });
    await disk.stalls(operation);
    await reset();
    // The event loop runs although the dump cannot end.
    tell('turns');
    await app.said('turns');
    assert.equal(app.hasSaid('end'), false);
    await disk.tell('heal');
    const end = await app.said('end');
    assert.equal(end.method, 'inline', end.message);
    isSmall(t, end, `${operation}, inline`);
  });
}

test('writing fails and the removal stalls: an error in seconds', LONG, async (t) => {
  const { app, disk, tell, file, reset } = await setUp(t);
  await disk.tell('fail write EIO 1000000');
  await disk.tell('stall unlink');
  tell('dump', { mode: 'fork', path: file('a.heapsnapshot') });
  await disk.stalls('unlink');
  await reset();
  const end = await app.said('end');
  assert.equal(end.code, 'ERR_HEAPDUMP_STALLED', end.message);
  isSmall(t, end, 'unlink');
});

for (const mode of ['fork', 'inline']) {
  test(`${mode}: EIO in the middle, EXDEV for rename, EACCES for unlink, short writes`, LONG, async (t) => {
    const { disk, file, dump, mounted } = await setUp(t);
    const path = file('a.heapsnapshot');
    await disk.tell('fail write EIO 3000000');
    assert.deepEqual(pick(await dump({ mode, path })), { code: 'EIO', syscall: 'write' });
    await disk.tell('heal');
    await disk.tell('fail rename EXDEV');
    assert.deepEqual(pick(await dump({ mode, path, sidecar: false, sources: false })), { code: 'EXDEV', syscall: 'rename' });
    await disk.tell('heal');
    assert.deepEqual(fs.readdirSync(mounted), []);
    await disk.tell('fail write EIO 1000000');
    await disk.tell('fail unlink EACCES');
    assert.deepEqual(pick(await dump({ mode, path })), { code: 'EIO', syscall: 'write' });
    await disk.tell('heal');
    await disk.tell('short 1000');
    const { method, message } = await dump({ mode, path });
    assert.equal(method, mode, message);
    readSnapshot(path);
    // Files that could not be removed then have been removed by now.
    assert.deepEqual(
      fs.readdirSync(mounted).filter((name) => !name.startsWith('a.')),
      [],
    );
  });
}

const pick = ({ code, syscall }) => ({ code, syscall });
