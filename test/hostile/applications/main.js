'use strict';
// Runs the application NAME of programs/ until its parent sends `stop`.
//
// A program exports `start()`, which returns `stop()` or a promise of it, and one of
//
//   port: where it serves HTTP; the program also exports `request(i)` and `check(i, response)` for the load, see load.js
//   work(i): does something, and throws if the result is wrong; the program's `AT_ONCE` is its concurrency
//
// Sends `{ port }` when it is ready, and at the end `{ done }`: how often it has worked.

const path = require('node:path');
const cluster = require('node:cluster');

const { AT_ONCE = 8, start } = require(path.join(__dirname, 'programs', `${process.argv[2]}.js`));

const fail = (error) => {
  console.error(error);
  process.exit(70);
};

async function main() {
  const { port, work, stop } = await start();
  // A cluster worker talks to its primary only.
  if (cluster.isWorker) return;
  let isStopping = false;
  const stopped = new Promise((resolve) => {
    process.once('message', resolve);
  }).then(() => {
    isStopping = true;
  });
  process.send({ port: port ?? null });
  let count = 0;
  const loop = async () => {
    while (!isStopping) {
      await work(count++);
      // Work that resolves immediately must not block the event loop.
      await new Promise(setImmediate);
    }
  };
  await Promise.all([stopped, ...Array.from({ length: work ? AT_ONCE : 0 }, loop)]);
  await stop();
  process.send({ done: count }, () => process.disconnect());
}

main().catch(fail);
