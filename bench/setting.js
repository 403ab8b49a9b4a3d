'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

/**
 * What a bench of dumps is told on its command line, `--records N --runs N --node PATH`; besides, the `version` of that
 * Node, and a `temporary` directory, which the bench removes.
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
