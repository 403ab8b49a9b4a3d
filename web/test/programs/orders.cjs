'use strict';
// A service with an allocation profile beside each snapshot, as watch({ profile: true }) writes it. Orders and the lines that a package
// keeps are never removed; in each round, a cache is made anew, smaller than before: `node orders.cjs FOLDER [ROUNDS]`.

const fs = require('node:fs');
const path = require('node:path');
const { writeHeapSnapshot } = require('node:v8');
const { profile } = require('../../../index.js');

const [folder, rounds = '2'] = process.argv.slice(2);

const library = path.join(folder, 'node_modules', 'line-cache', 'index.js');
fs.mkdirSync(path.dirname(library), { recursive: true });
fs.writeFileSync(library, 'exports.remember = function remember(lines) { lines.push(new Array(1000).fill(lines.length)); };\n');
const { remember } = require(library);

const orders = (globalThis.orders = []);
const lines = (globalThis.lines = []);
globalThis.cache = [];

function fetchOrder(id) {
  orders.push(new Array(2000).fill(id));
  remember(lines);
}

function fillCache(round) {
  globalThis.cache = Array.from({ length: 300 / round }, () => new Array(1000).fill(round));
}

function handle(round) {
  for (let i = 0; i < 100; i++) fetchOrder(i);
  fillCache(round);
}

// With nothing on the stack, as in a service that waits for requests.
function serve(round) {
  handle(round);
  setImmediate(() => {
    // Collects what is gone before the profile is taken.
    globalThis.gc();
    const text = profile().take().toHeapProfile();
    writeHeapSnapshot(path.join(folder, `s${round}.heapsnapshot`));
    fs.writeFileSync(path.join(folder, `s${round}.heapprofile`), text);
    if (round < Number(rounds)) setImmediate(serve, round + 1);
  });
}

require('node:v8').setFlagsFromString('--expose-gc');
globalThis.gc = require('node:vm').runInNewContext('gc');
profile().start({ intervalBytes: 1024 });
setImmediate(serve, 1);
