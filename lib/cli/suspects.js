'use strict';

const { FINDING_OPTIONS, findingOptions, printFindings } = require('./kit/findings.js');
const { openAll } = require('./kit/open.js');

async function run({ values, positionals }) {
  const options = findingOptions(values);
  return printFindings(await openAll(positionals), options);
}

module.exports = {
  usage: 'FILE...',
  positionals: [1, Infinity],
  options: FINDING_OPTIONS,
  help: `Names leaks, with the retaining path, the line of code and the fix. One snapshot shows large owners; two or three of
one process, oldest first, show growth. A conclusion comes first: whether the heap grew, which part of the growth the findings
explain, and the next step. JSON has findings, growth and conclusion. Scripts are read from the disk if they are still
there. The contents of strings are never printed.`,
  run,
};
