'use strict';
// The leak that everybody meets once: two functions share a scope, and the one that nobody can call any more has captured
// the object before. Writes a snapshot after each round: `node classic.cjs FOLDER [ROUNDS]`.

const path = require('node:path');
const { writeHeapSnapshot } = require('node:v8');

const [folder, rounds = '2'] = process.argv.slice(2);

class Victim {
  constructor(text, victimMethod) {
    this.victimText = text;
    this.victimMethod = victimMethod;
  }
}

let victimHolder = null;

function replaceVictim() {
  const victimBefore = victimHolder;
  const unused = () => {
    if (victimBefore) console.log('hi');
  };
  victimHolder = new Victim('secret-content-'.repeat(20) + Math.random(), function victimMethod() {});
  return unused;
}

globalThis.service = { replaceVictim };

// With nothing on the stack, as in a service that waits for requests.
function serve(round) {
  for (let i = 0; i < 500; i++) globalThis.service.replaceVictim();
  setImmediate(() => {
    writeHeapSnapshot(path.join(folder, `s${round}.heapsnapshot`));
    if (round < Number(rounds)) serve(round + 1);
  });
}

setImmediate(serve, 1);
