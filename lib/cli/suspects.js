'use strict';

const { FINDING_OPTIONS, findingOptions, printFindings } = require('./kit/findings.js');
const { open } = require('./kit/open.js');

async function run({ values, positionals }) {
  const options = findingOptions(values);
  const snapshots = [];
  for (const file of positionals) snapshots.push(await open(file));
  return printFindings(snapshots, options);
}

module.exports = {
  usage: 'FILE...',
  positionals: [1, Infinity],
  options: FINDING_OPTIONS,
  help: `What leaks, why it is alive, where in the code, and what would break it. One snapshot shows who holds much; two or
three of one process, oldest first, show who grows. First comes a conclusion: whether the heap grew, what part of that the
findings explain, and what to do next. JSON has findings, growth and conclusion. Scripts are read from the disk where they
still are. The contents of strings are never printed.`,
  run,
};
