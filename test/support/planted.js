'use strict';
// Programs with objects whose number is known, which dump themselves.

const assert = require('node:assert/strict');
const heapdump = require('../..');

/** Code that retains 321 objects of a class of their own. */
const PLANT = `
  class Planted { constructor(i) { this.text = ['planted', i, 'of 321'].join(' '); } }
  globalThis.kept = Array.from({ length: 321 }, (_, i) => new Planted(i));
`;

/** A program with planted objects that dumps itself with `options`, and reports the result. */
const program = (options) => `
  const heapdump = require('heapdump-rs');
  ${PLANT}
  heapdump.dump(${JSON.stringify(options)}).then((result) => say('result', result), (error) => say('error', { ...error, message: error.message }));
`;

/** Checks that the snapshot in `file` has all planted objects. `options`: those of `openSync()`. */
function assertPlanted(file, options) {
  const snapshot = heapdump.openSync(file, options);
  assert.equal(snapshot.findSync({ className: 'Planted', limit: 1000 }).rows.length, 321);
  snapshot.close();
}

module.exports = { PLANT, assertPlanted, program };
