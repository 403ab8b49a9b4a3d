'use strict';
// Programs that have not loaded the package, and what can be seen of them from outside and inside.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { listeningSockets } = require('../../lib/cli/attach/sockets.js');
const { ROOT } = require('./temporary.js');

/** A directory for the temporary files of this process and all below it, to see what is left in it. */
const TEMPORARY = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-at-'));
process.env.TMPDIR = TEMPORARY;
process.on('exit', () => fs.rmSync(TEMPORARY, { recursive: true, force: true }));

const PROGRAM = path.join(ROOT, 'bin/heapdump-rs.js');

/** Tests run side by side, and the port that SIGUSR1 opens by default is one for all. */
const ANY_PORT = '--inspect-port=0';

/** Says what is alive in the program when a line comes; counts timers, also those that are unreferenced. */
const WATCHED = `
  // Node makes these streams when the first socket of the program is closed.
  process.stdout; process.stderr;
  const timers = new Set();
  require('node:async_hooks').createHook({
    init(id, type) { if (type === 'Timeout') timers.add(id); },
    destroy(id) { timers.delete(id); },
  }).enable();
  process.stdin.on('data', () => {
    const listeners = process.eventNames().map((name) => String(name) + ' ' + process.listenerCount(name)).sort();
    setImmediate(() => say('state', { timers: timers.size, listeners, resources: process.getActiveResourcesInfo().sort() }));
  });
  say('ready');
`;

/** Everything that a process shows to others: sockets, open files, signals that it handles, threads of ours. */
function seenFromOutside(pid) {
  const entries = (folder, read) => fs.readdirSync(`/proc/${pid}/${folder}`).map((name) => read(`/proc/${pid}/${folder}/${name}`));
  const threads = entries('task', (task) => fs.readFileSync(`${task}/comm`, 'utf8').trim());
  const files = entries('fd', (fd) => {
    try {
      return fs.readlinkSync(fd);
    } catch {
      return ''; // the one that the list was read by
    }
  });
  return {
    listening: listeningSockets(pid).map(({ inode }) => inode),
    files: files.filter((file) => /^(socket:|\/)/.test(file)).sort(),
    signals: /^SigCgt:\s*(\S+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1],
    threads: threads.filter((name) => name.startsWith('heapdump')),
  };
}

/** All of it, of a program that runs WATCHED. */
async function traces(app) {
  app.tell('state');
  return { ...(await app.said('state')), ...seenFromOutside(app.pid) };
}

/** Starts the command; `ended` has its output and exit code. */
function command(args, options = {}) {
  const { node = process.execPath, prefix = [], ...rest } = options;
  const [program, ...words] = [...prefix, node, PROGRAM, ...args.map(String)];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], ...rest });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => {
      out[name] += text;
      child.emit('output', out);
    });
  const ended = once(child, 'close').then(([status, signal]) => ({ ...out, status: status ?? signal }));
  return { child, ended, out };
}

/** Runs the command. */
function run(...args) {
  const options = typeof args.at(-1) === 'object' ? args.pop() : undefined;
  return command(args, options).ended;
}

/** Private directories of commands that have not been removed. */
function leftovers() {
  return fs.readdirSync(TEMPORARY).filter((name) => /^heapdump-rs-(leaks-)?\w{6}$/.test(name));
}

module.exports = { ANY_PORT, WATCHED, command, leftovers, run, seenFromOutside, traces };
