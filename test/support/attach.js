'use strict';
// Programs that have not loaded the package, and their state as seen from outside and inside.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { listeningSockets } = require('../../lib/cli/attach/sockets.js');

/** A directory for the temporary files of this process and its children, to check that they remove them. */
const TEMPORARY = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-at-'));
process.env.TMPDIR = TEMPORARY;
process.on('exit', () => fs.rmSync(TEMPORARY, { recursive: true, force: true }));

/** Tests run in parallel, and SIGUSR1 opens the same port in every process by default. */
const ANY_PORT = '--inspect-port=0';

/** Reports timers, listeners and resources of the program for each input line; unreferenced timers count, too. */
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

/** Returns the state of a process as others see it: sockets, open files, signals that it handles, threads of ours. */
function seenFromOutside(pid) {
  // A thread may end, and a file may be closed, after the list was read.
  const entries = (folder, read) =>
    fs.readdirSync(`/proc/${pid}/${folder}`).map((name) => {
      try {
        return read(`/proc/${pid}/${folder}/${name}`);
      } catch {
        return '';
      }
    });
  const threads = entries('task', (task) => fs.readFileSync(`${task}/comm`, 'utf8').trim());
  const files = entries('fd', (fd) => fs.readlinkSync(fd));
  return {
    listening: listeningSockets(pid).map(({ inode }) => inode),
    files: files.filter((file) => /^(socket:|\/)/.test(file)).sort(),
    signals: /^SigCgt:\s*(\S+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1],
    threads: threads.filter((name) => name.startsWith('heapdump')),
  };
}

/** Returns the state from inside and outside of a program that runs WATCHED. */
async function traces(app) {
  app.tell('state');
  return { ...(await app.said('state')), ...seenFromOutside(app.pid) };
}

/** Returns the names of private directories that commands have not removed. */
function leftovers() {
  return fs.readdirSync(TEMPORARY).filter((name) => /^heapdump-rs-(leaks-)?\w{6}$/.test(name));
}

module.exports = { ANY_PORT, WATCHED, leftovers, seenFromOutside, traces };
