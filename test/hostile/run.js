'use strict';
// The hostile matrix: `node test/hostile/run.js [--brief] [--only PATTERN] [--list] [NODE...]`.
//
// NODE: a major version of test/matrix, or the path of an executable. Default: Node 20, 22, 24 and 26, which takes up to an hour;
// with `--brief` the current Node, which takes up to ten minutes.
//
// A part is a module that exports `cases({ brief, nodes })`, which returns an array, or a promise of one:
//
//   brief: whether to run fewer cases
//   nodes: [{ executable, version: '22.1.0', major: 22 }]
//   returns [{ name, run() }]
//
// `name` is unique and contains the Node version if there is one, as in `fastify, Node 22.1.0`. `run` installs what it needs, and
// returns a promise of `{ verdict, detail }`: `verdict` is `'held'`, `'failed'` or `'skipped'`, `detail` is one line of observations or
// problems. A rejected `run` counts as failed. Cases run one after the other.

const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const matrix = require('../matrix/nodes.js');

const PARTS = [require('./applications.js'), require('./host/index.js')];

const MAJORS = ['20', '22', '24', '26'];

const describe = (executable) => {
  const { stdout, error } = spawnSync(executable, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  if (error) throw error;
  const version = stdout.trim();
  return { executable, version, major: Number.parseInt(version, 10) };
};

function executables(wanted, brief) {
  if (wanted.length === 0 && (brief || matrix.unsupported)) return [process.execPath];
  return (wanted.length === 0 ? MAJORS : wanted).flatMap((one) => (/^\d+$/.test(one) ? matrix.executables([one]) : [one]));
}

async function judge({ name, run }) {
  const begun = performance.now();
  const { verdict, detail } = await (async () => run())().catch((error) => ({ verdict: 'failed', detail: error.stack }));
  const line = `${verdict.padEnd(7)}  ${name}: ${detail} (${Math.round((performance.now() - begun) / 1000)} s)`;
  console.log(line);
  return { verdict, line };
}

async function main() {
  const {
    values: { brief, list, only },
    positionals,
  } = parseArgs({
    allowPositionals: true,
    options: {
      brief: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string', default: '.' },
    },
  });
  const begun = performance.now();
  const nodes = executables(positionals, brief).map(describe);
  const pattern = new RegExp(only);
  const cases = (await Promise.all(PARTS.map((part) => part.cases({ brief, nodes }))))
    .flat()
    .filter(({ name }) => pattern.test(name));
  if (list) return cases.forEach(({ name }) => console.log(name));
  const counts = { held: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const one of cases) {
    const { verdict, line } = await judge(one);
    counts[verdict] += 1;
    if (verdict === 'failed') failures.push(line);
  }
  // Once more at the end, where they are found.
  for (const line of failures) console.log(line);
  const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
  console.log(`${counts.held} held, ${counts.failed} failed, ${counts.skipped} skipped in ${minutes} minutes`);
  if (counts.failed > 0) process.exitCode = 1;
}

main();
