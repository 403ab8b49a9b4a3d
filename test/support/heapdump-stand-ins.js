'use strict';
// Loaded with `node -r` before one of heapdump's own test files: `require('../')` resolves to this package, and the two tools of
// the tests are replaced by minimal implementations.

const fs = require('node:fs');
const Module = require('node:module');
const assert = require('node:assert/strict');
const { execSync } = require('node:child_process');

const shelljs = {
  rm: (_, pattern) => matching(pattern).forEach((name) => fs.unlinkSync(name)),
  ls: (pattern) => matching(pattern),
  which: (name) => execSync(`command -v ${name}`, { encoding: 'utf8', shell: '/bin/bash' }).trim(),
  exec: (command) => execSync(command),
};

function matching(pattern) {
  const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  return fs.readdirSync('.').filter((name) => expression.test(name));
}

const tap = {
  test(name, body) {
    let ended = false;
    process.on('exit', () => assert.ok(ended, `${name}: did not end`));
    body({
      equals: assert.equal,
      end() {
        ended = true;
      },
    });
  },
};

// The test of the signal checks after half a second. A dump can take longer on a busy machine, so the check waits for it.
const { setTimeout } = globalThis;
globalThis.setTimeout = (callback, ms) =>
  setTimeout(() => {
    if (matching('heapdump-*.heapsnapshot').length) callback();
    else require('../../index.js').once('dump', callback);
  }, ms);

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  if (request === 'tap') return tap;
  if (request === 'shelljs') return shelljs;
  if (request === '../' && /^test-/.test(require('node:path').basename(parent.filename))) return require('../../index.js');
  return load.call(this, request, parent, ...rest);
};
