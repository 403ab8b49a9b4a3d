'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { DEFAULT_SIGNAL } = require('../capture/environment.js');
const { LEVELS } = require('../capture/options.js');
const { TO_OPTIONS, destinationOf, dumpTo } = require('./dump-to.js');
const { sourcesBeside } = require('../capture/names.js');
const { leaveRequest, requestFile } = require('../capture/signal-request.js');
const { EXIT, UsageError } = require('./kit/exit.js');
const { print, printJson } = require('./kit/output.js');
const { bytes } = require('../text.js');
const { describe, findTargets, isNode } = require('./target/find.js');
const { follow } = require('./target/follow.js');
const { configuredSignal, disposition, dumpDirectory, hasAddon, hasTrigger, pidInside } = require('./target/inspect.js');
const { attempt, hasProc, lives } = require('./target/processes.js');
const { Refusal, named, note, reportRefusal } = require('./target/refusal.js');

const DEFAULT_TIMEOUT_S = 300;
/** Longest delay of a timer. */
const MOST_SECONDS = 2147483;

/** Node itself handles these, so that a handler says nothing about the addon. */
const OF_NODE = new Set(['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGSEGV', 'SIGPROF']);

function seconds(text) {
  const value = Number(text);
  if (!(value > 0 && value <= MOST_SECONDS))
    throw new UsageError(`--timeout must be a number of seconds, not ${JSON.stringify(text)}`);
  return value;
}

/** `usr2`, `USR2` and `SIGUSR2` are the same. */
function signalName(text) {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  if (os.constants.signals[name] === undefined) throw new UsageError(`there is no signal ${JSON.stringify(text)}`);
  return name;
}

/** Whether we may not send it anything. */
function isForbidden({ pid }) {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Why a process cannot be dumped. */
function whyNot(target, signal) {
  if (isForbidden(target)) return `${named(target)} belongs to another user: run this as that user, or as root`;
  if (!hasProc) {
    return (
      `whether ${named(target)} waits for ${signal} cannot be seen on this system, and a process that does not is ended by it. ` +
      'If you know that it does, say --force'
    );
  }
  const loaded = hasAddon(target.pid);
  if (loaded === undefined) return `${named(target)} does not let itself be looked into: run this as its user, or as root`;
  if (!isNode(target)) return `${named(target)} is not Node, and no process below it has loaded heapdump-rs`;
  const advice =
    disposition(target.pid, signal) === 'caught'
      ? `It handles ${signal} itself; --force sends it all the same`
      : "Start it with `node -r heapdump-rs/register`, or call `require('heapdump-rs')` in it";
  return `${named(target)} has not loaded heapdump-rs, so nothing was sent. ${advice}`;
}

/** Finds the one process that is meant, or says why there is none. */
function choose(wanted, signal, force) {
  const { named: literally, targets } = findTargets(wanted);
  if (targets.length > 1) {
    const lines = targets.map((one) => `  ${String(one.pid).padStart(7)}  ${describe(one)}`);
    throw new UsageError(`${JSON.stringify(wanted)} can mean any of these; give the pid of one:\n${lines.join('\n')}`);
  }
  const [target] = targets;
  if (target) {
    if (!literally.some(({ pid }) => pid === target.pid)) note(`${named(literally[0])} started ${named(target)}, which is dumped`);
    return target;
  }
  if (literally.length === 0)
    throw new Refusal(
      /^\d+$/.test(wanted) ? `there is no process ${wanted}` : `no Node process is called ${JSON.stringify(wanted)}`,
    );
  if (force && literally.length === 1) return literally[0];
  throw new Refusal(literally.map((one) => whyNot(one, signal)).join('\n'));
}

/** Refuses to send a signal that would end the process, or that somebody else waits for. */
function checkSignal(target, signal, force) {
  const what = disposition(target.pid, signal);
  if (isForbidden(target) || (what === undefined && !force)) throw new Refusal(whyNot(target, signal));
  if (what === undefined) return;
  if (what !== 'caught') {
    const effect = what === 'ignored' ? 'ignores it' : 'would be ended by it';
    const advice = hasAddon(target.pid) ? '. Is it NODE_HEAPDUMP_OPTIONS=nosignal, or another signal (--signal)?' : '';
    throw new Refusal(`${named(target)} does not wait for ${signal} and ${effect}, so nothing was sent${advice}`);
  }
  if (force) return;
  const otherwise = ', so nothing was sent; --force sends it all the same';
  if (!hasTrigger(target.pid))
    throw new Refusal(`${named(target)} handles ${signal} by itself, its heapdump-rs waits for no signal${otherwise}`);
  if (OF_NODE.has(signal) && configuredSignal(target.pid) !== signal) {
    throw new Refusal(`${named(target)}: Node itself handles ${signal}, and nothing shows that heapdump-rs does${otherwise}`);
  }
}

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

function send(target, signal) {
  // The pid may have gone to somebody else who does not handle the signal.
  if (!lives(target)) throw new Refusal(`${named(target)} has ended`);
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if (error.code === 'EPERM') throw new Refusal(`${whyNot(target, signal)} (EPERM)`);
    throw error.code === 'ESRCH' ? new Refusal(`${named(target)} has ended`) : error;
  }
}

/** What went wrong after the signal. */
function failureOf(outcome, target, directory, timeout) {
  switch (outcome.state) {
    case 'failed':
      return `${named(target)} gave its dump up: it says why on its standard error`;
    case 'ended':
      return `${named(target)} ended before the dump was complete`;
    default:
      return outcome.begun
        ? `the dump of ${named(target)} is not complete after ${timeout} s; it goes on in ${outcome.file}`
        : `no dump of ${named(target)} has begun in ${directory} within ${timeout} s: it may be busy, or unable to write there; it says so on its standard error`;
  }
}

/** Gives options to the process: a file in the directory of the dump, as a signal carries nothing. */
function ask(target, directory, options) {
  const pid = pidInside(target.pid);
  try {
    leaveRequest(
      directory,
      pid,
      options,
      attempt(() => fs.statSync(`/proc/${target.pid}`).uid),
    );
  } catch (error) {
    throw new Refusal(`${named(target)} cannot be given options: ${error.message}`);
  }
  const file = requestFile(directory, pid);
  return { isTaken: () => !fs.existsSync(file), withdraw: () => fs.rmSync(file, { force: true }) };
}

const existing = (file) => (fs.existsSync(file) ? file : null);

async function dump(wanted, values) {
  const timeout = values.timeout === undefined ? DEFAULT_TIMEOUT_S : seconds(values.timeout);
  const { sources: wantsSources, redact } = values;
  if (redact !== undefined && !LEVELS.includes(redact))
    throw new UsageError(`--redact must be ${LEVELS.join(' or ')}, not ${JSON.stringify(redact)}`);
  const destination = destinationOf(values);
  const explicit = values.signal === undefined ? undefined : signalName(values.signal);
  const target = choose(wanted, explicit ?? DEFAULT_SIGNAL, values.force);
  const signal = explicit ?? configuredSignal(target.pid) ?? DEFAULT_SIGNAL;
  checkSignal(target, signal, values.force);
  if (destination !== undefined) {
    return dumpTo(target, destination, { ...values, signal, timeoutMs: timeout * 1000, send: () => send(target, signal) });
  }
  const directory = values.dir === undefined ? dumpDirectory(target) : path.resolve(values.dir);
  if (directory === undefined) throw new UsageError(`where ${named(target)} writes cannot be seen; say --dir DIR`);
  const request = wantsSources || redact ? ask(target, directory, { sources: wantsSources, redact }) : undefined;
  const line = progressLine(target);
  const started = performance.now();
  let outcome;
  let isTaken;
  try {
    outcome = await follow({
      target,
      directory,
      pidInside: pidInside(target.pid),
      timeoutMs: timeout * 1000,
      send: () => send(target, signal),
      onProgress: line.show,
    });
  } finally {
    line.clear();
    isTaken = request?.isTaken();
    request?.withdraw();
  }
  if (outcome.state !== 'done') throw new Refusal(failureOf(outcome, target, directory, timeout), { exit: EXIT.other });
  const { file, bytes: size } = outcome;
  if (redact && !isTaken) {
    throw new Refusal(
      `${named(target)} did not take the request to redact: its heapdump-rs is older, or it writes elsewhere than in ${directory}. ${file} may hold secrets`,
      { exit: EXIT.other },
    );
  }
  const sources = wantsSources ? existing(sourcesBeside(file)) : undefined;
  if (sources === null)
    note(`${named(target)} wrote no texts of scripts: its heapdump-rs is older, or it writes elsewhere than in ${directory}`);
  if (!values.json) return print(sources ? [file, sources] : [file]);
  const durationMs = Math.round(performance.now() - started);
  return printJson({ path: file, bytes: size, pid: target.pid, command: describe(target), signal, durationMs, sources });
}

async function run({ values, positionals: [wanted] }) {
  try {
    if (process.platform === 'win32') {
      throw new Refusal('Windows has no signals to send: call dump() or writeSnapshot() in the program', { exit: EXIT.other });
    }
    return await dump(wanted, values);
  } catch (error) {
    return reportRefusal(error);
  }
}

module.exports = {
  usage: 'PID|NAME',
  positionals: [1],
  options: {
    signal: {
      type: 'string',
      short: 's',
      value: 'NAME',
      about: 'the signal to send (what the process was configured with, else SIGUSR2)',
    },
    dir: {
      type: 'string',
      value: 'DIR',
      about: 'where the file will appear, if that cannot be seen; with --to: for the file that is sent',
    },
    timeout: { type: 'string', value: 'SECONDS', about: `how long to wait for the file (${DEFAULT_TIMEOUT_S})` },
    sources: {
      type: 'boolean',
      about: 'have the texts of all scripts written beside the snapshot, for findings on another machine',
    },
    redact: {
      type: 'string',
      value: 'LEVEL',
      about:
        'what is taken out of the file: strings, or strict (also names that are data); never less than the process takes out itself',
    },
    ...TO_OPTIONS,
    force: { type: 'boolean', about: 'send the signal also if somebody else handles it, or if nothing can be seen' },
  },
  help: `Makes a running process write a heap snapshot, and prints the path when the file is complete. The process must have
loaded heapdump-rs; one that would be ended by the signal is never sent it${hasProc ? '' : ' (not to be seen on this system)'}.

With --to the snapshot goes through this command, which needs no directory for the standard output, nor for an address whose
server takes chunked bodies. For an address it is written to a temporary file first if there is room. Check the exit code: a
standard output that ends early is not a snapshot.

NAME is the path or base name of its script, its title, or the npm script that it runs as. Given npm, a shell or another
process that started the one with heapdump-rs, that one is dumped.

The exit code is 2 if several processes can be meant, 3 if there is none that can be dumped, 4 if the dump failed or did
not end in time.`,
  run,
};
