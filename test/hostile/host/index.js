'use strict';
// The part of the hostile matrix about the host: Node's flags, debuggers, limits, surroundings, and hosts other than Node.

const GROUPS = [
  require('./flags.js').flagCases,
  require('./debuggers.js').debuggerCases,
  require('./mutation.js').mutationCases,
  require('./limits.js').limitCases,
  require('./surroundings.js').surroundingCases,
  require('./embedders.js').embedderCases,
  require('./workers.js').workerCases,
  require('./executables.js').executableCases,
];

function cases(options) {
  return GROUPS.flatMap((group) => group(options));
}

module.exports = { cases };
