'use strict';
// `npm run demo`: runs a leaking service, sends two signals, and prints the findings of the two snapshots.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

const APP = path.join(__dirname, 'app.js');
const PROGRAM = path.resolve(__dirname, '../../bin/heapdump-rs.js');
const ORDERS = 1000;

const say = (...lines) => console.log(lines.join('\n'));
const shown = (file) => path.relative(process.cwd(), file) || '.';

/** Returns the next line of `lines` that matches. Fails if the app ends first. */
async function line(app, lines, pattern) {
  for (;;) {
    const [text] = await Promise.race([
      once(lines, 'line'),
      once(app, 'exit').then(([code, signal]) => { throw new Error(`the app ended: ${code ?? signal}`); }),
    ]);
    if (pattern.test(text)) return text;
  }
}

async function request(port, agent) {
  const [response] = await once(http.get({ host: '127.0.0.1', port, agent }), 'response');
  response.resume();
  await once(response, 'end');
}

/** Runs a command of the package on the snapshots. */
function run(folder, args, stdio) {
  const { status, error, stdout } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio, encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${args[0]} ended with ${status}`);
  return stdout;
}

/** Runs a command and prints it with its output, as in a terminal. */
function show(folder, ...args) {
  say('', `$ npx heapdump-rs ${args.join(' ')}`, '');
  run(folder, args, 'inherit');
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-demo-'));
  const app = spawn(process.execPath, [APP], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const agent = new http.Agent({ keepAlive: true });
  const files = [];
  try {
    const errors = readline.createInterface({ input: app.stderr });
    errors.on('line', (text) => say(text));
    const port = Number(/\d+/.exec(await line(app, readline.createInterface({ input: app.stdout }), /listening/)));
    say(`$ node ${shown(APP)}     # process ${app.pid}, in ${folder}`);
    for (let round = 1; round <= 2; round++) {
      for (let i = 0; i < ORDERS; i++) await request(port, agent);
      say('', `${ORDERS} orders later:`, `$ kill -USR2 ${app.pid}`);
      const announced = line(app, errors, /heapdump-rs: /);
      process.kill(app.pid, 'SIGUSR2');
      const [, file] = /wrote (.+) \(/.exec(await announced) ?? [];
      if (file === undefined) throw new Error('there is no snapshot');
      files.push(path.basename(file));
    }
  } finally {
    agent.destroy();
    app.kill();
  }
  show(folder, 'summary', files[1], '--limit=8');
  show(folder, 'diff', ...files, '--limit=8');
  say('', 'The service should retain only the latest order. Which variable retains the others?');
  // In this directory, so that the path of the app is short.
  show(process.cwd(), 'suspects', ...files.map((file) => path.join(folder, file)), '--limit=1');
  say(
    `The snapshots are in ${folder}`,
    'and open in Chrome DevTools, too: Memory, Load profile.',
  );
}

if (process.platform === 'win32') say('Windows has no signals to send, so there is nothing to show here: see dump() in docs/api.md.');
else main().catch((error) => { console.error(error); process.exitCode = 1; });
