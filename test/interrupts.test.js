'use strict';
// Interrupts in every kind of code: the dump succeeds, the process lives, and its results are right.
//
// The small form of test/hostile/interrupts.js, which interrupts each of them 200 times and in every tier of V8.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { interrupt, jobs } = require('./hostile/interrupts.js');
const { start } = require('./support/app.js');
const { snapshots, temporary, written } = require('./support/temporary.js');

const heapdump = require('..');

const MAJOR = Number.parseInt(process.versions.node, 10);
const SKIP = !heapdump.capabilities().interrupt.available && 'threads cannot be interrupted here';

// Regression: on Node 18 and 20 the process ended with SIGSEGV in loops of WebAssembly, because V8 used the instance after the dump
// had moved it. With little stack left, the call of the interrupt failed, which was mistaken for a termination and ended the
// application's JavaScript.
const COMPUTATIONS = /^WebAssembly: (?!a long)|limit of the stack|getters|vm|backtracking|last match|finalizers|modules|debugger/;

const seen = new Set();
for (const [name, flags] of jobs(MAJOR, COMPUTATIONS)) {
  if (seen.has(name)) continue; // in the first tier only
  seen.add(name);
  test(`interrupted: ${name}`, { skip: SKIP, timeout: 300_000 }, async (t) => {
    const { interrupts, error } = await interrupt(process.execPath, name, flags, 2);
    assert.equal(error, undefined);
    t.diagnostic(`${interrupts} dumps by an interrupt`);
  });
}

// Regression: a `timeout` of `vm` terminated an interrupt while it loaded `node:inspector` or the internals of `performance`. Node
// keeps the half-loaded module, so no later dump was possible, and the application could not use these modules either. Loading them
// in the first turn of the loop was not enough: an interrupt could come before or during it.
test('an interrupt loads no modules: they would stay half loaded if it were ended', { skip: SKIP, timeout: 120_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const fs = require('node:fs');
    require('heapdump-rs').install({ mode: 'inline', wedgedAfterMs: 1, sidecar: true, sources: true, compress: 'gzip', redact: 'strings' });
    const loaded = () => [...process.moduleLoadList, ...Object.keys(require.cache)];
    const before = new Set(loaded());
    say('ready');
    while (!fs.readdirSync('.').some((name) => /[.]heapsnapshot[.]gz[.]json$/.test(name)));
    say('loaded', loaded().filter((name) => !before.has(name)));
    process.exit();
  `,
  );
  await app.said('ready');
  app.kill('SIGUSR2');
  assert.deepEqual(await app.said('loaded'), []);
  assert.deepEqual(await app.exit, { code: 0, signal: null });
  assert.match(
    fs.readFileSync(
      path.join(
        directory,
        fs.readdirSync(directory).find((name) => name.endsWith('.gz.json')),
      ),
      'utf8',
    ),
    /"method": ?"interrupt"/,
  );
});

test(
  'a WebAssembly loop that cannot be interrupted safely is dumped when it ends, with a notice',
  { skip: SKIP, timeout: 120_000 },
  async (t) => {
    const { limitation } = heapdump.capabilities().interrupt;
    assert.equal(limitation === undefined, MAJOR >= 22, limitation);
    for (const quiet of [false, true]) {
      const directory = temporary(t);
      const app = start(
        t,
        directory,
        `
      const { instantiate } = require(${JSON.stringify(path.join(__dirname, 'hostile/wasm.js'))});
      const heapdump = require('heapdump-rs');
      heapdump.install({ wedgedAfterMs: 1, mode: 'inline', quiet: ${quiet} });
      heapdump.on('dump', () => process.exit());
      setInterval(() => {}, 1 << 30);
      const f = instantiate('mix');
      say('ready');
      f(1_000_000_000);
      say('files', require('node:fs').readdirSync('.').filter((name) => /heapsnapshot/.test(name)).length);
    `,
      );
      await app.said('ready');
      app.kill('SIGUSR2');
      const files = await app.said('files');
      if (limitation) assert.equal(files, 0);
      await written(directory);
      assert.deepEqual(await app.exit, { code: 0, signal: null });
      assert.equal(snapshots(directory).length, 1);
      assert.equal(/the dump has to wait: WebAssembly/.test(app.stderr), limitation !== undefined && !quiet, app.stderr);
    }
  },
);
