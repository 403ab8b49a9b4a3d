'use strict';
// Heap images: a forked child writes its memory, and the snapshot is taken elsewhere.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { start } = require('./support/app.js');
const { runSync } = require('./support/command.js');
const { PLANT, assertPlanted, program } = require('./support/planted.js');
const { partials, temporary } = require('./support/temporary.js');
const { missing } = require('./support/tools.js');

const heapdump = require('..');

const { available, reason } = heapdump.capabilities().image;
const IMAGES = { timeout: 180_000, skip: available ? false : reason };

/** Starts a process that writes an image; resolves with the result of its dump. */
async function imageOf(t, directory, options = {}, how = {}) {
  const app = start(t, directory, program({ mode: 'image', path: 'a.heapsnapshot', ...options }), how);
  const result = await app.said('result');
  await app.exit;
  return result;
}

test('an image is restored to a complete snapshot after its process has ended', IMAGES, async (t) => {
  const directory = temporary(t);
  const result = await imageOf(t, directory);
  assert.equal(result.method, 'image');
  assert.equal(result.path, path.join(directory, 'a.heapimage'));
  assert.equal(fs.statSync(result.path).mode & 0o777, 0o600);
  assert.equal(fs.statSync(result.path).size, result.bytes);
  assert.deepEqual(partials(directory), []);

  const restored = await heapdump.restore(result.path, { sidecar: true });
  assert.equal(restored.path, path.join(directory, 'a.heapsnapshot'));
  assert.equal(restored.pid, result.pid);
  assert.equal(restored.node, process.version);
  assert.equal(restored.image, result.path);
  assert.equal(JSON.parse(fs.readFileSync(`${restored.path}.json`, 'utf8')).image, result.path);
  assertPlanted(restored.path);

  // Every restore writes the same bytes.
  const again = await heapdump.restore(result.path, { path: path.join(directory, 'b.heapsnapshot') });
  assert.ok(fs.readFileSync(again.path).equals(fs.readFileSync(restored.path)));
});

test('the restored snapshot is redacted as the dump was to be', IMAGES, async (t) => {
  const directory = temporary(t);
  const { path: image } = await imageOf(t, directory, { redact: 'strings' });
  const redacted = await heapdump.restore(image, { compress: 'gzip' });
  assert.equal(redacted.path, path.join(directory, 'a.heapsnapshot.gz'));
  assert.ok(!zlib.gunzipSync(fs.readFileSync(redacted.path)).includes('of 321'));
  const open = await heapdump.restore(image, { redact: false, path: path.join(directory, 'open.heapsnapshot') });
  assert.ok(fs.readFileSync(open.path, 'utf8').includes('planted 7 of 321'));
});

test('a worker dumps itself', IMAGES, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `const { Worker } = require('node:worker_threads');
     const work = ${JSON.stringify(program({ mode: 'image', path: 'a.heapimage' }))};
     new Worker('const { parentPort } = require("node:worker_threads"); const say = (is, value) => parentPort.postMessage({ is, value });' + work, { eval: true })
       .on('message', ({ is, value }) => say(is, value));`,
  );
  const { path: image, threadId } = await app.said('result');
  await app.exit;
  assert.equal(threadId, 1);
  assertPlanted((await heapdump.restore(image)).path);
});

test('a process whose JavaScript is stuck is dumped by signal', IMAGES, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `require('heapdump-rs').install({ wedgedAfterMs: 100, name: 'a.heapsnapshot' });
     ${PLANT}
     say('stuck'); for (;;);`,
    { env: { NODE_HEAPDUMP_OPTIONS: 'mode=image' } },
  );
  await app.said('stuck');
  const { status, stdout, stderr } = runSync('dump', String(app.pid), '--timeout', '60');
  assert.equal(status, 0, stderr);
  app.child.kill('SIGKILL');
  const image = stdout.trim();
  assert.equal(image, path.join(directory, 'a.heapimage'));
  assertPlanted((await heapdump.restore(image)).path);
});

test('the command line asks for an image, and restores it', IMAGES, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `require('heapdump-rs').install({ name: 'a.heapsnapshot' }); setInterval(() => {}, 1e3); say('ready');`,
  );
  await app.said('ready');
  const dumped = runSync('dump', String(app.pid), '--mode', 'image', '--timeout', '60');
  assert.equal(dumped.status, 0, dumped.stderr);
  const image = dumped.stdout.trim();
  assert.match(image, /a\.heapimage$/);

  const refused = runSync('summary', image);
  assert.equal(refused.status, 3);
  assert.match(refused.stderr, /is a heap image.*heapdump-rs restore.*--restore.*ERR_HEAPDUMP_IMAGE/);
  const read = runSync('summary', image, '--restore', '--limit', '1');
  assert.equal(read.status, 0, read.stderr);
  assert.ok(fs.existsSync(path.join(directory, 'a.heapsnapshot')));

  const to = path.join(directory, 'c.heapsnapshot');
  const restored = runSync('restore', image, '-o', to, '--json', { env: {}, cwd: '/' });
  assert.equal(restored.status, 0, restored.stderr);
  assert.equal(JSON.parse(restored.stdout).path, to);
  const redacted = runSync('restore', image, '-o', path.join(directory, 'd.heapsnapshot'), '--redact', 'strict');
  assert.equal(redacted.status, 0, redacted.stderr);
  const again = runSync('restore', image, '-o', to);
  assert.equal(again.status, 3);
  assert.match(again.stderr, /EEXIST/);
});

test('functions that read snapshots refuse an image by a code of its own', IMAGES, async (t) => {
  const { path: image } = await imageOf(t, temporary(t));
  const isImage = { code: 'ERR_HEAPDUMP_IMAGE', path: image };
  await assert.rejects(heapdump.open(image), isImage);
  assert.throws(() => heapdump.openSync(image), isImage);
  await assert.rejects(heapdump.analyze(image), isImage);
});

test(
  'an image replaces a forked dump for which memory is missing',
  { ...IMAGES, skip: IMAGES.skip || missing('prlimit') },
  async (t) => {
    const directory = temporary(t);
    // The check refuses a forked dump for want of address space; an image needs 20 MB.
    const source = `
    const { execFileSync } = require('node:child_process');
    const { readFileSync } = require('node:fs');
    globalThis.many = [];
    for (let i = 0; i < 9e5; i++) many.push({ i, j: i + 0.5 });
    const size = Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
    execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (size + 60e6) + ':unlimited']);
    ${program({ mode: 'fork', fallback: 'image', path: 'a.heapsnapshot', comparable: false })}`;
    const app = start(t, directory, source);
    const { method, fallback, path: image } = await app.said('result');
    assert.equal(method, 'image');
    assert.match(fallback, /is refused.*limit of address space/);
    await app.exit;
    assertPlanted((await heapdump.restore(image)).path);
  },
);

test('a restore that is aborted leaves no file', IMAGES, async (t) => {
  const directory = temporary(t);
  const { path: image } = await imageOf(t, directory);
  const given = new AbortController();
  const to = path.join(directory, 'b.heapsnapshot');
  const restored = heapdump.restore(image, { path: to, signal: given.signal });
  given.abort();
  await assert.rejects(restored, { code: 'ABORT_ERR' });
  const late = heapdump.restore(image, { path: to, deadlineMs: 1 });
  await assert.rejects(late, { code: 'ERR_HEAPDUMP_DEADLINE' });
  assert.ok(!fs.existsSync(to));
  assert.deepEqual(partials(directory), []);
});

test('wrong arguments throw', () => {
  assert.throws(() => heapdump.restore(), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => heapdump.restore('a', { mode: 'fork' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => heapdump.dump({ fallback: 'inline' }), { code: 'ERR_INVALID_ARG_VALUE' });
});
