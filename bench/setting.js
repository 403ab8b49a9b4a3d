'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

/**
 * Returns the command line options of a dump benchmark, `--records N --runs N --node PATH`, with the `version` of that Node, and a
 * `temporary` directory that the benchmark removes.
 */
function benchSetting(defaultRecords) {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: String(defaultRecords) },
      runs: { type: 'string', default: '5' },
      node: { type: 'string', default: process.execPath },
    },
  });
  const version = execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim();
  return { ...values, runs: Number(values.runs), version, temporary: fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-bench-')) };
}

module.exports = { benchSetting };
