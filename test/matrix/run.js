'use strict';
// `npm run test:matrix [18|20|22|24|26...]`: the Node tests on every supported Node, without those that do not depend on its version.
// The addon is built once; Node-API lets all of them load it.

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { MAJORS, executables, unsupported } = require('./nodes.js');

/** Tests of the engine, of files and of texts. `npm test` runs them; they do not depend on Node. */
const ONCE = [
  'cli',
  'cli-table',
  'code-frames',
  'decision',
  'demo',
  'docs',
  'export',
  'image-hostile',
  'inspect',
  'memory-verdicts',
  'message-kinds',
  'messages',
  'options',
  'order',
  'package',
  'parity',
  'queries',
  'reference',
  'report',
  'rust-modules',
  'search',
  'source-maps',
  'stalled',
  'trend',
  'types',
  'view-cli',
  'view-guard',
  'view-hostile',
  'view',
];

/**
 * Tests that depend on Node, but not on what changes with each V8: options, files, limits, processes, transfers, other threads. They
 * run on the newest of the given versions, and with `npm test`, on the oldest.
 */
const NEWEST = [
  'allocation-tree',
  'cgroup',
  'cli-dump',
  'cli-dump-to',
  'cli-profile',
  'concurrency',
  'console',
  'container',
  'deadline',
  'dump-to',
  'encryption',
  'environment-variables',
  'exit',
  'failures',
  'faults',
  'fork-places',
  'headroom',
  'helpers',
  'killed',
  'lifetime',
  'listeners',
  'live',
  'mcp',
  'packages',
  'redaction-places',
  'sources',
  'starved',
  'threads-all',
  'upload',
  'watch',
];

const pattern = (names) => `^(${names.join('|')})[.]test`;

if (unsupported) {
  console.log(unsupported);
  process.exit(0);
}
const wanted = process.argv.slice(2);
const majors = MAJORS.filter((major) => wanted.length === 0 || wanted.includes(major));
const args = ['--skip', pattern(ONCE), '--last', pattern(NEWEST), ...executables(majors)];
const { status } = spawnSync(process.execPath, [path.join(__dirname, '../run.js'), ...args], { stdio: 'inherit' });
process.exit(status ?? 1);
