'use strict';
// Leaks of Node itself that fit what grows here. known-leaks.json is the table: `lines` are ranges of versions, from the first one
// with the leak up to the first one without; `verified` are versions that were run, with test/leaks/native/known.js.

const TABLE = require('./known-leaks.json');

/** `24.16.1` -> `[24, 16, 1]` */
const numbers = (version) => version.replace(/^v/, '').split(/[.-]/).slice(0, 3).map(Number);

/** Whether `a` comes before `b`. */
function isBefore(a, b) {
  const [left, right] = [numbers(a), numbers(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && left[at] < right[at];
}

/** Whether a version has the leak: from `from` up to, but without, `fixed`, for one of the lines. */
function isAffected(version, { lines }) {
  return lines.some(({ from, fixed }) => !isBefore(version, from) && (fixed === null || isBefore(version, fixed)));
}

/**
 * @param {{node: string | null}} ledger the last one
 * @param {{kind: string, bytes: number, values: number[]}[]} found what grows
 */
function knownLeaks({ node }, found) {
  if (node === null) return [];
  return TABLE.filter((entry) => isAffected(node, entry)).flatMap(({ id, signature, issue, lines }) => {
    const grown = found.find(({ kind }) => signature.includes(kind));
    if (!grown) return [];
    const line = lines.find((one) => isAffected(node, { lines: [one] }));
    const fixed = line.fixed === null ? undefined : line.fixed;
    return {
      kind: 'known-leak',
      severity: 'suspect',
      confidence: 0.4,
      bytes: grown.bytes,
      values: grown.values,
      name: id,
      args: { node: node.replace(/^v/, ''), api: id, issue, ...(fixed && { fixed }) },
    };
  });
}

module.exports = { TABLE, isAffected, knownLeaks };
