'use strict';
// dump({ to }): to descriptors, streams and addresses, with and without a writable directory.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { test } = require('node:test');
const { Writable } = require('node:stream');
const { openPipe } = require('../lib/send/pipe.js');
const { start } = require('./support/app.js');
const { hashOf, receiver } = require('./support/receiver.js');
const { checkBytes } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const LONG = { timeout: 120_000 };
const IMAGES = { ...LONG, skip: heapdump.capabilities().image.available ? false : 'no heap images here' };
const FORKS = { ...LONG, skip: heapdump.capabilities().fork.available ? false : 'nothing is forked here' };

/** A Writable that collects its input. */
function sink(options) {
  const chunks = [];
  const writable = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
    ...options,
  });
  return { writable, content: () => Buffer.concat(chunks) };
}

/** Sets the directory of temporary files for one test. */
function temporaryFiles(t, directory) {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
}
const NOWHERE = '/dev/null/nowhere';

test('a Writable gets the snapshot and is ended; no file is left', LONG, async (t) => {
  const directory = temporary(t);
  temporaryFiles(t, directory);
  const { writable, content } = sink();
  const result = await heapdump.dump({ to: writable, compress: 'gzip' });
  assert.equal(writable.writableFinished, true);
  assert.equal(result.path, null);
  assert.deepEqual(result.sent, { to: 'stream', bytes: content().length, sha256: hashOf(content()), status: null, attempts: 1 });
  checkBytes(zlib.gunzipSync(content()));
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
});

test('a descriptor gets it, from the child or from this process', LONG, async (t) => {
  const directory = temporary(t);
  for (const mode of ['inline', 'fork']) {
    const file = path.join(directory, mode);
    const fd = fs.openSync(file, 'w');
    const result = await heapdump.dump({ to: fd, mode, compress: 'gzip' });
    fs.closeSync(fd);
    const content = fs.readFileSync(file);
    checkBytes(zlib.gunzipSync(content));
    assert.deepEqual([result.path, result.sent.to, result.bytes], [null, `descriptor ${fd}`, content.length]);
    assert.equal(result.snapshotBytes, zlib.gunzipSync(content).length);
  }
});

test('the standard output of a program, which is a pipe', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `const { dump } = require('heapdump-rs');
     (async () => { for (const mode of ['inline', 'auto']) { await dump({ to: '-', mode }); process.stdout.write('\\0'); } })();`,
  );
  assert.deepEqual(await app.exit, { code: 0, signal: null });
  const [first, second] = app.stdout.split('\0');
  checkBytes(Buffer.from(first));
  checkBytes(Buffer.from(second));
});

test('an address: the file is removed when it was sent, or stays at `path`', LONG, async (t) => {
  const directory = temporary(t);
  temporaryFiles(t, directory);
  const { requests, origin } = await receiver(t);
  const events = [];
  const listener = (result) => events.push(result);
  heapdump.on('dump', listener);
  t.after(() => heapdump.off('dump', listener));
  const removed = await heapdump.dump({ to: `${origin}/a.heapsnapshot.gz?secret=1` });
  const file = path.join(directory, 'kept.heapsnapshot');
  const kept = await heapdump.dump({ to: { url: `${origin}/b`, method: 'POST', headers: { 'x-b': '1' } }, path: file });
  checkBytes(zlib.gunzipSync(requests[0].content)); // as the address ends
  checkBytes(requests[1].content);
  assert.deepEqual([requests[1].method, requests[1].headers['x-b']], ['POST', '1']);
  assert.deepEqual([removed.path, kept.path], [null, file]);
  assert.equal(removed.sent.sha256, requests[0].sha256);
  assert.equal(requests[0].headers['content-length'], String(removed.bytes));
  assert.equal(hashOf(fs.readFileSync(file)), kept.sent.sha256);
  assert.deepEqual(snapshots(directory), ['kept.heapsnapshot']);
  await new Promise(setImmediate); // events come after the answer
  assert.deepEqual(events, [removed, kept]);
  assert.ok(!JSON.stringify(events).includes('secret'));
});

test('an address that refuses: the file stays, and the error says where', LONG, async (t) => {
  const directory = temporary(t);
  const { origin } = await receiver(t, (_, response) => response.writeHead(403).end());
  const error = await heapdump.dump({ to: `${origin}/a?secret=1`, dir: directory }).catch((reason) => reason);
  assert.deepEqual([error.code, error.status, error.attempts], ['ERR_HEAPDUMP_UPLOAD', 403, 1]);
  assert.equal(path.dirname(error.path), directory);
  assert.ok(error.message.endsWith(error.path) && !error.message.includes('secret'), error.message);
  checkBytes(fs.readFileSync(error.path));
});

test('without a directory: sent in chunks while a child writes it', FORKS, async (t) => {
  temporaryFiles(t, NOWHERE);
  const { requests, origin } = await receiver(t);
  const result = await heapdump.dump({ to: origin, compress: 'gzip' });
  const [{ headers, content, sha256 }] = requests;
  assert.equal(headers['transfer-encoding'], 'chunked');
  checkBytes(zlib.gunzipSync(content));
  assert.deepEqual([result.method, result.path, result.bytes, result.sent.sha256], ['fork', null, content.length, sha256]);
});

test('without a directory, redirects and refusals come before the dump', FORKS, async (t) => {
  temporaryFiles(t, NOWHERE);
  const { requests, origin } = await receiver(
    t,
    (request, response, number) => {
      if (number === 0) return response.writeHead(503, { 'retry-after': '0' }).end();
      if (number === 1) return response.writeHead(307, { location: '/there' }).end();
      if (number === 3) return response.writeHead(403).end();
      response.writeContinue();
      return requests[number].body.then(() => response.end());
    },
    { expects: false },
  );
  const result = await heapdump.dump({ to: origin });
  assert.deepEqual([result.sent.attempts, requests[2].url], [2, '/there']);
  checkBytes(requests[2].content);
  await assert.rejects(heapdump.dump({ to: origin }), { code: 'ERR_HEAPDUMP_UPLOAD', status: 403 });
});

test('a heap image goes to a descriptor, to an address, and in chunks without a directory', IMAGES, async (t) => {
  const directory = temporary(t);
  const restored = async (content) => {
    const file = path.join(directory, 'sent.heapimage');
    fs.writeFileSync(file, content);
    const { path: snapshot } = await heapdump.restore(file, { overwrite: true });
    checkBytes(fs.readFileSync(snapshot));
    fs.rmSync(snapshot);
  };
  const { requests, origin } = await receiver(t);
  const { readable, writeEnd } = openPipe();
  const chunks = readable.toArray();
  const piped = await heapdump.dump({ to: writeEnd, mode: 'image' });
  fs.closeSync(writeEnd);
  const content = Buffer.concat(await chunks);
  assert.deepEqual([piped.method, piped.path, piped.bytes], ['image', null, content.length]);
  await restored(content);
  const kept = await heapdump.dump({ to: `${origin}/a.gz`, mode: 'image', path: path.join(directory, 'a.heapsnapshot') });
  assert.equal(kept.path, path.join(directory, 'a.heapimage'));
  assert.equal(requests[0].sha256, hashOf(fs.readFileSync(kept.path)));
  await restored(requests[0].content);
  temporaryFiles(t, NOWHERE);
  const { method, sent } = await heapdump.dump({ to: origin, mode: 'image' });
  assert.deepEqual([method, sent.sha256, requests[1].headers['transfer-encoding']], ['image', requests[1].sha256, 'chunked']);
  await restored(requests[1].content);
});

test('a dump that fails while it is sent: the server sees an aborted body', FORKS, async (t) => {
  temporaryFiles(t, NOWHERE);
  const { requests, origin } = await receiver(t);
  // The child needs longer for a heap of this size.
  await assert.rejects(heapdump.dump({ to: origin, deadlineMs: 1 }), { code: 'ERR_HEAPDUMP_DEADLINE' });
  await requests[0].closed;
  assert.equal(requests[0].isComplete, false);
  const { writable } = sink();
  await assert.rejects(heapdump.dump({ to: writable, deadlineMs: 1 }), { code: 'ERR_HEAPDUMP_DEADLINE' });
  assert.deepEqual([writable.destroyed, writable.writableFinished], [true, false]);
});

test('a server that closes the connection while the child writes: an error, and the next dump works', FORKS, async (t) => {
  temporaryFiles(t, NOWHERE);
  const { origin } = await receiver(t, (request) => request.once('data', () => request.socket.destroy()));
  await assert.rejects(heapdump.dump({ to: origin }), { code: 'ERR_HEAPDUMP_UPLOAD', attempts: 1 });
  const { writable, content } = sink();
  await heapdump.dump({ to: writable });
  checkBytes(content());
});

test('an abort ends dump and transfer', FORKS, async (t) => {
  temporaryFiles(t, NOWHERE);
  const controller = new AbortController();
  const { requests, origin } = await receiver(t, (request) => request.once('data', () => controller.abort()));
  await assert.rejects(heapdump.dump({ to: origin, signal: controller.signal }), { code: 'ABORT_ERR' });
  await requests[0].closed;
  assert.equal(requests[0].isComplete, false);
});

test('inline, without a directory: refused before anything is sent', LONG, async (t) => {
  temporaryFiles(t, NOWHERE);
  const { requests, origin } = await receiver(t);
  await assert.rejects(heapdump.dump({ to: origin, mode: 'inline' }), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
  assert.equal(requests.length, 0);
});

test('a pipe that is closed is an error of the dump', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `const { dump } = require('heapdump-rs');
     process.stdin.once('data', async () => {
       for (const mode of ['inline', 'fork']) await dump({ to: 1, mode }).catch(({ code, syscall }) => say('failed', { code, syscall }));
       process.exit();
     });`,
  );
  app.child.stdout.destroy();
  app.child.stdin.write('go');
  for (let i = 0; i < 2; i++) assert.deepEqual(await app.said('failed'), { code: 'EPIPE', syscall: 'write' });
});

test('options that cannot be combined with `to` are refused', () => {
  for (const [option, value] of Object.entries({ threads: 'all', sidecar: true, sources: true, fallback: 'image' })) {
    assert.throws(() => heapdump.dump({ to: 1, [option]: value }), { code: 'ERR_INVALID_ARG_VALUE' }, option);
  }
});
