'use strict';
// Finds a process by pid or name, and chooses how to dump it: by a signal if it has loaded the package, else through its
// inspector if the user agrees.

const os = require('node:os');
const readline = require('node:readline/promises');
const { DEFAULT_SIGNAL } = require('../../capture/environment.js');
const { seconds } = require('../kit/arguments.js');
const { UsageError } = require('../kit/exit.js');
const { BySignal } = require('./by-signal.js');
const { findTargets, isNode, only } = require('./find.js');
const { configuredSignal, disposition, hasAddon, hasTrigger } = require('./inspect.js');
const { hasProc } = require('./processes.js');
const { Refusal, named, note } = require('./refusal.js');

const DEFAULT_TIMEOUT_S = 300;

/** Node itself handles these signals, so that a handler does not prove that the addon waits for one. */
const OF_NODE = new Set(['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGSEGV', 'SIGPROF']);

/** Options of the commands that reach a process. */
const REACH_OPTIONS = {
  signal: {
    type: 'string',
    short: 's',
    value: 'NAME',
    about: 'the signal to send (the one that the process was configured with, else SIGUSR2)',
  },
  dir: {
    type: 'string',
    value: 'DIR',
    about: 'directory of the file, if the command cannot see it',
  },
  timeout: { type: 'string', value: 'SECONDS', about: `how long to wait for the file (${DEFAULT_TIMEOUT_S})` },
  attach: {
    type: 'boolean',
    about: 'if the process has not loaded heapdump-rs: load it through the inspector, which is opened on 127.0.0.1 for a moment',
  },
  'copy-addon': {
    type: 'boolean',
    about: 'with --attach: copy heapdump-rs into the temporary directory of a container for as long as the command runs',
  },
  force: { type: 'boolean', about: 'send the signal even if other code handles it, or if this cannot be seen' },
};

/** `usr2`, `USR2` and `SIGUSR2` are the same. */
function signalName(text) {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  if (os.constants.signals[name] === undefined) throw new UsageError(`there is no signal ${JSON.stringify(text)}`);
  return name;
}

/** Returns whether this user may not send a signal to the process. */
function isForbidden({ pid }) {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Returns why a process cannot be dumped at all; `undefined` if it can be attached to. */
function obstacle(target, signal) {
  if (isForbidden(target)) return `${named(target)} belongs to another user: run this as that user, or as root`;
  if (!hasProc) {
    return (
      `whether ${named(target)} waits for ${signal} cannot be seen on this system. The signal ends a process that does not wait ` +
      'for it. If you know that it does, pass --force'
    );
  }
  if (hasAddon(target.pid) === undefined)
    return `this user may not inspect ${named(target)}: run this as the user of the process, or as root`;
  if (!isNode(target)) return `${named(target)} is not Node, and no process below it has loaded heapdump-rs`;
  return undefined;
}

/** Returns why no signal is sent to a process that has not loaded the package. */
function whyNoSignal(target, signal) {
  const advice =
    disposition(target.pid, signal) === 'caught'
      ? `It handles ${signal} itself; --force sends it anyway`
      : "Start it with `node -r heapdump-rs/register`, or call `require('heapdump-rs')` in it";
  return `${named(target)} has not loaded heapdump-rs, so nothing was sent. ${advice}`;
}

/** Returns why the signal is not sent: it would end the process, or other code handles it. `undefined` if it can be sent. */
function whyNotSent(target, signal, force) {
  const reaction = disposition(target.pid, signal);
  if (reaction === undefined) return undefined;
  if (reaction !== 'caught') {
    const effect = reaction === 'ignored' ? 'ignores it' : 'would be ended by it';
    const advice = hasAddon(target.pid)
      ? '. Was it started with NODE_HEAPDUMP_OPTIONS=nosignal, or with another signal (--signal)?'
      : '';
    return `${named(target)} does not wait for ${signal} and ${effect}, so nothing was sent${advice}`;
  }
  if (force) return undefined;
  const otherwise = ', so nothing was sent; --force sends it anyway';
  if (!hasTrigger(target.pid))
    return `${named(target)} handles ${signal} by itself, and its heapdump-rs waits for no signal${otherwise}`;
  if (OF_NODE.has(signal) && configuredSignal(target.pid) !== signal)
    return `${named(target)}: Node itself handles ${signal}, and nothing shows that heapdump-rs does${otherwise}`;
  return undefined;
}

/**
 * Returns the process that `wanted` means, or throws why there is none.
 * @returns {{target: import('./processes.js').Process, isArmed: boolean}} `isArmed`: it has loaded the package, or the signal
 *   is forced on it
 */
function choose(wanted, signal, { force, attach }) {
  const { named: literally, targets, others } = findTargets(wanted);
  const armed = only(targets, wanted);
  if (literally.length === 0)
    throw new Refusal(
      /^\d+$/.test(wanted) ? `there is no process ${wanted}` : `no Node process is called ${JSON.stringify(wanted)}`,
    );
  const isForced = force && !attach && literally.length === 1;
  if (armed === undefined && isForced) return { target: literally[0], isArmed: true };
  const target = armed ?? only(others, wanted);
  if (target === undefined)
    throw new Refusal(
      literally
        .map((one) => obstacle(one, signal))
        .filter(Boolean)
        .join('\n'),
    );
  const refused = armed === undefined && obstacle(target, signal);
  if (refused) throw new Refusal(refused);
  if (!literally.some(({ pid }) => pid === target.pid)) note(`${named(literally[0])} started ${named(target)}, which is dumped`);
  return { target, isArmed: armed !== undefined };
}

/** The effect of `--attach`, which the user has to accept. */
const ATTACH_EFFECT =
  'sends SIGUSR1, on which Node opens its inspector on 127.0.0.1 until heapdump-rs is loaded there. Every client that can connect to that ' +
  'port meanwhile can run code in the process';

/** Returns if the user agrees to opening the inspector, by the option or by `y` on a terminal. Throws a refusal otherwise. */
async function askToAttach(target, reason, { attach }) {
  if (attach) return;
  if (process.stdin.isTTY && process.stderr.isTTY) {
    note(reason);
    const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
    try {
      const answer = await terminal.question(`heapdump-rs: --attach ${ATTACH_EFFECT}. Attach to ${named(target)}? [y/N] `);
      if (/^y(es)?$/i.test(answer.trim())) return;
    } finally {
      terminal.close();
    }
  }
  throw new Refusal(`${reason}\nOr pass --attach: it ${ATTACH_EFFECT}`, { code: 'ERR_HEAPDUMP_NOT_ATTACHED' });
}

/**
 * Finds a process, and chooses how to dump it.
 *
 * @param {string} wanted a pid or a name
 * @param {object} values of REACH_OPTIONS
 * @param {AbortSignal} [stop] ends the attempt
 * @returns {Promise<{target: import('./processes.js').Process, dumps: object}>} `dumps` has `dump(options, onProgress, abort)`
 *   and `close()`
 */
async function reach(wanted, values, stop) {
  const timeout = values.timeout === undefined ? DEFAULT_TIMEOUT_S : seconds(values.timeout);
  const explicit = values.signal === undefined ? undefined : signalName(values.signal);
  const { target, isArmed } = choose(wanted, explicit ?? DEFAULT_SIGNAL, values);
  const signal = explicit ?? configuredSignal(target.pid) ?? DEFAULT_SIGNAL;
  const bySignal = () => ({ target, dumps: new BySignal(target, { signal, dir: values.dir, timeout }) });
  if (isArmed) {
    const blocked = obstacleToSignal(target, signal, values.force);
    if (blocked) throw new Refusal(blocked);
    const reason = whyNotSent(target, signal, values.force);
    if (reason === undefined) return bySignal();
    // The program waits for another signal, so that --attach is not needed.
    if (hasTrigger(target.pid) && !values.attach) throw new Refusal(reason);
    await askToAttach(target, reason, values);
  } else {
    await askToAttach(target, whyNoSignal(target, signal), values);
  }
  const { attach } = require('../attach/attach.js');
  return { target, dumps: await attach(target, { copyAddon: values['copy-addon'], timeout, stop }) };
}

/** Returns why no signal can be sent to a process that has loaded the package; `undefined` if it can. */
function obstacleToSignal(target, signal, force) {
  const isUnknown = disposition(target.pid, signal) === undefined && !force;
  return isForbidden(target) || isUnknown ? (obstacle(target, signal) ?? `${named(target)} has ended`) : undefined;
}

module.exports = { REACH_OPTIONS, reach };
