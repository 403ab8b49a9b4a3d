'use strict';
// Sends dumps to S3 servers by presigned addresses: `npm run test:upload`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { start: startApp } = require('../support/app.js');
const { run } = require('../support/command.js');
const { readSnapshot } = require('../support/snapshot.js');
const { snapshots, temporary } = require('../support/temporary.js');
const { SERVERS, install, start } = require('./servers.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('../..');

const LONG = { timeout: 300_000 };

install();

for (const name of Object.keys(SERVERS)) {
  test(name, LONG, async (t) => {
    const directory = temporary(t);
    const server = await start(name, directory);
    t.after(server.stop);
    process.env.TMPDIR = directory;
    t.after(() => delete process.env.TMPDIR);

    await t.test('dump({ to }): the object is the snapshot', LONG, async () => {
      for (const compress of [false, 'gzip', 'zstd']) {
        const { sent, path: left } = await heapdump.dump({ to: server.ask('presign', `a-${compress}`), compress });
        assert.equal(server.ask('hash', `a-${compress}`), sent.sha256);
        assert.deepEqual([sent.attempts, left, sent.to.includes('?')], [1, null, false]);
      }
      assert.deepEqual(snapshots(directory), [], 'no file is left');
    });

    await t.test('headers that are signed', LONG, async () => {
      const url = server.ask('presign-typed', 'typed');
      const headers = { 'Content-Type': 'application/gzip', 'x-amz-meta-from': 'a-b' };
      const { sent } = await heapdump.dump({ to: { url, headers }, compress: 'gzip' });
      assert.equal(server.ask('hash', 'typed'), sent.sha256);
    });

    await t.test('heapdump-rs dump PID --to @FILE', LONG, async (t) => {
      const app = startApp(t, directory, "require('heapdump-rs'); setInterval(() => {}, 1000); say('ready');");
      await app.said('ready');
      const file = path.join(directory, 'address');
      fs.writeFileSync(file, server.ask('presign', 'cli.heapsnapshot.gz'));
      const { stdout, stderr, status } = await run('dump', app.pid, '--to', `@${file}`, '--json');
      assert.equal(status, 0, stderr);
      assert.equal(server.ask('hash', 'cli.heapsnapshot.gz'), JSON.parse(stdout).sha256);
    });

    await t.test('an address that has expired', LONG, async (t) => {
      if (name === 'moto') return t.skip('moto does not check');
      const url = server.ask('presign', 'late').replace('X-Amz-Expires=600', 'X-Amz-Expires=0');
      const error = await heapdump.dump({ to: url, dir: directory }).then(assert.fail, (reason) => reason);
      assert.deepEqual([error.code, error.status, error.attempts], ['ERR_HEAPDUMP_UPLOAD', 403, 1]);
      assert.match(error.message, /403 \(AccessDenied\)/);
      assert.ok(!inspect(error, { depth: 9 }).includes('X-Amz'));
      readSnapshot(error.path);
    });
  });
}
