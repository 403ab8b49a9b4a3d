'use strict';
// `heapdump-rs leaks`: finds the leaks of a running process.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { memoryGrowth } = require('../lib/cli/kit/growth.js');
const { start } = require('./support/app.js');
const { ANY_PORT, leftovers, seenFromOutside } = require('./support/attach.js');
const { run, startCommand } = require('./support/command.js');
const { ROOT, snapshots, temporary } = require('./support/temporary.js');
const { builtPageModule } = require('./support/view.js');

const skip = process.platform === 'linux' ? false : 'needs /proc';

/** Leaks a chain of scopes that grows with each input line and each client of its socket. */
const LEAK = `
  let latest = null;
  function place(n) {
    const previous = latest;
    const unused = () => previous;
    latest = { n, confirm: () => n };
    if (n < 0) unused();
  }
  const work = () => { for (let i = 0; i < 500; i++) place(i); };
  process.stdin.on('data', work);
  require('node:net').createServer((client) => { work(); client.end(); }).listen('socket', () => say('ready'));
`;

async function startLeak(t, { source = LEAK, ...options } = {}) {
  const folder = temporary(t);
  const app = start(t, folder, source, { execArgv: [ANY_PORT], ...options });
  await app.said('ready');
  return Object.assign(app, { folder });
}

/** Work for each step: a client that the program disconnects when the work is done. */
const load = (app) => `--load=cd '${app.folder}' && '${process.execPath}' -e 'net.connect("socket").resume()'`;

/** The same work, followed by `command` the second time. */
const secondLoad = (app, command) => `${load(app)}; if [ -e first ]; then ${command}; fi; touch first`;

function assertFound({ status, stdout, stderr }) {
  assert.equal(status, 0, stderr);
  const { findings, conclusion } = JSON.parse(stdout);
  assert.equal(typeof conclusion, 'string');
  const [top] = findings;
  assert.equal(top.severity, 'leak');
  assert.match(top.title + top.sentence, /previous/);
  assert.match(top.culprit.location.file, /app-\d+\.js$/);
}

describe('leaks names the variable and the line', { skip }, () => {
  test('of a process that has not loaded the package', async (t) => {
    const app = await startLeak(t);
    const before = seenFromOutside(app.pid);
    const result = await run('leaks', app.pid, '--attach', '--json', load(app));
    assertFound(result);
    assert.match(result.stderr, /snapshot 3 of 3: .* JavaScript stopped for \d+ ms/);
    assert.match(result.stderr, /snapshot 2 of 3: .* about \d+ s left/);
    assert.deepEqual(snapshots(app.folder), []);
    assert.deepEqual(leftovers(), []);
    assert.deepEqual(seenFromOutside(app.pid).listening, before.listening);
  });

  test('of a process that has loaded it, without --attach', async (t) => {
    const app = await startLeak(t, { source: `require(${JSON.stringify(ROOT)}); ${LEAK}` });
    assertFound(await run('leaks', app.pid, '--json', load(app)));
    assert.deepEqual(snapshots(app.folder), []);
    assert.deepEqual(leftovers(), []);
    assert.doesNotMatch(app.stderr, /Debugger/);
  });

  test('of a process whose addon cannot be loaded', async (t) => {
    const app = await startLeak(t, { execArgv: [ANY_PORT, '--no-addons'] });
    assertFound(await run('leaks', app.pid, '--attach', '--json', load(app)));
    assert.deepEqual(leftovers(), []);
  });

  test('as text and as a page, from two snapshots; --keep leaves them', async (t) => {
    const app = await startLeak(t);
    const keep = path.join(app.folder, 'kept');
    const text = await run('leaks', app.pid, '--attach', '--count=2', load(app), '--keep', keep);
    assert.equal(text.status, 0, text.stderr);
    assert.match(text.stdout, /LEAK {2}.*`previous`/);
    assert.equal(snapshots(keep).length, 2);
    const page = path.join(app.folder, 'report.html');
    const env = { ...process.env, NODE_OPTIONS: `--require=${builtPageModule(app.folder)}` };
    const written = await run('leaks', app.pid, '--attach', '--count=2', load(app), '-o', page, '--lang=zh', { env });
    assert.equal(written.status, 0, written.stderr);
    assert.match(fs.readFileSync(page, 'utf8'), /<html/);
  });
});

/** Keeps 50 MB more with each client of its socket: more than a dump leaves behind. */
const growing = (make) => `
  const kept = [];
  const work = () => kept.push(${make});
  work();
  require('node:net').createServer((client) => { work(); client.end(); }).listen('socket', () => say('ready'));
`;

describe('leaks begins with where memory grows', { skip }, () => {
  for (const [growth, make, pattern] of [
    ['heap', 'Array.from({ length: 3000 }, () => new Array(2100).fill(0.5))', /the growth is on the heap/],
    ['outside', 'Buffer.alloc(50e6, 1)', /most of the growth is outside of the heap. See: npx heapdump-rs memory 7 --watch/],
  ]) {
    test(growth, async (t) => {
      const app = await startLeak(t, { source: growing(make) });
      const keep = path.join(app.folder, 'kept');
      const { memory } = JSON.parse((await run('leaks', app.pid, '--attach', '--json', load(app), '--keep', keep)).stdout);
      assert.equal(memory.growth, growth, JSON.stringify(memory));
      const { rss, heap } = memory;
      for (const { before, after } of [rss, heap]) assert.ok(before > 1e6 && after > 1e6, JSON.stringify(memory));
      const files = snapshots(keep).map((name) => path.join(keep, name));
      assert.equal(JSON.parse((await run('suspects', ...files, '--json')).stdout).memory, null);
      const usages = [{}, { memoryBefore: { rss: rss.before } }, { memoryBefore: { rss: rss.after } }];
      files.forEach((file, at) => fs.writeFileSync(`${file}.json`, JSON.stringify({ pid: 7, ...usages[at] })));
      const { stdout } = await run('suspects', ...files);
      assert.match(stdout.split('\n\n')[0].replaceAll('\n', ' '), pattern);
    });
  }
});

test('where memory grew, by the numbers', () => {
  const growth = (rss, heap) =>
    memoryGrowth(
      rss.map(([before, after]) => ({ before, after })),
      heap,
    )?.growth;
  const [MB, GROWN] = [1e6, 30e6];
  assert.equal(growth([[MB]], [MB]), undefined);
  assert.equal(growth([[], [MB]], [MB, 2 * MB]), undefined);
  assert.equal(growth([[MB], [MB + GROWN]], [MB, MB + GROWN]), 'heap');
  assert.equal(growth([[MB], [MB + GROWN]], [MB, MB]), 'outside');
  assert.equal(growth([[MB], [2 * MB]], [MB, 2 * MB]), 'none');
  // The first of three is not compared, and what a dump itself left behind is no growth.
  assert.equal(growth([[MB], [MB + GROWN], [2 * MB + GROWN]], [MB, MB, MB]), 'none');
  assert.equal(growth([[MB, MB + GROWN], [2 * MB + GROWN]], [MB, MB]), 'none');
  // The program may use memory that a dump left behind.
  assert.equal(growth([[MB, MB + GROWN], [2 * MB + GROWN]], [MB, MB + GROWN]), 'heap');
  // A collection during the dump is no growth either.
  assert.equal(growth([[2 * GROWN, GROWN], [3 * GROWN]], [MB, MB]), 'outside');
});

/** Calls `action` once, when the command has printed `pattern` on stderr. */
function oncePrinted(child, pattern, action) {
  const look = ({ stderr }) => {
    if (!pattern.test(stderr)) return;
    child.off('output', look);
    action();
  };
  child.on('output', look);
}

describe('leaks that ends early', { skip }, () => {
  test('by Ctrl+C after two snapshots prints their findings', async (t) => {
    const app = await startLeak(t);
    const { child, ended } = startCommand(['leaks', app.pid, '--attach', '--json', '--count=3', secondLoad(app, 'exec sleep 600')]);
    oncePrinted(child, /snapshot 2 of 3: /, () => child.kill('SIGINT'));
    const result = await ended;
    assert.match(result.stderr, /findings of 2 snapshots/);
    assert.equal(result.status, 0, result.stderr);
    assert.ok(Array.isArray(JSON.parse(result.stdout).findings));
    assert.deepEqual(leftovers(), []);
  });

  test('by SIGTERM after one snapshot gives no findings and leaves nothing', async (t) => {
    const app = await startLeak(t);
    const before = seenFromOutside(app.pid);
    const { child, ended } = startCommand(['leaks', app.pid, '--attach', '--interval=60s']);
    oncePrinted(child, /snapshot 1 of 3: /, () => child.kill('SIGTERM'));
    const { status, stdout } = await ended;
    assert.equal(status, 143);
    assert.equal(stdout, '');
    assert.deepEqual(leftovers(), []);
    assert.deepEqual(seenFromOutside(app.pid).listening, before.listening);
  });

  test('because the process ends after two snapshots prints their findings', async (t) => {
    const app = await startLeak(t);
    const { status, stderr, stdout } = await run('leaks', app.pid, '--attach', '--json', secondLoad(app, `kill -9 ${app.pid}`));
    assert.match(stderr, /ended before the dump was complete/);
    assert.equal(status, 0, stderr);
    assert.ok(JSON.parse(stdout).findings);
  });
});

test('leaks refuses wrong options and a load that fails', { skip }, async (t) => {
  for (const wrong of ['--interval=soon', '--count=1', '--lang=xx', '--fail-on=all']) {
    const { status, stdout } = await run('leaks', process.pid, wrong);
    assert.equal(status, 2);
    assert.equal(stdout, '');
  }
  const app = await startLeak(t);
  const unasked = await run('leaks', app.pid);
  assert.equal(unasked.status, 3);
  assert.match(unasked.stderr, /ERR_HEAPDUMP_NOT_ATTACHED/);
  assert.equal(app.stderr, '');
  const failed = await run('leaks', app.pid, '--attach', '--load=exit 7');
  assert.equal(failed.status, 3);
  assert.match(failed.stderr, /--load: "exit 7" ended with 7/);
  assert.deepEqual(leftovers(), []);
});
