'use strict';
// `heapdump-rs profile PID`: samples the allocations of another process.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, describe, test } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const { openProfile } = require('../index.js');
const { start } = require('./support/app.js');
const { ANY_PORT, WATCHED, leftovers, traces } = require('./support/attach.js');
const { run, startCommand } = require('./support/command.js');
const { ROOT, snapshots, temporary, until } = require('./support/temporary.js');

const skip = process.platform === 'linux' ? false : 'needs /proc';

/** The program allocates from its event loop, and retains it. */
const LEAKING = `
  const kept = [];
  function handleRequest() { for (let i = 0; i < 200; i++) kept.push(new Array(125).fill(i)); }
  setInterval(handleRequest, 5).unref();`;

/** The program says when V8's profiler is started and stopped. */
const REPORTING = `
  let was = false;
  setInterval(() => {
    const file = Object.keys(require.cache).find((name) => name.endsWith('/lib/profile/profiler.js'));
    const is = file !== undefined && require.cache[file].exports.isSampling?.() === true;
    if (is !== was) say(is ? 'on' : 'off');
    was = is;
  }, 5).unref();`;

/** The program has loaded the package. */
const ARMED = `
  const heapdump = require(${JSON.stringify(ROOT)});
  ${LEAKING}
  setInterval(() => {}, 1000);`;

async function ready(t, source, { execArgv = [], ...options } = {}) {
  const folder = temporary(t);
  const app = start(t, folder, source, { execArgv: [ANY_PORT, ...execArgv], ...options });
  await app.said('ready');
  return Object.assign(app, { folder });
}

const SAMPLED = ['--seconds', '1', '--interval-bytes', '4096'];
const profile = (app, ...args) => run('profile', app.pid, ...SAMPLED, '--json', ...args);

/** Checks that the allocating function was found. */
function assertFound({ status, stdout, stderr }, name = 'handleRequest') {
  assert.equal(status, 0, stderr);
  const [site] = JSON.parse(stdout).sites;
  assert.equal(site?.function, name, stdout);
  assert.ok(site.sampleCount > 10, stdout);
}

afterEach(() => assert.deepEqual(leftovers(), []));

describe('a process that has not loaded the package', { skip }, () => {
  test('is profiled, and nothing stays there', async (t) => {
    const app = await ready(t, LEAKING + WATCHED);
    const before = await traces(app);
    assertFound(await profile(app, '--attach'));
    assert.deepEqual(await traces(app), before);
  });

  test('needs consent, before anything is opened', async (t) => {
    const app = await ready(t, WATCHED);
    const before = await traces(app);
    const { status, stderr } = await profile(app);
    assert.equal(status, 3);
    assert.match(stderr, /ERR_HEAPDUMP_NOT_ATTACHED/);
    assert.deepEqual(await traces(app), before);
  });

  test('is profiled if it is stuck, or cannot load the addon', async (t) => {
    const stuck = 'const kept = []; function spin() { for (;;) { kept.push({}); if (kept.length > 2e5) kept.length = 0; } }';
    assertFound(await profile(await ready(t, `${stuck} say('ready'); spin();`), '--attach'), 'spin');
    const app = await ready(t, LEAKING + WATCHED, { execArgv: ['--no-addons'] });
    const before = await traces(app);
    assertFound(await profile(app, '--attach'));
    assert.deepEqual(await traces(app), before);
  });

  test('is left as it was if the command is interrupted', async (t) => {
    const app = await ready(t, LEAKING + REPORTING + WATCHED);
    const before = await traces(app);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL']) {
      const { child, ended } = startCommand(['profile', app.pid, '--attach', '--seconds', '600']);
      await app.said('on');
      child.kill(signal);
      assert.equal((await ended).status, { SIGINT: 130, SIGTERM: 143, SIGKILL: 'SIGKILL' }[signal]);
      await app.said('off');
      // The process notices the end of the command a little later.
      await until(async () => isDeepStrictEqual(await traces(app), before) && leftovers().length === 0);
    }
  });

  test('ends while it is profiled', async (t) => {
    const app = await ready(t, LEAKING + REPORTING + WATCHED);
    const { ended } = startCommand(['profile', app.pid, '--attach', '--seconds', '600']);
    await app.said('on');
    app.kill('SIGKILL');
    const { status, stderr } = await ended;
    assert.equal(status, 4);
    assert.match(stderr, /has ended/);
  });
});

describe('a process that has loaded the package', { skip }, () => {
  test('is profiled without --attach, writes no dump, and is written to a file', async (t) => {
    const app = await ready(t, `${ARMED} say('ready');`);
    assertFound(await profile(app));
    for (const name of ['heap.pb.gz', 'app.heapprofile']) {
      const file = path.join(app.folder, name);
      const { status, stdout, stderr } = await run('profile', app.pid, ...SAMPLED, '-o', file);
      assert.equal(status, 0, stderr);
      assert.equal(stdout, `${file}\n`);
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    }
    assert.equal(openProfile(path.join(app.folder, 'app.heapprofile')).sites()[0].function, 'handleRequest');
    assert.deepEqual(snapshots(app.folder), []);
  });

  test('keeps its own profile and its object ids', async (t) => {
    const app = await ready(
      t,
      `${ARMED}
      const profiler = heapdump.profile();
      profiler.start({ intervalBytes: 4096 });
      (function early() { for (let i = 0; i < 1000; i++) kept.push(new Array(125).fill(i)); })();
      globalThis.marker = new (class Marker {})();
      const idOfMarker = async () => {
        const snapshot = await heapdump.snapshot();
        const id = (await snapshot.instances('Marker')).rows[0].id;
        snapshot.close();
        return id;
      };
      const first = idOfMarker().then((id) => { say('ready'); return id; });
      process.stdin.once('data', async () => {
        const names = profiler.stop().sites().map((site) => site.function);
        say('state', { names, isSame: (await first) === (await idOfMarker()) });
      });`,
    );
    const { stdout } = await profile(app);
    const names = JSON.parse(stdout).sites.map((site) => site.function);
    assert.ok(names.includes('handleRequest') && !names.includes('early'), stdout);
    app.tell('state');
    const state = await app.said('state');
    assert.ok(state.names.includes('early') && state.names.includes('handleRequest'));
    assert.ok(state.isSame, 'a later snapshot has the ids of an earlier one');
  });

  test('stops to sample when the command is interrupted', async (t) => {
    const app = await ready(t, `${ARMED} ${REPORTING} say('ready');`);
    const { child, ended } = startCommand(['profile', app.pid, '--seconds', '600']);
    await app.said('on');
    child.kill('SIGKILL');
    await ended;
    await app.said('off');
    await until(() => leftovers().length === 0);
    assert.deepEqual(snapshots(app.folder), []);
  });

  test('refuses another interval than that of its own profile', async (t) => {
    const app = await ready(t, `${ARMED} heapdump.profile().start(); say('ready');`);
    const { status, stderr } = await profile(app);
    assert.equal(status, 4);
    assert.match(stderr, /could not be profiled: .*ERR_HEAPDUMP_PROFILER/);
  });
});

test('wrong options are refused before the process is touched', { skip }, async (t) => {
  const app = await ready(t, WATCHED);
  for (const args of [
    ['--seconds', '0'],
    ['--interval-bytes', 'x'],
    ['-o', 'heap.txt'],
  ]) {
    assert.equal((await run('profile', app.pid, '--attach', ...args)).status, 2, args.join(' '));
  }
  assert.equal(app.stderr, '');
});
