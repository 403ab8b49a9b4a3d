'use strict';
// Finds known leaks of Node itself that match the growth. known-leaks.json is the table: `lines` are ranges of versions, from the
// first one with the leak up to the first one without; `verified` are versions that were tested with test/leaks/native/known.js.

const TABLE = require('./known-leaks.json');

/** `24.16.1` -> `[24, 16, 1]` */
const numbers = (version) => version.replace(/^v/, '').split(/[.-]/).slice(0, 3).map(Number);

/** Returns whether version `a` precedes `b`. */
function isBefore(a, b) {
  const [left, right] = [numbers(a), numbers(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && left[at] < right[at];
}

/** Returns the range of versions with the leak that `version` is in: from `from` up to, but without, `fixed`. */
function lineFor(version, { lines }) {
  return lines.find(({ from, fixed }) => !isBefore(version, from) && (fixed === null || isBefore(version, fixed)));
}

const isAffected = (version, entry) => lineFor(version, entry) !== undefined;

/**
 * @param {{node: string | null}} ledger the last one
 * @param {{kind: string, bytes: number, values: number[]}[]} found the kinds that grow
 */
function knownLeaks({ node }, found) {
  if (node === null) return [];
  return TABLE.flatMap((entry) => {
    const { id, signature, issue } = entry;
    const line = lineFor(node, entry);
    const grown = line && found.find(({ kind }) => signature.includes(kind));
    if (!grown) return [];
    return {
      kind: 'known-leak',
      severity: 'suspect',
      confidence: 0.4,
      bytes: grown.bytes,
      values: grown.values,
      name: id,
      args: { node: node.replace(/^v/, ''), api: id, issue, ...(line.fixed !== null && { fixed: line.fixed }) },
    };
  });
}

module.exports = { TABLE, isAffected, knownLeaks };
