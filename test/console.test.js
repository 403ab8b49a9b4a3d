'use strict';
// While an inspector session is open, V8 retains the arguments of console calls. Ours must not cause that.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

test('arguments of console.log are garbage, also between two dumps', { timeout: 120_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    class Logged {}
    class Kept {}
    globalThis.kept = new Kept();
    (async () => {
      console.log(new Logged());
      say('file', (await heapdump.dump()).path);
      for (let i = 0; i < 500; i++) console.log(new Logged());
      await new Promise(setImmediate);
      say('file', (await heapdump.dump()).path);
      for (let i = 0; i < 500; i++) console.error(new Logged());
      await new Promise(setImmediate);
      heapdump.writeSnapshot('c.heapsnapshot');
      say('file', require('node:path').resolve('c.heapsnapshot'));
    })();
  `,
  );
  for (let i = 0; i < 3; i++) {
    const snapshot = readSnapshot(await app.said('file'));
    assert.equal(snapshot.count('Kept'), 1);
    // One may still be on the stack or in a cache of the console.
    assert.ok(snapshot.count('Logged') <= 1, `${snapshot.count('Logged')} are kept in dump ${i}`);
  }
});

test('and they are dropped when no dump follows', { timeout: 120_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    class Logged {}
    heapdump.writeSnapshot('a.heapsnapshot');
    globalThis.collected = new FinalizationRegistry((i) => say('collected', i));
    (function () {
      for (let i = 0; i < 10; i++) {
        const logged = new Logged();
        collected.register(logged, i);
        console.log(logged);
      }
    })();
    setInterval(gc, 100); // the session drops what it has every five seconds
  `,
    { execArgv: ['--expose-gc'] },
  );
  for (let i = 0; i < 9; i++) await app.said('collected');
});
