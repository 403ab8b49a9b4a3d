'use strict';
// The memory of the container: the numbers of its cgroup, and watch({ cgroupRatio }).

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { memoryGroups, roomIn, tightest } = require('../lib/capture/cgroup.js');
const { CgroupWatch } = require('../lib/capture/cgroup-watch.js');
const { start } = require('./support/app.js');
const { makeCgroup } = require('./support/cgroup.js');
const { readSnapshot } = require('./support/snapshot.js');
const { snapshots, temporary } = require('./support/temporary.js');

const LONG = { timeout: 120_000 };

/** Files of the kernel as they would be in a container: path -> content. */
function kernel(t, files) {
  const root = temporary(t);
  const write = (more) => {
    for (const [file, text] of Object.entries(more)) {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      fs.writeFileSync(path.join(root, file), text);
    }
  };
  write(files);
  return { root, write };
}

const MB = 1e6;
const V2 = 'sys/fs/cgroup';
const group = (folder, limit, used, cache = 0) => ({
  [`${folder}/memory.max`]: `${limit}\n`,
  [`${folder}/memory.current`]: `${used}\n`,
  [`${folder}/memory.stat`]: `anon ${used - cache}\nfile ${cache}\ninactive_file ${cache}\n`,
  [`${folder}/memory.events`]: 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n',
});

test('version 2: the page cache that can be given back does not count', (t) => {
  const { root } = kernel(t, { 'proc/self/cgroup': '0::/pod/app\n', ...group(`${V2}/pod/app`, 100 * MB, 80 * MB, 30 * MB) });
  const groups = memoryGroups(root);
  assert.deepEqual(
    groups.map(({ limitBytes, usedBytes }) => [limitBytes, usedBytes]),
    [[100 * MB, 50 * MB]],
  );
  assert.equal(roomIn(groups), 50 * MB);
});

test('the group that is closest to its limit counts, and those without one do not', (t) => {
  const { root } = kernel(t, {
    'proc/self/cgroup': '0::/pod/app\n',
    ...group(`${V2}/pod/app`, 'max', 80 * MB),
    ...group(`${V2}/pod`, 200 * MB, 190 * MB),
    ...group(V2, 1000 * MB, 500 * MB),
  });
  const groups = memoryGroups(root);
  assert.equal(groups.length, 2);
  assert.equal(tightest(groups).folder, path.join(root, V2, 'pod'));
  assert.equal(roomIn(groups), 10 * MB);
});

test('in a container, whose own group is mounted as the root', (t) => {
  const { root } = kernel(t, { 'proc/self/cgroup': '0::/kubepods/pod1/abc\n', ...group(V2, 100 * MB, 40 * MB) });
  assert.equal(tightest(memoryGroups(root)).usedBytes, 40 * MB);
});

test('version 1, and its number for no limit', (t) => {
  const folder = 'sys/fs/cgroup/memory';
  const { root } = kernel(t, {
    'proc/self/cgroup': '5:cpu:/\n4:memory:/docker/abc\n',
    [`${folder}/docker/abc/memory.limit_in_bytes`]: `${100 * MB}\n`,
    [`${folder}/docker/abc/memory.usage_in_bytes`]: `${90 * MB}\n`,
    [`${folder}/docker/abc/memory.stat`]: `inactive_file 1\ntotal_inactive_file ${20 * MB}\n`,
    [`${folder}/memory.limit_in_bytes`]: '9223372036854771712\n',
    [`${folder}/memory.usage_in_bytes`]: `${90 * MB}\n`,
  });
  assert.deepEqual(
    memoryGroups(root).map(({ limitBytes, usedBytes }) => [limitBytes, usedBytes]),
    [[100 * MB, 70 * MB]],
  );
});

test('no cgroup, no limit, and files that cannot be read', (t) => {
  assert.deepEqual(memoryGroups(kernel(t, {}).root), []);
  const { root } = kernel(t, { 'proc/self/cgroup': '0::/\n', [`${V2}/memory.max`]: '100\n' });
  assert.deepEqual(memoryGroups(root), []);
  assert.deepEqual([tightest([]), roomIn([])], [undefined, Infinity]);
});

/** Resolves with the first ratio that `matches`. */
function watched(t, root, threshold, matches) {
  return new Promise((resolve) => {
    const watch = new CgroupWatch(threshold, (ratio) => matches(ratio) && resolve(ratio), root);
    t.after(() => watch.stop());
  });
}

test('memory that grows is seen by looking', LONG, async (t) => {
  const alive = setInterval(() => {}, 1 << 30);
  t.after(() => clearInterval(alive));
  const { root, write } = kernel(t, { 'proc/self/cgroup': '0::/\n', ...group(V2, 100 * MB, 80 * MB) });
  fs.rmSync(path.join(root, V2, 'memory.events'));
  const seen = watched(t, root, 0.85, (ratio) => ratio >= 0.85);
  write({ [`${V2}/memory.current`]: `${86 * MB}\n` });
  assert.equal(await seen, 0.86);
});

test('the kernel says that the limit was met: it is looked at once', LONG, async (t) => {
  const alive = setInterval(() => {}, 1 << 30);
  t.after(() => clearInterval(alive));
  const { root, write } = kernel(t, { 'proc/self/cgroup': '0::/\n', ...group(V2, 100 * MB, 1 * MB) });
  const begun = performance.now();
  // This far below the threshold, the next check would come after two seconds.
  const seen = watched(t, root, 0.85, (ratio) => ratio >= 0.85);
  write({ [`${V2}/memory.current`]: `${99 * MB}\n`, [`${V2}/memory.events`]: 'max 1\n' });
  assert.equal(await seen, 0.99);
  assert.ok(performance.now() - begun < 1900);
});

test('watch({ cgroupRatio }): a dump while the process lives', LONG, async (t) => {
  const cgroup = makeCgroup(t);
  if (!cgroup) return t.skip('no memory cgroup can be made here');
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `const heapdump = require('heapdump-rs');
     heapdump.on('dump', ({ reason, path }) => say('dump', { reason, path }));
     heapdump.on('error', ({ code, message }) => say('error', { code, message }));
     heapdump.watch({ cgroupRatio: 0.4, dir: 'dumps', nearHeapLimit: false });
     const kept = [];
     process.stdin.on('data', () => kept.push(Buffer.alloc(500e6, 1)));
     say('ready');`,
  );
  cgroup.add(app.pid);
  cgroup.limit(1000e6);
  await app.said('ready');
  app.tell('grow');
  const { reason, path: file } = await app.said('dump');
  assert.equal(reason, 'watch: cgroupRatio');
  readSnapshot(file);
  assert.deepEqual(snapshots(path.join(directory, 'dumps')), [path.basename(file)]);
  process.kill(app.pid, 0); // it lives
});
