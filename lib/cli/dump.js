'use strict';

const { REQUESTED } = require('../capture/options.js');
const { EXIT, UsageError } = require('./kit/exit.js');
const { print, printJson } = require('./kit/output.js');
const { stoppable } = require('./kit/stop.js');
const { bytes } = require('../text.js');
const { describe } = require('./target/find.js');
const { hasProc } = require('./target/processes.js');
const { REACH_OPTIONS, reach } = require('./target/reach.js');
const { Refusal, named, reportRefusal } = require('./target/refusal.js');

/** A line that is redrawn, for people who wait at a terminal. */
function progressLine(target) {
  if (!process.stderr.isTTY) return { show() {}, clear() {} };
  const clear = '\r\u001b[K';
  return {
    show({ state, bytes: size }) {
      // V8 builds the snapshot before it hands out any of it.
      const doing = size > 0 ? `writing, ${bytes(size)}` : 'V8 takes the snapshot';
      process.stderr.write(`${clear}${named(target)}: ${state === 'writing' ? doing : 'waiting for it to begin'}`);
    },
    clear() {
      process.stderr.write(clear);
    },
  };
}

/** Returns the command's options that are for the process. */
function requestOf(values) {
  const asked = Object.entries(REQUESTED).filter(([name]) => values[name] !== undefined);
  for (const [name, { environment }] of asked) {
    const allowed = environment.values;
    if (allowed && !allowed.includes(values[name]))
      throw new UsageError(`--${name} must be ${allowed.join(' or ')}, not ${JSON.stringify(values[name])}`);
  }
  return Object.fromEntries(asked.map(([name]) => [name, values[name]]));
}

/** The command's options that a process can be asked for, those without a value first. */
const requestOptions = Object.fromEntries(
  Object.entries(REQUESTED)
    .map(([name, { request }]) => [name, { type: request.value ? 'string' : 'boolean', ...request }])
    .sort(([, a], [, b]) => a.type.localeCompare(b.type)),
);

async function dump(wanted, values, stop) {
  const request = requestOf(values);
  const { target, dumps } = await reach(wanted, values, stop);
  const line = progressLine(target);
  const started = performance.now();
  let result;
  try {
    result = await dumps.dump({ dir: values.dir, ...request }, line.show, stop);
  } finally {
    line.clear();
    await dumps.close();
  }
  const { path: file, bytes: size, signal, method, pauseMs, sources } = result;
  if (!values.json) return print(sources ? [file, sources] : [file]);
  const durationMs = Math.round(performance.now() - started);
  return printJson({
    path: file,
    bytes: size,
    pid: target.pid,
    command: describe(target),
    signal,
    method,
    pauseMs,
    durationMs,
    sources,
  });
}

async function run({ values, positionals: [wanted] }) {
  try {
    if (process.platform === 'win32') {
      throw new Refusal('Windows has no signals to send: call dump() or writeSnapshot() in the program', { exit: EXIT.other });
    }
    return await stoppable((stop) => dump(wanted, values, stop));
  } catch (error) {
    return reportRefusal(error);
  }
}

const { force, ...options } = REACH_OPTIONS;

module.exports = {
  usage: 'PID|NAME',
  positionals: [1],
  options: {
    ...options,
    dir: {
      type: 'string',
      value: 'DIR',
      about: 'where the file will appear, if that cannot be seen; with --attach, where it is written',
    },
    ...requestOptions,
    force,
  },
  help: `Makes a running process write a heap snapshot, and prints the path when the file is complete. A process that has loaded
heapdump-rs is sent its signal; one that would be ended by the signal is never sent it${hasProc ? '' : ' (not to be seen on this system)'}. On Linux, --attach
dumps a process that has not loaded heapdump-rs: see docs/attach.md for what it opens, and for how long.

NAME is the path or base name of its script, its title, or the npm script that it runs as. Given npm, a shell or another
process that started the one with heapdump-rs, that one is dumped.

The exit code is 2 if several processes can be meant, 3 if there is none that can be dumped, 4 if the dump failed or did
not end in time.`,
  run,
};
