'use strict';
// `npm run test:examples`: installs the examples as a user does, and runs them. In each example of tests, the healthy tests pass,
// and the other test finds its leak.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

/** The command that runs all tests of an example, and the number of healthy tests. */
const EXAMPLES = {
  'node-test': { commands: ['test'], healthy: 1 },
  jest: { commands: ['test'], healthy: 3 },
  vitest: { commands: ['test', 'test:threads', 'test:vm-threads', 'test:vm-forks'], healthy: 3 },
};

/** Timeout of an example on a busy machine. */
const TIMEOUT_MS = 300_000;

/** The environment without the variables of a parent `npm run`, which would change the installs. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/i.test(name)));

function npm(example, args) {
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: path.join(__dirname, example), env: { ...env, NO_COLOR: '1' }, encoding: 'utf8', timeout: TIMEOUT_MS, shell: process.platform === 'win32',
  });
  if (error) throw error;
  return { status, output: stdout + stderr };
}

/** Returns why the output is wrong; `undefined` if it is right. */
function wrong({ status, output }, healthy) {
  if (status === 0) return 'the leak was not found';
  const leaks = output.match(/1 leak: \{text, someMethod\}/g) ?? [];
  if (leaks.length === 0) return 'something else failed';
  if (!/someMethod\} grows by 1 object \(\d+ bytes\) per iteration/.test(output)) return 'the output does not name the growth';
  if (!output.includes('theThing of system / Context') && !/\d+ of system \/ Context/.test(output)) return 'the variable is not named';
  const passed = new RegExp(`^# pass ${healthy}$|^Tests: +1 failed, ${healthy} passed|^ *Tests +1 failed \\| ${healthy} passed`, 'm');
  return passed.test(output) ? undefined : 'a healthy test did not pass';
}

function install(example) {
  const { status, output } = npm(example, ['ci', '--no-audit', '--no-fund', '--ignore-scripts']);
  if (status !== 0) throw new Error(`npm ci in examples/${example} failed:\n${output}`);
}

for (const [example, { commands, healthy }] of Object.entries(EXAMPLES)) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  install(example);
  console.log(`${example}: installed, ${seconds()}`);
  for (const command of commands) {
    const result = npm(example, ['run', command]);
    const reason = wrong(result, healthy);
    if (reason) throw new Error(`npm run ${command} in examples/${example}: ${reason}:\n${result.output}`);
    console.log(`${example}: ${command} found the leak, and the healthy tests passed, ${seconds()}`);
  }
}

install('metrics');
const metrics = npm('metrics', ['test']);
if (metrics.status !== 0) throw new Error(`npm test in examples/metrics failed:\n${metrics.output}`);
console.log('metrics: the gauges of Prometheus and OpenTelemetry add up to RSS');

const started = Date.now();
const fleet = spawnSync(process.execPath, [path.join(__dirname, 'fleet/run.js'), '--hosts', '2', '--dumps', '9'], { env, encoding: 'utf8', timeout: TIMEOUT_MS });
if (fleet.status !== 0) throw new Error(`examples/fleet failed: ${fleet.error?.message ?? ''}\n${fleet.stdout}${fleet.stderr}`);
console.log(`fleet: SQL names the release, the hosts and the package, ${Math.round((Date.now() - started) / 1000)} s`);
