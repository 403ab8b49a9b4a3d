'use strict';

const { REQUESTED } = require('../capture/options.js');
const { TO_OPTIONS, destinationOf, dumpTo } = require('./dump-to.js');
const { choice } = require('./kit/arguments.js');
const { asUsage } = require('./kit/exit.js');
const { print, printJson } = require('./kit/output.js');
const { statusLine } = require('./kit/status-line.js');
const { bytes } = require('../text.js');
const { describe } = require('./target/find.js');
const { hasProc } = require('./target/processes.js');
const { REACH_OPTIONS, reach } = require('./target/reach.js');
const { named, reaching } = require('./target/refusal.js');

function showProgress(target, { state, bytes: size }) {
  // V8 builds the snapshot before it hands out any of it.
  const doing = size > 0 ? `writing, ${bytes(size)}` : 'V8 takes the snapshot';
  statusLine.show(`${named(target)}: ${state === 'writing' ? doing : 'waiting for the dump to start'}`);
}

/** Returns the options that the command passes to the process. */
function requestOf(values) {
  const asked = Object.entries(REQUESTED).filter(([name]) => values[flagOf(name)] !== undefined);
  return Object.fromEntries(
    asked.map(([name, { environment, check }]) => {
      const value = values[flagOf(name)];
      if (environment.values) choice(value, name, environment.values);
      else if (environment.example) asUsage(() => check(`--${flagOf(name)}`, value));
      return [name, value];
    }),
  );
}

/** Returns the option of the command for an option of a dump: `encryptTo` -> `encrypt-to`. */
const flagOf = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The options that can be requested of a process, those without a value first. */
const requestOptions = Object.fromEntries(
  Object.entries(REQUESTED)
    .map(([name, { request }]) => [flagOf(name), { type: request.value ? 'string' : 'boolean', ...request }])
    .sort(([, a], [, b]) => a.type.localeCompare(b.type)),
);

async function dump(wanted, values, stop) {
  const request = requestOf(values);
  const destination = destinationOf(values);
  const reached = await reach(wanted, values, stop);
  const { target, dumps } = reached;
  if (destination !== undefined) return dumpTo(reached, destination, values, stop).finally(() => dumps.close());
  const started = performance.now();
  let result;
  try {
    result = await dumps.dump({ dir: values.dir, ...request }, (progress) => showProgress(target, progress), stop);
  } finally {
    statusLine.clear();
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

function run({ values, positionals: [wanted] }) {
  return reaching((stop) => dump(wanted, values, stop), 'call dump() or writeSnapshot() in the program');
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
      about: 'directory of the file, if dump cannot see it; with --attach or --to, the directory to write to',
    },
    ...requestOptions,
    ...TO_OPTIONS,
    force,
  },
  help: `Makes a running process write a heap snapshot, and prints the path when the file is complete. A process that has loaded
heapdump-rs gets its signal. If the signal would end the process, it is not sent${hasProc ? '' : ' (this system does not show that)'}. On Linux, --attach
dumps a process that has not loaded heapdump-rs; docs/attach.md describes what it opens, and for how long.

With --to the snapshot goes through this command, which needs no directory for the standard output, nor for an address whose
server takes chunked bodies. For an address it is written to a temporary file first if there is room. With --attach it is always
written to a private file first, in the container of the process if it has one. Check the exit code: a standard output that
ends early is not a snapshot.

NAME is the path or base name of the script, the title of the process, or the npm script that it runs as. For npm, a shell or
another process that started the one with heapdump-rs, the started process is dumped.

The exit code is 2 if several processes match, 3 if none can be dumped, 4 if the dump failed or did not end in time.`,
  run,
};
