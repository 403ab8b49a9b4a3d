'use strict';
// Other listeners of the same signal: each is called, and none can remove our handler.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { temporary } = require('./support/temporary.js');

/** Number of random sequences. */
const SEQUENCES = Number(process.env.HEAPDUMP_TEST_SEQUENCES ?? 12);

/** Reports everything that the signal causes; reads one word per line from standard input. */
const PROGRAM = `
  let heapdump;
  const listeners = [];
  const words = {
    require() {
      heapdump = require('heapdump-rs');
      heapdump.install({ dir: 'dumps', quiet: true, mode: 'inline' });
      heapdump.on('dump', () => say('dump'));
      heapdump.on('error', ({ message }) => say('dump', message));
    },
    on() { listeners.push(() => say('fired')); process.on('SIGUSR2', listeners.at(-1)); },
    once() { process.once('SIGUSR2', () => say('fired')); },
    off() { const last = listeners.pop(); if (last) process.off('SIGUSR2', last); },
    clear() { listeners.length = 0; process.removeAllListeners('SIGUSR2'); },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (word) => {
    words[word]();
    say('done', process.listenerCount('SIGUSR2'));
  });
`;

async function perform(app, words) {
  for (const word of words) {
    if (word !== 'signal') {
      app.tell(word);
      app.listening = await app.said('done');
      continue;
    }
    const expected = app.listening;
    app.kill('SIGUSR2');
    for (let i = 0; i < expected; i++) await app.said('fired');
    assert.equal(await app.said('dump'), undefined);
    app.tell('off'); // `once` listeners are gone: count again
    app.listening = await app.said('done');
    assert.ok(!app.hasSaid('fired') && !app.hasSaid('dump'), `nothing fired twice (${words.join(' ')})`);
  }
}

test('listeners added before and after, removed, and once', { timeout: 120_000 }, async (t) => {
  const app = start(t, temporary(t), PROGRAM);
  await perform(app, ['on', 'require', 'signal', 'on', 'on', 'signal', 'off', 'clear', 'signal', 'once', 'signal', 'signal']);
});

test('no sequence of adding and removing, followed by the signal, ends the process', { timeout: 240_000 }, async (t) => {
  let state = 20;
  const random = (n) => {
    // Park-Miller: the same sequences on every run
    state = (state * 48271) % 0x7fffffff;
    return state % n;
  };
  const app = start(t, temporary(t), PROGRAM);
  await perform(app, ['require']);
  for (let i = 0; i < SEQUENCES; i++) {
    const words = Array.from({ length: 1 + random(6) }, () => ['on', 'once', 'off', 'clear'][random(4)]);
    await perform(app, [...words, 'signal']);
  }
  assert.equal(app.closed, undefined);
});
