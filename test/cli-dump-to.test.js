'use strict';
// `heapdump-rs dump PID --to TARGET`: the snapshot goes through the command, also if no directory is writable.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { test } = require('node:test');
const { capabilities, restore } = require('..');
const { cleanEnvironment, start } = require('./support/app.js');
const { startCommand } = require('./support/command.js');
const { receiver } = require('./support/receiver.js');
const { checkBytes } = require('./support/snapshot.js');
const { snapshots, temporary } = require('./support/temporary.js');

const LINUX = { timeout: 480_000, skip: process.platform === 'linux' ? false : 'abstract sockets exist on Linux only' };

/** Runs `dump PID ARGS`; the standard output is a Buffer. */
function dump(t, pid, args, { env } = {}) {
  const { child, ended } = startCommand(['dump', pid, ...args], { env: { ...cleanEnvironment(), ...env }, encoding: 'buffer' });
  t.after(() => child.kill('SIGKILL'));
  return ended;
}

/** Starts a program that has loaded the package and cannot write to the directory of its dumps. */
async function target(t, source = '', options = {}) {
  const app = start(t, temporary(t), `require('heapdump-rs'); setInterval(() => {}, 1 << 30); say('ready'); ${source}`, {
    ...options,
    env: { HEAPDUMP_DIR: '/dev/null/nowhere', ...options.env },
  });
  await app.said('ready');
  return app;
}

const NOWHERE = { env: { TMPDIR: '/dev/null/nowhere' } };

test('--to -: the snapshot on the standard output', LINUX, async (t) => {
  const app = await target(t);
  const plain = await dump(t, app.pid, ['--to', '-']);
  assert.equal(plain.status, 0, plain.stderr);
  checkBytes(plain.stdout);
  const packed = await dump(t, app.pid, ['--to', '-', '--compress', 'gzip']);
  checkBytes(zlib.gunzipSync(packed.stdout));
  // The request applied to one dump only: the next signal dumps to the target's own directory.
  process.kill(app.pid, 'SIGUSR2');
  await app.complains(/dump failed/);
});

test('--to - of a program in an endless loop', LINUX, async (t) => {
  const app = await target(t, 'for (;;);', { env: { NODE_HEAPDUMP_OPTIONS: 'signal' } });
  const { status, stdout, stderr } = await dump(t, app.pid, ['--to', '-']);
  assert.equal(status, 0, stderr);
  checkBytes(stdout);
});

test('an address: through a temporary file, which is removed', LINUX, async (t) => {
  const app = await target(t);
  const { requests, origin } = await receiver(t);
  const directory = temporary(t);
  const secret = path.join(directory, 'address');
  fs.writeFileSync(secret, `${origin}/a.heapsnapshot.gz?secret=1\n`);
  const args = ['--to', `@${secret}`, '--header', 'X-A: b: c', '--method', 'post', '--json'];
  const { status, stdout, stderr } = await dump(t, app.pid, args, { env: { TMPDIR: directory } });
  assert.equal(status, 0, stderr);
  const [{ method, headers, content, sha256 }] = requests;
  checkBytes(zlib.gunzipSync(content));
  const result = JSON.parse(stdout);
  assert.deepEqual(
    [result.to, result.bytes, result.sha256, result.attempts],
    [`${origin}/a.heapsnapshot.gz`, content.length, sha256, 1],
  );
  assert.deepEqual([method, headers['x-a'], headers['content-length']], ['POST', 'b: c', String(content.length)]);
  assert.deepEqual(snapshots(directory), []);
  assert.ok(!`${stdout}${stderr}${app.stderr}`.includes('secret'));
});

test('a heap image on the standard output, unless the process redacts', LINUX, async (t) => {
  if (!capabilities().image.available) return t.skip('no heap images here');
  const app = await target(t);
  const { status, stdout, stderr } = await dump(t, app.pid, ['--to', '-', '--mode', 'image']);
  assert.equal(status, 0, stderr);
  const file = path.join(temporary(t), 'a.heapimage');
  fs.writeFileSync(file, stdout);
  const { path: snapshot } = await restore(file);
  checkBytes(fs.readFileSync(snapshot));
  const redacting = await target(t, '', { env: { NODE_HEAPDUMP_OPTIONS: 'redact' } });
  const refused = await dump(t, redacting.pid, ['--to', '-', '--mode', 'image']);
  assert.equal(refused.status, 4);
  assert.match(refused.stderr, /sent a snapshot and no image/);
});

test('an address that refuses: the file stays, with mode 0600', LINUX, async (t) => {
  const app = await target(t);
  const directory = temporary(t);
  const { origin } = await receiver(t, (_, response) => response.writeHead(403).end());
  const { status, stderr } = await dump(t, app.pid, ['--to', `${origin}/?secret=1`, '--dir', directory]);
  assert.equal(status, 4);
  const [name] = snapshots(directory);
  assert.match(stderr, /the server answered 403 .*the snapshot is in .*\(ERR_HEAPDUMP_UPLOAD\)/);
  assert.ok(stderr.includes(path.join(directory, name)) && !stderr.includes('secret'), stderr);
  assert.equal(fs.statSync(path.join(directory, name)).mode & 0o777, 0o600);
  checkBytes(fs.readFileSync(path.join(directory, name)));
});

test('an address, and no directory anywhere: in chunks, also from an endless loop', LINUX, async (t) => {
  const app = await target(t, 'for (;;);');
  const { requests, origin } = await receiver(t);
  const { status, stderr, stdout } = await dump(t, app.pid, ['--to', origin], NOWHERE);
  assert.equal(status, 0, stderr);
  assert.equal(requests[0].headers['transfer-encoding'], 'chunked');
  assert.equal(stdout.toString(), `${origin}/\n`);
  checkBytes(requests[0].content);
});

test('a target that ends in the middle: exit code 4, and an aborted body', LINUX, async (t) => {
  const app = await target(t, 'globalThis.kept = Array.from({ length: 3e4 }, (_, i) => ({ i, text: `t${i}` }));');
  const { requests, origin } = await receiver(t, (request) => {
    request.once('data', () => {
      request.pause();
      app.child.kill('SIGKILL');
      app.exit.then(() => request.resume());
    });
  });
  const { status, stderr } = await dump(t, app.pid, ['--to', origin], NOWHERE);
  assert.equal(status, 4, stderr);
  assert.match(stderr, /ended before the dump was complete/);
  await requests[0].closed;
  assert.equal(requests[0].isComplete, false);
});

test('a reader that closes the pipe: EPIPE, and the next dump works', LINUX, async (t) => {
  const app = await target(t, 'globalThis.kept = Array.from({ length: 3e4 }, (_, i) => ({ i, text: `t${i}` }));');
  const { child, ended } = startCommand(['dump', app.pid, '--to', '-']);
  child.stdout.once('data', () => child.stdout.destroy());
  const { status, stderr } = await ended;
  assert.deepEqual([status, /EPIPE/.test(stderr)], [4, true], stderr);
  checkBytes((await dump(t, app.pid, ['--to', '-'])).stdout);
});

test('redaction is asked for, and is never less than that of the target', LINUX, async (t) => {
  const app = await target(t, 'globalThis.kept = Buffer.from(`swordfish${process.pid}`).toString();');
  const { stdout } = await dump(t, app.pid, ['--to', '-', '--redact', 'strings']);
  assert.ok(!stdout.includes(`swordfish${app.pid}`));
  const { stdout: open } = await dump(t, app.pid, ['--to', '-']);
  assert.ok(open.includes(`swordfish${app.pid}`));
});

test('wrong usage', LINUX, async (t) => {
  const app = await target(t);
  for (const args of [
    ['--to', 'ftp://a/?secret=1'],
    ['--to', '-', '--json'],
    ['--to', '-', '--sources'],
    ['--to', '-', '--mode', 'image', '--compress', 'gzip'],
    ['--to', '-', '--compress', 'lzma'],
    ['--header', 'a: b'],
    ['--to', 'http://127.0.0.1/?secret=1', '--header', 'secret'],
    ['--to', 'http://127.0.0.1/?secret=1', '--method', 'GET'],
  ]) {
    const { status, stderr, stdout } = await dump(t, app.pid, args);
    assert.equal(status, 2, stderr);
    assert.ok(!stderr.includes('secret') && stdout.length === 0, stderr);
  }
});
