'use strict';
// Dumps of one process are comparable: every object keeps its id.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

const SURVIVORS = 5000;

const PROGRAM = `
  const heapdump = require('heapdump-rs');
  heapdump.install({ quiet: true });
  class Survivor { constructor(i) { this.name = Buffer.from('survivor ' + i).toString('latin1'); } }
  class Passing { constructor() { this.payload = new Array(10).fill(0); } }
  globalThis.kept = Array.from({ length: ${SURVIVORS} }, (_, i) => new Survivor(i));
  const methods = {
    signal: () => new Promise((resolve) => {
      heapdump.once('dump', ({ path }) => resolve(path));
      process.kill(process.pid, 'SIGUSR2');
    }),
    writeSnapshot: () => new Promise((resolve) => heapdump.writeSnapshot((error, path) => resolve(path))),
    dump: () => heapdump.dump().then(({ path }) => path),
    interrupt: () => new Promise((resolve) => {
      heapdump.install({ quiet: true, wedgedAfterMs: 10 });
      heapdump.once('dump', ({ path, method }) => resolve(method === 'interrupt' ? path : 'not interrupted'));
      process.kill(process.pid, 'SIGUSR2');
      // By name: a child may end in between, and the number would stay the same.
      const files = () => require('node:fs').readdirSync('.').filter((name) => name.endsWith('.heapsnapshot'));
      for (const before = files(); files().every((name) => before.includes(name)););
    }),
  };
  setInterval(() => {}, 1 << 30);
  const churn = () => { for (let i = 0; i < 20000; i++) globalThis.last = new Passing(); globalThis.gc?.(); };
  (async () => {
    for (const method of METHODS) {
      churn(); // Objects come and go, and the garbage collector moves the others.
      say('file', await methods[method]());
      await new Promise(setImmediate); // Wait until its event is over.
    }
  })();
`;

for (const methods of [
  ['signal', 'signal'],
  ['writeSnapshot', 'writeSnapshot'],
  ['dump', 'dump'],
  ['signal', 'writeSnapshot', 'dump', 'interrupt', 'signal'],
]) {
  test(`${SURVIVORS} survivors keep their ids: ${methods.join(', ')}`, { timeout: 240_000 }, async (t) => {
    const directory = temporary(t);
    const app = start(t, directory, `const METHODS = ${JSON.stringify(methods)};${PROGRAM}`, { execArgv: ['--expose-gc'] });
    let first;
    for (const method of methods) {
      const file = path.resolve(directory, await app.said('file'));
      const ids = readSnapshot(file).idsBy('Survivor', 'name');
      fs.unlinkSync(file);
      assert.equal(ids.size, SURVIVORS, method);
      first ??= ids;
      const same = [...ids].filter(([name, id]) => first.get(name) === id).length;
      assert.equal(same, SURVIVORS, `${same} of ${SURVIVORS} kept their id (${method})`);
    }
  });
}
