'use strict';
// NODE_HEAPDUMP_OPTIONS, HEAPDUMP_DIR and --diagnostic-dir.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { snapshots, temporary, written } = require('./support/temporary.js');

/** Makes the fork self-test fail at once, so that dumps are inline: the self-test takes more time than the dump. */
const INLINE = "process.execPath = '/bin/false';";

const SERVICE = `
  const heapdump = require('heapdump-rs');
  heapdump.on('dump', ({ path }) => say('dump', path));
  heapdump.on('error', ({ code, syscall }) => say('error', { code, syscall }));
  setInterval(() => {}, 1 << 30);
  say('ready', heapdump.capabilities().signal.installed);
`;

async function service(t, NODE_HEAPDUMP_OPTIONS, { isForked = false, ...options } = {}) {
  const directory = temporary(t);
  const env = NODE_HEAPDUMP_OPTIONS === undefined ? options.env : { NODE_HEAPDUMP_OPTIONS, ...options.env };
  const app = start(t, directory, isForked ? SERVICE : INLINE + SERVICE, { ...options, env });
  const installed = await app.said('ready');
  return { app, directory, installed };
}

for (const text of ['signal', '', ' ', ',', ' signal , ', undefined]) {
  test(`NODE_HEAPDUMP_OPTIONS=${JSON.stringify(text)}: SIGUSR2`, { timeout: 120_000 }, async (t) => {
    const { app, directory, installed } = await service(t, text);
    assert.equal(installed.signal, 'SIGUSR2');
    assert.equal(app.stderr, '');
    app.kill('SIGUSR2');
    assert.equal(path.dirname(await app.said('dump')), directory);
  });
}

for (const text of ['nosignal', ' nosignal', 'signal,nosignal ', 'nosignal,quiet']) {
  test(`NODE_HEAPDUMP_OPTIONS=${JSON.stringify(text)}: the signal has its default action`, { timeout: 120_000 }, async (t) => {
    const { app, installed } = await service(t, text);
    assert.equal(installed, null);
    app.kill('SIGUSR2');
    assert.deepEqual(await app.exit, { code: null, signal: 'SIGUSR2' });
    assert.equal(app.stderr, '');
  });
}

test('signal=NAME', { timeout: 120_000 }, async (t) => {
  const { app, installed } = await service(t, 'signal=SIGHUP');
  assert.equal(installed.signal, 'SIGHUP');
  app.kill('SIGHUP');
  readSnapshot(await app.said('dump'));
});

test('a signal that does not exist, or cannot be caught: one line, and the service runs', { timeout: 120_000 }, async (t) => {
  for (const name of ['SIGFOO', 'SIGKILL']) {
    const { app, installed } = await service(t, `signal=${name}`);
    assert.equal(installed, null);
    await app.complains(new RegExp(`^heapdump-rs: ${name} writes no snapshots: .*\n$`));
  }
});

for (const mode of ['inline', 'fork', 'auto']) {
  test(`mode=${mode}`, { timeout: 120_000 }, async (t) => {
    const { app, installed } = await service(t, `mode=${mode}`, { isForked: true });
    assert.equal(installed.mode, mode);
    app.kill('SIGUSR2');
    readSnapshot(await app.said('dump'));
  });
}

test('unknown options are named on stderr, and the others are applied', { timeout: 120_000 }, async (t) => {
  const { app, installed } = await service(t, 'fork, signal=, mode=spoon, what=ever,signal');
  assert.equal(installed.signal, 'SIGUSR2');
  for (const token of ['fork', 'signal=', 'mode=spoon', 'what=ever']) {
    await app.complains(new RegExp(`^heapdump-rs: unrecognized option: ${token}$`, 'm'));
  }
});

test('quiet: no line on stderr, neither of success nor of failure', { timeout: 120_000 }, async (t) => {
  const { app, directory } = await service(t, 'quiet');
  app.kill('SIGUSR2');
  await app.said('dump');
  const { app: failing } = await service(t, 'quiet,dir=/dev/null/x');
  failing.kill('SIGUSR2');
  assert.deepEqual(await failing.said('error'), { code: 'ENOTDIR', syscall: 'mkdir' });
  assert.equal(app.stderr + failing.stderr, '');
  assert.equal(snapshots(directory).length, 1);
});

test('a directory that cannot be made: one line, one event, the service runs', { timeout: 120_000 }, async (t) => {
  const { app } = await service(t, 'dir=/dev/null/x');
  app.kill('SIGUSR2');
  assert.deepEqual(await app.said('error'), { code: 'ENOTDIR', syscall: 'mkdir' });
  await app.complains(/^heapdump-rs: dump failed: ENOTDIR.*\/dev\/null\/x.*\n$/);
});

const METHODS = {
  'NODE_HEAPDUMP_OPTIONS=dir=': { env: { NODE_HEAPDUMP_OPTIONS: 'quiet, dir = sub/a=b' } },
  HEAPDUMP_DIR: { env: { HEAPDUMP_DIR: 'sub/a=b' } },
  '--diagnostic-dir=': { execArgv: ['--diagnostic-dir=sub/a=b'] },
  '--diagnostic-dir ': { execArgv: ['--diagnostic-dir', 'sub/a=b'] },
  'NODE_OPTIONS=--diagnostic-dir': { env: { NODE_OPTIONS: '--diagnostic-dir=sub/a=b' } },
  'dir= wins over HEAPDUMP_DIR': { env: { NODE_HEAPDUMP_OPTIONS: 'dir=sub/a=b', HEAPDUMP_DIR: 'other' } },
  'HEAPDUMP_DIR wins over --diagnostic-dir': { env: { HEAPDUMP_DIR: 'sub/a=b' }, execArgv: ['--diagnostic-dir=other'] },
};

for (const [name, options] of Object.entries(METHODS)) {
  test(`the directory: ${name}`, { timeout: 120_000 }, async (t) => {
    const { app, directory } = await service(t, undefined, options);
    const wanted = path.join(directory, 'sub/a=b');
    app.kill('SIGUSR2');
    assert.equal(path.dirname(await app.said('dump')), wanted);
    await written(wanted);
    assert.equal(fs.statSync(wanted).mode & 0o777, 0o700);
    assert.deepEqual(snapshots(directory), []);
  });
}

test('writeSnapshot() and dump() without a path use the directory, too', { timeout: 120_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.writeSnapshot((error, filename) => say('writeSnapshot', filename));
    heapdump.writeSnapshot('here.heapsnapshot');
    heapdump.dump().then(({ path }) => say('dump', path));
  `,
    { env: { HEAPDUMP_DIR: 'sub' } },
  );
  assert.match(await app.said('writeSnapshot'), /^sub\/heapdump-\d+\.\d+\.heapsnapshot$/);
  assert.equal(path.dirname(await app.said('dump')), path.join(directory, 'sub'));
  await app.exit;
  assert.deepEqual(snapshots(directory), ['here.heapsnapshot']);
});
