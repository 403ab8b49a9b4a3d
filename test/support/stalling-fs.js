'use strict';
// A mounted file system that stalls and fails on demand: see `stalling-fs.py`.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { cleanup } = require('./cleanup.js');
const { missing } = require('./tools.js');

const PROGRAM = path.join(__dirname, 'stalling-fs.py');

/** Returns the reason why it is not available here; `false` if it is. */
function obstacle() {
  if (missing('python3')) return missing('python3');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-stalling-'));
  try {
    // Mounts, and unmounts at the end of its input.
    const { status, stderr } = spawnSync('python3', [PROGRAM, directory], { input: '', encoding: 'utf8' });
    return status !== 0 && `no file system can be mounted with FUSE: ${stderr.trim().split('\n').at(-1)}`;
  } finally {
    fs.rmdirSync(directory);
  }
}

/**
 * Mounts one on `directory` until the test `t` ends. Call it after the programs that use it were started, because these can only be
 * ended once their requests are answered.
 */
async function mount(t, directory) {
  const server = spawn('python3', [PROGRAM, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  const lines = readline.createInterface({ input: server.stdout });
  const said = [];
  const waiting = [];
  lines.on('line', (line) => {
    said.push(line);
    for (const look of [...waiting]) look();
  });
  /** Resolves when the server prints `line`; each line counts once. */
  const hears = (line) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const at = said.indexOf(line);
        if (at < 0) return;
        said.splice(at, 1);
        waiting.splice(waiting.indexOf(look), 1);
        resolve();
      };
      waiting.push(look);
      ended.then(() => reject(new Error(`the file system ended before it said '${line}'`)));
      look();
    });
  cleanup(t, async () => {
    server.stdin.end();
    await ended;
  });
  await hears('mounted');
  return {
    async tell(command) {
      server.stdin.write(`${command}\n`);
      await hears('ok');
    },
    stalls: (operation) => hears(`stalled ${operation}`),
  };
}

module.exports = { mount, obstacle };
