'use strict';
// Prints findings, and defines the options for it.

const fs = require('node:fs');
const { SOURCE_ROOT, choice, sourceRoots, wholeNumber } = require('./arguments.js');
const { EXIT } = require('./exit.js');
const { growthLine, memoryGrowth } = require('./growth.js');
const { print, printJson, shown, style } = require('./output.js');
const { leakReport } = require('../../analysis/findings.js');
const { renderFrames } = require('../../code-frame.js');
const { bytes, integer, printable, wrap } = require('../../text.js');

/** Number of printed findings by default. JSON has all. */
const DEFAULT_FINDINGS = 5;

/** Maximum number of printed references of a path. */
const MAX_STEPS = 8;

const SEVERITIES = ['waste', 'suspect', 'leak'];
const COLOURS = { leak: 'red', suspect: 'bold', waste: 'dim' };

/** Reads the signatures of known leaks, one per line. `#` starts a comment. */
function readIgnored(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return new Set(lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#')));
}

function path(steps) {
  const printed = steps.length > MAX_STEPS ? [...steps.slice(0, 4), null, ...steps.slice(-3)] : steps;
  return printed.map((step, at) => {
    if (step === null) return '     \u2026';
    return `     ${'  '.repeat(Math.min(at, 6))}${printable(step.edge)} \u2192 ${printable(step.what)} ${style('dim', `@${step.id}`)}`;
  });
}

function linesOf(finding, number) {
  const { severity, kind, title, sentence, evidence, culprit, fix, frames } = finding;
  const growth = evidence.bytesPerStep > 0 ? `, +${bytes(Math.round(evidence.bytesPerStep))} a step` : '';
  const { location } = culprit;
  const place = location && frames.length === 0 ? `  ${printable(`${location.file}:${location.line}:${location.column}`)}` : '';
  return [
    `${number}. ${style(COLOURS[severity], severity.toUpperCase())}  ${style('bold', printable(title))}`,
    `   ${style('dim', `${kind}, ${bytes(evidence.bytes)}${growth}, confidence ${finding.confidence.toFixed(2)}`)}${place}`,
    ...renderFrames(frames, '   ', style),
    ...wrap(printable(sentence), '   '),
    `   ${style('green', 'fix')}  ${wrap(printable(fix), '        ').join('\n').trimStart()}`,
    `   ${style('dim', 'held by')}`,
    ...path(finding.path),
    '',
  ];
}

/** Prints findings as text. */
async function report(first, count, ignoredCount, conclusion, line) {
  if (line !== undefined) await print([...wrap(line, ''), '']);
  await print([...wrap(printable(conclusion), ''), '']);
  for (const [at, finding] of first.entries()) await print(linesOf(finding, at + 1));
  const notes = [];
  if (count === 0) notes.push('nothing found');
  else if (count > first.length) notes.push(shown('findings', first.length, count));
  if (ignoredCount > 0) notes.push(`${integer(ignoredCount)} known left out`);
  if (notes.length > 0) await print([style('dim', notes.join('; '))]);
}

/** Options of the commands that print findings. */
const FINDING_OPTIONS = {
  limit: { type: 'string', short: 'n', value: 'N', about: `findings to show (${DEFAULT_FINDINGS}; all with --json)` },
  'fail-on': {
    type: 'string',
    value: 'SEVERITY',
    about: `exit with 1 if a finding has this severity or a worse one: ${SEVERITIES.join(', ')}`,
  },
  ignore: { type: 'string', value: 'FILE', about: 'leave out known leaks: a file with a signature (see --json) on each line' },
  'source-root': SOURCE_ROOT,
  'show-values': { type: 'boolean', about: 'show names that look like data, too: keys, events' },
};

/**
 * Checks FINDING_OPTIONS before any work starts.
 * @param {object} values
 * @returns {object} for `printFindings`
 */
function findingOptions(values) {
  return {
    failOn: choice(values['fail-on'], 'fail-on', SEVERITIES),
    known: values.ignore === undefined ? new Set() : readIgnored(values.ignore),
    limit: values.limit === undefined ? (values.json ? Infinity : DEFAULT_FINDINGS) : wholeNumber(values.limit, '--limit'),
    json: values.json,
    analysis: { showValues: values['show-values'], sourceRoots: sourceRoots(values) },
  };
}

/**
 * Returns where memory grew between snapshots, and a line that says so.
 * @param {import('../../analysis/snapshot.js').Snapshot[]} snapshots oldest first
 * @param {{pid?: number, rss: import('./growth.js').DumpRss[]}} process oldest dump first
 */
async function growthOf(snapshots, { pid, rss }) {
  const heap = [];
  for (const snapshot of snapshots) heap.push((await snapshot.statistics()).v8heap.total);
  const memory = memoryGrowth(rss, heap);
  return { memory, line: memory && growthLine(memory, pid) };
}

/**
 * Prints the findings, as text or JSON.
 * @param {import('../../analysis/snapshot.js').Snapshot[]} snapshots oldest first
 * @param {object} options of `findingOptions`
 * @param {{pid?: number, rss: import('./growth.js').DumpRss[]}} process oldest dump first
 * @returns {Promise<number>} the exit code
 */
async function printFindings(snapshots, { failOn, known, limit, json, analysis }, process) {
  const { memory, line } = await growthOf(snapshots, process);
  const { findings: all, growth, conclusion, messages } = await leakReport(snapshots, analysis);
  const findings = all.filter(({ signature }) => !known.has(signature));
  const rank = (severity) => SEVERITIES.indexOf(severity);
  const isFound = failOn !== undefined && findings.some(({ severity }) => rank(severity) >= rank(failOn));
  const first = findings.slice(0, limit);
  if (json) await printJson({ memory: memory ?? null, findings: first, growth, conclusion, messages });
  else await report(first, findings.length, all.length - findings.length, conclusion, line);
  return isFound ? EXIT.found : EXIT.ok;
}

module.exports = { FINDING_OPTIONS, findingOptions, growthOf, printFindings };
