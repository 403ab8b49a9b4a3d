'use strict';
// Leaks of memory outside the heap, and healthy programs: each gets the right verdict, and none is reported as a leak of the heap.

const assert = require('node:assert/strict');
const path = require('node:path');
const { before, test } = require('node:test');
const { build } = require('./leaks/native/addon.js');
const { outputWithRoom } = require('./leaks/native/heap-room.js');
const { PROGRAMS } = require('./leaks/native/programs.js');
const { temporary } = require('./support/temporary.js');

const RUN = path.join(__dirname, 'leaks/native/run.js');
const LINUX = process.platform === 'linux';

let addon;
before((t) => {
  addon = build(temporary(t));
});

/** Returns the ledgers of a program after each of three rounds. */
function ledgersOf(name) {
  const env = { ...process.env, NATIVE_ADDON: addon };
  return JSON.parse(outputWithRoom(['--expose-gc', RUN, name], env));
}

for (const [name, { kinds, needs }] of Object.entries(PROGRAMS)) {
  test(`${name}: ${kinds.join(', ') || 'healthy'}`, { skip: !LINUX }, (t) => {
    if (needs === 'addon' && !addon) return t.skip('no rustc');
    const ledgers = ledgersOf(name);
    const { verdicts, change } = ledgers.at(-1);
    const grown = verdicts.filter(({ severity }) => severity !== 'waste');
    const told = JSON.stringify(
      { verdicts: verdicts.map(({ title }) => title), change, rss: ledgers.map(({ rss }) => rss) },
      null,
      1,
    );
    assert.deepEqual(
      grown.map(({ kind }) => kind),
      kinds,
      told,
    );
    for (const { severity, confidence } of grown) assert.deepEqual([severity, confidence], ['leak', 0.8]);
    for (const { rss, parts, unexplained } of ledgers) {
      assert.equal(
        parts.reduce((sum, { resident }) => sum + resident, unexplained),
        rss,
      );
    }
    return undefined;
  });
}
