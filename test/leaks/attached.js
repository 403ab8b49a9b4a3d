'use strict';
// `npm run test:leaks-attached [-- --node EXECUTABLE]...`: `heapdump-rs leaks PID --attach` on the demo service and on programs
// that leak, run as plain `node PROGRAM`, without the package. Checks what the first finding names.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { parseArgs } = require('node:util');
const { OWN, complaints, programs } = require('./run.js');

const ROOT = path.resolve(__dirname, '../..');
const PROGRAM = path.join(ROOT, 'bin/heapdump-rs.js');

/** Closures, a cache, a listener, a module with `async`, an ES module and a list. */
const NAMES = ['arrow-chain', 'memoize', 'process-listener', 'static-set', 'async-handler', 'linked-list'];

const INTERVAL = '3s';

/** The demo service without the line that loads the package. */
function demoWithoutPackage(folder) {
  const text = fs.readFileSync(path.join(ROOT, 'examples/demo/app.js'), 'utf8');
  const file = path.join(folder, 'app.js');
  fs.writeFileSync(file, text.replace(/^require\('\.\.\/\.\.'\);.*$/m, ''));
  return file;
}

/** Starts a program, and resolves with its first line. */
async function start(node, file) {
  const child = spawn(node, ['--inspect-port=0', file], { stdio: ['ignore', 'pipe', 'ignore'], cwd: path.dirname(file) });
  const [line] = await once(readline.createInterface({ input: child.stdout }), 'line');
  return { child, line };
}

/** Asks the service for pages until the returned function is called. */
function load(port) {
  const agent = new http.Agent({ keepAlive: true });
  const timer = setInterval(() => {
    http.get({ host: '127.0.0.1', port, agent }, (response) => response.resume()).on('error', () => {});
  }, 10);
  return () => {
    clearInterval(timer);
    agent.destroy();
  };
}

/** Runs the command, and returns the problems of the first finding. */
function check(pid, expected) {
  const args = [PROGRAM, 'leaks', pid, '--attach', '--json', `--interval=${INTERVAL}`];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (status) => resolve(status === 0 ? complaints(expected, JSON.parse(stdout).findings) : [stderr]));
  });
}

async function main() {
  const { values } = parseArgs({ options: { node: { type: 'string', multiple: true }, only: { type: 'string' } } });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-attached-'));
  const demo = { name: 'demo', file: demoWithoutPackage(folder), expected: { leak: true, mention: ['previous', 'app.js:25'] } };
  const all = [demo, ...programs(OWN).filter(({ name }) => NAMES.includes(name))];
  for (const node of values.node ?? [process.execPath]) {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    for (const { name, file, expected } of all.filter((one) => new RegExp(values.only ?? '.').test(one.name))) {
      const { child, line } = await start(node, file);
      const stop = name === 'demo' ? load(Number(/\d+/.exec(line))) : () => {};
      const wrong = await check(child.pid, expected);
      stop();
      child.kill('SIGKILL');
      console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'}  ${version}  ${name}`);
      for (const text of wrong) console.log(`        ${text}`);
      if (wrong.length > 0) process.exitCode = 1;
    }
  }
  fs.rmSync(folder, { recursive: true });
}

main();
