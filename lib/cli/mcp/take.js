'use strict';
// Snapshots of another process, in a directory of the server.

const fs = require('node:fs');
const path = require('node:path');
const { moveDump } = require('../kit/files.js');
const { MIN_COUNT, wait } = require('../leaks/plan.js');
const { BySignal } = require('../target/by-signal.js');
const { reach } = require('../target/reach.js');
const { Refusal } = require('../target/refusal.js');

/** Reaches a process, calls `work`, and closes what was opened there. */
async function reached({ process: wanted, attach, timeoutSeconds }, signal, work) {
  if (process.platform === 'win32')
    throw new Refusal('Windows has no signals to send: call dump() or writeSnapshot() in the program');
  // Without an explicit `false`, the question would go to a terminal.
  const values = { attach: attach === true, timeout: String(timeoutSeconds) };
  const { target, dumps } = await reach(wanted, values, signal).catch(withAdvice);
  try {
    return await work(target, dumps);
  } finally {
    await dumps.close();
  }
}

function withAdvice(error) {
  if (error.code === 'ERR_HEAPDUMP_NOT_ATTACHED')
    error.message += '. In a tool of this server, that is the argument attach: true. Ask the user first';
  throw error;
}

/** Takes one snapshot, and moves it and what was written beside it to `directory`. */
async function take(dumps, { directory, redact, sources }, onProgress, signal) {
  const options = { dir: dumps.directory, redact, sources };
  // A dump by a signal cannot be ended, so its file is waited for.
  const abort = dumps instanceof BySignal ? undefined : signal;
  const result = await dumps.dump(options, onProgress, abort);
  const file = path.join(directory, path.basename(result.path));
  if (file !== result.path && fs.existsSync(file)) throw new Refusal(`${file} exists; the snapshot is in ${result.path}`);
  moveDump(result, directory);
  return { ...result, path: file };
}

/** Takes a snapshot. */
function takeOne({ directory, redact, ...how }, { signal, onProgress }) {
  return reached(how, signal, async (target, dumps) => {
    const onDump = ({ bytes = 0 }) => onProgress({ taken: 0, bytes });
    const { path: file, bytes, pauseMs } = await take(dumps, { directory, redact, sources: false }, onDump, signal);
    return { pid: target.pid, path: file, bytes, pauseMs };
  });
}

/** Takes several snapshots of one process. If it ends early, two are enough. */
function takeSeveral({ directory, count, intervalSeconds, ...how }, { signal, onProgress }) {
  return reached(how, signal, async (target, dumps) => {
    const paths = [];
    try {
      for (let taken = 0; taken < count; taken++) {
        if (taken > 0) await wait(intervalSeconds * 1000, signal, (leftMs) => onProgress({ taken, leftMs }));
        // The texts of scripts are in the heap, and not always on the disk. Those of the first snapshot are in the second, too.
        const options = { directory, sources: taken > 0 };
        const { path: file } = await take(dumps, options, ({ bytes = 0 }) => onProgress({ taken, bytes }), signal);
        paths.push(file);
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!(error instanceof Refusal) || paths.length < MIN_COUNT) throw error;
      return { pid: target.pid, paths, note: error.message };
    }
    return { pid: target.pid, paths };
  });
}

module.exports = { takeOne, takeSeveral };
