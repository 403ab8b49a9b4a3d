'use strict';
// Checks where findings say that their objects were allocated: `npm run test:sites [-- --node EXECUTABLE]... [--only PATTERN]
// [--interval BYTES] [FOLDER]...`
//
// Runs each leaking program twice: with allocation stacks, which give the exact site of each finding, and with the allocation profiler,
// whose answer is compared with it. Prints the table of all findings that are leaks, and fails if a wrong site has a high confidence.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { findLeaksSync } = require('../../index.js');
const { cleanEnvironment } = require('../support/app.js');
const { OWN, SINGLE, majorVersion, programs, runsOn, snapshots } = require('./run.js');

const OBSERVER = path.join(__dirname, 'observe.js');

/** From this confidence on, a wrong site is a failure. */
const HIGH_CONFIDENCE = 0.7;

/** Bytes between two samples. So small that V8 samples each object, because the programs leak few. */
const INTERVAL_BYTES = 8;

/**
 * Runs a program of this directory and returns the findings of its snapshots.
 *
 * @param {string} node
 * @param {{file: string, expected: object}} program
 * @param {'stacks'|number} how allocation stacks, or the bytes between two samples of the profiler
 */
function observe(node, { file, expected }, how) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-sites-'));
  try {
    const files = observed(node, file, folder, how);
    return findLeaksSync(expected.single ? files.slice(-1) : files);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Runs a program in the same way, and returns its snapshots in `folder`. */
function observed(node, file, folder, how) {
  const env = { ...cleanEnvironment(), HEAPDUMP_TEST_SITES: String(how) };
  return snapshots(node, file, folder, [], { execArgv: ['--require', OBSERVER], env });
}

const textOf = (site) => (site === undefined ? '-' : `${site.function || '(anonymous)'} ${path.basename(site.file)}:${site.line}:${site.column}`);

/**
 * Returns `right`, `none` or `wrong`; `caller` if the site calls the exact one, as for a function that V8 has inlined; `unknown` if the
 * stacks show no site.
 */
function verdictOn(site, expected) {
  if (site === undefined) return 'none';
  if (expected === undefined) return 'unknown';
  if (textOf(site) === textOf(expected)) return 'right';
  return expected.callers.some((caller) => textOf(caller) === textOf(site)) ? 'caller' : 'wrong';
}

/** Compares the findings with those of the run with allocation stacks, by their signatures. */
function compare(findings, exact) {
  const leaks = findings.filter(({ severity }) => severity === 'leak');
  return leaks.map(({ kind, signature, allocatedAt: site }) => {
    const expected = exact.find((one) => one.signature === signature)?.allocatedAt;
    return { verdict: verdictOn(site, expected), kind, site, expected };
  });
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { node: { type: 'string', multiple: true }, only: { type: 'string' }, interval: { type: 'string' } },
  });
  const pattern = new RegExp(values.only ?? '.');
  const folders = positionals.length > 0 ? positionals.map((one) => path.resolve(one)) : [OWN, SINGLE];
  for (const node of values.node ?? [process.execPath]) {
    const counts = { right: 0, caller: 0, none: 0, wrong: 0, unknown: 0 };
    const leaking = folders.flatMap(programs).filter(({ name, expected }) => expected.leak && pattern.test(name));
    const major = majorVersion(node);
    for (const program of leaking.filter((one) => runsOn(one, major))) {
      const rows = compare(observe(node, program, values.interval ?? INTERVAL_BYTES), observe(node, program, 'stacks'));
      for (const { verdict, kind, site, expected } of rows) {
        counts[verdict]++;
        const confidence = site === undefined ? '    ' : site.confidence.toFixed(2);
        console.log([verdict.padEnd(7), confidence, program.name, kind, site?.class ?? '-', textOf(site), verdict === 'right' ? '' : `stacks: ${textOf(expected)}`].join('  '));
        if (verdict === 'wrong' && site.confidence >= HIGH_CONFIDENCE) process.exitCode = 1;
      }
    }
    console.log(`${node}: ${Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`);
  }
}

module.exports = { INTERVAL_BYTES, compare, observe, observed };
if (require.main === module) main();
