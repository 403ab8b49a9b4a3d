'use strict';
// The test files that `heapdump` publishes, unmodified, with this package in its place.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { test } = require('node:test');
const { cleanup } = require('./support/cleanup.js');
const { cleanEnvironment } = require('./support/app.js');
const { ROOT, temporary } = require('./support/temporary.js');

const THEIRS = path.join(ROOT, 'node_modules/heapdump/test');
const files = fs.readdirSync(THEIRS).filter((name) => name.startsWith('test-'));

test('there are test files', () => assert.equal(files.length, 4));

for (const name of files) {
  test(`heapdump's ${name}`, { timeout: 120_000 }, async (t) => {
    const { code, signal, stderr } = await run(t, name);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
  });
}

async function run(t, name) {
  const directory = temporary(t);
  const copy = path.join(directory, name); // it changes to its own directory and writes there
  fs.copyFileSync(path.join(THEIRS, name), copy);
  const child = spawn(process.execPath, ['-r', path.join(__dirname, 'support/heapdump-stand-ins.js'), copy], {
    cwd: directory,
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  cleanup(t, () => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stderr };
}
