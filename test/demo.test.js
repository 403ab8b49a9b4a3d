'use strict';
// `npm run demo`, without the build.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

test(
  'the demo dumps a leaking service twice and explains the leak',
  { skip: process.platform === 'win32' && 'no signals' },
  (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-demo-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const { NODE_HEAPDUMP_OPTIONS: _, HEAPDUMP_DIR: __, NODE_OPTIONS: ___, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.resolve(__dirname, '../examples/demo/run.js')], {
      encoding: 'utf8',
      env: { ...env, TMPDIR: folder },
      cwd: path.dirname(__dirname),
    });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stderr, '');
    assert.match(stdout, /^Order +\+1,000 +0 +\+1,000 /m);
    const text = stdout.replace(/\s+/g, ' ');
    assert.match(text, /LEAK `confirm` keeps `previous`: a chain of 2000 scopes of `place`/);
    assert.match(text, /`previous` \(examples\/demo\/app\.js:25:\d+\), which no living function reads \(only `explain` did/);
    const [kept] = fs.readdirSync(folder);
    assert.equal(fs.readdirSync(path.join(folder, kept)).filter((name) => name.endsWith('.heapsnapshot')).length, 2);
  },
);
