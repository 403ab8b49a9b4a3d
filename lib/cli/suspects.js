'use strict';

const { FINDING_OPTIONS, findingOptions, printFindings } = require('./kit/findings.js');
const { openAll } = require('./kit/open.js');
const { knownFields, readSidecar, rssOfDump } = require('../analysis/sidecar.js');

async function run({ values, positionals }) {
  const options = findingOptions(values);
  const sidecars = positionals.map(readSidecar);
  const process = { pid: knownFields(sidecars.at(-1)).pid, rss: sidecars.map(rssOfDump) };
  return printFindings(await openAll(positionals), options, process);
}

module.exports = {
  usage: 'FILE...',
  positionals: [1, Infinity],
  options: FINDING_OPTIONS,
  help: `Names leaks, with the retaining path, the line of code and the fix. One snapshot shows large owners; two or three of
one process, oldest first, show growth. A conclusion comes first: whether the heap grew, which part of the growth the findings
explain, and the next step. If the snapshots have sidecars, the first line says whether memory grew on the heap or outside of
it. JSON has findings, growth, conclusion and memory: growth (heap, outside or none), and rss and heap in bytes, each before and
after, and the part of the growth of rss that the dumps caused; it is null without sidecars. Scripts are read from the disk if
they are still there. The contents of strings are never printed.`,
  run,
};
