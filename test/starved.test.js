'use strict';
// A process that waits for a processor: an iteration of its event loop takes seconds, but the loop is not blocked.
//
// Regression: it counted as blocked after a second, and was repeatedly interrupted for an inline dump. In a cluster of 8 workers
// that got a signal every second on a busy machine, 32 of 48 dumps were taken in this way, and no request was answered for a minute
// and a half.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { cleanup } = require('./support/cleanup.js');
const { temporary, written } = require('./support/temporary.js');
const { succeeds } = require('./support/tools.js');

/** All on one processor, because the others may be idle. */
const PINNED = ['taskset', '--cpu-list', '0'];

const canPin = succeeds(...PINNED, 'true');
const tellsWaiting = fs.existsSync('/proc/self/schedstat');
const SKIP = !canPin ? 'no taskset here' : !tellsWaiting && 'the kernel does not tell how long a thread waits for a processor';

/** With as many, the process gets a tenth of the processor, and less on a busy machine. */
const SPINNERS = 9;

function spin(t) {
  const [command, ...args] = [...PINNED, process.execPath, '-e', 'for (;;);'];
  const spinner = spawn(command, args, { stdio: 'ignore' });
  const ended = once(spinner, 'exit');
  cleanup(t, async () => {
    spinner.kill('SIGKILL');
    await ended;
  });
}

test('an event loop that waits for a processor is not interrupted', { skip: SKIP, timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    require('heapdump-rs').install({ mode: 'inline', sidecar: true });
    // It runs for a fifth of a second in the two seconds of each iteration.
    let isStarved = false;
    const turn = () => {
      if (isStarved) say('turn');
      const [begun, { user }] = [performance.now(), process.cpuUsage()];
      while (performance.now() - begun < 2000);
      isStarved = process.cpuUsage().user - user < 700_000;
      setImmediate(turn);
    };
    process.stdin.once('data', turn);
    say('ready');
  `,
    { prefix: PINNED },
  );
  await app.said('ready');
  for (let i = 0; i < SPINNERS; i++) spin(t);
  app.tell('go');
  await app.said('turn');
  app.kill('SIGUSR2');
  const [file] = await written(directory);
  assert.equal(JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')).method, 'inline');
});
