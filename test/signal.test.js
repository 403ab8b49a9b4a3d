'use strict';
// The main use: an application that only requires the package, and `kill -USR2`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary, written } = require('./support/temporary.js');

const DEFAULT_NAME = /^heapdump-\d+\.\d+\.heapsnapshot$/;
const [MAJOR, MINOR] = process.versions.node.split('.').map(Number);
/** A service that stays alive, with one marked object. */
const SERVICE = `
  class Marked {}
  globalThis.kept = new Marked();
  setInterval(() => {}, 1 << 30);
  say('ready');
`;

const SETUPS = [
  ["require('heapdump-rs')", { source: "require('heapdump-rs');" }],
  ['node -r heapdump-rs/register', { execArgv: ['-r', 'heapdump-rs/register'] }],
  [
    'node --import heapdump-rs/register',
    {
      execArgv: ['--import', 'heapdump-rs/register'],
      skip: MAJOR === 18 && MINOR < 18 && 'this Node has no --import',
    },
  ],
];

for (const [name, { source = '', execArgv, skip }] of SETUPS) {
  test(`${name}: kill -USR2 writes a complete snapshot`, { skip, timeout: 120_000 }, async (t) => {
    const directory = temporary(t);
    const app = start(t, directory, source + SERVICE, { execArgv });
    await app.said('ready');
    app.kill('SIGUSR2');
    const [file] = await written(directory);
    assert.match(path.basename(file), DEFAULT_NAME);
    assert.equal(readSnapshot(file).count('Marked'), 1);
    const [, line] = await app.complains(/^(.*)\n/);
    assert.match(line, /^heapdump-rs: wrote \S+ \(\d+\.\d MB, paused \d+ ms\)$/);
    assert.ok(line.includes(` ${file} `), 'the line names the absolute path');
    assert.deepEqual(partials(directory), []);
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    // Every further signal produces a further file.
    app.kill('SIGUSR2');
    const files = await written(directory, 2);
    for (const file of files) readSnapshot(file);
    assert.equal(app.closed, undefined);
  });
}

test('an ES module gets the same functions by name', { timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    import('heapdump-rs').then((esm) => {
      const cjs = require('heapdump-rs');
      say('same', Object.keys(cjs).filter((name) => esm[name] !== cjs[name]));
    });
  `,
  );
  assert.deepEqual(await app.said('same'), []);
});

test('the package alone keeps no process alive', { timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.on('dump', () => {});
    heapdump.dump({ path: 'once.heapsnapshot' }).then(() => say('dumped'));
  `,
  );
  assert.deepEqual(await app.exit, { code: 0, signal: null });
  assert.ok(app.hasSaid('dumped'));
});

test('install() changes signal, directory and name; a wrong one changes nothing', { timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.install({ signal: 'SIGWINCH', dir: 'made/here', name: 'a-{pid}-{tid}-{seq}.heapsnapshot', quiet: true });
    const codes = [{ signal: 'SIGKILL' }, { signal: 'SIGSTOP' }, { signal: 'SIGNONE' }, { sginal: 'SIGHUP' }].map((options) => {
      try { heapdump.install(options); } catch (error) { return error.code; }
    });
    say('ready', { codes, signal: heapdump.capabilities().signal });
    heapdump.on('dump', ({ reason, path }) => say('dump', { reason, path }));
    setInterval(() => {}, 1 << 30);
  `,
  );
  const { codes, signal } = await app.said('ready');
  assert.deepEqual(codes, Array(4).fill('ERR_INVALID_ARG_VALUE'));
  assert.deepEqual(signal, {
    available: true,
    installed: {
      signal: 'SIGWINCH',
      dir: 'made/here',
      name: 'a-{pid}-{tid}-{seq}.heapsnapshot',
      quiet: true,
      mode: 'auto',
      force: false,
      threads: 'main',
      compress: false,
      sidecar: false,
      sources: false,
      wedgedAfterMs: 1000,
    },
  });
  app.kill('SIGWINCH');
  const made = path.join(directory, 'made/here');
  const file = path.join(made, `a-${app.pid}-0-001.heapsnapshot`);
  assert.deepEqual(await app.said('dump'), { reason: 'SIGWINCH', path: file });
  readSnapshot(file);
  assert.equal(fs.statSync(made).mode & 0o777, 0o700);
  assert.equal(app.stderr, '');
  assert.deepEqual(snapshots(directory), []);
  app.kill('SIGUSR2'); // The signal is no longer ours.
  assert.deepEqual(await app.exit, { code: null, signal: 'SIGUSR2' });
});

test('uninstall() restores the default action of the signal; install() handles it again', { timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    const answers = [heapdump.uninstall(), heapdump.uninstall()];
    heapdump.install();
    heapdump.on('dump', () => say('dump', heapdump.uninstall()));
    setInterval(() => {}, 1 << 30);
    say('ready', { answers, installed: heapdump.capabilities().signal.installed.signal });
  `,
  );
  assert.deepEqual(await app.said('ready'), { answers: [true, false], installed: 'SIGUSR2' });
  app.kill('SIGUSR2');
  assert.equal(await app.said('dump'), true);
  app.kill('SIGUSR2');
  assert.deepEqual(await app.exit, { code: null, signal: 'SIGUSR2' });
});

test('the file is written to the working directory at the start of the dump', { timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  fs.mkdirSync(path.join(directory, 'elsewhere'));
  // Regression: a change of directory between snapshot and rename lost the file and left the temporary file.
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.on('dump', ({ path }) => say('dump', path));
    heapdump.on('error', ({ message }) => say('dump', message));
    process.on('message', () => {});
    const inspector = require('node:inspector');
    const post = inspector.Session.prototype.post;
    inspector.Session.prototype.post = function (method, ...rest) {
      const answer = post.call(this, method, ...rest);
      if (method === 'HeapProfiler.stopTrackingHeapObjects') process.nextTick(() => process.chdir('elsewhere'));
      return answer;
    };
    setInterval(() => {}, 1 << 30);
    say('ready');
  `,
  );
  await app.said('ready');
  app.kill('SIGUSR2');
  const file = await app.said('dump');
  assert.equal(path.dirname(file), directory);
  readSnapshot(file);
  assert.deepEqual(snapshots(path.join(directory, 'elsewhere')), []);
  assert.deepEqual(partials(directory), []);
});

test('1,000 signals at once: the process lives, and writes a few complete files', { timeout: 240_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    let dumps = 0;
    const first = new Promise((resolve) => heapdump.on('dump', ({ reason }) => {
      if (reason === 'SIGUSR2') { dumps += 1; resolve(); }
    }));
    heapdump.on('error', ({ message }) => say('error', message));
    // All sent signals have arrived by now; an explicit dump waits for the one in progress.
    process.stdin.once('data', () => first.then(() => heapdump.dump({ path: 'last.heapsnapshot', wait: true })).then(settled));
    const settled = () => setImmediate(() => say('settled', dumps));
    say('ready');
  `,
  );
  await app.said('ready');
  for (let i = 0; i < 1000; i++) app.kill('SIGUSR2');
  app.tell('go');
  const dumps = await app.said('settled');
  app.kill('SIGTERM');
  await app.exit;
  const files = snapshots(directory);
  t.diagnostic(`${dumps} dumps`);
  assert.ok(files.filter((name) => DEFAULT_NAME.test(name)).length >= 1);
  assert.ok(files.length <= 12, `${files.length} files`);
  assert.ok(!app.hasSaid('error'));
  for (const name of files) readSnapshot(path.join(directory, name));
});
