'use strict';
// Judges ledgers: returns findings about growth inside and outside the heap, and about memory that is free but not returned.

const { finding } = require('./finding.js');
const { growth } = require('./growth.js');
const { state } = require('./state.js');
const { knownLeaks } = require('./known-leaks.js');

const ORDER = ['leak', 'suspect', 'waste'];

/**
 * @param {object[]} ledgers of one process, oldest first; one is enough for findings that are not about growth
 * @returns {object[]} findings, the worst first and the largest first among equals
 */
function judge(ledgers) {
  const found = [...growth(ledgers), ...state(ledgers)];
  const known = knownLeaks(ledgers.at(-1), found);
  return [...known, ...found]
    .map(finding)
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.evidence.bytes - a.evidence.bytes);
}

module.exports = { judge };
